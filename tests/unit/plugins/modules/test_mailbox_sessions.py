# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.plan import readable
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound
from ansible_collections.whm.mail.plugins.modules import mailbox_sessions
from ansible_collections.whm.mail.tests.simulator import Fault
from hypothesis import given
from hypothesis import strategies as st

FUNCTION = "terminate_cpuser_mailbox_sessions"


@given(st.dictionaries(st.text("abc", min_size=1, max_size=2), st.booleans()))
def test_plan_asks_for_every_account_there_is(there: dict[str, bool]) -> None:
    current = {user: {"queued": False} if known else NotFound("no") for user, known in there.items()}
    original = copy.copy(current)
    plan = mailbox_sessions.plan(readable(current), {})
    assert current == original
    known = [user for user in there if there[user]]
    assert [(step.call.function, dict(step.call.params)) for step in plan.steps] == [
        (FUNCTION, {"username": u}) for u in known
    ]
    assert plan.after == {user: {"queued": True} for user in known}


def test_the_server_is_asked_every_time(run: Any, box: Any) -> None:
    predicted = run("mailbox_sessions", True, users=["alice", "bob"])
    assert not box.log.writes()
    for _time in range(2):
        box.log.clear()
        result = run("mailbox_sessions", users=["alice", "bob"])
        assert result == predicted
        assert result == {
            "changed": True,
            "accounts": [
                {"user": "alice", "queued": True, "changed": True},
                {"user": "bob", "queued": True, "changed": True},
            ],
            "diff": {"before": {}, "after": {}},
            "missing": [],
        }
        assert len(box.log.writes()) == 1
    assert box.log.writes()[0].commands[0]["params"] == [("username", "alice")]


def test_the_sessions_end_a_moment_later(run_https: Any, box: Any) -> None:
    now = [1_800_000_000.0]
    box.clock = lambda: now[0]
    run_https("mailbox_sessions", user="alice")
    assert box.state.accounts["alice"].sessions == 3, "it is only queued"
    now[0] += 5
    run_https("server_info")
    assert box.state.accounts["alice"].sessions == 0


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_unknown_account_fails_by_itself(run: Any, box: Any, check_mode: bool) -> None:
    result = run("mailbox_sessions", check_mode, users=["nosuch", "alice"])
    assert result["failed"]
    assert result["changed"]
    assert [(row["user"], row["queued"], row["changed"]) for row in result["accounts"]] == [
        ("nosuch", False, False), ("alice", True, True)
    ]  # fmt: skip
    assert result["accounts"][0]["error"]["kind"] == "not_found"
    assert result["progress"] == {"done": ["alice"], "failed": ["nosuch"], "not_tried": []}
    assert bool(box.log.writes()) is not check_mode


def test_200_accounts_good_failing_unknown_and_foreign(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 120, "prefix": "user", "owner": "reseller1"}})
    users = [f"user{number}" for number in range(1, 121)] + [f"nosuch{number}" for number in range(40)]
    users[5:5] = [*box.state.accounts][:8] + [f"other{number}" for number in range(32)]
    assert len(users) == 200
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("mailbox_sessions", users=users, api_batch_size=50, **login)
    assert [row["user"] for row in result["accounts"]] == users
    own = {name for name, account in box.state.accounts.items() if account.owner == "reseller1"}
    assert {row["user"] for row in result["accounts"] if "error" not in row} == own & set(users)
    assert len(box.log.writes()) <= -(-200 // 50)


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "status_500_after", "empty", "truncated_json"])
@pytest.mark.parametrize("users", [["alice"], ["alice", "bob"]], ids=["single", "batch"])
def test_a_lost_answer_is_asked_for_again(run_https: Any, box: Any, kind: str, users: list[str]) -> None:
    box.faults.add(Fault(kind, function=FUNCTION))
    result = run_https("mailbox_sessions", users=users)
    assert "failed" not in result
    assert all(row["queued"] for row in result["accounts"])
    assert len(box.log.writes()) == 2


def test_a_403_is_sent_once(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("forbidden", function=FUNCTION, times=0))
    result = run_https("mailbox_sessions", users=["alice", "bob"], api_batch_size=1)
    assert result["error"]["kind"] == "permission"
    assert len(box.log.writes()) == 1
    assert [row["changed"] for row in result["accounts"]] == [False, False]
    assert result["progress"] == {"done": [], "failed": ["alice"], "not_tried": ["bob"]}


@pytest.mark.parametrize("users", [["alice"], ["alice", "bob"]])
def test_an_old_server_is_named(run: Any, box: Any, users: list[str]) -> None:
    box.patch({"missing_functions": [FUNCTION]})
    result = run("mailbox_sessions", users=users)
    assert result["error"]["kind"] == "unsupported"
    assert FUNCTION in result["msg"]


def test_the_role_is_named_when_it_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["MailReceive"]})
    result = run("mailbox_sessions", user="alice")
    assert result["error"]["kind"] == "unsupported"
    assert "MailReceive" in result["msg"]


@pytest.mark.parametrize(
    ("users", "text"),
    [
        (["root"], "root is a system user"),
        (["info@alice.example.com"], "is an address"),
        ([""], "an account name is empty"),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, users: list[str], text: str) -> None:
    result = run_https("mailbox_sessions", users=users)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0
