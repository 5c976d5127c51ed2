# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.plan import readable
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import Refused
from ansible_collections.whm.mail.plugins.modules import forward_destination
from ansible_collections.whm.mail.tests.simulator import Fault
from hypothesis import given
from hypothesis import strategies as st


def to(*destinations: str) -> dict[str, list[str]]:
    return {"destinations": list(destinations)}


PLANS = [
    # name, present state, wanted, calls
    ("nothing to do", {"a": to("x@e.example")}, {"a": ["x@e.example"]}, []),
    ("set", {"a": to()}, {"a": ["x@e.example", "y"]}, [("a", "x@e.example,y")]),
    ("replace", {"a": to("old")}, {"a": ["new"]}, [("a", "new")]),
    ("switch off", {"a": to("old")}, {"a": []}, [("a", "")]),
    ("switched off already", {"a": to()}, {"a": []}, []),
    ("a comma in a command", {"a": to()}, {"a": ["|p a,b"]}, [("a", "|p a\\,b")]),
    ("one of two", {"a": to("x"), "b": to()}, {"a": ["x"], "b": ["x"]}, [("b", "x")]),
    ("what could not be read is left out", {"a": Refused("no"), "b": to()}, {"a": ["x"], "b": ["x"]}, [("b", "x")]),
]


@pytest.mark.parametrize(("current", "wanted", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], wanted: dict[str, list[str]], calls: list[tuple[str, str]]) -> None:
    plan = forward_destination.plan(readable(current), {"wanted": wanted})
    assert [(step.item, step.call.params["forward_to"]) for step in plan.steps] == calls
    assert {step.call.function for step in plan.steps} <= {"set_user_email_forward_destination"}
    assert (plan.before == plan.after) is not bool(calls)


users = st.sampled_from("abc")
lists = st.lists(st.sampled_from(["x", "y@e.example", "|p a,b"]), unique=True).map(sorted)


@given(st.dictionaries(users, lists, min_size=3), st.dictionaries(users, lists))
def test_a_plan_converges(present: dict[str, list[str]], wanted: dict[str, list[str]]) -> None:
    states = {user: to(*present[user]) for user in wanted}
    plan = forward_destination.plan(states, {"wanted": wanted})
    assert plan.after == {user: to(*wanted[user]) for user in wanted}
    assert not forward_destination.plan(plan.after, {"wanted": wanted}).steps


INVALID = [
    ({"users": ["a@e.example"], "destinations": []}, "a@e.example is an address"),
    ({"users": ["root"], "destinations": [":fail: no"]}, "destinations: :fail: no is not taken by WHM"),
    ({"users": ["root"], "destinations": ["/dev/null"]}, "/dev/null is not taken"),
    ({"users": ["root"], "destinations": ["a@e.example,b@e.example"]}, "one each item"),
    ({"users": ["root"], "destinations": [""]}, "empty list switches forwarding off"),
    ({"forwards": [{"user": "root", "destinations": ["a b"]}]}, "forwards: a b cannot be a destination"),
    ({"forwards": [{"user": "root", "destinations": ["a"]}, {"user": "root", "destinations": []}]}, "root stands twice"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("forward_destination", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"users": ["root"]},
        {"destinations": ["a"]},
        {"users": ["root"], "forwards": [{"user": "root", "destinations": []}]},
        {"destinations": ["a"], "forwards": [{"user": "root", "destinations": []}]},
        {"forwards": [{"user": "root"}]},
    ],
)
def test_options_that_do_not_go_together(run_https: Any, box: Any, options: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):  # the runner of these tests insists on a valid task
        run_https("forward_destination", **options)
    assert len(box.log) == 0


SAME = [
    {"users": ["nobody", "root"], "destinations": ["team@example.com", "b@EXAMPLE.com", "team@example.com"]},
    {"forwards": [{"user": user, "destinations": ["team@example.com", "b@example.com"]} for user in ("nobody", "root")]},
]  # fmt: skip


@pytest.mark.parametrize("options", SAME, ids=["users", "forwards"])
def test_set_then_again(run: Any, box: Any, options: dict[str, Any]) -> None:
    predicted = run("forward_destination", check_mode=True, **options)
    assert not box.log.writes()
    result = run("forward_destination", **options)
    wanted = ["b@example.com", "team@example.com"]
    assert result == predicted == {
        "changed": True,
        "forwards": [{"user": user, "destinations": wanted, "changed": True} for user in ("nobody", "root")],
        "diff": {
            "before": {"nobody": to("root"), "root": to("ops@example.org")},
            "after": {"nobody": to(*wanted), "root": to(*wanted)},
        },
        "missing": [],
    }  # fmt: skip
    assert sorted(box.state.localaliases["root"]) == wanted
    assert len(box.log.writes()) == 1
    box.log.clear()
    again = run("forward_destination", **options)
    assert again["changed"] is False
    assert again["diff"] == {"before": {}, "after": {}}
    assert len(box.log) == 1


