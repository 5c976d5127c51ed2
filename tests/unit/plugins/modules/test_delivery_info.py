# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.modules import delivery_info
from ansible_collections.whm.mail.tests.simulator import Fault

FIRST = "info@alice.example.com"
# Who, to whom, and what became of it, newest first: the last 24 hours of the server in tests.yml.
DAY = [
    ("alice", "slow@example.org", "inprogress"),
    ("alice", "ann@example.org", "success"),
    ("alice", "ben@example.org", "success"),
    ("alice", "bob@bob.example.com", "filtered"),
    ("alice", "nosuch@example.org", "failure"),
    ("alice", "ann@example.org", "defer"),
    ("bob", "ann@example.org.au", "rejected"),
    ("carol", "Ann@Example.org", "archive"),
    (None, "bob@bob.example.com", "success"),
]


def short(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(row["user"], row["recipient"], row["type"]) for row in result["deliveries"]]


ASKED = [
    # options, indices into DAY
    ({}, range(9)),
    ({"outcome": "failure"}, [4, 6]),
    ({"outcomes": ["success", "defer"]}, [1, 2, 3, 5, 7, 8]),
    ({"user": "alice"}, range(6)),
    ({"users": ["carol", "bob", "nosuch"]}, [6, 7]),
    ({"users": ["nosuch"]}, []),
    ({"users": []}, []),
    ({"sender": "INFO@alice.example.com"}, [0, 1, 2, 3, 5]),
    ({"senders": [FIRST, "sales+eu@alice.example.com"]}, range(6)),
    ({"recipient": "ann@EXAMPLE.org"}, [1, 5, 7]),
    ({"recipients": ["ann@example.org", "bob@bob.example.com"]}, [1, 3, 5, 7, 8]),
    ({"users": ["alice", "carol"], "recipients": ["ann@example.org", "ben@example.org"], "outcome": "success"}, [1, 2, 7]),
    ({"since": "45m"}, range(4)),
    ({"since": "100m", "until": "35m"}, [3, 4, 5]),
    ({"users": ["bob", "alice"], "since": "130m", "until": "95m"}, [6]),
    ({"users": ["alice", "bob", "carol", *(f"user{number}" for number in range(40))]}, range(8)),
]  # fmt: skip


@pytest.mark.parametrize(("options", "expected"), ASKED)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_asked_for_comes(run: Any, box: Any, options: dict[str, Any], expected: Any, check_mode: bool) -> None:
    result = run("delivery_info", check_mode, **options)
    assert short(result) == [DAY[index] for index in expected]
    assert result["truncated"] is False
    assert result["changed"] is False
    assert "failed" not in result
    assert not result.get("warnings")
    assert not box.log.writes()


QUIRKS = ["string_numbers", "string_results", "cpanel_enveloped", "chunk_wrap", "sort_fault"]


@pytest.mark.parametrize("quirk", QUIRKS)
def test_servers_that_differ_read_the_same(run_https: Any, box: Any, quirk: str) -> None:
    plain = run_https("delivery_info", users=["alice", "bob"])
    (box.quirks.remove if quirk in box.quirks else box.quirks.add)(quirk)
    found = run_https("delivery_info", users=["alice", "bob"])
    assert found["deliveries"] == plain["deliveries"]


@pytest.mark.parametrize("seed", [{"pushdown": False}, {"times": False}, {"pushdown": False, "times": False}])
def test_servers_that_filter_in_another_place(run: Any, box: Any, seed: dict[str, Any]) -> None:
    box.patch({"emailtrack": seed})
    assert short(run("delivery_info", user="alice", since="100m", until="35m")) == DAY[3:6]


def test_a_translated_server_says_the_same_but_in_its_messages(run_https: Any, box: Any) -> None:
    box.quirks.add("translated")
    result = run_https("delivery_info")
    assert short(result) == DAY
    assert result["deliveries"][1]["message"] != "Accepted"


def test_values_are_typed(run: Any) -> None:
    now = int(time.time())
    result = run("delivery_info")
    row, odd = result["deliveries"][4], result["deliveries"][8]
    assert row["message"] == "550 5.1.1 No such user"
    assert abs(row["sent_at_epoch"] - (now - 3600)) < 30
    assert row["attempted_at_epoch"] == row["sent_at_epoch"] + 2
    assert row["sent_at"].endswith("Z")
    assert (row["size"], row["remote"], row["host"]) == (1653, False, None)
    assert result["deliveries"][1]["remote"] is True
    unknown = ("user", "size", "spam_score", "sender", "sender_host", "sender_ip", "sender_auth")
    assert [odd[name] for name in unknown] == [None] * 7
    assert odd["delivery_user"] == "bob"
    window = result["window"]
    assert window["until_epoch"] - window["since_epoch"] == 86400
    assert abs(window["until_epoch"] - now) < 30


def test_everything_that_the_server_keeps(run: Any) -> None:
    result = run("delivery_info", since="0")
    assert len(result["deliveries"]) == 18
    assert result["window"]["since"] == "1970-01-01T00:00:00Z"


