# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.modules import mail_configuration_repair
from ansible_collections.whm.mail.tests.simulator import Fault

FUNCTION = "normalize_user_email_configuration"

PLANS: list[tuple[list[str], list[dict[str, str]]]] = [
    # accounts that there are, parameters of each call
    ([], []),
    (["alice"], [{"username": "alice"}]),
    (["bob", "alice"], [{"username": "bob"}, {"username": "alice"}]),
]


@pytest.mark.parametrize(("users", "sent"), PLANS)
def test_plan_asks_for_every_account(users: list[str], sent: list[dict[str, str]]) -> None:
    plan = mail_configuration_repair.plan({user: {} for user in users}, {})
    assert [(step.call.function, dict(step.call.params)) for step in plan.steps] == [(FUNCTION, each) for each in sent]


def test_the_server_is_asked_every_time(run: Any, box: Any) -> None:
    box.patch({"mail_files": {"disordered": ["alice", "bob"]}})
    predicted = run("mail_configuration_repair", True, users=["alice", "carol"])
    assert not box.log.writes()
    for _time in range(2):
        box.log.clear()
        result = run("mail_configuration_repair", users=["alice", "carol"])
        assert result == predicted
        assert result == {
            "changed": True,
            "accounts": [{"user": "alice", "changed": True}, {"user": "carol", "changed": True}],
            "diff": {"before": {}, "after": {}},
            "missing": [],
        }
        assert len(box.log.writes()) == 1
    assert box.state.areas["mail_files"] == {"bob"}


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_unknown_account_fails_by_itself(run: Any, box: Any, check_mode: bool) -> None:
    result = run("mail_configuration_repair", check_mode, users=["nosuch", "alice"])
    assert [(row["user"], row["changed"]) for row in result["accounts"]] == [("nosuch", False), ("alice", True)]
    assert result["accounts"][0]["error"]["kind"] == "not_found"
    assert result["progress"] == {"done": ["alice"], "failed": ["nosuch"], "not_tried": []}
    assert bool(box.log.writes()) is not check_mode


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "truncated_json"])
@pytest.mark.parametrize("users", [["alice"], ["alice", "bob"]], ids=["single", "batch"])
def test_a_lost_answer_is_asked_for_again(run_https: Any, box: Any, kind: str, users: list[str]) -> None:
    box.faults.add(Fault(kind, function=FUNCTION))
    result = run_https("mail_configuration_repair", users=users)
    assert "failed" not in result
    assert all(row["changed"] for row in result["accounts"])
    assert len(box.log.writes()) == 2


def test_an_old_server_is_named(run: Any, box: Any) -> None:
    box.patch({"missing_functions": [FUNCTION]})
    result = run("mail_configuration_repair", users=["alice", "bob"])
    assert result["error"]["kind"] == "unsupported"
    assert FUNCTION in result["msg"]


@pytest.mark.parametrize(
    ("user", "text"), [("root", "root is a system user"), ("a@b.example", "is an address"), ("", "is empty")]
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, user: str, text: str) -> None:
    result = run_https("mail_configuration_repair", users=[user])
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0
