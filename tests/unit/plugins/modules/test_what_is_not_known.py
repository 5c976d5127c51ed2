# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that got lost or make no sense, and a state that then can or cannot be read: what is known is said, what is not is null, and
what stood in the way is named."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import ConnectionFailed
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.plugins.modules import dkim, outgoing_mail
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, no, ok, scripted

OPTIONS = {"users": ["alice", "bob"], "hold": True, "suspended": None, "exclusive": False, "max_changes": None}
HOLD = "hold_outgoing_email"


def account(user: str, held: int) -> dict[str, Any]:
    return {"user": user, "outgoing_mail_hold": held, "outgoing_mail_suspended": 0}


def summaries(*held: int) -> dict[str, Any]:
    return batch(*[ok({"acct": [account(user, flag)]}) for user, flag in zip(("alice", "bob"), held, strict=True)])


def lost() -> ConnectionFailed:
    return ConnectionFailed("the connection was lost", sent=True, retryable=True)


def run(*steps: Any, module: Any = outgoing_mail.MODULE, **options: Any) -> tuple[dict[str, Any], Any]:
    client, script, _pauses = scripted(*steps, retries=1)
    return execute(module, {**OPTIONS, **options}, False, lambda given, read_only: nullcontext(client)), script


PROXY = Reply(403, b"<html><title>403 Forbidden</title>cloud proxy</html>")


REFUSED = Reply(
    403,
    b'{"cpanelresult":{"apiversion":"2","error":"Access denied","data":{"reason":"Access denied","result":"0"},"type":"text"}}',
)


@pytest.mark.parametrize(
    ("reply", "says"),
    [(REFUSED, "the server refused access (Access denied)"), (PROXY, "access was refused, but not by WHM")],
    ids=["whm", "proxy"],
)
def test_a_login_that_is_refused_while_a_lost_answer_is_settled_is_what_the_task_says(reply: Reply, says: str) -> None:
    """The function was answered before, so it is no privilege that is missing."""
    result, script = run(summaries(0, 0), lost(), reply)
    assert result["error"]["kind"] == "authentication"
    assert says in result["msg"]
    assert "the state could not be read to settle whether the change was made" in result["msg"]
    assert "bad login" in result["msg"]
    assert script.functions == ["batch"] * 3, "nothing is sent after it"
    assert [row["error"]["kind"] for row in result["accounts"]] == ["unknown_outcome"] * 2


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (Reply(503, b"<html>Service Unavailable</html>"), "the server failed with HTTP 503 (Service Unavailable)"),
        (Reply(200, b"<html>Sorry for the inconvenience!</html>"), "HTML instead of JSON"),
        (Reply(302, b""), "redirect"),
        (ConnectionFailed("the connection was refused"), "the connection was refused"),
    ],
)
def test_whatever_stands_in_the_way_of_settling_is_named(failure: Any, says: str) -> None:
    result, _script = run(summaries(0, 0), lost(), *[failure] * 9)
    assert says in result["msg"]
    assert {row["error"]["kind"] for row in result["accounts"]} == {"unknown_outcome"}


@pytest.mark.parametrize(
    "failure", [REFUSED, Reply(503, b""), Reply(200, b"<html>"), lost()], ids=["403", "503", "html", "lost"]
)
def test_what_was_before_is_no_fact_any_more_when_nobody_knows(failure: Any) -> None:
    result, _script = run(summaries(0, 0), lost(), *[failure] * 9)
    for row in result["accounts"]:
        assert (row["hold"], row["suspended"], row["changed"]) == (None, None, False)
    assert result["changed"] is False
    assert result["diff"] == {"before": {}, "after": {}}


def test_what_was_not_tried_is_as_it_was_read() -> None:
    result, _script = run(summaries(0, 0), Reply(403, b""))
    assert [(row["hold"], row["error"]["kind"]) for row in result["accounts"]] == [(False, "permission")] * 2, (
        "the reads were answered"
    )


GARBLED = [None, "", "?", 5, [], {}, {"acct": "?"}, {"acct": [None]}, {"acct": [{}]}, {"acct": None}, {"acct": [[account("alice", 0)]]},
           {"acct": [{**account("alice", 0), "outgoing_mail_hold": "?"}]}, {"acct": [{**account("alice", 0), "outgoing_mail_hold": None}]},
           {"acct": [{"user": 7, "outgoing_mail_hold": 0, "outgoing_mail_suspended": 0}]}, {"records": []}]  # fmt: skip


