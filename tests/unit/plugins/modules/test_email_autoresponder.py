# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail import autoresponders
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, WhmError
from ansible_collections.whm.mail.plugins.modules import email_autoresponder
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.common import RESELLER
from ansible_collections.whm.mail.tests.subjects.email_autoresponder import (
    BOX,
    CAROL,
    INFO,
    NOWHERE,
    SHOP,
    START,
    STOP,
    TEXTS,
    WHOLE,
    rows,
)
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, ok, scripted
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by

AREA = "autoresponders"
NONE: dict[str, Any] = {"user": "alice", **autoresponders.ABSENT}
BODY = "We are away.\n"


def state(**fields: Any) -> dict[str, Any]:
    usual = {
        "user": "alice", "state": "present", "from": "Sales", "subject": "Away", "body": BODY, "interval": 24, "is_html": False,
        "start": None, "start_epoch": None, "stop": None, "stop_epoch": None, "charset": "ISO-8859-1",
    }  # fmt: skip
    return {**usual, **fields}


SENT = {
    "cpanel.user": "alice", "cpanel.module": "Email", "cpanel.function": "add_auto_responder", "email": "info", "domain": "alice.example.com",
    "from": "Sales", "subject": "Away", "body": BODY, "interval": 24, "is_html": 0, "start": 0, "stop": 0, "charset": "ISO-8859-1",
}  # fmt: skip
MADE = {name: value for name, value in SENT.items() if name != "charset"}
GONE = {
    "cpanel.user": "alice", "cpanel.module": "Email", "cpanel.function": "delete_auto_responder", "email": INFO,
}  # fmt: skip

PLANS: list[tuple[str, dict[str, Any], dict[str, Any], str, list[dict[str, Any]]]] = [
    # name, present state, wanted, state, what is sent
    ("nothing is wanted of one that exists", state(), {}, "present", []),
    ("the same", state(), {"subject": "Away", "body": BODY, "stop_epoch": None}, "present", []),
    ("what is not given is sent as it is", state(), {"subject": "New"}, "present", [{**SENT, "subject": "New"}]),
    ("times stay", state(start_epoch=START, stop_epoch=STOP), {"interval": 0}, "present",
     [{**SENT, "interval": 0, "start": START, "stop": STOP}]),
    ("a time is taken away", state(start_epoch=START), {"start_epoch": None}, "present", [SENT]),
    ("HTML", state(), {"is_html": True}, "present", [{**SENT, "is_html": 1}]),
    ("made", NONE, {"subject": "Away", "body": BODY}, "present", [{**MADE, "from": "info", "interval": 8}]),
    ("made with all", NONE, {"from": "Sales", "subject": "Away", "body": BODY, "interval": 24, "is_html": True, "stop_epoch": STOP},
     "present", [{**MADE, "is_html": 1, "stop": STOP}]),
    ("gone", NONE, {}, "absent", []),
    ("to go", state(), {"subject": "x"}, "absent", [GONE]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("current", "wanted", "wish", "sent"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS]
)
def test_plan(current: dict[str, Any], wanted: dict[str, Any], wish: str, sent: list[dict[str, Any]]) -> None:
    plan = email_autoresponder.plan({INFO: current}, {"wanted": {INFO: wanted}, "state": wish})
    assert [step.call.params for step in plan.steps] == sent
    assert all(plan.after[INFO][name] == value for name, value in wanted.items() if wish == "present")


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (NONE, {}, f"{INFO} has no autoresponder yet, and subject and body are not given; give both"),
    (NONE, {"subject": "Away"}, f"{INFO} has no autoresponder yet, and body is not given"),
    (state(start_epoch=STOP), {"stop_epoch": START}, "is not after its start"),
]


@pytest.mark.parametrize(("current", "wanted", "text"), REFUSED)
def test_what_cannot_be_made_is_refused(current: dict[str, Any], wanted: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidInput, match=text):
        email_autoresponder.plan({INFO: current}, {"wanted": {INFO: wanted}, "state": "present"})


