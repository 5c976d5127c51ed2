# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import backoff, encode, slices
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    DeadlineReached,
    InvalidInput,
    ReadOnly,
    Refused,
    ServerError,
    UnexpectedAnswer,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.masking import hide
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.tests.unit.plugins.builders import HOST, answering, batch, no, ok, scripted
from hypothesis import given
from hypothesis import strategies as st

READ, WRITE, ONCE, UNKNOWN = "listaccts", "hold_outgoing_email", "expunge_mailbox_messages", "frobnicate"
BUSY = Reply(503, b"")


def lost(sent: bool = True, retryable: bool = True) -> ConnectionFailed:
    return ConnectionFailed("the connection was lost", sent=sent, retryable=retryable)


ATTEMPTS = [
    # function, what goes wrong, how often it is sent with 3 retries
    (READ, lost, 4),
    (READ, lambda: BUSY, 4),
    (READ, lambda: Reply(500, b""), 4),
    (READ, lambda: lost(sent=False), 4),
    (READ, lambda: lost(sent=False, retryable=False), 1),
    (READ, lambda: Reply(403, b""), 1),
    (READ, lambda: Reply(401, b""), 1),
    (READ, lambda: Reply(307, b""), 1),
    (READ, lambda: b"<html>", 1),
    (READ, lambda: no("No."), 1),
    (WRITE, lost, 1),
    (WRITE, lambda: BUSY, 1),
    (WRITE, lambda: lost(sent=False), 4),
    (WRITE, lambda: Reply(403, b""), 1),
    (WRITE, lambda: b"", 1),
    (ONCE, lost, 1),
    (ONCE, lambda: lost(sent=False), 4),
    (UNKNOWN, lost, 1),
    (UNKNOWN, lambda: BUSY, 1),
]


@pytest.mark.parametrize(("function", "trouble", "times"), ATTEMPTS)
def test_how_often_a_call_is_sent(function: str, trouble: Callable[[], Any], times: int) -> None:
    client, script, pauses = scripted(*(trouble() for _unused in range(9)))
    with pytest.raises(WhmError) as caught:
        client.call(function)
    assert len(script.sent) == times
    assert len(pauses) == times - 1
    assert caught.value.host == HOST
    assert caught.value.function == function


def test_a_read_recovers() -> None:
    client, script, _pauses = scripted(lost(), BUSY, ok({"a": 1}))
    assert client.call(READ).data == {"a": 1}
    assert len(script.sent) == 3


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_retries_are_an_option(retries: int) -> None:
    client, script, _pauses = scripted(*[lost()] * 5, retries=retries)
    with pytest.raises(ConnectionFailed):
        client.call(READ)
    assert len(script.sent) == retries + 1


@pytest.mark.parametrize(("asked", "least", "most"), [("7", 7, 7), ("1000", 1000, 1000), ("-5", 0.2, 0.8), ("later", 0.2, 0.8)])  # fmt: skip
def test_retry_after_is_honoured_within_reason(asked: str, least: float, most: float) -> None:
    client, _script, pauses = scripted(Reply(503, b"", {"Retry-After": asked}), ok())
    client.call(READ)
    assert least <= pauses[0] <= most


@given(st.integers(0, 60), st.floats(0, 1000))
def test_pauses_grow_and_end(attempt: int, asked: float) -> None:
    assert min(0.25 * 2**attempt, 30) <= backoff(attempt) <= 30
    assert backoff(attempt, asked) >= asked
    assert backoff(attempt, asked) <= max(asked, 30)


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    client, script, pauses = scripted(Reply(503, b"", {"Retry-After": "100000"}), ok(), deadline=60)
    with pytest.raises(
        ServerError, match=r"it was not tried again, because that would pass api_deadline \(60 seconds\)"
    ):
        client.call(READ)
    assert not pauses
    assert len(script.sent) == 1