@pytest.mark.parametrize("data", GARBLED, ids=str)
@pytest.mark.parametrize("clears", [False, True], ids=["always", "once"])
def test_a_garbled_reading_back_makes_no_absence_of_a_confirmed_change(data: Any, clears: bool) -> None:
    back = batch(ok(data), ok({"acct": [account("bob", 1)]}))
    result, _script = run(summaries(0, 0), batch(ok(), ok()), back, *[summaries(1, 1) if clears else back] * 4)
    alice, bob = result["accounts"]
    assert alice["changed"] is True
    assert (bob["changed"], "error" in bob) == (True, False)
    assert alice.get("error", {}).get("kind") == (None if clears else "unknown_outcome")


RELEASE = {"users": ["alice"], "hold": False}


def listed(*rows: Any) -> dict[str, Any]:
    return ok({"acct": list(rows)})


@pytest.mark.parametrize(
    "back",
    [ok({"acct": "?"}), ok({"acct": [None]}), ok([]) | {"data": ["?"]}, listed({"user": None}, account("bob", 0)),
     listed(["alice"], account("bob", 0)), ok({"x": 1})],
    ids=str,
)  # fmt: skip
def test_a_garbled_list_makes_no_absence_of_a_confirmed_release(back: Any) -> None:
    result, _script = run(listed(account("alice", 1)), ok(), *[back] * 20, **RELEASE)
    (alice,) = result["accounts"]
    assert alice["error"]["kind"] == "unknown_outcome"
    assert alice["changed"] is True
    assert "there is no account" not in result["msg"]


@pytest.mark.parametrize(
    "empty",
    [
        ok(),
        ok({}),
        ok({"acct": []}),
        ok({"acct": ""}),
        ok({"acct": None}),
        ok({"acct": [{}]}),
        ok({"acct": {"alice": 1}}),
        listed({"outgoing_mail_hold": 0}),
    ],
    ids=str,
)
def test_a_list_without_accounts_is_believed_only_when_asking_by_name_says_the_same(empty: Any) -> None:
    """An answer that lost its data looks like a server without accounts."""
    result, script = run(listed(account("alice", 1)), ok(), empty, ok({"acct": [account("alice", 0)]}), **RELEASE)
    assert "failed" not in result
    assert result["accounts"] == [{"user": "alice", "hold": False, "suspended": False, "changed": True}]
    assert script.functions == ["listaccts", "release_outgoing_email", "listaccts", "accountsummary"]
    result, _script = run(empty, no("Account does not exist", {"acct": None}), **RELEASE)
    assert result["error"]["kind"] == "not_found"


def test_exclusive_needs_a_list_that_can_be_read_whole() -> None:
    options = {"users": ["alice"], "hold": True, "exclusive": True, "max_changes": 9}
    result, script = run(listed(account("alice", 0), {"outgoing_mail_hold": 1}), **options)
    assert result["error"]["kind"] == "unexpected_answer"
    assert script.functions == ["listaccts"], "nothing is sent"


# ---- a status that is no verdict

SIGNED = {
    "domain": "default._domainkey.a.example",
    "state": "VALID",
    "expected": "v=DKIM1;",
    "records": [{"current": "v=DKIM1;"}],
}
UNSIGNED = {**SIGNED, "state": "MISSING", "records": []}
ABSENT = {"domains": ["a.example"], "state": "absent"}


def dns(row: Any) -> dict[str, Any]:
    return ok({"payload": [row]})


@pytest.mark.parametrize("status", ["?", None, [], {}, 2, "2", 1.5], ids=str)
@pytest.mark.parametrize("message", ["[DEL:x]", "", None])
def test_the_state_decides_where_a_status_tells_nothing(status: Any, message: Any) -> None:
    answer = dns({"domain": "a.example", "status": status, "msg": message})
    result, _script = run(dns(SIGNED), answer, *[dns(UNSIGNED)] * 2, module=dkim.MODULE, **ABSENT)
    assert "failed" not in result
    assert [(row["state"], row["changed"]) for row in result["domains"]] == [("absent", True)]