def test_made_then_again_then_changed_then_gone(run: Any, box: Any) -> None:
    given = {
        "autoresponders": [
            {
                "address": "Info@Alice.example.com",
                **WHOLE,
                "from": "Ann Ösi <ann@example.com>",
                "body": "A & b=c%0A\n\nÜ\n\n\n",
            },
            {"address": SHOP, "subject": "Away", "body": "Away."},
        ]
    }
    predicted = run("email_autoresponder", check_mode=True, **given)
    assert not box.log.writes()
    done = run("email_autoresponder", **given)
    assert "failed" not in done, done
    assert done["autoresponders"] == predicted["autoresponders"]
    assert done["diff"] == predicted["diff"]
    first, second = done["autoresponders"]
    assert first == {
        "address": INFO, "user": "alice", "state": "present", "from": "Ann Ösi", "subject": "Away", "body": "A & b=c%0A\n\nÜ\n",
        "interval": 24, "is_html": True, "start": "2026-12-24T12:00:00Z", "start_epoch": START, "stop": "2027-01-02T00:00:00Z",
        "stop_epoch": STOP, "changed": True,
    }  # fmt: skip
    assert (second["from"], second["interval"], second["is_html"], second["stop"]) == ("orders", 8, False, None)
    box.log.clear()
    again = run("email_autoresponder", **given)
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    assert not box.log.writes()
    named = run("email_autoresponder", autoresponders=rows(INFO))
    assert (named["changed"], named["autoresponders"][0]["body"]) == (False, "A & b=c%0A\n\nÜ\n")
    changed = run("email_autoresponder", autoresponders=rows(INFO, stop="0", subject="Back soon"))
    assert changed["diff"]["after"] == {INFO: {"stop": None, "stop_epoch": None, "subject": "Back soon"}}
    assert box.state.areas[AREA][INFO]["body"] == "A & b=c%0A\n\nÜ\n"
    gone = run("email_autoresponder", autoresponders=rows(INFO, SHOP, **TEXTS), state="absent")
    assert [(row["state"], row["subject"], row["changed"]) for row in gone["autoresponders"]] == [
        ("absent", None, True)
    ] * 2
    assert box.state.areas[AREA] == {}
    assert run("email_autoresponder", autoresponders=rows(INFO), state="absent")["changed"] is False


def test_one_that_exists_is_never_replaced_by_naming_it(run: Any, box: Any) -> None:
    box.patch({AREA: {INFO: {"body": "Precious.\n", "charset": "ISO-8859-1"}}})
    before = dict(box.state.areas[AREA][INFO])
    assert run("email_autoresponder", autoresponders=rows(INFO))["changed"] is False
    assert run("email_autoresponder", autoresponders=rows(INFO, subject="Gone fishing"))["changed"] is True
    assert box.state.areas[AREA][INFO] == {**before, "subject": "Gone fishing", "start": 0, "stop": 0}


@pytest.mark.parametrize("check_mode", [False, True])
def test_nothing_is_sent_where_one_cannot_be_made(run: Any, box: Any, check_mode: bool) -> None:
    given = [*rows(BOX, **TEXTS), *rows(INFO, subject="Away")]
    result = run("email_autoresponder", check_mode, autoresponders=given)
    assert result["error"]["kind"] == "invalid_input"
    assert f"{INFO} has no autoresponder yet, and body is not given" in result["msg"]
    assert not box.log.writes()


def test_a_server_that_needs_times(run: Any, box: Any) -> None:
    box.quirks.add("autoresponder_needs_times")
    assert "failed" not in run("email_autoresponder", autoresponders=rows(INFO, **TEXTS))