@pytest.mark.parametrize("quirk", ["string_results", "string_numbers", "translated"])
def test_servers_that_differ(run_https: Any, box: Any, quirk: str) -> None:
    box.quirks.add(quirk)
    options = {"user": "root", "destination": "a@example.com"}
    assert run_https("forward_destination", **options)["changed"] is True
    assert run_https("forward_destination", **options)["changed"] is False


def test_off_and_off_again(run: Any, box: Any) -> None:
    result = run("forward_destination", user="root", destinations=[])
    assert result["forwards"] == [{"user": "root", "destinations": [], "changed": True}]
    assert "root" not in box.state.localaliases
    assert not run("forward_destination", user="root", destinations=[])["changed"]


def test_a_command_with_commas_stays_one(run: Any, box: Any) -> None:
    options = {"user": "alice", "destinations": ["|/usr/bin/filter a,b=c&d +%41 ü", "alice@example.org"]}
    assert run("forward_destination", **options)["changed"]
    assert box.state.localaliases["alice"] == ["alice@example.org", "|/usr/bin/filter a,b=c&d +%41 ü"]
    assert not run("forward_destination", **options)["changed"]


def test_forwards_with_destinations_of_their_own(run: Any, box: Any) -> None:
    forwards = [
        {"user": "root", "destinations": ["ops@example.org"]},
        {"user": "bob", "destination": ["root"]},
        {"user": "nobody", "destinations": []},
    ]
    result = run("forward_destination", forward=forwards)
    assert [(row["user"], row["destinations"], row["changed"]) for row in result["forwards"]] == [
        ("root", ["ops@example.org"], False),
        ("bob", ["root"], True),
        ("nobody", [], True),
    ]
    assert "nobody" not in box.state.aliases


def test_one_unknown_user_does_not_stop_the_others(run: Any, box: Any) -> None:
    predicted = run("forward_destination", check_mode=True, users=["rooot", "root"], destinations=["a@example.com"])
    result = run("forward_destination", users=["rooot", "root"], destinations=["a@example.com"])
    assert result["failed"]
    assert result["changed"]
    rows = result["forwards"]
    assert [(row["user"], row["changed"], row.get("error", {}).get("kind")) for row in rows] == [
        ("rooot", False, "refusal"),
        ("root", True, None),
    ]
    assert "destinations" not in rows[0]
    assert result["progress"] == {"done": ["root"], "failed": ["rooot"], "not_tried": []} == predicted["progress"]
    assert "You do not have a user named \u201crooot\u201d" in result["msg"]
    assert result["diff"] == predicted["diff"]


def test_a_destination_that_only_the_server_can_judge(run: Any) -> None:
    result = run("forward_destination", user="root", destinations=["nosuchuser"])
    assert result["failed"]
    assert result["changed"] is False
    assert "\u201cnosuchuser\u201d in the \u201cforward\u201d parameter is not valid" in result["msg"]


def test_a_reseller_may_not_touch_system_users(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("forward_destination", users=["root", "carol"], destinations=["a@example.com"], **login)
    assert result["progress"] == {"done": ["carol"], "failed": ["root"], "not_tried": []}
    assert result["error"]["kind"] == "permission"
    assert box.state.localaliases["root"] == ["ops@example.org"]


@pytest.mark.parametrize("kind", ["reset_after", "close_after", "status_500_after", "empty", "truncated_json"])
@pytest.mark.parametrize("users", [["root"], ["root", "bob"]], ids=["single", "batch"])
def test_a_lost_answer_is_settled_by_the_state(run_https: Any, box: Any, kind: str, users: list[str]) -> None:
    box.faults.add(Fault(kind, function="set_user_email_forward_destination"))
    result = run_https("forward_destination", users=users, destinations=["a@example.com"])
    assert "failed" not in result
    assert [row["changed"] for row in result["forwards"]] == [True] * len(users)
    assert len(box.log.writes()) == 1, "not sent twice"


def test_a_server_that_says_ok_and_does_nothing(run: Any, box: Any) -> None:
    box.quirks.add("silent_noop", users=["root"])
    result = run("forward_destination", users=["root", "bob"], destinations=["a@example.com"])
    assert result["error"]["kind"] == "not_effective"
    assert result["progress"] == {"done": ["bob"], "failed": ["root"], "not_tried": []}


def test_request_counts(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 250, "prefix": "user"}})
    users = [f"user{number}" for number in range(1, 251)]
    assert run_https("forward_destination", users=users, destinations=["root"], api_batch_size=50)["changed"]
    assert len(box.log) == 3 * 250 / 50
    assert len(box.log.writes()) == 250 / 50
    assert all(len(entry.commands) <= 50 for entry in box.log)
