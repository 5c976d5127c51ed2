# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.call import (
    DUPLICATE,
    INDEXED,
    INNER,
    READ,
    WRITE,
    Function,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.catalogue import lookup, resolve, secret_values
from ansible_collections.whm.mail.plugins.module_utils._whm.rows import CPANEL, WHM_API_1
from ansible_collections.whm.mail.tests.simulator.registry import HANDLERS, UAPI
from hypothesis import given
from hypothesis import strategies as st

ROWS = [*WHM_API_1.values(), *CPANEL.values()]
WRITING = re.compile(
    r"^(hold|release|suspend|unsuspend|set|unset|enable|disable|install|apply|remove|delete|create|save|block|unblock|"
    r"modify|massmodify|expunge|terminate|rebuild|trust|untrust|normalize|ensure)"
)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_rows_are_consistent(row: Function) -> None:
    assert row.access in (READ, WRITE, INNER)
    assert row.repeat_safe or row.writes, "reading twice is reading once"
    assert set(row.repeats.values()) <= {DUPLICATE, INDEXED}
    assert row.role in (None, "MailSend", "MailReceive", "SpamFilter", "DNS")
    assert row.since is None or re.fullmatch(r"[0-9]+(\.[0-9]+)?", row.since)
    verb = re.sub(r"^cpgreylist_", "", row.name.rpartition("::")[2])
    assert row.access == WRITE or not WRITING.match(verb), "what is named for a change is one"


def test_the_simulator_agrees_on_what_writes() -> None:
    known = {name: handler.writes for name, handler in HANDLERS.items() if name in WHM_API_1}
    known.update({f"{module}::{name}": handler.writes for (module, name), handler in UAPI.items()})
    carriers = {name for name, row in WHM_API_1.items() if row.access == INNER}
    rows = {**WHM_API_1, **CPANEL}
    assert len(known) > 20
    for name in set(known) & set(rows) - carriers:
        assert rows[name].writes == known[name], name


def test_roles_agree_with_the_simulator() -> None:
    for name, handler in HANDLERS.items():
        if name in WHM_API_1 and handler.role:
            assert WHM_API_1[name].role == handler.role, name


def test_a_function_that_is_not_listed_is_a_write_that_must_not_be_repeated() -> None:
    row = lookup("frobnicate")
    assert (row.access, row.repeat_safe, row.secrets, dict(row.repeats)) == (WRITE, False, (), {})


def commands(*texts: str) -> dict[str, Any]:
    return {"command": list(texts)}


API2 = {"cpanel_jsonapi_module": "EmailTrack", "cpanel_jsonapi_func": "search"}
UAPI_CALL = {"cpanel.module": "Email", "cpanel.function": "list_pops"}
RESOLVED = [
    # function, parameters, writes, safe to repeat
    ("listaccts", {}, False, True),
    ("batch", commands("listaccts", "version"), False, True),
    ("batch", commands("listaccts", "hold_outgoing_email?user=a"), True, True),
    ("batch", commands("hold_outgoing_email?user=a", "expunge_mailbox_messages?account=a"), True, False),
    ("batch", {"command": "version", "command-1": "savemxs", "other": "x"}, True, False),
    ("batch", {}, True, False),
    ("batch", commands("frobnicate"), True, False),
    ("batch", commands("Listaccts"), True, False),
    ("batch", commands(""), True, False),
    ("uapi_cpanel", UAPI_CALL, False, True),
    ("uapi_cpanel", {**UAPI_CALL, "cpanel.function": "suspend_login"}, True, True),
    ("uapi_cpanel", {**UAPI_CALL, "cpanel.function": "delete_held_messages"}, True, False),
    ("uapi_cpanel", {}, True, False),
    ("cpanel", API2, False, True),
    ("cpanel", {**API2, "cpanel_jsonapi_func": "x"}, True, False),
    ("batch", commands("uapi_cpanel?cpanel.module=Email&cpanel.function=list%5Fpops"), False, True),
    ("batch", commands("cpanel?cpanel_jsonapi_module=Email&cpanel_jsonapi_func=x"), True, False),
    ("batch", commands("batch?command=listaccts"), False, True),
    ("batch", commands("batch?command=listaccts&command=hold_outgoing_email"), True, True),
]


@pytest.mark.parametrize(("function", "params", "writes", "repeat_safe"), RESOLVED)
def test_a_carrier_is_what_it_carries(function: str, params: dict[str, Any], writes: bool, repeat_safe: bool) -> None:
    row = resolve(function, params)
    assert row.name == function
    assert (row.writes, row.repeat_safe) == (writes, repeat_safe)
    assert row.access != INNER


names = st.sampled_from(["listaccts", "version", "hold_outgoing_email", "expunge_mailbox_messages", "frobnicate"])


@given(st.lists(names, min_size=1, max_size=5))
def test_one_write_makes_a_batch_a_write(inner: list[str]) -> None:
    row = resolve("batch", commands(*inner))
    assert row.writes is any(lookup(name).writes for name in inner)
    assert row.repeat_safe is all(lookup(name).repeat_safe for name in inner)


INSTALL = "install_dkim_private_keys"
SECRETS = [
    (INSTALL, {"domain": "a", "key": "K"}, ["K"]),
    (INSTALL, {"domain": ["a"], "key": ["K", "L"], "key-7": "M"}, ["K", "L", "M"]),
    (INSTALL, {}, []),
    ("listaccts", {"key": "K"}, []),
    ("batch", commands("version", f"{INSTALL}?domain=a&key=K%2B&key-1=L"), ["K+", "L"]),
    ("batch", commands("version"), []),
]


@pytest.mark.parametrize(("function", "params", "values"), SECRETS)
def test_secret_values(function: str, params: dict[str, Any], values: list[str]) -> None:
    assert secret_values(function, params) == values
    assert bool(resolve(function, params).secrets) is bool(values) or not params