INVALID: list[tuple[list[dict[str, Any]], str]] = [
    (rows("info", **TEXTS), "autoresponders: info is not an address"),
    (rows(INFO, subject=" "), f"the subject of {INFO} is empty"),
    (rows(INFO, body="\n\n"), f"the body of {INFO} is empty"),
    (rows(INFO, subject="a\nBcc: x@example.com"), f"subject of {INFO} has to be one line"),
    (rows(INFO, **{"from": "a\tb"}), f"from of {INFO} has to be one line"),
    (rows(INFO, **{"from": "<info@example.com>"}), "is only an address, which the server drops; give a name"),
    (rows(INFO, interval=-1), f"interval: -1 of {INFO} is no number of hours"),
    (rows(INFO, start="tomorrow"), f"start of {INFO}: tomorrow is not a time"),
    (rows(INFO, stop=""), f"stop of {INFO}: an empty value is not a time"),
    (rows(INFO, start="2027-01-01", stop="2027-01-01"), "is not after its start (2027-01-01T00:00:00Z)"),
    ([*rows(INFO, interval=1), *rows(INFO.upper(), interval=2)], "stands twice with different options"),
]


@pytest.mark.parametrize(("given", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(run_https: Any, box: Any, given: Any, text: str) -> None:
    result = run_https("email_autoresponder", autoresponders=given)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_relative_times_and_dates(run_https: Any) -> None:
    result = run_https("email_autoresponder", autoresponders=rows(INFO, **TEXTS, start="7d", stop="2090-01-31"))
    (row,) = result["autoresponders"]
    assert row["stop"] == "2090-01-31T00:00:00Z"
    assert row["start_epoch"] < row["stop_epoch"]


def test_one_that_fails_does_not_stop_the_others(run: Any) -> None:
    given = rows(INFO, NOWHERE, BOX, **TEXTS)
    result = run("email_autoresponder", autoresponders=given)
    assert result["progress"] == {"done": [INFO, BOX], "failed": [NOWHERE], "not_tried": []}
    again = run("email_autoresponder", autoresponders=given, ignore_missing=True)
    assert (again["changed"], again["missing"], "failed" in again) == (False, [NOWHERE], False)


def test_a_reseller_manages_its_own(run_https: Any) -> None:
    result = run_https("email_autoresponder", autoresponders=rows(CAROL, INFO, **TEXTS), **RESELLER)
    assert result["progress"] == {"done": [CAROL], "failed": [INFO], "not_tried": []}


@pytest.mark.parametrize("kind", ["reset_after", "close_after", "empty"])
def test_a_lost_answer_is_settled_by_looking(run_https: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind, function="Email::add_auto_responder"))
    result = run_https("email_autoresponder", autoresponders=rows(INFO, BOX, **TEXTS))
    assert "failed" not in result, result
    assert all(row["changed"] for row in result["autoresponders"])


def test_hundreds_cost_a_handful_of_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 50, "prefix": "user"}})
    given = [row for number in range(200) for row in rows(f"box{number}@user{number % 50 + 1}.example.com", **TEXTS)]
    box.log.clear()
    done = run_https("email_autoresponder", autoresponders=given)
    assert {row["changed"] for row in done["autoresponders"]} == {True}
    assert len(box.log.writes()) == 2
    assert len(box.log) <= 8


def content(**fields: Any) -> dict[str, Any]:
    data = {
        "from": "Ann <a@b.c>",
        "subject": "S",
        "body": "B",
        "interval": "8",
        "is_html": "0",
        "start": None,
        "stop": "0",
        "charset": "utf-8",
    }
    found = {**data, **fields}
    return ok({"uapi": {"status": 1, "data": {name: value for name, value in found.items() if value != "missing"}}})


LISTED = {"email": INFO.upper(), "subject": "S"}
CONTENTS: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"body": "missing", "from": "missing"}, "does not tell its from and body"),
    ({"subject": None}, "does not tell its subject"),
    ({"interval": "often"}, "does not tell its interval"),
    ({"is_html": None}, "does not tell its is_html"),
    ({"start": "missing"}, "does not tell its start"),
    ({"stop": [1]}, "does not tell its stop"),
    ({"stop": -1}, "does not tell its stop"),
]


