# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.mail_queue_info import gone

# The queue of tests.yml by sender, oldest first.
WHOLE = ["news@elsewhere.example", None, "bob@bob.example.com", "info@alice.example.com"]

SELECTED = [
    ({}, WHOLE),
    ({"user": "alice"}, WHOLE[3:]),
    ({"users": ["bob", "alice", "nosuch"]}, WHOLE[2:]),
    ({"sender": "<>"}, [None]),
    ({"senders": ["BOB.example.com", "info@Alice.Example.com"]}, WHOLE[2:]),
    ({"frozen": True}, WHOLE[:2]),
    ({"frozen": False}, WHOLE[2:]),
    ({"older_than": "2h"}, WHOLE[:3]),
    ({"older_than": "7d"}, []),
    ({"older_than": "2020-01-01"}, []),
    ({"older_than": "1d", "frozen": True, "senders": ["elsewhere.example"]}, WHOLE[:1]),
]


@pytest.mark.parametrize(("options", "senders"), SELECTED)
@pytest.mark.parametrize("check_mode", [False, True])
def test_selections(run: Any, box: Any, options: dict[str, Any], senders: list[str | None], check_mode: bool) -> None:
    result = run("mail_queue_info", check_mode, **options)
    assert [row["sender"] for row in result["messages"]] == senders
    assert result["summary"]["messages"] == len(senders)
    assert result["summary"]["total"] == {"messages": 4, "frozen": 2, "size": 3145728 + 5324 + 746 + 14336}
    assert result["changed"] is False
    assert box.log.functions() == ["fetch_mail_queue"]


def test_a_message_and_the_summary(run: Any, box: Any) -> None:
    sent = int(time.time()) - 7300
    box.patch({"exim": {"queue": [{"time": sent, "sender": "bob@bob.example.com", "size": 746, "frozen": True}]}})
    result = run("mail_queue_info")
    message = result["messages"][0]
    assert 7300 <= message.pop("age") <= 7330
    assert message.pop("time").endswith("Z")
    assert message.pop("msgid").endswith("-000001-01")
    assert message == {
        "sender": "bob@bob.example.com", "domain": "bob.example.com", "recipients": ["someone@example.org"], "user": "bob",
        "is_account": True, "size": 746, "time_epoch": sent, "frozen": True,
    }  # fmt: skip
    counts = {"messages": 1, "frozen": 1, "size": 746}
    none = {"messages": 0, "frozen": 0, "size": 0}
    assert result["summary"] == {
        **counts,
        "by_user": [{"user": "bob", "is_account": True, **counts}],
        "by_domain": [{"domain": "bob.example.com", **counts}],
        "by_age": [
            {"from": 0, "to": 3600, **none},
            {"from": 3600, "to": 21600, **counts},
            {"from": 21600, "to": 86400, **none},
            {"from": 86400, "to": 259200, **none},
            {"from": 259200, "to": None, **none},
        ],
        "total": counts,
    }


@pytest.mark.parametrize("quirk", ["string_numbers", "string_results", "translated", "warnings_in_metadata"])
def test_servers_that_differ_read_the_same(run_https: Any, box: Any, quirk: str) -> None:
    plain = run_https("mail_queue_info")["messages"]
    box.quirks.add(quirk)
    other = run_https("mail_queue_info")["messages"]
    assert [{**row, "age": 0} for row in other] == [{**row, "age": 0} for row in plain]


@pytest.mark.parametrize("quirk", [None, "translated"])
def test_a_failure_is_no_empty_queue(run: Any, box: Any, quirk: str | None) -> None:
    gone(box)
    if quirk:
        box.quirks.add(quirk)
    result = run("mail_queue_info")
    assert result["failed"]
    assert result["error"]["kind"] == "refusal"
    assert "messages" not in result
    assert "Failed to launch exim" in result["msg"]


def test_ten_thousand_messages(run_https: Any, box: Any) -> None:
    box.patch(
        {"exim": {"queue": {"generate": {"messages": 10000, "frozen_every": 10, "bounce_every": 7, "spread": 864000}}}}
    )
    result = run_https("mail_queue_info", frozen=True)
    assert len(result["messages"]) == 1000
    assert result["summary"]["total"]["messages"] == 10000
    ages = [row["age"] for row in result["messages"]]
    assert ages == sorted(ages, reverse=True)
    assert len(box.log) == 1


INVALID = [
    ({"users": ["a@example.com"]}, "users: a@example.com is an address"),
    ({"senders": [""]}, "senders: a sender is empty; bounces are given as <>"),
    ({"senders": ["alice"]}, "senders: alice is not a domain"),
    ({"older_than": "soon"}, "older_than: soon is not a time"),
    ({"older_than": "-2h"}, "older_than: -2h is not a time"),
    ({"older_than": ""}, "older_than: an empty value"),
]


@pytest.mark.parametrize(("options", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(run_https: Any, box: Any, options: Any, text: str) -> None:
    result = run_https("mail_queue_info", **options)
    assert result["failed"]
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


@pytest.mark.parametrize(
    ("patch", "text"),
    [({"disabled_roles": ["MailSend"]}, "MailSend"), ({"missing_functions": ["fetch_mail_queue"]}, "fetch_mail_queue")],
)
def test_a_server_that_cannot_says_why(run: Any, box: Any, patch: dict[str, Any], text: str) -> None:
    box.patch(patch)
    result = run("mail_queue_info")
    assert result["error"]["kind"] == "unsupported"
    assert text in result["msg"]


def test_a_read_is_tried_again(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("reset_after", times=2))
    assert len(run_https("mail_queue_info")["messages"]) == 4
    assert len(box.log) == 3
