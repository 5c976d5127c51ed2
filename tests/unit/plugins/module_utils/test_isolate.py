# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one of many reads cannot have stays its own, and costs few requests."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import halves
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    AccessDenied,
    AuthenticationFailed,
    ConnectionFailed,
    DeadlineReached,
    PermissionRefused,
    Refused,
    ServerError,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.isolate import read_alike, read_each, read_lists
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.tests.unit.plugins.builders import UNKNOWN, batch, commands, no, ok, scripted, server
from hypothesis import given
from hypothesis import strategies as st

READS = ["listaccts", "list_users", "fetch_mail_queue", "applist", "myprivs", "gethostname", "emailtrack_stats"]
HTML = b"<html>Sorry for the inconvenience!</html>"
FORBIDDEN = Reply(
    403, b'{"cpanelresult": {"error": "Access denied", "data": {"reason": "Access denied", "result": "0"}}}'
)


@given(
    st.lists(st.tuples(st.sampled_from(READS), st.integers(0, 3)), max_size=30),
    st.sets(st.sampled_from(READS)),
    st.integers(1, 9),
)
def test_every_call_gets_its_own_answer(wanted: list[tuple[str, int]], barred: set[str], size: int) -> None:
    client, script = server(lambda name, domains: ok({"said": [name, *domains]}), barred)
    client.batch_size = size
    for _twice in range(2):
        outcomes = read_each(client, [Call(name, {"domain": [str(number)]}) for name, number in wanted])
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
    read_each(client, [Call(name) for name in READS])
    assert len(script.sent) <= 7


@pytest.mark.parametrize("answers", [True, False])
def test_an_answer_that_makes_no_sense_is_looked_for_unless_the_server_makes_none(answers: bool) -> None:
    def step(function: str, pairs: list[tuple[str, str]]) -> Any:
        bad = "listaccts" in [function, *(name for name, _domains in commands(pairs))]
        if bad or not answers:
            return HTML
        return batch(*[ok({})] * len(commands(pairs))) if function == "batch" else ok({})

    client, script, _pauses = scripted(*[step] * 20, read_only=True)
    calls = [Call(name) for name in ("listaccts", "list_users", "applist")]
    if answers:
        first, *others = read_each(client, calls)
        assert isinstance(first, UnexpectedAnswer)
        assert first.function == "listaccts"
        assert all(isinstance(outcome, Answer) for outcome in others)
        assert script.functions.count("version") == 1
    else:
        with pytest.raises(UnexpectedAnswer):
            read_each(client, calls)
        assert script.functions == ["batch", "version"]


def test_a_server_that_refuses_its_version_is_there() -> None:
    client, script, _pauses = scripted(b"<html>", no("Access denied"), ok({"users": []}), read_only=True)
    (outcome,) = read_each(client, [Call("listaccts")])
    assert isinstance(outcome, UnexpectedAnswer)
    assert script.functions == ["listaccts", "version"]


def test_nothing_to_ask_sends_nothing() -> None:
    client, script, _pauses = scripted(read_only=True)
    assert read_each(client, []) == []
    assert script.sent == []


ABC = ["listaccts", "list_users", "applist"]
CUT = b'{"metadata": {"version": 1, "result": 1}, "data": {"result": [{"metadata": {"result": 1}}, {"met'

