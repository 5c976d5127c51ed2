# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail import email_routing as routings
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError
from ansible_collections.whm.mail.plugins.modules import email_routing
from ansible_collections.whm.mail.tests.subjects.common import ALICE, BOB, RESELLER, WEAK
from ansible_collections.whm.mail.tests.unit.plugins.builders import ok, scripted
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by

PLANS = [("local", "remote", 1), ("auto", "local", 1), ("local", "local", 0), ("remote", "auto", 1)]


def listing(*rows: Any) -> dict[str, Any]:
    return ok({"uapi": {"status": 1, "data": list(rows)}})


@pytest.mark.parametrize(("present", "wanted", "steps"), PLANS)
def test_plan(present: str, wanted: str, steps: int) -> None:
    """What is detected is no reason to leave the setting as it is."""
    state = {"user": "alice", "routing": present, "detected": "local"}
    plan = email_routing.plan({ALICE: state}, {"routing": wanted})
    named = {"cpanel.user": "alice", "cpanel.module": "Email", "cpanel.function": "set_always_accept"}
    sent = [{**named, "domain": ALICE, "mxcheck": wanted}] * steps
    assert [step.call.params for step in plan.steps] == sent


def test_set_and_again(run: Any, box: Any) -> None:
    box.patch({"mail_routing": {BOB: {"routing": "remote", "detected": "remote"}}})
    given = {"domains": ["Alice.Example.com.", WEAK, BOB], "routing": "remote"}
    predicted = run("email_routing", check_mode=True, **given)
    assert not box.log.writes()
    done = run("email_routing", **given)
    assert done["domains"] == predicted["domains"]
    assert done["domains"] == [
        {"domain": ALICE, "user": "alice", "routing": "remote", "detected": "local", "changed": True},
        {"domain": WEAK, "user": "alice", "routing": "remote", "detected": "local", "changed": True},
        {"domain": BOB, "user": "bob", "routing": "remote", "detected": "remote", "changed": False},
    ]
    before, after = done["diff"]["before"], done["diff"]["after"]
    assert (list(before), list(after)) == ([WEAK, ALICE], [WEAK, ALICE])
    assert (before[ALICE], after[ALICE]) == ({"routing": "auto"}, {"routing": "remote"})
    assert done["missing"] == []
    box.log.clear()
    assert run("email_routing", **given)["changed"] is False
    assert not box.log.writes()


def test_the_flag_inside_decides(run: Any, box: Any) -> None:
    """The calls around it say that all went well."""
    box.patch({"mail_routing": {ALICE: {"fails": "The zone is locked."}}})
    result = run("email_routing", domains=[ALICE, BOB], routing="remote")
    assert result["progress"] == {"done": [BOB], "failed": [ALICE], "not_tried": []}
    error = by("domain", result["domains"])[ALICE]["error"]
    assert error["kind"] == "refusal"
    assert "The zone is locked." in error["reason"]


VERDICTS: list[tuple[Any, str, bool]] = [
    ({"status": 1, "statusmsg": "Set"}, "", False),
    ({"status": "0", "statusmsg": "No."}, "No.", False),
    ({"status": 0}, "no reason given", False),
    ({"statusmsg": "Set"}, "", True),
    (None, "", True),
    ([], "", True),
]


@pytest.mark.parametrize(("data", "refused", "unclear"), VERDICTS)
def test_verdict(data: Any, refused: str, unclear: bool) -> None:
    verdict = email_routing.verdict(Answer({"uapi": {"status": 1, "data": data}}))
    assert (verdict.refused, bool(verdict.unclear)) == (refused, unclear)


def test_what_the_server_warns_of_reaches_the_task(run: Any, box: Any) -> None:
    box.patch({"mail_routing": {ALICE: {"warnings": ["Auto Detect of MX configuration not possible."]}}})
    box.patch({"mail_routing": {ALICE: "local"}})
    result = run("email_routing", domain=ALICE, routing="auto")
    assert result["changed"] is True
    assert any("Auto Detect of MX" in text for text in result["warnings"])


def test_a_subdomain_has_no_routing(run: Any, box: Any) -> None:
    box.patch({"accounts": {"alice": {"subdomains": ["blog.alice.example.com"]}}})
    result = run("email_routing", domains=["blog.alice.example.com", ALICE], routing="remote", ignore_missing=True)
    assert result["missing"] == []
    assert result["progress"] == {"done": [ALICE], "failed": ["blog.alice.example.com"], "not_tried": []}
    assert "is not among the domains of alice that have a mail routing" in result["msg"]


