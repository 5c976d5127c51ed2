# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import Subset, chosen, gather, some
from ansible_collections.whm.mail.plugins.module_utils._mail.subsets import DOMAINS, SUBSETS, _validated
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    ConnectionFailed,
    InvalidInput,
    Refused,
    UnexpectedAnswer,
    WhmError,
)
from ansible_collections.whm.mail.tests.unit.plugins.builders import HOST, batch, commands, no, ok, scripted, server
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.sampled_from([*SUBSETS, *(f"!{name}" for name in SUBSETS), "all"]), max_size=6))
def test_chosen(values: list[str]) -> None:
    named = {value for value in values if value in SUBSETS}
    excluded = {value[1:] for value in values if value.startswith("!")}
    begin = set(SUBSETS) if "all" in values or (excluded and not named) else named
    if begin - excluded:
        assert chosen("x", values, list(SUBSETS)) == [name for name in SUBSETS if name in begin - excluded]
    else:
        with pytest.raises(InvalidInput, match=r"^x: no subset is left"):
            chosen("x", values, list(SUBSETS))


@pytest.mark.parametrize("value", ["", "!", "!all", "Queue", "min", "network"])
def test_what_is_no_subset(value: str) -> None:
    with pytest.raises(InvalidInput, match="is not a subset; there are server, accounts,"):
        chosen("x", ["queue", value], list(SUBSETS))


@pytest.mark.parametrize("foreign", [set(), {0}, {99}, {100}, {3, 57, 199}, set(range(0, 210, 7)), set(range(210))])
def test_foreign_domains_are_found_by_halves(foreign: set[int]) -> None:
    domains = [f"d{number}.example" for number in range(210)]
    bad = {domains[number] for number in foreign}

    def answer(name: str, asked: list[str]) -> Any:
        refused = sorted(bad & set(asked))
        if refused:
            return no(f'The account "x" does not control the "{refused[0]}" domain.')
        return ok({"payload": [{"domain": domain, "state": "VALID"} for domain in reversed(asked)]})

    client, script = server(answer)
    found = _validated(client, domains)
    assert set(found) == {"dkim", "spf", "ptr", "dmarc"}
    for rows in found.values():
        assert set(rows) == set(domains)
        assert {domain for domain, row in rows.items() if isinstance(row, Refused)} == bad
        assert all(domain in row.reason for domain, row in rows.items() if isinstance(row, Refused))
    sent = [asked for _function, pairs in script.sent for _name, asked in commands(pairs)]
    assert max(len(asked) for asked in sent) == DOMAINS
    assert max(sum(len(asked) for _n, asked in commands(pairs)) for _f, pairs in script.sent) <= 4 * DOMAINS
    assert len(script.sent) <= 3 * 8 + 4 * 210 // 100  # eight rounds of three; no batch holds more than 100 calls


def test_a_domain_that_the_answer_forgets_is_an_error_of_its_own() -> None:
    client, _script = server(lambda name, asked: ok({"payload": [{"domain": asked[0], "state": "VALID"}]}))
    found = _validated(client, ["a.example", "b.example"])
    assert [isinstance(rows, UnexpectedAnswer) for rows in found["spf"].values()] == [False, True]


def failing(error: WhmError, slow: bool) -> Subset:
    def finish(client: Client, params: Any, outcomes: list[Any]) -> dict[str, Any]:
        raise error

    return Subset(lambda params: [Call("version")], finish, slow)


GOOD = Subset(
    lambda params: [Call("version"), Call("applist")], lambda client, params, outcomes: {"good": len(outcomes)}
)
LOST = ConnectionFailed("lost", sent=True)


@pytest.mark.parametrize(
    ("error", "slow", "sinks"),
    [
        (Refused("no"), False, False),
        (UnexpectedAnswer("what"), False, False),
        (LOST, True, False),
        (LOST, False, True),
        (ConnectionFailed("refused"), True, True),
    ],
)
def test_what_sinks_the_others(error: WhmError, slow: bool, sinks: bool) -> None:
    client, script, _pauses = scripted(batch(ok({"version": "1"}), ok({})), read_only=True)
    client.login.accepted = True
    subsets = {"bad": failing(error, slow), "good": GOOD}
    if sinks:
        with pytest.raises(ConnectionFailed):
            gather(client, {}, subsets)
    else:
        assert gather(client, {}, subsets) == {"subsets": ["good"], "unavailable": {"bad": error.as_dict()}, "good": 2}
    assert len(commands(script.sent[0][1])) == 2, "what two subsets ask travels once"


def test_errors_in_facts_are_dictionaries_that_name_the_server() -> None:
    def refuse(client: Client, params: Any, outcomes: Any) -> dict[str, Any]:
        raise UnexpectedAnswer("odd", "f")

    def rows(client: Client, params: Any, outcomes: Any) -> dict[str, Any]:
        return {"rows": [{"a": 1}, {"a": 2, "error": Refused("no", "g")}], "sum": {"a": 3}}

    client, _script, _pauses = scripted(read_only=True)
    facts = gather(client, {}, {"odd": Subset(lambda params: [], refuse), "good": Subset(lambda params: [], rows)})
    odd = {"kind": "unexpected_answer", "function": "f", "reason": "odd", "host": HOST, "http_status": None}
    no_row = {"kind": "refusal", "function": "g", "reason": "no", "host": HOST, "http_status": None}
    assert facts == {
        "subsets": ["good"],
        "unavailable": {"odd": odd},
        "rows": [{"a": 1}, {"a": 2, "error": no_row}],
        "sum": {"a": 3},
    }


def test_some() -> None:
    error = Refused("no")
    assert some([]) == []
    assert some([{"a": 1}, {"a": 2, "error": error}]) == [{"a": 1}, {"a": 2, "error": error}]
    with pytest.raises(Refused):
        some([{"error": error}, {"error": error}])