#: What the server answers one after another, the functions that it is asked for, and what becomes of the three calls.
ROUNDS: dict[str, tuple[list[Any], list[str], list[type]]] = {
    "all is well": ([batch(ok(), ok(), ok())], ["batch"], [Answer] * 3),
    "an element is refused": ([batch(ok(), no("No."), ok())], ["batch"], [Answer, Refused, Answer]),
    "an element is unknown": ([batch(ok(), ok(), no(UNKNOWN % "applist"))], ["batch"], [Answer, Answer, Unsupported]),
    "an element makes no sense": ([batch(ok(), {}, ok())], ["batch"], [Answer, UnexpectedAnswer, Answer]),
    "a function is unknown": (
        [no(UNKNOWN % "list_users"), ok(), *[no(UNKNOWN % "list_users")] * 2, ok()],
        ["batch", "listaccts", "batch", "list_users", "applist"],
        [Answer, Unsupported, Answer],
    ),
    "all are refused": ([no("Access denied")] * 5, ["batch", "listaccts", "batch", *ABC[1:]], [PermissionRefused] * 3),
    "a result is missing": (
        [batch(ok(), ok()), ok(), batch(ok(), ok())],
        ["batch", "listaccts", "batch"],
        [Answer] * 3,
    ),
    "the answer is cut short": (
        [CUT, ok({"version": "1"}), ok(), batch(ok(), ok())],
        ["batch", "version", "listaccts", "batch"],
        [Answer] * 3,
    ),
    "a privilege is missing": (
        [FORBIDDEN, ok(), ok(), FORBIDDEN, ok(), ok()],
        ["batch", "myprivs", "listaccts", "list_users", "myprivs", "applist"],
        [Answer, AccessDenied, Answer],
    ),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_each_has_its_own_answer_or_its_own_error(name: str) -> None:
    steps, functions, kinds = ROUNDS[name]
    client, script, _pauses = scripted(*steps, read_only=True)
    client.login.accepted = True
    outcomes = read_each(client, [Call(function) for function in ABC])
    assert [type(outcome) for outcome in outcomes] == kinds
    assert [outcome.function for outcome in outcomes if isinstance(outcome, WhmError)] == [
        function for function, kind in zip(ABC, kinds, strict=True) if kind is not Answer
    ]
    assert script.functions == functions


@pytest.mark.parametrize(
    ("steps", "options", "kind"),
    [
        ([Reply(401, b"")], {}, AuthenticationFailed),
        ([FORBIDDEN, Reply(401, b"")], {}, AuthenticationFailed),
        ([ConnectionFailed("lost", sent=True)], {}, ConnectionFailed),
        ([], {"deadline": 0}, DeadlineReached),
        ([Reply(500, b""), Reply(500, b"")], {}, ServerError),
    ],
    ids=["login", "privilege, then login", "connection", "deadline", "server"],
)
def test_what_concerns_all_is_raised(steps: list[Any], options: dict[str, Any], kind: type[WhmError]) -> None:
    client, script, _pauses = scripted(*steps, read_only=True, retries=0, **options)
    client.login.accepted = True
    with pytest.raises(kind):
        read_each(client, [Call(function) for function in ABC])
    assert len(script.sent) == len(steps)


@pytest.mark.parametrize("answer", [no("Access denied"), HTML])
def test_a_write_is_never_asked_again(answer: Any) -> None:
    client, script, _pauses = scripted(answer, ok())
    with pytest.raises((Refused, UnexpectedAnswer)):
        read_each(client, [Call("listaccts"), Call("hold_outgoing_email", {"user": "a"})])
    assert "hold_outgoing_email" not in script.functions


@pytest.mark.parametrize(
    ("foreign", "rounds"), [(set(), 1), ({0}, 4), ({6}, 3), ({2, 3}, 4), (set(range(7)), 4)], ids=str
)
def test_one_value_of_a_list_does_not_sink_the_others(foreign: set[int], rounds: int) -> None:
    domains = [f"d{number}.example" for number in range(7)]
    bad = {domains[number] for number in foreign}
    client, script = server(lambda name, asked: no("No.") if bad & set(asked) else ok({"said": [name, *asked]}))
    calls = [Call(name, {"domain": domains}) for name in ("validate_current_spfs", "validate_current_ptrs")]
    for call, found in zip(calls, read_lists(client, calls, "domain", 2), strict=True):
        assert set(found) == set(domains)
        assert {domain for domain, outcome in found.items() if isinstance(outcome, Refused)} == bad
        for domain, outcome in found.items():
            assert domain in bad or (isinstance(outcome, Answer) and outcome.data["said"][0] == call.function)
            assert domain in bad or domain in outcome.data["said"]
    assert len(script.sent) == rounds


def test_a_list_that_the_server_does_not_support_is_not_halved() -> None:
    client, script = server(lambda name, asked: ok(), {"validate_current_dmarcs"})
    (found,) = read_lists(
        client, [Call("validate_current_dmarcs", {"domain": ["a.example", "b.example"]})], "domain", 4
    )
    assert [type(outcome) for outcome in found.values()] == [Unsupported, Unsupported]
    assert len(script.sent) == 1


@pytest.mark.parametrize("kinds", [(Unsupported,), (UnexpectedAnswer,), ()])
@pytest.mark.parametrize(
    ("answer", "said"), [(no(UNKNOWN % "x"), Unsupported), (HTML, UnexpectedAnswer), (no("No."), Refused)]
)
def test_what_was_said_of_all_is_the_error_of_each(answer: Any, said: type, kinds: tuple[type[WhmError], ...]) -> None:
    client, script, _pauses = scripted(answer, read_only=True)
    calls = [Call("list_pops_for", {"user": user}) for user in "abc"]
    if issubclass(said, kinds):
        assert [type(outcome) for outcome in read_alike(client, calls, kinds)] == [said] * 3
    else:
        with pytest.raises(said):
            read_alike(client, calls, kinds)
    assert script.functions == ["batch"]


@pytest.mark.parametrize("count", range(6))
def test_halves(count: int) -> None:
    first, second = halves(range(count))
    assert [*first, *second] == list(range(count))
    assert 0 <= len(second) - len(first) <= 1