def test_nothing_is_sent_after_the_deadline() -> None:
    now = [100.0]
    client, script, _pauses = scripted(ok(), ok(), deadline=60, clock=lambda: now[0])
    client.call(READ)
    now[0] += 60
    with pytest.raises(DeadlineReached) as caught:
        client.call(READ)
    assert (caught.value.kind, caught.value.function, caught.value.host) == ("deadline", READ, client.host)
    assert len(script.sent) == 1


def test_nothing_is_sent_after_a_refused_login() -> None:
    client, script, _pauses = scripted(Reply(403, b""), ok())
    for _try in range(2):
        with pytest.raises(AuthenticationFailed):
            client.call(READ)
    assert len(script.sent) == 1


@pytest.mark.parametrize("reply", [Reply(403, b""), Reply(500, b"")])
def test_of_requests_side_by_side_none_is_begun_after_one_failed(reply: Reply) -> None:
    calls = [Call(READ, {"user": str(number)}) for number in range(40)]
    client, script, _pauses = scripted(batch(ok()), *[reply] * 39, batch_size=1, concurrency=4, retries=0)
    script.steps[0] = ok()
    with pytest.raises(WhmError):
        client.batch(calls)
    assert len(script.sent) <= 1 + 4


#: Answers that make no sense, alone and as an element of a batch.
SENSELESS: list[Any] = [
    None,
    "",
    "<html>",
    [],
    {},
    {"data": {}},
    {"metadata": {}},
    {"metadata": {"result": None}},
    {"metadata": None},
]


@pytest.mark.parametrize("sizes", [[1], [2], [3], [2, 2, 1]], ids=str)
@pytest.mark.parametrize("place", [0, -1], ids=["first", "last"])
@pytest.mark.parametrize("nonsense", SENSELESS, ids=str)
def test_an_item_that_cannot_be_read_is_its_own_failure_however_it_travels(
    nonsense: Any, place: int, sizes: list[int]
) -> None:
    """In a batch, or alone in what is left over for the last one: the others are answered."""
    parts: list[list[Any]] = [[ok({"n": number}) for number in range(size)] for size in sizes]
    parts[place][place] = nonsense
    alone = nonsense.encode() if isinstance(nonsense, str) else json.dumps(nonsense).encode()
    replies = [batch(*part) if len(part) > 1 else alone if part == [nonsense] else part[0] for part in parts]
    calls = [Call(READ, {"user": str(number)}) for number in range(sum(sizes))]
    client, _script, _pauses = scripted(*replies, batch_size=max(sizes))
    outcomes = client.batch(calls)
    assert [isinstance(each, UnexpectedAnswer) for each in outcomes].count(True) == 1
    assert isinstance(outcomes[place], UnexpectedAnswer)
    assert outcomes[place].host == client.host


UAPI_READ = {"cpanel.user": "a", "cpanel.module": "Email", "cpanel.function": "list_pops"}
API2_READ = {"cpanel_jsonapi_module": "EmailTrack", "cpanel_jsonapi_func": "stats"}
UAPI_QUERY = "uapi_cpanel?cpanel.module=Email&cpanel.function="
GUARD = [
    # function, parameters, whether a client that is read-only sends it
    (READ, {}, True),
    (WRITE, {"user": "a"}, False),
    (ONCE, {}, False),
    (UNKNOWN, {}, False),
    ("exim_configuration_check", {}, False),
    ("batch", {"command": [READ, "accountsummary?user=a"]}, True),
    ("batch", {"command": READ}, True),
    ("batch", {"command": [READ, f"{WRITE}?user=a"]}, False),
    ("batch", {"command": [READ], "command-0": WRITE}, False),
    ("batch", {"command": [READ, UNKNOWN]}, False),
    ("batch", {"command": []}, False),
    ("batch", {}, False),
    ("uapi_cpanel", UAPI_READ, True),
    ("uapi_cpanel", {**UAPI_READ, "cpanel.function": "suspend_login"}, False),
    ("uapi_cpanel", {**UAPI_READ, "cpanel.function": "list_popz"}, False),
    ("uapi_cpanel", {"cpanel.user": "a"}, False),
    ("uapi_cpanel", {**UAPI_READ, "cpanel.function": ["suspend_login", "list_pops"]}, False),
    ("cpanel", API2_READ, True),
    ("cpanel", {**API2_READ, "cpanel_jsonapi_func": "delete"}, False),
    ("batch", {"command": [f"{UAPI_QUERY}list_pops"]}, True),
    ("batch", {"command": [f"{UAPI_QUERY}suspend_login"]}, False),
    # the server takes the first of several values
    ("batch", {"command": [f"{UAPI_QUERY}suspend_login&cpanel.function=list_pops"]}, False),
    ("batch", {"command": [f"batch?command={WRITE}&command={READ}"]}, False),
    ("batch", {"command": [f"batch?command={READ}&command={READ}"]}, True),
]


