# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is missing is known and not guessed: answers that prove it, and those that do not."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import (
    absent_addresses,
    absent_domains,
    absent_users,
)
from ansible_collections.whm.mail.plugins.module_utils._state.given import as_given
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, no, ok, scripted
from hypothesis import given, settings
from hypothesis import strategies as st

GONE = no("Account does not exist.", {"acct": None})
ROOT = ok({"privileges": [{"all": 1}]})
HERE = ok({"acct": [{"user": "alice", "domain": "a.example"}]})
NAME = ok({"hostname": "whm1.example.com"})

PROOFS = {
    "null": GONE,
    "an empty list": no("Account does not exist.", {"acct": []}),
    "translated": no("Das Konto ist nicht vorhanden.", {"acct": None}),
    "text only": no("Account does not exist."),
}
NO_PROOFS = {
    "no permission": no("Access denied"),
    "not the caller's": no("You do not have access to an account named \u201czoe\u201d."),
    "no permission, and no account": no("Access denied", {"acct": None}),
    "some other failure": no("Failed to open /var/cpanel/users/zoe: Too many open files"),
    "no such function": no("Unknown app (\"accountsummary\") requested for this version (1) of the API."),
    "accounts that are none": ok({"acct": "garbage"}),
    "there": ok({"acct": [{"user": "zoe"}]}),
    "somebody else": ok({"acct": [{"user": "alice"}]}),
}  # fmt: skip


@pytest.mark.parametrize("answer", PROOFS.values(), ids=PROOFS)
def test_a_proof(answer: Any) -> None:
    client, script, _pauses = scripted(answer, ROOT)
    assert absent_users(client, ["zoe"]) == {"zoe"}
    assert script.functions == ["accountsummary", "myprivs"]
    assert client.warnings == []


@pytest.mark.parametrize("answer", NO_PROOFS.values(), ids=NO_PROOFS)
def test_no_proof(answer: Any) -> None:
    client, _script, _pauses = scripted(answer, ROOT)
    with suppress(UnexpectedAnswer):  # a call that travels alone
        assert absent_users(client, ["zoe"]) == set()


PRIVILEGES = [
    no("Access denied"),
    ok({}),
    ok({"privileges": []}),
    ok({"privileges": None}),
    ok({"privileges": [{"all": 0}]}),
    ok({"privileges": [{"all": ""}]}),
    ok({"privileges": [{"list-accts": 1}]}),
    ok({"privileges": "all"}),
]


@pytest.mark.parametrize("answer", PRIVILEGES)
def test_who_is_not_told_of_every_account_knows_nothing(answer: Any) -> None:
    client, _script, _pauses = scripted(GONE, answer)
    assert absent_users(client, ["zoe"]) == set()
    assert len(client.warnings) == 1
    assert "whether zoe exist" in client.warnings[0]


@pytest.mark.parametrize("flag", [1, "1", True])
def test_all_privileges(flag: Any) -> None:
    client, _script, _pauses = scripted(GONE, ok({"privileges": [{"all": flag}]}))
    assert absent_users(client, ["zoe"]) == {"zoe"}


def test_nothing_more_is_asked_where_all_are_there() -> None:
    client, script, _pauses = scripted(HERE)
    assert absent_users(client, ["alice", "root", "nobody", "cpanel"]) == set()
    assert script.functions == ["accountsummary"]
    assert absent_users(client, ["root"]) == set()


def test_domains() -> None:
    client, script, _pauses = scripted(batch(HERE, GONE, GONE), ROOT, NAME)
    assert absent_domains(client, ["a.example", "zoe.example", "whm1.example.com"]) == {"zoe.example"}
    assert script.functions == ["batch", "myprivs", "gethostname"]


@pytest.mark.parametrize("name", [no("Access denied"), ok({}), ok({"hostname": ""})])
def test_without_the_servers_own_name_no_domain_is_known_to_be_missing(name: Any) -> None:
    client, _script, _pauses = scripted(GONE, ROOT, name)
    assert absent_domains(client, ["zoe.example"]) == set()


def pops(*addresses: str) -> Any:
    return ok({"pops": list(addresses)})


OWN = ["info@a.example", "_mainaccount@a.example", "alice@a.example", "INFO@a.example"]


def test_addresses() -> None:
    client, script, _pauses = scripted(batch(HERE, GONE), pops("info@a.example"), ROOT)
    asked = [*OWN, "nosuch@a.example", "info@zoe.example"]
    assert absent_addresses(client, asked) == {"nosuch@a.example", "info@zoe.example"}
    assert script.functions == ["batch", "list_pops_for", "myprivs"]


@pytest.mark.parametrize("answer", [no("The user does not exist."), ok({}), ok({"pops": None}), ok({"pops": [1, {}]})])
def test_addresses_that_were_not_told(answer: Any) -> None:
    client, _script, _pauses = scripted(HERE, answer, ROOT)
    assert absent_addresses(client, ["nosuch@a.example"]) == set()


LISTS = {"names": {"type": "list", "elements": "str", "aliases": ["name"]}, "text": {"type": "str"}}


@given(st.lists(st.text(), max_size=4))
@settings(deadline=None)
def test_lists_stay_what_they_are(values: list[str]) -> None:
    assert as_given(LISTS, {"names": values, "text": "[]"}) == {"names": values, "text": "[]"}


@given(st.text())
@settings(deadline=None)
def test_any_text_gives_a_list_or_stays(text: str) -> None:
    for key in ("names", "name"):
        found = as_given(LISTS, {key: text})[key]
        assert found == text or isinstance(found, list)
        assert isinstance(found, list) or text.strip()
