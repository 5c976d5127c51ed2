# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.modules import recipient_count_info
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.unit.plugins.builders import ok, scripted

PER_ACCOUNT = "get_unique_sender_recipient_count_per_user"
PER_SENDER = "get_unique_recipient_count_per_sender_for_user"
ALL = [("alice", None, 8), ("bob", None, 1), ("carol", None, 1), ("unknown", None, 1)]
ALICE = [
    ("alice", "info@alice.example.com", 3),
    ("alice", "news@alice.example.com", 3),
    ("alice", "Info@Alice.Example.com", 1),
    ("alice", "sales+eu@alice.example.com", 1),
]
BOB = [("bob", "bob@bob.example.com", 1)]


def short(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(row["user"], row["sender"], row["count"]) for row in result["counts"] if "error" not in row]


ASKED = [
    ({"since": "0"}, ALL),
    ({"user": "alice", "since": "0"}, ALICE),
    ({"users": ["bob", "dave", "alice", "bob"], "since": "0"}, [*BOB, *ALICE]),
    ({"users": []}, []),
    ({"user": "alice", "since": "50m", "until": "20m"}, [("alice", "info@alice.example.com", 2), ALICE[2]]),
    ({"since": "130m", "until": "100m"}, [("bob", None, 1)]),
]


@pytest.mark.parametrize(("options", "expected"), ASKED)
@pytest.mark.parametrize("check_mode", [False, True])
def test_counts(run: Any, box: Any, options: dict[str, Any], expected: list[Any], check_mode: bool) -> None:
    result = run("recipient_count_info", check_mode, **options)
    assert short(result) == expected
    assert result["changed"] is False
    assert "failed" not in result
    assert not box.log.writes()


@pytest.mark.parametrize("quirk", ["string_numbers", "string_results", "translated", "batch_drops", "batch_stops"])
def test_servers_that_differ_read_the_same(run_https: Any, box: Any, quirk: str) -> None:
    options = {"users": ["alice", "bob", "carol"], "since": "0"}
    plain = run_https("recipient_count_info", **options)
    box.quirks.add(quirk)
    assert run_https("recipient_count_info", **options)["counts"] == plain["counts"]


def test_both_times_are_always_sent(run_https: Any, box: Any) -> None:
    window = run_https("recipient_count_info", since="0")["window"]
    assert dict(box.log[0].params)["start_time"] == "1"
    assert dict(box.log[0].params)["end_time"] == str(window["until_epoch"])


def test_what_does_not_exist_fails_and_the_rest_is_returned(run: Any) -> None:
    result = run("recipient_count_info", users=["nosuch", "bob"], since="0")
    assert result["failed"]
    assert short(result) == BOB
    assert set(result["counts"][0]) == {"user", "sender", "error"}
    assert "You do not have a user named" in result["counts"][0]["error"]["reason"]
    assert "1 of 2 counts failed" in result["msg"]
    assert "nosuch" in result["msg"]


def test_a_reseller_counts_its_own(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token, "since": "0"}
    assert short(run_https("recipient_count_info", **login)) == [("carol", None, 1)]
    result = run_https("recipient_count_info", users=["alice", "carol"], **login)
    assert result["counts"][0]["error"]["kind"] == "permission"
    assert short(result) == [("carol", "carol@carol.example.net", 1)]


REFUSALS = [
    ({"disabled_roles": ["MailSend"]}, "unsupported", "MailSend"),
    ({"missing_functions": [PER_ACCOUNT, PER_SENDER]}, "unsupported", "get_unique"),
    ({"emailtrack": {"fails": "the database is locked"}}, "refusal", "the database is locked"),
]


@pytest.mark.parametrize(("patch", "kind", "text"), REFUSALS)
@pytest.mark.parametrize("users", [None, ["alice"], ["alice", "bob"]])
def test_refusals_are_named(run: Any, box: Any, patch: Any, kind: str, text: str, users: Any) -> None:
    box.patch(patch)
    result = run("recipient_count_info", users=users)
    assert result["failed"]
    assert result["error"]["kind"] == kind
    assert text in result["msg"]


@pytest.mark.parametrize("size", [100, 30])
def test_requests_for_200_accounts(run_https: Any, box: Any, size: int) -> None:
    box.patch({"generate": {"accounts": 150, "prefix": "user"}})
    users = [f"user{number}" for number in range(1, 151)]
    box.patch({"emailtrack": {"events": [{"user": user, "age": "1h"} for user in users]}})
    mixed = [*users[:75], "nosuch", "bob", *(f"gone{number}" for number in range(48)), *users[75:]]
    result = run_https("recipient_count_info", users=mixed, api_batch_size=size)
    assert [row["user"] for row in result["counts"]] == mixed
    assert [row["user"] for row in result["counts"] if "error" in row] == [
        user for user in mixed if user.startswith(("nosuch", "gone"))
    ]
    assert len(box.log) == math.ceil(len(mixed) / size)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"since": ""}, "since: an empty value is not a time"),
        ({"since": "1h", "until": "1h"}, "is not before until"),
        ({"users": ["a@b.example"]}, "users: a@b.example is an address"),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("recipient_count_info", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_the_clock_can_be_set() -> None:
    params = {"users": None, "since": "90s", "until": None}
    window = recipient_count_info.check(params, lambda: 1_800_000_000)["window"]
    assert (window.since, window.until) == (1_799_999_910, 1_800_000_000)


def test_lost_answers_are_asked_again(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("status_503", times=2))
    assert short(run_https("recipient_count_info", since="0")) == ALL


@pytest.mark.parametrize("count", [None, "many", "", 1.5])
def test_a_count_that_is_no_number(run_https: Any, count: Any) -> None:
    params = recipient_count_info.check({"users": ["a"], "since": "1h", "until": None})
    client, _script, _pauses = scripted(
        ok({"payload": [{"sender": "s", "unique_recipient_count": count}]}), read_only=True
    )
    (row,) = recipient_count_info.read(client, params)["counts"]
    assert row["error"].kind == "unexpected_answer"
