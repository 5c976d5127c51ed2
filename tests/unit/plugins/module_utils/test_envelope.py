# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import random
import re
import time
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer, clean_reason, decode, excerpt
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    WhmError,
)
from ansible_collections.whm.mail.tests.simulator import STATES, loading
from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.http_skin import encode
from ansible_collections.whm.mail.tests.unit.plugins.builders import DENIED, PAGE, batch, no, ok, scripted, wire
from hypothesis import example, given, settings
from hypothesis import strategies as st

ACCT = [{"user": "alice", "suspended": "0"}]
VERSION_LEGACY = {"cpanelresult": {"apiversion": "2", "data": {"version": "11.134.0.44"}, "type": "text"}}


def uapi(status: Any, errors: Any = None) -> dict[str, Any]:
    return ok({"uapi": {"status": status, "data": [1], "errors": errors, "messages": None, "metadata": {}}})


def api2(result: int, data: Any = None, **more: Any) -> dict[str, Any]:
    return {"cpanelresult": {"apiversion": 2, "func": "stats", "data": data, "event": {"result": result}, **more}}


def bare(status: Any, errors: Any = None, data: Any = None, **said: Any) -> dict[str, Any]:
    """What cpanel answers for a UAPI call: no envelope of WHM around it."""
    result = {
        "status": status,
        "data": data,
        "errors": errors,
        "messages": None,
        "warnings": None,
        "metadata": {},
        **said,
    }
    return {"apiversion": 3, "module": "Email", "func": "f", "result": result}


ROW_NO, ROW_YES = (
    {"domain": "b", "status": 0, "statusmsg": "not here"},
    {"domain": "a", "status": 1, "statusmsg": "done"},
)

