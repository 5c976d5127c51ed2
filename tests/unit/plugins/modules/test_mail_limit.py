# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from contextlib import nullcontext
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Verdict
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.modules import mail_limit
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.unit.plugins.builders import no, ok, scripted

FUNCTION = "massmodifyacct"
HOUR, PERCENT, QUOTA = "max_email_per_hour", "max_defer_fail_percentage", "max_emailacct_quota"
NONE = {HOUR: None, PERCENT: None, QUOTA: None}
FREE = dict.fromkeys((HOUR, PERCENT, QUOTA), "unlimited")

PLANS = [
    # limits that are given, present state, parameters beside user
    ({HOUR: 200}, FREE, {"MAX_EMAIL_PER_HOUR": 200}),
    ({HOUR: 200}, {**FREE, HOUR: 200}, None),
    ({HOUR: "unlimited"}, FREE, None),
    ({HOUR: "unlimited"}, {**FREE, HOUR: 5}, {"MAX_EMAIL_PER_HOUR": "unlimited"}),
    # what a server takes 0 for is not known: it is not what was asked for
    ({PERCENT: "unlimited"}, {**FREE, PERCENT: 0}, {"MAX_DEFER_FAIL_PERCENTAGE": "unlimited"}),
    # only what differs is sent
    ({HOUR: 200, PERCENT: 50, QUOTA: 9}, {HOUR: 200, PERCENT: 5, QUOTA: "unlimited"},
     {"MAX_DEFER_FAIL_PERCENTAGE": 50, "MAX_EMAILACCT_QUOTA": 9}),
    ({QUOTA: 9}, {QUOTA: 9}, None),
]  # fmt: skip


@pytest.mark.parametrize(("limits", "state", "sent"), PLANS)
def test_plan(limits: dict[str, Any], state: dict[str, Any], sent: dict[str, Any] | None) -> None:
    original = copy.deepcopy(state)
    plan = mail_limit.plan({"alice": state}, {"limits": limits})
    assert state == original
    calls = [(step.call.function, dict(step.call.params)) for step in plan.steps]
    assert calls == ([] if sent is None else [(FUNCTION, {"user": "alice", **sent})])
    assert plan.after == {"alice": {**state, **limits}}


def payload(*rows: Any) -> Any:
    return Answer({"payload": list(rows)})


def test_the_row_of_the_account_is_the_verdict() -> None:
    """Cases of the table below, and what is no answer about this account."""
    good, bad = {"user": "alice", "result": 1}, {"user": "alice", "result": "0", "reason": "No (XID abcdef) quota.\n"}
    other = {"user": "bob", "result": 0, "reason": "no"}
    unclear = Verdict(unclear="it does not say what became of the account")
    cases = [
        (payload(good), Verdict()),
        (payload({"result": "1"}), Verdict()),
        (payload(good, other), Verdict()),
        (payload(bad), Verdict(refused="No quota.", doubt="No quota.")),
        # a part of the account on another server: the state decides
        (payload(good, bad), Verdict(doubt="No quota.")),
        (payload({**good, "warnings": ["slow", ""]}), Verdict(remarks=("alice: slow",))),
        (payload({"user": "alice"}), unclear),
        (payload(other), unclear),
        (payload(), unclear),
        (Answer({"payload": "?"}), unclear),
        (Answer(), unclear),
    ]
    for answer, expected in cases:
        assert mail_limit.verdict("alice", answer) == expected, answer


