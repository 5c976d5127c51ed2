# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Step, readable
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound
from ansible_collections.whm.mail.plugins.modules import outgoing_mail
from ansible_collections.whm.mail.tests.simulator import Fault
from hypothesis import given
from hypothesis import strategies as st

FREE = {"hold": False, "suspended": False}
HELD = {"hold": True, "suspended": False}
BOTH = {"hold": True, "suspended": True}


def params(users: list[str], **options: Any) -> dict[str, Any]:
    return {"users": users, "hold": None, "suspended": None, "exclusive": False, "max_changes": None, **options}


def sent(plan: Any) -> list[str]:
    return [f"{step.call.function.removesuffix('_outgoing_email')} {step.item}" for step in plan.steps]


PLANS = [
    # name, present state, options, calls
    ("nothing to do", {"a": HELD}, params(["a"], hold=True), []),
    ("hold", {"a": FREE, "b": HELD}, params(["a", "b"], hold=True), ["hold a"]),
    ("release leaves suspension alone", {"a": BOTH}, params(["a"], hold=False), ["release a"]),
    ("both flags", {"a": FREE}, params(["a"], hold=True, suspended=True), ["hold a", "suspend a"]),
    ("flags differ", {"a": HELD}, params(["a"], hold=False, suspended=True), ["release a", "suspend a"]),
    (
        "neighbour by prefix is held again",
        {"bob": HELD, "bobby": HELD},
        params(["bob"], hold=False),
        ["release bob", "hold bobby"],
    ),
    ("free neighbour stays free", {"bob": HELD, "bobby": FREE}, params(["bob"], hold=False), ["release bob"]),
    (
        "neighbour released as well",
        {"bob": HELD, "bobby": HELD},
        params(["bob", "bobby"], hold=False),
        ["release bobby", "release bob"],
    ),
    ("shorter name is safe", {"bo": HELD, "bob": HELD}, params(["bob"], hold=False), ["release bob"]),
    ("not held: nothing is damaged", {"bob": FREE, "bobby": HELD}, params(["bob"], hold=False), []),
    (
        "suspensions have their own list",
        {"bob": BOTH, "bobby": {"hold": False, "suspended": True}},
        params(["bob"], suspended=False),
        ["unsuspend bob", "suspend bobby"],
    ),
    (
        "exclusive",
        {"a": FREE, "b": HELD, "c": HELD, "d": FREE},
        params(["a", "b"], hold=True, exclusive=True, max_changes=9),
        ["release c", "hold a"],
    ),
    (
        "exclusive releases bob, then holds bobby",
        {"bobby": FREE, "bob": HELD, "bobo": HELD},
        params(["bobby", "bobo"], hold=True, exclusive=True, max_changes=9),
        ["release bob", "hold bobo", "hold bobby"],
    ),
    ("exclusive with nobody", {"c": HELD}, params([], hold=True, exclusive=True, max_changes=1), ["release c"]),
    ("an unknown account is left out", {"x": NotFound("no"), "a": FREE}, params(["x", "a"], hold=True), ["hold a"]),
]


@pytest.mark.parametrize(("current", "options", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], options: dict[str, Any], calls: list[str]) -> None:
    plan = outgoing_mail.plan(readable(current), options)
    assert sent(plan) == calls
    assert plan.changed is bool(calls)
    assert (plan.before == plan.after) is not bool(calls)


def test_exclusive_with_an_unknown_account_plans_nothing() -> None:
    """The runner stops when one of them could not be read."""
    assert outgoing_mail.needed(params(["x"], hold=True, exclusive=True, max_changes=9)) == ["x"]
    assert list(outgoing_mail.needed(params(["x"], hold=True))) == []


names = st.text("ab", min_size=1, max_size=3)
flags = st.fixed_dictionaries({"hold": st.booleans(), "suspended": st.booleans()})
wishes = st.sampled_from([None, True, False])


