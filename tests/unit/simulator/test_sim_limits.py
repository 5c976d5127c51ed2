# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""massmodifyacct: several accounts in one call, and what it passes over in silence."""

from __future__ import annotations

import pytest

FUNCTION = "massmodifyacct"


def limits(ask, user):
    account = ask("accountsummary", {"user": user})["data"]["acct"][0]
    return account["max_email_per_hour"], account["max_defer_fail_percentage"], account["max_emailacct_quota"]


def test_many_accounts_get_the_same(ask):
    body = ask(FUNCTION, {"user": ["alice", "bob"], "MAX_EMAIL_PER_HOUR": 200, "MAX_EMAILACCT_QUOTA": 2048})
    assert body["metadata"]["result"] == 1
    assert [(row["user"], row["result"], row["reason"]) for row in body["data"]["payload"]] == [
        ("alice", 1, "Account Modified"),
        ("bob", 1, "Account Modified"),
    ]
    assert body["data"]["payload"][0]["extended"]["cpuser"]["MAX_EMAIL_PER_HOUR"] == "200", "a text in its file"
    assert limits(ask, "alice") == limits(ask, "bob") == (200, "unlimited", 2048)


def test_one_that_fails_fails_the_whole_and_the_others_are_changed(ask):
    body = ask(FUNCTION, {"user": ["alice", "nosuch", "bob"], "MAX_EMAIL_PER_HOUR": 200})
    assert body["metadata"]["result"] == 0
    assert body["metadata"]["reason"] == "Failed to modify one or more users."
    assert [row["result"] for row in body["data"]["payload"]] == [1, 0, 1]
    assert body["data"]["payload"][1]["reason"] == "You do not have a user named \u201cnosuch\u201d."
    assert limits(ask, "bob")[0] == 200


@pytest.mark.parametrize("name", ["max_email_per_hour", "MAX_EMAILS_PER_HOUR", "Max_Email_Per_Hour", "limit"])
def test_names_that_it_does_not_know_are_passed_over_in_silence(ask, name):
    body = ask(FUNCTION, {"user": "alice", name: 200})
    assert body["metadata"]["result"] == 1
    assert body["data"]["payload"][0]["result"] == 1
    assert limits(ask, "alice") == ("unlimited",) * 3


@pytest.mark.parametrize(("name", "value", "stored"), [
    ("MAX_EMAIL_PER_HOUR", "0", "unlimited"), ("MAX_DEFER_FAIL_PERCENTAGE", "0", "unlimited"), ("MAX_EMAILACCT_QUOTA", "unlimited", "unlimited"),
    ("MAX_EMAILACCT_QUOTA", "1", 1),
])  # fmt: skip
def test_what_is_no_limit(ask, name, value, stored):
    assert ask(FUNCTION, {"user": "alice", name: value})["metadata"]["result"] == 1
    assert stored in limits(ask, "alice")


@pytest.mark.parametrize(
    ("name", "value"), [("MAX_EMAILACCT_QUOTA", "0"), ("MAX_EMAIL_PER_HOUR", "-1"), ("MAX_EMAIL_PER_HOUR", "many")]
)
def test_what_it_refuses(ask, name, value):
    body = ask(FUNCTION, {"user": "alice", name: value})
    assert body["metadata"]["result"] == 0
    assert name in body["data"]["payload"][0]["reason"]
    assert limits(ask, "alice") == ("unlimited",) * 3


def test_a_server_may_store_less_than_it_was_given(ask, server):
    ask(FUNCTION, {"user": "alice", "MAX_DEFER_FAIL_PERCENTAGE": 250})
    assert limits(ask, "alice")[1] == 250
    server.quirks.add("limits_capped")
    ask(FUNCTION, {"user": "alice", "MAX_DEFER_FAIL_PERCENTAGE": 251})
    assert limits(ask, "alice")[1] == 100


def test_resellers_change_their_own(ask):
    body = ask(FUNCTION, {"user": ["carol", "alice"], "MAX_EMAIL_PER_HOUR": 5}, caller="reseller1")
    assert [row["result"] for row in body["data"]["payload"]] == [1, 0]
    assert "access" in body["data"]["payload"][1]["reason"]


def test_it_needs_a_user(ask):
    assert "user" in ask(FUNCTION, {"MAX_EMAIL_PER_HOUR": 5})["metadata"]["reason"]