@pytest.mark.parametrize(("function", "params", "sent"), GUARD)
def test_a_client_that_is_read_only_sends_only_reads(function: str, params: dict[str, Any], sent: bool) -> None:
    inner = {"uapi_cpanel": {"uapi": {"status": 1}}, "cpanel": {"cpanelresult": {"data": [], "event": {"result": 1}}}}
    client, script, _pauses = scripted(ok(inner.get(function, {})), read_only=True)
    if sent:
        client.call(function, **params)
    else:
        with pytest.raises(ReadOnly) as caught:
            client.call(function, **params)
        assert not caught.value.outcome_unknown
    assert bool(script.sent) is sent


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_batch_with_one_write_sends_nothing(size: int) -> None:
    client, script, _pauses = scripted(read_only=True)
    calls = [Call(WRITE, {"user": "a"}), *[Call(READ)] * (size - 1)]
    with pytest.raises(ReadOnly):
        client.batch(calls)
    assert not script.sent


@given(st.integers(0, 40), st.integers(1, 12))
def test_batches_are_sliced_and_in_order(count: int, size: int) -> None:
    def answer(function: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
        return answering(function, pairs) if function == "batch" else ok({"for": dict(pairs)["user"]})

    client, script, _pauses = scripted(*[answer] * 40, batch_size=size)
    users = [f"user{number}" for number in range(count)]
    outcomes = client.batch([Call("accountsummary", {"user": user}) for user in users])
    assert [outcome.get("for") for outcome in outcomes if isinstance(outcome, Answer)] == users
    assert len(script.sent) == -(-count // size)
    assert all(len(pairs) <= size for function, pairs in script.sent if function == "batch")
    assert [list(part) for part in slices(users, size)] == [users[at : at + size] for at in range(0, count, size)]


@pytest.mark.parametrize("where", ["key", "value", "list", "batch"])
def test_half_a_character_is_refused_in_a_sentence(where: str) -> None:
    client, script, _pauses = scripted()
    half = "x\ud800"
    calls = [Call(WRITE, {half: "a"} if where == "key" else {"user": [half] if where == "list" else half})]
    with pytest.raises(InvalidInput, match="half of a character") as caught:
        client.one_batch(calls * (2 if where == "batch" else 1))
    str(caught.value).encode("utf-8")
    assert not script.sent


def test_a_batch_may_be_asked_to_be_small() -> None:
    client, script, _pauses = scripted(*[answering] * 3, batch_size=4)
    client.batch([Call("accountsummary", {"user": "a"})] * 6, size=2)
    client2, script2, _pauses = scripted(*[answering] * 2, batch_size=4)
    client2.batch([Call("accountsummary", {"user": "a"})] * 6, size=99)
    assert [len(pairs) for _function, pairs in script.sent] == [2, 2, 2]
    assert [len(pairs) for _function, pairs in script2.sent] == [4, 2]


def test_a_batch_of_one_is_no_batch() -> None:
    client, script, _pauses = scripted(ok({"a": 1}), no("No."))
    assert client.batch([Call(READ)]) == [Answer({"a": 1}, ok()["metadata"])]
    (outcome,) = client.batch([Call(READ)])
    assert isinstance(outcome, Refused)
    assert script.functions == [READ, READ]


def test_elements_fail_by_themselves() -> None:
    client, _script, _pauses = scripted(batch(ok({"a": 1}), no("API failure: (XID abcdef) No."), 7, {"data": {}}))
    good, refused, odd, bare = client.batch([Call(READ)] * 4)
    assert isinstance(good, Answer)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.host, refused.function) == ("No.", HOST, READ)
    for outcome in (odd, bare):
        assert isinstance(outcome, UnexpectedAnswer)
        assert outcome.outcome_unknown


def test_a_failed_whole_with_elements_counts_as_elements() -> None:
    client, _script, _pauses = scripted(no("An element failed.", {"result": [ok(), no("No.")]}))
    good, bad = client.batch([Call(WRITE, {"user": "a"}), Call(WRITE, {"user": "b"})])
    assert isinstance(good, Answer)
    assert isinstance(bad, Refused)


@pytest.mark.parametrize("data", [None, {}, {"result": None}, {"result": "x"}])
def test_a_failed_whole_without_elements_is_raised(data: Any) -> None:
    client, script, _pauses = scripted(no('Unknown app ("x") requested.', data))
    with pytest.raises(Refused):
        client.batch([Call(WRITE), Call(WRITE)])
    assert len(script.sent) == 1


@pytest.mark.parametrize("elements", [0, 1, 2, 4])
def test_missing_or_surplus_elements_of_writes_are_no_answer(elements: int) -> None:
    client, script, _pauses = scripted(batch(*[ok()] * elements))
    with pytest.raises(UnexpectedAnswer, match=f"3 calls was answered with {elements} results") as caught:
        client.batch([Call(WRITE, {"user": user}) for user in "abc"])
    assert caught.value.outcome_unknown
    assert len(script.sent) == 1, "not sent again blindly"


def test_missing_elements_of_reads_are_asked_for_again() -> None:
    def half(function: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
        return batch(*answering(function, pairs)["data"]["result"][::2])

    def single(function: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
        return ok({"for": dict(pairs)["user"]})

    client, script, _pauses = scripted(half, half, single, single, half, single, single)
    outcomes = client.batch([Call("accountsummary", {"user": user}) for user in "abcd"])
    assert [outcome.get("for") for outcome in outcomes if isinstance(outcome, Answer)] == list("abcd")
    assert script.functions.count("batch") == 3


ENCODED = [
    # function, parameters, pairs
    ("x", {"a": True, "b": False, "c": None, "d": 3, "e": 1.5, "f": ""}, [("a", "1"), ("b", "0"), ("d", "3"), ("e", "1.5"), ("f", "")]),
    ("x", {"a": ["p", None, True, "q"]}, [("a", "p"), ("a", "1"), ("a", "q")]),
    ("x", {"a": []}, []),
    ("x", {"a": "true"}, [("a", "true")]),
    ("enable_dkim", {"domain": ["a.example", "b.example"]}, [("domain", "a.example"), ("domain", "b.example")]),
    ("install_spf_records", {"domain": ["a", "b", "c"], "record": ("x", "y", "z")},
     [("domain", "a"), ("domain-1", "b"), ("domain-2", "c"), ("record", "x"), ("record-1", "y"), ("record-2", "z")]),
    ("install_spf_records", {"domain": "a"}, [("domain", "a")]),
]  # fmt: skip


@pytest.mark.parametrize(("function", "params", "pairs"), ENCODED)
def test_parameters_on_the_wire(function: str, params: dict[str, Any], pairs: list[tuple[str, str]]) -> None:
    assert encode(catalogue.lookup(function), params) == pairs


words = st.text(st.one_of(st.sampled_from("+&=%@?# ä€😀\n,;/"), st.characters(codec="utf-8")), max_size=12)


@given(words, st.lists(words, max_size=3))
def test_values_survive_the_double_encoding_of_batch(value: str, more: list[str]) -> None:
    client, script, _pauses = scripted(batch(ok(), ok()))
    client.batch([Call("enable_dkim", {"user": value, "domain": more}), Call("version")])
    (_key, command), (_key2, plain) = script.sent[0][1]
    function, _mark, query = command.partition("?")
    assert function == "enable_dkim"
    pieces = [tuple(unquote(text, errors="strict") for text in pair.split("=")) for pair in query.split("&")]
    assert pieces == [("user", value), *(("domain", item) for item in more)]
    assert not set(query) & set("+ @#?\n"), "what a form decoder could misread is encoded"
    assert plain == "version"


SECRET = "t0k+en/&%=\u00e4"
FORMS = [SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode()]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "step",
    [
        lambda form: no(f"Bad token {form} here"),
        lambda form: Reply(500, f"<html>{form}</html>".encode()),
        lambda form: f"<html><b>{form}</b></html>".encode(),
        lambda form: Reply(403, f'{{"error":"no {form}"}}'.encode()),
        lambda form: ConnectionFailed(f"lost {form}"),
        lambda form: f"no JSON: {form}".encode(),
    ],
)  # fmt: skip
def test_secrets_do_not_come_back_in_errors(form: str, step: Any) -> None:
    client, _script, _pauses = scripted(step(form), secrets=[SECRET], retries=0)
    with pytest.raises(WhmError) as caught:
        client.call(WRITE)
    exc = caught.value
    assert "********" in str(exc)
    for shown in (str(exc), repr(exc.as_dict()), exc.explanation):
        assert not [secret for secret in FORMS if secret in shown]


KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQDnO1\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize("value", [KEY, [KEY], ["other", KEY]], ids=["text", "list", "second of a list"])
@pytest.mark.parametrize("shown", [KEY, quote(KEY, safe=""), KEY.replace("\n", " ")], ids=["as sent", "encoded", "in one line"])  # fmt: skip
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a batch"])
def test_secret_parameters_do_not_come_back(value: Any, shown: str, inside: bool) -> None:
    calls = [Call("install_dkim_private_keys", {"domain": "a.example", "key": value})]
    texts = [f"bad key {shown}", f"warning {shown}"]
    warned = ok({}, warnings=[texts[1]])
    steps = [batch(no(texts[0]), warned), no(texts[0])] if inside else [no(texts[0]), warned]
    client, script, _pauses = scripted(*steps)
    errors = [outcome for outcome in client.batch(calls * (2 if inside else 1)) if isinstance(outcome, WhmError)]
    try:
        errors += [outcome for outcome in client.batch(calls * (2 if inside else 1)) if isinstance(outcome, WhmError)]
    except WhmError as exc:  # the whole batch was refused
        errors.append(exc)
    told = " ".join([*map(str, errors), *client.warnings])
    assert "bad key ********" in told
    assert "warning ********" in told
    assert not [line for line in KEY.splitlines()[1:3] if line in told or quote(line, safe="") in told]
    assert all(script.secret), "the transport is told to keep it off the command line"
    assert KEY.splitlines()[1] not in repr(calls)


def test_a_secret_inside_another_is_hidden_whole() -> None:
    assert hide("x abcdef y abc z", ["abc", "abcdef"]) == "x ******** y ******** z"


def test_warnings_are_collected_once() -> None:
    answer = ok({}, warnings=["odd"], output={"warnings": [f"odder {SECRET}"]})
    client, _script, _pauses = scripted(answer, batch(answer, answer), secrets=[SECRET])
    client.call(READ)
    client.batch([Call(READ), Call(READ)])
    assert client.warnings == [f"{HOST}: odd", f"{HOST}: odder ********"]


def test_a_refused_login_is_fatal() -> None:
    client, script, _pauses = scripted(Reply(403, b""))
    with pytest.raises(AuthenticationFailed) as caught:
        client.batch([Call(WRITE), Call(WRITE)])
    assert caught.value.fatal
    assert len(script.sent) == 1


def test_close_closes_the_connection() -> None:
    client, script, _pauses = scripted()
    client.close()
    assert script.closed