def test_a_limit_is_said(run: Any) -> None:
    result = run("delivery_info", limit=3)
    assert short(result) == DAY[:3]
    assert result["truncated"] is True
    (warning,) = result["warnings"]
    assert "only the newest 3 deliveries are returned (limit); there are more" in warning
    result = run("delivery_info", limit=9)
    assert short(result) == DAY
    assert result["truncated"] is False
    assert "warnings" not in result


def test_the_servers_cap_is_said(run: Any, box: Any) -> None:
    box.patch({"emailtrack": {"generate": {"user": "alice", "count": 5100, "every": 1}}})
    result = run("delivery_info")
    assert result["truncated"] is True
    (warning,) = result["warnings"]
    assert "at most 5000 of each outcome" in warning
    assert len(result["deliveries"]) == 5000 + 4
    assert [entry.function for entry in box.log] == ["emailtrack_search"] * 6
    box.log.clear()
    result = run("delivery_info", user="bob")
    assert short(result) == [DAY[6]]
    assert result["truncated"] is False
    assert len(box.log) == 1


def test_the_cap_is_said_where_filters_come_after_it(run_https: Any, box: Any) -> None:
    box.patch({"emailtrack": {"pushdown": False, "generate": {"user": "alice", "count": 5100, "every": 1}}})
    result = run_https("delivery_info", user="bob")
    assert result["truncated"] is True
    assert result["warnings"]


def test_messages_that_come_while_it_reads(run_https: Any, box: Any) -> None:
    box.patch({"emailtrack": {"arrivals": 5, "generate": {"user": "carol", "count": 2200, "every": 1}}})
    result = run_https("delivery_info", user="carol")
    assert {f"reader{number}@example.org" for number in range(50)} <= {row[1] for row in short(result)}
    assert len({(row["message_id"], row["recipient"]) for row in result["deliveries"]}) == len(result["deliveries"])
    assert len(result["deliveries"]) >= 2201


@pytest.mark.parametrize("size", [100, 5])
def test_requests_for_200_accounts(run_https: Any, box: Any, size: int) -> None:
    users = ["alice", "carol", "nosuch", *(f"user{number}" for number in range(197))]
    result = run_https("delivery_info", users=users, api_batch_size=size)
    assert short(result) == [*DAY[:6], DAY[7]]
    assert len(box.log) == 1
    box.log.clear()
    run_https("delivery_info", users=users[:20], api_batch_size=size)
    assert len(box.log) == math.ceil(20 / min(size, 10))


BAD = [
    ({"since": "yesterday"}, "since: yesterday is not a time; give epoch seconds"),
    ({"since": "24"}, "since: 24 is hardly a time"),
    ({"until": "never"}, "until: never is not a time"),
    ({"since": "1h", "until": "2h"}, "is not before until"),
    ({"limit": 0}, "limit: 0 is less than 1"),
    ({"outcomes": []}, "outcomes is empty"),
    ({"users": ["info@alice.example.com"]}, "users: info@alice.example.com is an address"),
    ({"senders": ["alice"]}, "senders: alice is not an address"),
    ({"recipients": [""]}, "recipients: an empty value is not an address"),
]


@pytest.mark.parametrize(("options", "text"), BAD)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("delivery_info", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_the_clock_can_be_set() -> None:
    params = {
        "users": None,
        "senders": None,
        "recipients": None,
        "since": "1h",
        "until": None,
        "outcomes": ["defer"],
        "limit": None,
    }
    wanted = delivery_info.check(params, lambda: 1_800_000_000)["wanted"]
    assert (wanted.window.since, wanted.window.until) == (1_799_996_400, 1_800_000_000)


def test_a_reseller_reads_its_own(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    assert short(run_https("delivery_info", **login)) == [DAY[7]]
    assert short(run_https("delivery_info", users=["alice", "carol"], **login)) == [DAY[7]]


REFUSALS = [
    ({"disabled_roles": ["MailSend"]}, "unsupported", "MailSend"),
    ({"missing_functions": ["emailtrack_search"]}, "unsupported", "emailtrack_search"),
    ({"emailtrack": {"fails": "the database is locked"}}, "refusal", "the database is locked"),
]


@pytest.mark.parametrize(("patch", "kind", "text"), REFUSALS)
@pytest.mark.parametrize("users", [None, ["alice", "bob"]])
def test_refusals_are_named(run: Any, box: Any, patch: Any, kind: str, text: str, users: Any) -> None:
    box.patch(patch)
    result = run("delivery_info", users=users)
    assert result["error"]["kind"] == kind
    assert text in result["msg"]
    assert "deliveries" not in result


@pytest.mark.parametrize("fault", ["status_503", "close_after"])
def test_lost_answers_are_asked_again(run_https: Any, box: Any, fault: str) -> None:
    box.faults.add(Fault(fault, times=2))
    assert short(run_https("delivery_info")) == DAY