def test_a_status_that_tells_nothing_of_a_change_that_does_not_show_is_no_refusal() -> None:
    answer = dns({"domain": "a.example", "status": "?", "msg": "x"})
    steps = [answer, dns(SIGNED)] * 2
    result, _script = run(dns(SIGNED), *steps, *[dns(SIGNED)] * 6, module=dkim.MODULE, **ABSENT)
    assert result["error"]["kind"] == "unexpected_answer"
    assert "its status is neither 1 nor 0" in result["msg"]
    assert [(row["state"], row["changed"]) for row in result["domains"]] == [("present", False)]


def test_a_real_refusal_stays_one() -> None:
    answer = dns({"domain": "a.example", "status": 0, "msg": "no"})
    result, script = run(dns(SIGNED), answer, dns(SIGNED), module=dkim.MODULE, **ABSENT)
    assert result["error"]["kind"] == "refusal"
    assert script.functions.count("disable_dkim") == 1


def test_one_garbled_element_does_not_stop_the_rest() -> None:
    """The server answers the other call of the same request: it is not left alone."""
    read = (
        batch(*[ok({"acct": [account(user, 0)]}) for user in "ab"]),
        batch(*[ok({"acct": [account(user, 0)]}) for user in "cd"]),
    )
    half = batch(ok({"acct": [account("a", 1)]}), ok({"acct": [account("b", 0)]}))
    all_ = batch(*[ok({"acct": [account(user, 1)]}) for user in "cd"])
    look = [half, read[1]]
    steps = [*read, batch(ok(), {}), *look, {}, *look, {}, *look, *look * 5, batch(ok(), ok()), half, all_]
    client, _script, _pauses = scripted(*steps, retries=1, batch_size=2)
    params = {**OPTIONS, "users": list("abcd")}
    result = execute(outgoing_mail.MODULE, params, False, lambda given, read_only: nullcontext(client))
    assert [row["changed"] for row in result["accounts"]] == [True, False, True, True]
    assert [row.get("error", {}).get("kind") for row in result["accounts"]] == [None, "unexpected_answer", None, None]


# ---- what is reported beside the items


def test_a_refused_release_repaired_nobody(run_https: Any, box: Any) -> None:
    box.patch({"accounts": {"bob": {"hold": True}, "bobby": {"hold": True}}})
    client, _script, _pauses = scripted(
        listed(account("bob", 1), account("bobby", 1)),
        batch(no("The disk is on fire."), ok()),
        listed(account("bob", 1), account("bobby", 1)),
    )
    result = execute(
        outgoing_mail.MODULE,
        {**OPTIONS, "users": ["bob"], "hold": False},
        False,
        lambda given, read_only: nullcontext(client),
    )
    assert result["changed"] is False
    assert result["repaired"] == []
    worked = run_https("outgoing_mail", user="bob", hold=False)
    assert worked["changed"] is True
    assert [(row["user"], row["changed"]) for row in worked["repaired"]] == [("bobby", True)]


def test_a_release_that_is_refused_makes_no_aftermath() -> None:
    """Somebody else held bobby meanwhile; but bob was not released, so nothing was dropped with him."""
    before, after = listed(account("bob", 1), account("bobby", 0)), listed(account("bob", 1), account("bobby", 1))
    result, script = run(before, no("No."), after, users=["bob"], hold=False)
    assert result["error"]["kind"] == "refusal"
    assert HOLD not in script.functions
    assert result["repaired"] == []


@pytest.mark.parametrize(
    ("username", "text"),
    [("root", "there is no account bob. Check the name"), ("reseller1", "there is no account bob that reseller1 may see. It may belong to another reseller")],
)  # fmt: skip
def test_root_is_not_told_of_another_reseller(username: str, text: str) -> None:
    client, _script, _pauses = scripted(
        batch(ok({"acct": [account("alice", 1)]}), no("Account does not exist", {"acct": None})), username=username
    )
    result = execute(outgoing_mail.MODULE, OPTIONS, False, lambda given, read_only: nullcontext(client))
    assert text in result["msg"]
    assert ("another reseller" in result["msg"]) is (username != "root")
