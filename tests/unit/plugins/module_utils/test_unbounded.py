# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions that act on every domain of a server when they are given none are never sent without: whatever carries them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.plugins.module_utils._whm.rows import WHM_API_1
from ansible_collections.whm.mail.tests.unit.plugins.builders import ok, scripted

BOUND = [name for name, row in WHM_API_1.items() if row.needs]
REJECT = "v=DMARC1; p=reject"

BARE: list[dict[str, Any]] = [
    {}, {"domain": None}, {"domain": ""}, {"domain": "  "}, {"domain": []}, {"domain": [None]}, {"domain": ["a.example", ""]},
    {"domain-1": "a.example"}, {"Domain": "a.example"}, {"domains": "a.example"},
]  # fmt: skip


def test_the_contract_names_no_others() -> None:
    assert BOUND == ["apply_dmarc", "remove_dmarc"]


@pytest.mark.parametrize("params", BARE)
@pytest.mark.parametrize("function", BOUND)
def test_the_client_sends_none_alone_or_in_a_batch(function: str, params: dict[str, Any]) -> None:
    given = {"policy": REJECT, **params}
    client, script, _pauses = scripted(ok({}), read_only=False)
    good = Call(function, {"policy": REJECT, "domain": "a.example"})
    for send in (
        lambda: client.call(function, **given),
        lambda: client.batch([Call(function, given)]),
        lambda: client.batch([good, Call(function, given)]),
    ):
        with pytest.raises(InvalidInput, match="acts on every domain of the server"):
            send()
    assert not script.sent


COMMANDS = [
    "{0}", "{0}?", "{0}?policy=v%3DDMARC1%3B%20p%3Dreject", "{0}?domain=", "{0}?domain=%20", "{0}?domain=a.example&domain=", " {0}?x=1",
    "{0}?domain-1=a.example", "batch?command={0}", "batch?command={0}%3Fdomain%3D",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("function", BOUND)
def test_a_batch_of_the_callers_own_carries_none(function: str, command: str) -> None:
    escaped = function.replace("_", "%5F")
    for name in (function, escaped):
        params = {"command": ["myprivs", command.format(name)]}
        assert catalogue.unbounded("batch", params), params
        assert catalogue.unbounded("batch", {"command-0": command.format(name)})


@pytest.mark.parametrize("function", BOUND)
def test_with_a_domain_it_goes_out(function: str) -> None:
    assert catalogue.unbounded(function, {"domain": "a.example"}) is None
    assert catalogue.unbounded(function, {"domain": ["a.example", "b.example"]}) is None
    assert catalogue.unbounded("batch", {"command": [f"{function}?domain=a.example", "myprivs"]}) is None