class Lists:
    """WHM's two lists with the prefix hazard: what Exim enforces, as against what the accounts' flags say."""

    def __init__(self, states: dict[str, dict[str, bool]]) -> None:
        self.flags = {user: dict(state) for user, state in states.items()}
        self.lists = {flag: {user for user in states if states[user][flag]} for flag in outgoing_mail.FLAGS}

    def send(self, step: Step) -> None:
        for flag, (_field, set_it, clear_it) in outgoing_mail.FLAGS.items():
            if step.call.function == set_it:
                self.flags[step.item][flag] = True
                self.lists[flag].add(step.item)
            elif step.call.function == clear_it:
                self.flags[step.item][flag] = False
                self.lists[flag] = {user for user in self.lists[flag] if not user.startswith(step.item)}


@given(st.dictionaries(names, flags), st.lists(names, unique=True), wishes, wishes, st.booleans())
def test_plan_properties(
    states: dict[str, dict[str, bool]], users: list[str], hold: bool | None, suspended: bool | None, exclusive: bool
) -> None:
    users = [user for user in users if user in states]
    exclusive = exclusive and False not in (hold, suspended)
    options = params(users, hold=hold, suspended=suspended, exclusive=exclusive, max_changes=99)
    original = {user: dict(state) for user, state in states.items()}
    plan = outgoing_mail.plan(states, options)
    assert states == original, "inputs are not mutated"

    server = Lists(states)
    for step in plan.steps:
        server.send(step)
    assert {user: server.flags[user] for user in plan.after} == plan.after, "the prediction is honest"
    assert not outgoing_mail.plan(server.flags, options).steps, "it converges"
    for flag, wanted in (("hold", hold), ("suspended", suspended)):
        assert server.lists[flag] == {u for u in states if server.flags[u][flag]}, "Exim enforces what the flags say"
        if wanted is None:
            assert all(server.flags[user][flag] == states[user][flag] for user in states), "an omitted flag stays"
        elif exclusive:
            assert {user for user in states if server.flags[user][flag]} == set(users)
        else:
            assert all(server.flags[user][flag] == wanted for user in users)
            others = set(states) - set(users)
            assert all(server.flags[user][flag] == states[user][flag] for user in others), (
                "neighbours stay as they were"
            )


INVALID = [
    (params(["alice"]), "Neither hold nor suspended"),
    (params(["root"], hold=True), "root is a system user"),
    (params([" "], hold=True), "empty"),
    (params(["bob@example.com"], hold=True), "bob@example.com is an address"),
    (params(["example.com"], hold=True), "example.com is a domain"),
    (params(["a b"], hold=True), "a b is not the name of an account"),
    (params(["alice"], hold=True, exclusive=True), "needs max_changes"),
    (params(["alice"], hold=True, max_changes=-1), "max_changes: -1 is less than nothing"),
    (params(["alice"], hold=False, exclusive=True, max_changes=1), "exclusive"),
]