def test_it_converges_and_says_what_it_did(run: Any, box: Any) -> None:
    box.patch({"accounts": {"bob": {HOUR: "500", PERCENT: 20}}})
    options = {"users": ["alice", "bob"], HOUR: 200, PERCENT: "Unlimited"}
    predicted = run("mail_limit", True, **options)
    assert not box.log.writes()
    result = run("mail_limit", **options)
    assert result == predicted
    assert result == {
        "changed": True,
        "accounts": [
            {"user": "alice", HOUR: 200, PERCENT: None, QUOTA: None, "changed": True},
            {"user": "bob", HOUR: 200, PERCENT: None, QUOTA: None, "changed": True},
        ],
        "diff": {
            "before": {"alice": {HOUR: "unlimited"}, "bob": {HOUR: 500, PERCENT: 20}},
            "after": {"alice": {HOUR: 200}, "bob": {HOUR: 200, PERCENT: "unlimited"}},
        },
        "missing": [],
    }
    (write,) = box.log.writes()
    assert [command["params"] for command in write.commands] == [
        [("user", "alice"), ("MAX_EMAIL_PER_HOUR", "200")],
        [("user", "bob"), ("MAX_EMAIL_PER_HOUR", "200"), ("MAX_DEFER_FAIL_PERCENTAGE", "unlimited")],
    ]
    box.log.clear()
    again = run("mail_limit", **options)
    assert again["changed"] is False
    assert not box.log.writes()


def test_what_is_not_given_is_left_alone(run_https: Any, box: Any) -> None:
    box.patch({"accounts": {"alice": {HOUR: 7, QUOTA: 100}}})
    result = run_https("mail_limit", user="alice", **{PERCENT: 50})
    assert result["accounts"] == [{"user": "alice", HOUR: 7, PERCENT: 50, QUOTA: 100, "changed": True}]
    assert box.state.accounts["alice"].fields == {HOUR: 7, QUOTA: 100, PERCENT: 50}


@pytest.mark.parametrize("users", [["nosuch", "alice"], ["nosuch"]])
def test_an_unknown_account_fails_by_itself(run: Any, box: Any, users: list[str]) -> None:
    result = run("mail_limit", users=users, **{HOUR: 200})
    assert result["failed"]
    assert result["accounts"][0]["error"]["kind"] == "not_found"
    assert [row["changed"] for row in result["accounts"]] == [False, True][: len(users)]


def vanishing(box: Any, user: str) -> Any:
    """Somebody removes an account between reading and writing."""

    def before(caller: str, function: str, args: Any) -> None:
        if function in ("batch", FUNCTION) and any("massmodifyacct" in str(value) for value in (function, args)):
            box.state.accounts.pop(user, None)

    return before


def test_the_reason_inside_is_told(run_https: Any, box: Any) -> None:
    """Outside it only says that one or more users failed."""
    box.before = vanishing(box, "alice")
    result = run_https("mail_limit", users=["alice", "bob"], **{HOUR: 200})
    box.before = lambda *asked: None
    alice, bob = result["accounts"]
    assert "You do not have a user named" in alice["error"]["reason"]
    assert "one or more" not in result["msg"]
    assert (alice["changed"], bob["changed"]) == (False, True)


def test_a_value_that_the_server_changes_is_named_with_the_wanted_one(run: Any, box: Any) -> None:
    box.quirks.add("limits_capped")
    result = run("mail_limit", users=["alice", "bob"], **{PERCENT: 250, HOUR: 200})
    assert {row["error"]["kind"] for row in result["accounts"]} == {"not_effective"}
    assert "max_defer_fail_percentage: 250" in result["msg"]
    assert "max_defer_fail_percentage: 100" in result["msg"]
    assert [row[PERCENT] for row in result["accounts"]] == [100, 100], "what is there"
    assert result["changed"], "the server did store something else"


ALICE = {"user": "alice", HOUR: "unlimited", PERCENT: "unlimited", QUOTA: "unlimited"}


def scripted_run(*steps: Any, **options: Any) -> Any:
    client, _script, _pauses = scripted(*steps, retries=0)
    given = {**NONE, "users": ["alice"], HOUR: 200, **options}
    return execute(mail_limit.MODULE, given, False, lambda params, read_only: nullcontext(client))


def account(**fields: Any) -> dict[str, Any]:
    return ok({"acct": [{**ALICE, **fields}]})


def test_a_part_that_fails_beside_one_that_worked_is_a_warning() -> None:
    """The account lives on two servers; it counts what its own file says."""
    rows = [{"user": "alice", "result": 1}, {"user": "alice", "result": 0, "reason": "the node is down"}]
    for answer in (ok({"payload": rows}), no("Failed to modify one or more users.", {"payload": rows})):
        result = scripted_run(account(), answer, account(**{HOUR: "200"}))
        assert "failed" not in result
        assert result["accounts"][0]["changed"]
        assert any("the node is down" in text for text in result["warnings"])
        result = scripted_run(account(), answer, *[account()] * 5)
        assert "the node is down" in result["msg"]
        assert not result["accounts"][0]["changed"]