def test_one_that_fails_does_not_stop_the_others(run: Any) -> None:
    result = run("email_routing", domains=[ALICE, "nowhere.example"], routing="remote")
    assert result["progress"] == {"done": [ALICE], "failed": ["nowhere.example"], "not_tried": []}
    again = run("email_routing", domains=[ALICE, "nowhere.example"], routing="remote", ignore_missing=True)
    assert (again["changed"], again["missing"], "failed" in again) == (False, ["nowhere.example"], False)


def test_a_server_without_the_role(run_https: Any, box: Any) -> None:
    box.state.disabled_roles.add("DNS")
    result = run_https("email_routing", domains=[ALICE], routing="remote")
    assert result["error"]["kind"] == "unsupported"


def test_a_reseller_manages_its_own(run_https: Any) -> None:
    result = run_https("email_routing", domains=["carol.example.net", ALICE], routing="remote", **RESELLER)
    assert result["progress"] == {"done": ["carol.example.net"], "failed": [ALICE], "not_tried": []}


def test_bad_input_is_refused_before_anything_is_sent(run_https: Any, box: Any) -> None:
    result = run_https("email_routing", domains=["info@alice.example.com"], routing="remote")
    assert result["error"]["kind"] == "invalid_input"
    assert "info@alice.example.com is not a domain" in result["msg"]
    assert len(box.log) == 0


def test_hundreds_of_domains_cost_a_handful_of_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 200, "prefix": "user"}})
    box.log.clear()
    names = [f"user{number}.example.com" for number in range(1, 201)]
    done = run_https("email_routing", domains=names, routing="remote")
    assert {row["changed"] for row in done["domains"]} == {True}
    assert len(box.log.writes()) == 2
    assert len(box.log) <= 10


ROWS: list[tuple[Any, Any]] = [
    ({"domain": ALICE, "mxcheck": "local", "detected": "remote"}, ("local", "remote")),
    ({"domain": ALICE.upper(), "mxcheck": "auto", "detected": ""}, ("auto", None)),
    ({"domain": ALICE, "mxcheck": "auto", "detected": 1}, ("auto", None)),
    ({"domain": ALICE, "mxcheck": None, "detected": "local"}, "does not tell the mail routing"),
    ({"domain": ALICE, "mxcheck": "perhaps", "detected": "local"}, "does not tell the mail routing"),
    ({"domain": ALICE, "mxcheck": ["local"], "detected": "local"}, "does not tell the mail routing"),
    ({"domain": BOB, "mxcheck": "auto"}, "is not among the domains of alice"),
    ({"domain": None, "mxcheck": "auto"}, "rows that name no domain"),
    ("text", "no list of objects"),
]


@pytest.mark.parametrize(("row", "expected"), ROWS)
def test_what_is_not_understood_is_an_error(row: Any, expected: Any) -> None:
    client, _script, _pauses = scripted(ok({"acct": [{"user": "alice", "domain": ALICE}]}), listing(row))
    found = routings.routing_of(client, [ALICE])[ALICE]
    if isinstance(expected, tuple):
        assert (found["routing"], found["detected"]) == expected
    else:
        assert isinstance(found, WhmError)
        assert expected in str(found)


def test_a_row_that_failed() -> None:
    """The other row worked, else the answer as a whole would have failed."""
    failed = {"domain": ALICE, "mxcheck": "local", "status": 0, "statusmsg": "No zone."}
    client, _script, _pauses = scripted(
        listing(failed, {"domain": WEAK, "mxcheck": "auto", "status": 1, "statusmsg": "x"})
    )
    first, second = sorted(routings.of_accounts(client, ["alice"])["alice"], key=lambda row: row["domain"] != ALICE)  # type: ignore[type-var, arg-type]
    assert "No zone." in str(first["error"])
    assert second == {"domain": WEAK, "user": "alice", "routing": "auto", "detected": None}


def test_the_routing_of_accounts(run_https: Any, box: Any) -> None:
    box.patch({"mail_routing": {ALICE: "remote"}})
    told: dict[str, Any] = {}

    def read(client: Any, params: Any) -> dict[str, Any]:
        told.update(routings.of_accounts(client, ["alice", "nosuch", "alice"]))
        return {}

    run_https.run(InfoModule(read, {}))
    assert told["alice"] == [
        {"domain": WEAK, "user": "alice", "routing": "auto", "detected": "local"},
        {"domain": ALICE, "user": "alice", "routing": "remote", "detected": "local"},
    ]
    assert isinstance(told["nosuch"], WhmError)


def test_a_listing_that_names_nothing_is_an_error() -> None:
    client, _script, _pauses = scripted(listing({"mxcheck": "auto"}))
    assert isinstance(routings.of_accounts(client, ["alice"])["alice"], UnexpectedAnswer)