GOOD = [
    # name, function, body, data
    ("integer result", "listaccts", ok({"acct": ACCT}), {"acct": ACCT}),
    ("string result", "listaccts", ok({"acct": ACCT}, result="1"), {"acct": ACCT}),
    ("data absent", "hold_outgoing_email", ok(), None),
    ("data null", "listaccts", {**ok(), "data": None}, None),
    ("data empty", "set_user_email_forward_destination", ok({}), {}),
    ("reason does not decide", "x", ok({}, reason="NOT OK, API failure: Access denied"), {}),
    ("reason absent", "x", {"metadata": {"result": 1}}, None),
    ("translated reason", "x", ok({}, reason="In Ordnung"), {}),
    ("version legacy", "version", VERSION_LEGACY, {"version": "11.134.0.44"}),
    ("v0 accountsummary", "accountsummary", {"status": 1, "statusmsg": "Ok", "acct": ACCT}, {"acct": ACCT}),
    ("v0 string status", "accountsummary", {"status": "1", "acct": ACCT}, {"acct": ACCT}),
    ("v0 rows", "x", {"result": [{"status": 1, "statusmsg": "done"}]}, {"result": [{"status": 1, "statusmsg": "done"}]}),
    ("uapi", "uapi_cpanel", uapi(1), uapi(1)["data"]),
    ("uapi quoted status", "uapi_cpanel", uapi("1"), uapi("1")["data"]),
    ("api 2 bare", "cpanel", api2(1, [3]), api2(1, [3])),
    ("api 2 enveloped", "cpanel", ok(api2(1, [3])), api2(1, [3])),
    ("garbage lines before", "x", b"Use of uninitialized value at line 42.\n\xef\xbb\xbf" + wire(ok({"a": 1})), {"a": 1}),
    ("braces in garbage", "x", b"Hash { x } is odd.\n{no json\n" + wire(ok({"a": 1})), {"a": 1}),
    ("garbage after", "x", wire(ok({"a": 1})) + b"\nUse of {uninitialized} value\n", {"a": 1}),
    ("other JSON before", "x", b'{"log":"line"}\n' + wire(ok({"a": 1})), {"a": 1}),
    ("a quoted key in garbage", "x", b'Use of $x{"a"} at line 4.\n' + wire(ok({"a": 1})), {"a": 1}),
    ("garbage on the same line", "x", b"Hash { x } is odd: " + wire(ok({"a": 1})), {"a": 1}),
    ("half a character", "x", b'{"metadata":{"result":1},"data":{"a":"x\\ud800y"}}', {"a": "x\ufffdy"}),
    ("a whole character", "x", b'{"metadata":{"result":1},"data":{"a":"\\ud83d\\ude00"}}', {"a": "\U0001f600"}),
    ("UAPI through cpanel", "cpanel", ok({"apiversion": 3, "result": {"status": 1, "data": [3]}}), {"apiversion": 3, "result": {"status": 1, "data": [3]}}),
    ("UAPI bare", "cpanel", bare(1, data=[3]), bare(1, data=[3])),
    ("UAPI bare through uapi_cpanel", "uapi_cpanel", bare("1"), {"uapi": bare("1")["result"]}),
    ("some rows failed", "cpanel", api2(1, [ROW_YES, ROW_NO]), api2(1, [ROW_YES, ROW_NO])),
    ("a status that is no verdict", "cpanel", api2(1, [{"status": 0, "service": "exim"}]), api2(1, [{"status": 0, "service": "exim"}])),
    ("white space around", "x", b"\r\n  " + wire(ok({"a": 1})) + b"  \r\n", {"a": 1}),
    ("HTML inside data", "x", ok({"message": PAGE.format("x")}), {"message": PAGE.format("x")}),
    ("invalid UTF-8", "x", b'{"metadata":{"result":1},"data":{"a":"\xff\xe9"}}', {"a": "\ufffd\ufffd"}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "body", "data"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_success(function: str, body: Any, data: Any) -> None:
    assert decode(function, 200, {}, wire(body)).data == data


NO_USER = "You do not have a user named \u201cweb08\u201d."
ROLE = "This functionality is not available because the \u201cMailSend\u201d role is disabled on this server."
HUGE = b'{"metadata":{"result":' + b"9" * 5000 + b"}}"
DEEP = b'{"metadata":{"result":1},"data":' + b"[" * 200000 + b"]" * 200000 + b"}"
DISK_FULL = b'Content-type: text/plain; charset="utf-8"\r\n\r\n' + PAGE.format("Sorry for the inconvenience!").encode()

BAD = [
    # name, function, HTTP status, body, kind, text
    ("403", "x", 403, DENIED, "authentication", "(Access denied)"),
    ("401 without a body", "x", 401, b"", "authentication", "(HTTP 401)"),
    ("403 with a page", "x", 403, PAGE.format("Go away").encode(), "authentication", "not tried again"),
    ("cpanelresult with 200", "x", 200, DENIED, "permission", "Access denied"),
    ("XID", "x", 200, no(f"API failure: (XID 3y67mz) {NO_USER}"), "refusal", f"x: {NO_USER}"),
    ("two lines", "x", 200, no("API failure: (XID 3y67mz) Kein „web08\u201c.\n" + NO_USER), "refusal", f"Kein „web08\u201c. / {NO_USER}"),
    ("trailing newline", "x", 200, no("API failure: You must specify a user.\n"), "refusal", "x: You must specify a user."),
    ("string result 0", "x", 200, ok(result="0", reason="no"), "refusal", "no."),
    ("failure with data", "accountsummary", 200, no("Account does not exist.", {"acct": None}), "refusal", "does not exist"),
    ("no reason", "x", 200, {"metadata": {"result": 0}}, "refusal", "no reason given"),
    ("reason OK, result 0", "x", 200, no("OK"), "refusal", "OK"),
    ("unknown function", "x", 200, no('Unknown app ("x") requested for this version (1) of the API.'), "unsupported", "does not have"),
    ("unknown function, v0", "x", 200, {"error": "Unknown App Requested: x"}, "unsupported", "does not have"),
    ("role off", "x", 200, no(f"API failure: (XID abcdef) {ROLE}"), "unsupported", "Enable the role"),
    ("no access", "x", 200, no("API failure: (XID ab2def) You do not have access to an account named \u201cx\u201d."), "permission", "token's privileges"),
    ("no privilege", "x", 200, no("Access denied"), "permission", "Access denied"),
    ("v0 not found", "accountsummary", 200, {"status": 0, "statusmsg": "Account does not exist", "acct": None}, "refusal", "does not exist"),
    ("v0 failed row", "x", 200, {"result": [{"status": 1}, {"status": 0, "statusmsg": "bad"}]}, "refusal", "bad"),
    ("v0 failed row beside a good status", "x", 200, {"status": 1, "result": [{"status": 0, "statusmsg": "bad"}]}, "refusal", "bad"),
    ("uapi failed inside", "uapi_cpanel", 200, uapi(0, ["one", "two"]), "refusal", "one / two"),
    ("uapi without status", "uapi_cpanel", 200, ok({"uapi": {}}), "unexpected_answer", "data.uapi.status"),
    ("uapi without data", "uapi_cpanel", 200, ok(), "unexpected_answer", "data.uapi.status"),
    ("api 2 failed event", "cpanel", 200, ok(api2(0)), "refusal", "no reason given"),
    ("api 2 error", "cpanel", 200, api2(1, error="Could not find function"), "refusal", "Could not find function"),
    ("UAPI through cpanel failed inside", "cpanel", 200, ok({"apiversion": 3, "result": {"status": 0, "errors": ["no"]}}), "refusal", "no"),
    ("UAPI bare, failed", "cpanel", 200, bare(0, ["one", "two"]), "refusal", "one / two"),
    ("UAPI bare, failed, through uapi_cpanel", "uapi_cpanel", 200, bare(0, ["one"]), "refusal", "one"),
    ("UAPI bare, failed, told in messages", "cpanel", 200, bare(0, messages=["a message"]), "refusal", "a message"),
    ("UAPI bare, a text for a list", "cpanel", 200, bare("0", "one\ntwo"), "refusal", "one / two"),
    ("UAPI bare without a status", "cpanel", 200, bare(None), "unexpected_answer", "result.status"),
    ("UAPI, data says no", "uapi_cpanel", 200, ok({"uapi": bare(1, data=ROW_NO)["result"]}), "refusal", "not here"),
    ("UAPI, the only row says no", "cpanel", 200, bare(1, data=[{"domain": "a", "status": "0", "msg": "no zone"}]), "refusal", "no zone"),
    ("api 2, the only row says no", "cpanel", 200, api2(1, [ROW_NO]), "refusal", "not here"),
    ("api 2, in its envelope", "cpanel", 200, ok(api2(1, [ROW_NO])), "refusal", "not here"),
    ("api 2, every row says no", "cpanel", 200, api2(1, [ROW_NO, {"status": "0", "statusmsg": "nor there"}]), "refusal", "not here / nor there"),
    ("api 2, result and reason", "cpanel", 200, api2(1, [{"result": "", "reason": "too weak"}]), "refusal", "too weak"),
    ("api 2, a status alone", "cpanel", 200, api2(1, [{"status": 0}]), "refusal", "no reason given"),
    ("api 2, the reason stands in data", "cpanel", 200, api2(0, [{"result": 0, "reason": "why not"}]), "refusal", "why not"),
    ("bare, no call at all", "cpanel", 200, {"data": {"reason": "no such user", "result": "0"}, "type": "text", "error": None}, "refusal", "no such user"),
    ("cpanel without what it carries", "cpanel", 200, ok({"x": 1}), "unexpected_answer", "data.result.status"),
    ("api 2 without a verdict", "cpanel", 200, {"cpanelresult": {"data": [1]}}, "unexpected_answer", "cpanelresult.event.result"),
    ("denied without its words", "x", 200, {"cpanelresult": {"data": {"reason": "Access denied"}}}, "unexpected_answer", "event.result"),
    ("version legacy for another function", "x", 200, VERSION_LEGACY, "unexpected_answer", "event.result"),
    ("an error beside a success", "x", 200, {**ok({"a": 1}), "error": "Access denied"}, "permission", "Access denied"),
    ("v0 row without a status", "x", 200, {"result": [{"status": 1}, {"statusmsg": "?"}]}, "unexpected_answer", "nor status"),
    ("v0 status 0 beside a good row", "x", 200, {"status": 0, "statusmsg": "bad", "result": [{"status": 1}]}, "refusal", "bad"),
    ("broken metadata beside a status", "x", 200, {"metadata": "x", "status": 1}, "unexpected_answer", "neither metadata nor status"),
    ("two answers", "x", 200, wire(ok({"a": 1})) + b"\n" + wire(no("no")), "unexpected_answer", "holds 2 answers"),
    ("an answer in a broken one", "x", 200, b'{"metadata":{"result":0,"reason":"a\n' + wire(ok()) + b'"}}', "unexpected_answer", "not valid JSON"),
    ("cut off, a brace at each line", "batch", 200, json.dumps(batch(ok(), ok()), indent=0)[:-3].encode(), "unexpected_answer", "not valid JSON"),
    ("500 in JSON", "x", 500, no("Internal Error (ID 123456789)"), "server_error", "Internal Error (ID 123456789)"),
    ("500 saying success", "x", 500, ok({"a": 1}), "server_error", "HTTP 500"),
    ("503", "x", 503, PAGE.format("Busy").encode(), "server_error", "upgrades itself"),
    ("502 empty", "x", 502, b"", "server_error", "empty body"),
    ("307", "x", 307, b"", "configuration", "not followed"),
    ("301 saying success", "x", 301, ok(), "configuration", "api_port"),
    ("404", "x", 404, PAGE.format("Not Found").encode(), "unexpected_answer", "HTTP 404"),
    ("201 saying success", "x", 201, ok(), "unexpected_answer", "HTTP 201"),
    ("login page", "x", 200, PAGE.format("WHM Login").encode(), "unexpected_answer", "HTML instead of JSON (HTTP 200: WHM Login WHM Login)"),
    ("disk full", "x", 200, DISK_FULL, "unexpected_answer", "disk is not full"),
    ("empty", "x", 200, b"", "unexpected_answer", "empty"),
    ("blank", "x", 200, b" \r\n", "unexpected_answer", "empty"),
    ("a list", "x", 200, b"[1,2]", "unexpected_answer", "JSON, but not of WHM"),
    ("a text", "x", 200, b'"OK"', "unexpected_answer", "JSON, but not of WHM"),
    ("null", "x", 200, b"null", "unexpected_answer", "JSON, but not of WHM"),
    ("an object without verdict", "x", 200, {"version": "11.32"}, "unexpected_answer", "JSON, but not of WHM"),
    ("metadata without result", "x", 200, {"metadata": {}}, "unexpected_answer", "no metadata.result"),
    ("metadata is no object", "x", 200, {"metadata": 1}, "unexpected_answer", "neither metadata nor status"),
    ("only a result", "x", 200, {"result": 1}, "unexpected_answer", "neither metadata nor status"),
    ("YAML", "x", 200, b"---\nmetadata:\n  result: 1\n", "unexpected_answer", "not valid JSON"),
    ("huge number", "x", 200, HUGE, "unexpected_answer", "not valid JSON"),
    ("deep nesting", "x", 200, DEEP, "unexpected_answer", "not valid JSON"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "status", "body", "kind", "text"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_failure(function: str, status: int, body: Any, kind: str, text: str) -> None:
    with pytest.raises(WhmError) as caught:
        decode(function, status, {}, wire(body))
    assert caught.value.kind == kind
    assert text in str(caught.value)
    assert "XID" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 800
    assert caught.value.http_status == status
    assert caught.value.function == function
    unclear = kind in ("unexpected_answer", "server_error")
    assert caught.value.outcome_unknown is unclear, "whether it was carried out is open exactly when no verdict came"
    assert caught.value.retryable is (kind == "server_error")


@pytest.mark.parametrize("result", [1, "1", " 1 ", 1.0, "1.0", True])
def test_these_results_are_successes(result: Any) -> None:
    assert decode("x", 200, {}, wire(ok(result=result))).data is None


@pytest.mark.parametrize(
    "result", [0, "0", 2, -1, 10, 0.9, 1.5, "", "OK", "1 OK", "one", None, [], [1], {"1": 1}, False, "NaN", 1e308, 10**400]
)  # fmt: skip
def test_no_other_result_is_a_success(result: Any) -> None:
    for document in (ok({}, result=result), {"status": result, "statusmsg": "Ok"}, {"result": [{"status": result}]}):
        with pytest.raises(WhmError):
            decode("x", 200, {}, wire(document))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none(text: str) -> None:
    with pytest.raises(WhmError):
        decode("x", 200, {}, b'{"metadata":{"result":%s}}' % text.encode())


def test_a_failure_keeps_its_data() -> None:
    with pytest.raises(WhmError) as caught:
        decode("accountsummary", 200, {}, wire(no("Account does not exist.", {"acct": None})))
    assert caught.value.data == {"acct": None}


@pytest.mark.parametrize(
    ("metadata", "warnings"),
    [
        ({}, ()),
        ({"warnings": ["a"], "output": {"warnings": ["b\n"], "raw": "<b>c</b>"}}, ("a", "b")),
        ({"warnings": "single", "output": None}, ("single",)),
        ({"warnings": None, "output": {"warnings": None}}, ()),
        ({"warnings": [None, "", "a"], "output": "text"}, ("a",)),
        ({"output": {"warnings": "one\ntwo\n\n", "messages": ["three"]}}, ("one", "two", "three")),
        ({"warnings": ["a\nb", "b"], "output": {"warnings": {"0": "c"}}}, ("a", "b", "c")),
    ],
)
def test_warnings_stand_in_two_places(metadata: dict[str, Any], warnings: tuple[str, ...]) -> None:
    assert decode("x", 200, {}, wire(ok({}, **metadata))).warnings == warnings


SAID = {"warnings": ["w1\nw2"], "messages": "m", "errors": ["e"]}
TOLD = ("e", "w1", "w2", "m")


@pytest.mark.parametrize(
    ("function", "document", "warnings"),
    [
        ("cpanel", bare(1, **SAID), TOLD),
        ("uapi_cpanel", ok({"uapi": bare(1, **SAID)["result"]}), TOLD),
        ("uapi_cpanel", ok({"uapi": bare(1, **SAID)["result"]}, warnings=["outer", "m"]), ("outer", "m", "e", "w1", "w2")),
        ("cpanel", ok({"apiversion": 3, **bare(1, **SAID)}), TOLD),
        ("cpanel", api2(1, [ROW_YES, ROW_NO]), ("not here",)),
        ("uapi_cpanel", ok({"uapi": bare(1, data=[ROW_YES, ROW_NO], warnings=["w"])["result"]}), ("w", "not here")),
    ],
)  # fmt: skip
def test_what_is_said_beside_a_success_reaches_the_task(
    function: str, document: Any, warnings: tuple[str, ...]
) -> None:
    assert decode(function, 200, {}, wire(document)).warnings == warnings


@pytest.mark.parametrize("function", ["cpanel", "uapi_cpanel"])
def test_what_is_said_beside_a_refusal_reaches_the_task(function: str) -> None:
    document = bare(0, ["no"], warnings=["w"], messages=["m1\nm2"])
    whole = document if function == "cpanel" else ok({"uapi": document["result"]})
    client, _script, _pauses = scripted(wire(whole), wire(batch(ok(), whole)))
    with pytest.raises(WhmError, match="no"):
        client.call(function)
    assert client.warnings == [f"{client.host}: {text}" for text in ("w", "m1", "m2")]
    client.warnings.clear()
    assert isinstance(client.one_batch([Call("version"), Call(function)])[1], WhmError)
    assert client.warnings == [f"{client.host}: {text}" for text in ("w", "m1", "m2")]


@pytest.mark.parametrize("data", [
    {"acct": "x"}, {"acct": [{"user": "a"}, 3]}, {"acct": 0.5}, {"other": []}, "text", [1],
])  # fmt: skip
def test_a_list_that_is_not_understood_is_no_empty_list(data: Any) -> None:
    with pytest.raises(WhmError, match=r"no list of objects in data\.acct"):
        Answer(data).listing("acct")


@pytest.mark.parametrize("data", [None, {}, {"acct": None}, {"acct": ""}, {"acct": []}])
def test_an_empty_list_has_many_forms(data: Any) -> None:
    assert Answer(data).listing("acct") == []


def test_a_list_may_be_one_object_or_objects_by_name() -> None:
    row = {"user": "a", "plan": None}
    assert Answer({"acct": row}).listing("acct") == Answer({"acct": {"a": row}}).listing("acct") == [row]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 90.0),
        ("Wed, 21 Oct 2026 07:00:00 GMT", 0.0),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    headers = {"Date": "Wed, 21 Oct 2026 07:26:30 GMT", **({"Retry-After": header} if header else {})}
    with pytest.raises(WhmError) as caught:
        decode("x", 503, headers, b"")
    assert caught.value.retry_after == seconds


def test_an_excerpt_is_short_and_readable() -> None:
    page = "<script>var a = 1;</script><style>p { x: y }</style><p>It is   broken.</p>\n" + "<b>really</b> " * 200
    assert excerpt(page.encode()).startswith("It is broken. really really")
    assert len(excerpt(page.encode())) <= 161
    assert excerpt(b"\xff\xfe") == "\ufffd\ufffd"


@given(st.text("abcdefghjkmnpqrstuvwxyz23456789", min_size=6, max_size=6))
def test_reasons_are_equal_whatever_their_xid(xid: str) -> None:
    assert clean_reason(f"API failure: (XID {xid}) {NO_USER}\n") == NO_USER
    assert clean_reason(f"API failure: (XID {xid}) Nein.\nNo.") == "Nein. / No."


@pytest.mark.parametrize(("answer", "records"), [
    (Answer(), []), (Answer({"acct": None}), []), (Answer({"acct": ""}), []), (Answer([1]), []), (Answer("x"), []),
    (Answer({"acct": [{"user": "a"}, None, 3, "x"]}), [{"user": "a"}]), (Answer({"acct": {"user": "a"}}), [{"user": "a"}]),
])  # fmt: skip
def test_records_are_a_list_whatever_came(answer: Answer, records: list[Any]) -> None:
    assert answer.records("acct") == records


def real_answers() -> list[bytes]:
    """What the simulator answers, as it stands on the wire."""
    box = Box("whm1", loading.servers_of(STATES / "tests.yml")["whm1"], time.time)
    commands = {
        "command": "accountsummary?user=alice",
        "command-1": "hold_outgoing_email?user=nosuch",
        "command-2": "version",
    }
    calls: list[tuple[str, dict[str, str]]] = [
        ("batch", commands),
        ("listaccts", {"want": "user,outgoing_mail_hold"}),
        ("accountsummary", {"user": "nosuch"}),
        ("hold_outgoing_email", {"user": "alice"}),
        ("hold_outgoing_email", {"user": "nosuch"}),
        ("get_mailbox_status_list", {"account": "info@alice.example.com"}),
        ("uapi_cpanel", {"cpanel.user": "alice", "cpanel.module": "Email", "cpanel.function": "list_pops"}),
    ]  # fmt: skip
    documents = [box.call(function, **params) for function, params in calls]
    return [encode(document) for document in [*documents, DENIED, VERSION_LEGACY, uapi(0, ["no"]), api2(1, [1])]]


REAL = real_answers()


@pytest.mark.parametrize("head", [b"", b"Use of {uninitialized} value.\n"], ids=["bare", "after a warning"])
def test_no_part_of_an_answer_is_a_success(head: bytes) -> None:
    whole = REAL[0]
    assert len(decode("batch", 200, {}, head + whole).get("result")) == 3
    for length in range(len(whole)):
        with pytest.raises(WhmError):
            decode("batch", 200, {}, head + whole[:length])


def claims_success(body: bytes) -> bool:
    """A verdict of 1, or the wrapping of version on old servers, can be seen with the bare eye."""
    return bool(re.search(rb'"(result|status)"\s*:\s*"?\s*(0*1|true)|"cpanelresult"', body))


def survives(function: str, status: int, body: bytes) -> None:
    try:
        answer = decode(function, status, {}, body)
    except WhmError as exc:
        json.dumps({**exc.as_dict(), "msg": str(exc)})
    else:
        assert status == 200
        assert claims_success(body)
        assert isinstance(answer, Answer)


functions = st.sampled_from(["x", "batch", "uapi_cpanel", "cpanel"])
statuses = st.sampled_from([200, 200, 200, 200, 201, 302, 401, 403, 404, 500, 503])
PIECES = [b"{", b"}", b"[", b"]", b'"', b",", b":", b"\n{", b"\x00", b"\xff", b"<html>", b"NaN", b"-", b"1e999", b"null", b"\\u", b"\\ud800"]  # fmt: skip
pieces = st.sampled_from(PIECES)
edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.one_of(pieces, st.binary(max_size=4))), max_size=6)


@settings(max_examples=300, deadline=None)
@given(functions, statuses, st.one_of(st.binary(max_size=200), st.lists(pieces, max_size=30).map(b"".join)))
@example("x", 200, b'{"metadata":{"result":1}')
@example("x", 200, b'{"error":"a' + b"\xff" * 50)
def test_any_bytes_end_in_an_answer_or_one_of_our_errors(function: str, status: int, body: bytes) -> None:
    survives(function, status, body)


@settings(max_examples=300, deadline=None)
@given(functions, statuses, st.sampled_from(REAL), edits)
def test_damaged_answers_end_in_an_answer_or_one_of_our_errors(
    function: str, status: int, body: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    for where, removed, put in changes:
        place = int(where * len(body))
        body = body[:place] + put + body[place + removed :]
    survives(function, status, body)


def test_thousands_of_damaged_answers() -> None:
    """The same without the means to find the smallest example, and therefore many more of them."""
    dice = random.Random(11138)
    for _unused in range(6000):
        body = bytearray(dice.choice(REAL))
        for _edit in range(dice.randint(0, 4)):
            place = dice.randrange(len(body) + 1)
            body[place : place + dice.choice((0, 0, 1, 1, 5, 99))] = dice.choice((*PIECES, dice.randbytes(3)))
        survives(
            dice.choice(("x", "batch", "uapi_cpanel", "cpanel")), dice.choice((200, 200, 200, 403, 500)), bytes(body)
        )


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["0", "1", 0, 1])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["result", "status", "data", "error", "errors", "warnings", "uapi", "event", "reason"]), inner),
    ),
    max_leaves=6,
)  # fmt: skip
documents = st.dictionaries(
    st.sampled_from(["metadata", "cpanelresult", "status", "error", "result", "data", "statusmsg"]), values, max_size=4
)


@settings(max_examples=200, deadline=None)
@given(functions, documents)
def test_any_document_ends_in_an_answer_or_one_of_our_errors(function: str, document: dict[str, Any]) -> None:
    survives(function, 200, json.dumps(document).encode())


def test_elements_of_a_batch_are_not_judged_by_the_whole() -> None:
    answer = decode("batch", 200, {}, wire(batch(ok(), no("bad"))))
    assert [element["metadata"]["result"] for element in answer.get("result")] == [1, 0]