@pytest.mark.parametrize(("options", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(
    run_https: Any, box: Any, options: dict[str, Any], text: str
) -> None:
    result = run_https("outgoing_mail", **options)
    assert result["failed"]
    assert text in result["msg"]
    assert result["error"]["kind"] == "invalid_input"
    assert len(box.log) == 0


def test_hold_then_again(run: Any, box: Any) -> None:
    predicted = run("outgoing_mail", check_mode=True, users=["alice", "bob"], hold=True)
    assert not box.log.writes()
    result = run("outgoing_mail", users=["alice", "bob"], hold=True)
    assert result == predicted
    assert result == {
        "changed": True,
        "accounts": [
            {"user": "alice", "hold": True, "suspended": False, "changed": True},
            {"user": "bob", "hold": True, "suspended": False, "changed": False},
        ],
        "diff": {"before": {"alice": {"hold": False}}, "after": {"alice": {"hold": True}}},
        "repaired": [],
        "missing": [],
    }
    assert box.state.accounts["alice"].hold
    box.log.clear()
    assert run("outgoing_mail", users=["alice", "bob"], hold=True)["changed"] is False
    assert not box.log.writes()


def test_release_repairs_the_neighbour(run: Any, box: Any) -> None:
    predicted = run("outgoing_mail", check_mode=True, users=["bob"], hold=False)
    result = run("outgoing_mail", users=["bob"], hold=False)
    assert (
        result["repaired"]
        == predicted["repaired"]
        == [{"user": "bobby", "hold": True, "suspended": False, "changed": True}]
    )
    assert "bobby" in box.state.hold_list
    assert "bob" not in box.state.hold_list


def test_one_unknown_account_does_not_stop_the_others(run: Any, box: Any) -> None:
    result = run("outgoing_mail", users=["alice", "nosuch", "bo"], hold=True)
    assert result["failed"]
    assert result["changed"]
    assert [row["user"] for row in result["accounts"]] == ["alice", "nosuch", "bo"]
    assert [row["changed"] for row in result["accounts"]] == [True, False, True]
    assert result["progress"] == {"done": ["alice", "bo"], "failed": ["nosuch"], "not_tried": []}
    assert "nosuch" in result["msg"]
    assert box.state.accounts["bo"].hold


def test_exclusive_refuses_more_than_max_changes(run: Any, box: Any) -> None:
    result = run("outgoing_mail", users=["alice"], hold=True, exclusive=True, max_changes=2)
    assert result["failed"]
    assert result["error"]["kind"] == "too_many_changes"
    assert not box.log.writes()
    assert run("outgoing_mail", users=["alice"], hold=True, exclusive=True, max_changes=3)["changed"]
    assert {name for name, account in box.state.accounts.items() if account.hold} == {"alice"}


def test_a_server_that_says_ok_and_does_nothing_is_an_error(run: Any, box: Any) -> None:
    box.quirks.add("silent_noop", users=["alice"])
    result = run("outgoing_mail", users=["alice", "bo"], hold=True)
    rows = {row["user"]: row for row in result["accounts"]}
    assert result["failed"]
    assert rows["alice"]["error"]["kind"] == "not_effective"
    assert rows["alice"]["changed"] is False
    assert rows["bo"]["changed"] is True
    assert result["diff"]["after"] == {"bo": {"hold": True}}


def test_a_thousand_accounts_cost_twelve_requests_on_one_connection(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 1000, "prefix": "user"}})
    users = sorted(name for name in box.state.accounts if name.startswith("user"))
    box.log.clear()
    result = run_https("outgoing_mail", users=users, hold=True)
    assert len(result["accounts"]) == 1000
    assert all(row["changed"] for row in result["accounts"])
    assert len(box.log) == 2 + 1000 / 100
    assert len(box.log.connections()) == 1
    box.log.clear()
    assert not run_https("outgoing_mail", users=users, hold=True)["changed"]
    assert len(box.log) == 1


def test_a_reseller_cannot_touch_foreign_accounts(run_https: Any, box: Any) -> None:
    options = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("outgoing_mail", users=["carol", "alice"], hold=True, **options)
    assert result["failed"]
    assert result["progress"] == {"done": ["carol"], "failed": ["alice"], "not_tried": []}
    assert not box.state.accounts["alice"].hold


LOST = ["reset_after", "close_after", "status_500_after", "status_503_after", "empty", "truncated_json"]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("users", [["alice"], ["alice", "bo", "erin"]], ids=["single", "batch"])
def test_a_lost_answer_is_settled_by_the_state(run_https: Any, box: Any, kind: str, users: list[str]) -> None:
    box.faults.add(Fault(kind, function="hold_outgoing_email"))
    result = run_https("outgoing_mail", users=users, hold=True)
    assert "failed" not in result
    assert [row["changed"] for row in result["accounts"]] == [True] * len(users)
    assert len(box.log.writes()) == 1, "not sent twice"


BEFORE = ["reset_before", "close_before", "status_500_before", "status_503_before"]


@pytest.mark.parametrize("kind", BEFORE)
def test_what_did_not_happen_is_sent_again(run_https: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind, function="hold_outgoing_email"))
    result = run_https("outgoing_mail", users=["alice"], hold=True)
    assert "failed" not in result
    assert box.state.accounts["alice"].hold
    functions = [entry.function for entry in box.log if entry.writes or entry.function == "accountsummary"]
    assert functions == [
        "accountsummary",
        "hold_outgoing_email",
        "accountsummary",
        "hold_outgoing_email",
        "accountsummary",
    ]