@pytest.mark.parametrize("data", [None, {}, {"payload": []}, {"payload": "?"}, []])
def test_a_refusal_without_rows_says_what_it_says(data: Any) -> None:
    result = scripted_run(account(), no("Failed to modify one or more users.", data), account())
    assert result["error"]["kind"] == "refusal"
    assert "Failed to modify one or more users" in result["msg"]


@pytest.mark.parametrize("value", ["500", 500, 500.0, " 500 "])
def test_forms_of_a_number(value: Any) -> None:
    result = scripted_run(account(**{HOUR: value}), **{HOUR: 500})
    assert result["accounts"] == [{"user": "alice", HOUR: 500, PERCENT: None, QUOTA: None, "changed": False}]


@pytest.mark.parametrize("value", ["?", [], {}, "1.5", ""])
def test_a_limit_that_is_not_understood_is_no_limit_to_compare(value: Any) -> None:
    result = scripted_run(account(**{HOUR: value}))
    assert result["error"]["kind"] == "unexpected_answer"
    assert "the answer does not tell max_email_per_hour" in result["msg"]
    result = scripted_run(account(**{PERCENT: value}), **{HOUR: "unlimited"})
    assert result["accounts"] == [{"user": "alice", HOUR: None, QUOTA: None, "changed": False}]


def test_a_server_that_does_not_report_a_limit() -> None:
    result = scripted_run(account(**{HOUR: None}))
    assert result["error"]["kind"] == "unsupported"
    assert "this server does not report max_email_per_hour" in result["msg"]


def test_a_thousand_accounts_take_a_request_for_each_hundred(run_https: Any, box: Any) -> None:
    """And one before and one after: per account 1/100 of a request, and as many outcomes as accounts."""
    box.patch({"generate": {"accounts": 1000, "prefix": "user"}})
    users = [f"user{number}" for number in range(1, 1001)]
    result = run_https("mail_limit", users=users, **{HOUR: 200})
    assert "failed" not in result
    assert [row["user"] for row in result["accounts"] if row["changed"]] == users
    assert len(box.log.writes()) == 10
    assert len(box.log) == 12
    box.log.clear()
    assert run_https("mail_limit", users=users, **{HOUR: 200})["changed"] is False
    assert len(box.log) == 1


@pytest.mark.parametrize("kind", ["reset_after", "status_500_after", "truncated_json"])
def test_a_lost_answer_is_settled_by_the_state(run_https: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind, function=FUNCTION))
    result = run_https("mail_limit", user="alice", **{HOUR: 200})
    assert "failed" not in result
    assert result["accounts"][0]["changed"]
    assert len(box.log.writes()) == 1


def test_an_old_server_is_named(run: Any, box: Any) -> None:
    box.patch({"missing_functions": [FUNCTION]})
    result = run("mail_limit", users=["alice"], **{HOUR: 200})
    assert result["error"]["kind"] == "unsupported"
    assert FUNCTION in result["msg"]


BAD = [
    ({"users": ["alice"]}, "None of max_email_per_hour, max_defer_fail_percentage, max_emailacct_quota is given"),
    ({"users": ["root"], HOUR: 1}, "root is a system user"),
    ({"users": ["a@b.example"], HOUR: 1}, "is an address"),
    ({"users": ["alice"], HOUR: 0}, "max_email_per_hour: 0 is refused, because servers differ in what they take it for"),
    ({"users": ["alice"], QUOTA: "0"}, "max_emailacct_quota: 0 is refused"),
    *[({"users": ["alice"], PERCENT: value}, f"max_defer_fail_percentage: {str(value).lower()} is neither a whole number from 1 nor unlimited")
      for value in (-1, "1.5", "many", "1e3", True, "٣", "0100", "9" * 16)],
    ({"users": ["alice"], PERCENT: " "}, "an empty value is neither"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "text"), BAD)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("mail_limit", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0