@pytest.mark.parametrize(("fields", "error"), CONTENTS)
def test_what_is_not_told_is_an_error(fields: dict[str, Any], error: str) -> None:
    client, _script, _pauses = scripted(
        ok({"acct": [{"user": "alice"}]}), ok({"uapi": {"status": 1, "data": [LISTED]}}), content(**fields)
    )
    found = autoresponders.autoresponders_of(client, [INFO])[INFO]
    if error:
        assert isinstance(found, WhmError)
        assert error in str(found)
    else:
        assert {name: found[name] for name in ("from", "body", "interval", "is_html", "start_epoch", "stop_epoch")} == {
            "from": "Ann", "body": "B\n", "interval": 8, "is_html": False, "start_epoch": None, "stop_epoch": None
        }  # fmt: skip


LISTINGS: list[tuple[Any, str]] = [
    ([], "absent"),
    ([{"email": BOX, "subject": "S"}], "absent"),
    ([{"subject": "S"}], "rows that name no address"),
    ([{"email": "info"}], "rows that name no address"),
    (None, "no list of objects"),
    ("none", "no list of objects"),
]


@pytest.mark.parametrize(("listed", "expected"), LISTINGS)
def test_a_listing_that_is_not_understood_is_not_empty(listed: Any, expected: str) -> None:
    client, _script, _pauses = scripted(ok({"acct": [{"user": "alice"}]}), ok({"uapi": {"status": 1, "data": listed}}))
    found = autoresponders.autoresponders_of(client, [INFO])[INFO]
    if expected == "absent":
        assert found == NONE
    else:
        assert expected in str(found)


def test_the_autoresponders_of_accounts(run_https: Any, box: Any) -> None:
    box.patch({AREA: {INFO: {"start": START}, SHOP: {}, BOX: {}}})
    told: dict[str, Any] = {}

    def read(client: Any, params: Any) -> dict[str, Any]:
        told.update(autoresponders.of_accounts(client, ["alice", "bo", "nosuch"]))
        return {}

    box.log.clear()
    run_https.run(InfoModule(read, {}))
    assert [row["address"] for row in told["alice"]] == [INFO, SHOP]
    assert by("address", told["alice"])[INFO] == {
        "address": INFO, "user": "alice", "state": "present", "from": "Somebody", "subject": "Away", "body": "Away.\n", "interval": 8,
        "is_html": False, "start": "2026-12-24T12:00:00Z", "start_epoch": START, "stop": None, "stop_epoch": None,
    }  # fmt: skip
    assert told["bo"] == []
    assert "names none of nosuch" in str(told["nosuch"])
    assert len(box.log) == 3


def test_one_autoresponder_that_cannot_be_read_leaves_the_others() -> None:
    client, _script, _pauses = scripted(
        ok({"domains": [{"domain": "alice.example.com", "user": "alice"}]}),
        ok({"uapi": {"status": 1, "data": [LISTED, {"email": "b@alice.example.com"}]}}),
        batch(content(body="missing"), content()),
    )
    first, second = autoresponders.of_accounts(client, ["alice"])["alice"]  # type: ignore[misc]
    assert (first["body"], isinstance(first["error"], WhmError)) == (None, True)
    assert (second["body"], "error" in second) == ("B\n", False)


FAILING: list[tuple[Any, ...]] = [
    (ok({"domains": [{"user": "alice"}]}), "rows without domain"),
    (ok({"domains": [{"domain": "a.example", "user": "alice"}]}), "rows that name no address"),
]


@pytest.mark.parametrize(("domains", "text"), FAILING)
def test_accounts_that_cannot_be_read(domains: Any, text: str) -> None:
    client, _script, _pauses = scripted(domains, ok({"uapi": {"status": 1, "data": [{"subject": "S"}]}}))
    assert text in str(autoresponders.of_accounts(client, ["alice"])["alice"])


def test_no_accounts() -> None:
    client, _script, _pauses = scripted()
    assert autoresponders.of_accounts(client, []) == {}