def test_a_403_is_sent_once(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("forbidden", function="hold_outgoing_email", times=0))
    result = run_https("outgoing_mail", users=["alice", "bo"], hold=True, api_batch_size=1)
    assert result["failed"]
    assert result["error"]["kind"] == "permission"
    assert len(box.log.writes()) == 1
    assert result["progress"] == {"done": [], "failed": ["alice"], "not_tried": ["bo"]}


@pytest.mark.parametrize("quirk", ["batch_drops", "batch_stops"])
def test_a_batch_with_missing_results_is_settled(run_https: Any, box: Any, quirk: str) -> None:
    box.quirks.add(quirk)
    box.patch({"generate": {"accounts": 30, "prefix": "user"}})
    users = sorted(name for name in box.state.accounts if name.startswith("user"))
    result = run_https("outgoing_mail", users=users, hold=True)
    assert "failed" not in result
    assert all(row["changed"] for row in result["accounts"])
    assert all(box.state.accounts[user].hold for user in users)


def test_an_effect_that_comes_late_is_waited_for(run_https: Any, box: Any) -> None:
    box.quirks.add("late_effect", seconds=0.6)
    run_https.patient = True
    result = run_https("outgoing_mail", users=["alice"], hold=True)
    assert "failed" not in result
    assert result["accounts"][0]["changed"]
    assert len(box.log.writes()) == 1


def test_the_role_is_named_when_it_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["MailSend"]})
    result = run("outgoing_mail", users=["alice"], hold=True)
    assert result["error"]["kind"] == "unsupported"
    assert "MailSend" in result["msg"]


@given(st.dictionaries(names, flags), st.lists(names, unique=True), st.lists(st.tuples(st.integers(0, 9), names)))
def test_what_others_hold_meanwhile_is_held_in_the_end(
    states: dict[str, dict[str, bool]], users: list[str], others: list[tuple[int, str]]
) -> None:
    users = [user for user in users if user in states]
    plan = outgoing_mail.plan(states, params(users, hold=False, suspended=False))
    asked = {step.item for step in plan.steps}
    server = Lists(states)
    for place, step in enumerate([*plan.steps, None]):
        for _place, user in (other for other in others if other[0] == place):
            if user in states and user not in asked:
                server.send(Step(Call("hold_outgoing_email", {"user": user}), user))
        if step:
            server.send(step)
    for step in outgoing_mail.aftermath(plan, plan.steps, server.flags):
        assert not step.effect.fields, "it is no wish of this task"
        server.send(step)
    assert server.lists["hold"] == {user for user in states if server.flags[user]["hold"]}


def test_a_hold_that_somebody_else_sets_while_a_shorter_name_is_released(run: Any, box: Any) -> None:
    box.patch({"accounts": {"bobby": {"hold": False}}, "outgoing_mail_hold_users": ["bob"]})

    def meanwhile(caller: str, function: str, args: Any) -> None:
        if box.describe(function, args)[1]:
            box.before = lambda *asked: None
            box.call("hold_outgoing_email", user="bobby")

    box.before = meanwhile
    result = run("outgoing_mail", users=["bob"], hold=False)
    assert (result["changed"], result.get("failed", False)) == (True, False)
    assert result["repaired"] == [{"user": "bobby", "hold": True, "suspended": False, "changed": True}]
    assert list(box.state.hold_list) == ["bobby"]
    assert run("outgoing_mail", users=["bob"], hold=False)["changed"] is False


def test_what_could_not_be_read_back_is_said(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("forbidden", function="hold_outgoing_email", times=0, user="carol"))
    result = run_https("outgoing_mail", users=["alice", "carol"], hold=True, api_batch_size=1)
    assert result["progress"] == {"done": ["alice"], "failed": ["carol"], "not_tried": []}
    assert result["warnings"] == [
        f"{box.host}:{box.port}: the server confirmed the changes of 1 items and could not be read again; its word is taken for them"
    ]
