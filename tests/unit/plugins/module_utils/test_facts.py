# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import Asker, Subset, chosen, gather, some
from ansible_collections.whm.mail.plugins.module_utils._mail.subsets import DOMAINS, SUBSETS, _validated
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    ConnectionFailed,
    InvalidInput,
    Refused,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
)
from ansible_collections.whm.mail.tests.unit.plugins.builders import HOST, batch, no, ok, scripted
from hypothesis import given
from hypothesis import strategies as st

UNKNOWN = 'Unknown app ("%s") requested for this version (1) of the API.'
READS = ["listaccts", "list_users", "fetch_mail_queue", "applist", "myprivs", "gethostname", "emailtrack_stats"]


def commands(pairs: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Function and domains of each call in a batch."""
    found = [value.partition("?") for name, value in pairs if name == "command"]
    return [
        (function, [unquote(text) for text in parse_qs(query).get("domain", [])]) for function, _mark, query in found
    ]


def server(answer: Callable[[str, list[str]], Any], barred: set[str] = frozenset()) -> tuple[Client, Any]:
    """A server that refuses batches with a barred function as a whole, before it answers any of their calls."""

    def step(function: str, pairs: list[tuple[str, str]]) -> Any:
        inside = commands(pairs) if function == "batch" else [(function, [v for n, v in pairs if n == "domain"])]
        for name, _domains in inside:
            if name in barred:
                return no(UNKNOWN % name)
        answers = [answer(name, domains) for name, domains in inside]
        return batch(*answers) if function == "batch" else answers[0]

    client, script, _pauses = scripted(*[step] * 500, read_only=True)
    return client, script


@given(
    st.lists(st.tuples(st.sampled_from(READS), st.integers(0, 3)), max_size=30),
    st.sets(st.sampled_from(READS)),
    st.integers(1, 9),
)
def test_every_call_gets_its_own_answer(wanted: list[tuple[str, int]], barred: set[str], size: int) -> None:
    client, script = server(lambda name, domains: ok({"said": [name, *domains]}), barred)
    client.batch_size = size
    asker = Asker(client)
    for _twice in range(2):
        outcomes = asker.ask([Call(name, {"domain": [str(number)]}) for name, number in wanted])
        for (name, number), outcome in zip(wanted, outcomes, strict=True):
            if name in barred:
                assert isinstance(outcome, Unsupported)
                assert (outcome.function, name in outcome.reason) == (name, True)
            else:
                assert isinstance(outcome, Answer)
                assert outcome.data == {"said": [name, str(number)]}
        sent, script.sent = script.sent, []
    again = {name for function, pairs in sent for name, _domains in commands(pairs) or [(function, [])]}
    assert not again & barred, "what was refused once is known"


def test_one_function_that_is_missing_costs_few_requests() -> None:
    client, script = server(lambda name, domains: ok({}), {"applist"})
    Asker(client).ask([Call(name) for name in READS])
    assert len(script.sent) <= 7


@pytest.mark.parametrize("answers", [True, False])
def test_an_answer_that_makes_no_sense_is_looked_for_unless_the_server_makes_none(answers: bool) -> None:
    def step(function: str, pairs: list[tuple[str, str]]) -> Any:
        bad = "listaccts" in [function, *(name for name, _domains in commands(pairs))]
        if bad or not answers:
            return b"<html>Sorry for the inconvenience!</html>"
        return batch(*[ok({})] * len(commands(pairs))) if function == "batch" else ok({})

    client, script, _pauses = scripted(*[step] * 20, read_only=True)
    calls = [Call(name) for name in ("listaccts", "list_users", "applist")]
    if answers:
        first, *others = Asker(client).ask(calls)
        assert isinstance(first, UnexpectedAnswer)
        assert first.function == "listaccts"
        assert all(isinstance(outcome, Answer) for outcome in others)
        assert script.functions.count("version") == 1
    else:
        with pytest.raises(UnexpectedAnswer):
            Asker(client).ask(calls)
        assert script.functions == ["batch", "version"]


def test_a_server_that_refuses_its_version_is_there() -> None:
    client, script, _pauses = scripted(b"<html>", no("Access denied"), ok({"users": []}), read_only=True)
    (outcome,) = Asker(client).ask([Call("listaccts")])
    assert isinstance(outcome, UnexpectedAnswer)
    assert script.functions == ["listaccts", "version"]


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
    found = _validated(Asker(client), domains)
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
    found = _validated(Asker(client), ["a.example", "b.example"])
    assert [isinstance(rows, UnexpectedAnswer) for rows in found["spf"].values()] == [False, True]


def failing(error: WhmError, slow: bool) -> Subset:
    def finish(asker: Asker, params: Any, outcomes: list[Any]) -> dict[str, Any]:
        raise error

    return Subset(lambda params: [Call("version")], finish, slow)


GOOD = Subset(
    lambda params: [Call("version"), Call("applist")], lambda asker, params, outcomes: {"good": len(outcomes)}
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


def test_nothing_to_ask_sends_nothing() -> None:
    client, script, _pauses = scripted(read_only=True)
    assert Asker(client).ask([]) == []
    assert script.sent == []


def test_errors_in_facts_are_dictionaries_that_name_the_server() -> None:
    def refuse(asker: Asker, params: Any, outcomes: Any) -> dict[str, Any]:
        raise UnexpectedAnswer("odd", "f")

    def rows(asker: Asker, params: Any, outcomes: Any) -> dict[str, Any]:
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
