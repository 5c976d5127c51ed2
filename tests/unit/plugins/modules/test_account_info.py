# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.account_info import mix_up

ERIN = {
    "user": "erin",
    "domain": "erin.example.org",
    "owner": "root",
    "plan": "default",
    "contact_emails": ["erin@example.org"],
    "suspended": True,
    "suspend_reason": "Unpaid",
    "hold": False,
    "outgoing_suspended": False,
    "mailbox_format": "mdbox",
    "max_mailboxes": None,
    "max_mailbox_quota": "unlimited",
    "max_email_per_hour": "unlimited",
    "max_defer_fail_percentage": "unlimited",
}


def names(result: dict[str, Any]) -> list[str]:
    return [account["user"] for account in result["accounts"]]


def test_one_account_typed(run: Any, box: Any) -> None:
    assert run("account_info", user="erin") == {"changed": False, "accounts": [ERIN]}
    assert not box.log.writes()
    assert len(box.log) == 1


@pytest.mark.parametrize("quirk", ["string_numbers", "string_results", "translated", "invalid_utf8"])
def test_servers_that_differ_read_the_same(run: Any, box: Any, quirk: str) -> None:
    plain = run("account_info", users=["bob", "dave", "erin", "nosuch"], domains=["carol.example.net"])
    everything = run("account_info")
    box.quirks.add(quirk)
    for before, after in (
        (plain, run("account_info", users=["bob", "dave", "erin", "nosuch"], domains=["carol.example.net"])),
        (everything, run("account_info")),
    ):
        if quirk == "invalid_utf8":
            assert {account.pop("plan")[-1] for account in after["accounts"]} == {"\ufffd"}
            for account in before["accounts"]:
                account.pop("plan")
        assert before == after


def test_all_accounts_by_name_in_one_request(run: Any, box: Any) -> None:
    result = run("account_info", check_mode=True)
    assert names(result) == sorted(box.state.accounts)
    assert box.log.functions() == ["listaccts"]
    flags = {account["user"]: (account["hold"], account["outgoing_suspended"]) for account in result["accounts"]}
    assert flags["bob"] == (True, False)
    assert flags["dave"] == (False, True)
    assert flags["bo"] == (False, False)


def test_both_ways_of_reading_return_the_same(run_https: Any, box: Any) -> None:
    few = run_https("account_info", users=sorted(box.state.accounts))
    assert few == run_https("account_info")


def test_texts_that_say_nothing_are_null(run_https: Any) -> None:
    (bo,) = run_https("account_info", user="bo")["accounts"]
    assert bo["contact_emails"] == []
    assert bo["suspend_reason"] is None
    (bob,) = run_https("account_info", user="bob")["accounts"]
    assert bob["contact_emails"] == ["bob@example.org", "bob2@example.org"]


ASKED = [
    # options, accounts
    ({"users": ["bob", "alice", "bob"]}, ["bob", "alice"]),
    ({"users": ["nosuch"]}, []),
    ({"users": []}, []),
    ({"domains": []}, []),
    ({"users": ["nosuch", "bo"]}, ["bo"]),
    ({"domain": "alice-shop.example"}, ["alice"]),
    ({"domains": ["Alice.Example.COM.", "alice-shop.example"]}, ["alice"]),
    ({"domains": ["nosuch.example", "bo.example.com"]}, ["bo"]),
    ({"users": ["bo", "alice"], "domains": ["carol.example.net", "alice.example.com"]}, ["bo", "alice", "carol"]),
]


@pytest.mark.parametrize(("options", "users"), ASKED)
def test_what_was_asked_for_in_that_order(run: Any, options: dict[str, Any], users: list[str]) -> None:
    result = run("account_info", **options)
    assert names(result) == users
    assert "failed" not in result


@pytest.mark.parametrize(("count", "functions"), [(20, ["batch"]), (21, ["listaccts"])])
def test_many_accounts_are_read_in_one_request(run_https: Any, box: Any, count: int, functions: list[str]) -> None:
    box.patch({"generate": {"accounts": 30, "prefix": "user", "held_every": 3}})
    users = [f"user{number}" for number in range(1, count)] + ["nosuch"]
    result = run_https("account_info", users=users)
    assert names(result) == users[:-1]
    assert [account["hold"] for account in result["accounts"]] == [number % 3 == 0 for number in range(1, count)]
    assert box.log.functions() == functions


def test_a_reseller_sees_its_own(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    assert names(run_https("account_info", **login)) == ["carol", "reseller1"]
    assert names(run_https("account_info", users=["alice", "carol"], **login)) == ["carol"]
    assert names(run_https("account_info", domains=["alice.example.com", "carol.example.net"], **login)) == ["carol"]


def test_a_caller_without_the_privilege_is_told(run_https: Any, box: Any) -> None:
    login = {"api_username": "nobody1", "api_token": box.state.callers["nobody1"].token}
    for options in ({}, {"user": "alice"}, {"users": ["alice", "bo"]}):
        result = run_https("account_info", **options, **login)
        assert result["failed"]
        assert result["error"]["kind"] == "permission"


def test_no_account_at_all(run: Any, box: Any) -> None:
    box.patch({"accounts": dict.fromkeys(list(box.state.accounts))})
    assert run("account_info") == {"changed": False, "accounts": []}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"users": ["a@example.com"]}, "users: a@example.com is an address"),
        ({"users": ["example.com"]}, "domains tells it"),
        ({"users": [""]}, "users: an account name is empty"),
        ({"domains": ["alice"]}, "domains: alice is not a domain"),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("account_info", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


@pytest.mark.parametrize("kind", ["reset_before", "close_after", "status_503_after", "retry_after"])
def test_a_lost_answer_is_asked_for_again(run_https: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind))
    assert len(run_https("account_info")["accounts"]) == len(box.state.accounts)
    assert len(box.log) == 2
    assert len(run_https.slept) == 1


def test_warnings_of_the_server_are_passed_on(run: Any, box: Any) -> None:
    box.quirks.add("warnings_in_metadata")
    warnings = run("account_info", users=["alice", "bob"])["warnings"]
    assert len(warnings) == len(set(warnings))
    assert any("Another warning, in output." in text for text in warnings)


def test_an_answer_for_another_account_is_not_believed(run: Any, box: Any) -> None:
    mix_up(box)
    result = run("account_info", users=["alice", "bo"])
    assert result["failed"]
    assert names(result) == ["alice", "bo"]
    assert set(result["accounts"][0]) == {"user", "error"}
    assert "asked for alice, the server answered for other" in result["msg"]


def test_a_domain_that_cannot_be_read_is_no_account(run_https: Any, box: Any) -> None:
    box.state.accounts["bo"].fields["user"] = ""
    result = run_https("account_info", domains=["bo.example.com", "alice.example.com"])
    assert [item.get("user") for item in result["accounts"]] == ["alice", None]
    assert set(result["accounts"][1]) == {"domain", "error"}
    assert "1 of 2 accounts failed" in result["msg"]
    assert "bo.example.com (accountsummary: the answer for bo.example.com does not name the account)" in result["msg"]
