# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.email_parts import PARTS
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.common import ALICE, RESELLER, WEAK
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by


def test_everything_of_an_account(run: Any, box: Any) -> None:
    run("email_forwarder", addresses=[f"sales@{ALICE}"], destinations=["ann@example.net"])
    result = run("email_info", user="alice")
    assert "failed" not in result, result
    assert result["accounts"] == [{"user": "alice"}]
    boxes = by("address", result["email_accounts"])
    assert set(boxes) == {address for address in box.state.accounts["alice"].mailboxes if "@" in address}
    assert boxes[f"sales+eu@{ALICE}"]["held_messages"] == 3
    assert boxes[f"info@{ALICE}"]["held_messages"] is None, "its mail is not held"
    assert {"address": f"sales@{ALICE}", "user": "alice", "destinations": ["ann@example.net"]} in result["forwarders"]
    assert {row["domain"] for row in result["default_addresses"]} == {ALICE, WEAK}
    assert {row["domain"] for row in result["routing"]} == {ALICE, WEAK}
    assert result["autoresponders"] == []


@pytest.mark.parametrize("part", PARTS)
def test_rows_are_those_of_the_modules(run_https: Any, box: Any, part: str) -> None:
    result = run_https("email_info", user="alice", gather_subset=[part])
    assert set(result) == {"changed", "accounts", part}
    if part == "email_accounts":
        (row,) = [row for row in result[part] if row["address"] == f"sales+eu@{ALICE}"]
        (own,) = run_https("email_account", addresses=[row["address"]])["email_accounts"]
        assert {**row, "changed": False} == own


def test_only_what_belongs_to_the_domains(run: Any) -> None:
    result = run("email_info", domains=[WEAK])
    assert {row["address"].partition("@")[2] for row in result["email_accounts"]} == {WEAK}
    assert [row["domain"] for row in result["default_addresses"]] == [WEAK]


def test_all_accounts_in_few_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 200, "prefix": "user", "mailboxes": 1}})
    box.log.clear()
    result = run_https("email_info", gather_subset=["email_accounts"])
    assert len(result["accounts"]) == len(box.state.accounts)
    assert len(box.log) <= 2 + len(box.state.accounts) // 100 + 1


def test_what_cannot_be_read_is_told_after_the_others(run: Any) -> None:
    result = run("email_info", users=["alice", "nosuch"], gather_subset=["email_accounts"])
    assert result["failed"]
    assert [row["user"] for row in result["accounts"]] == ["alice", "nosuch"]
    assert result["email_accounts"]
    assert "error" in result["accounts"][1]
    missing = run("email_info", domains=[ALICE, "nosuch.example"], gather_subset=["routing"])
    assert missing["failed"]
    assert missing["accounts"][-1]["domain"] == "nosuch.example"


def test_a_reseller_reads_its_own(run_https: Any) -> None:
    result = run_https("email_info", gather_subset=["email_accounts"], **RESELLER)
    assert {row["user"] for row in result["email_accounts"]} == {"carol"}


def test_a_listing_that_cannot_be_read_is_no_empty_one(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("garbage_before_json", times=0))
    box.state.accounts["alice"].mailboxes.clear()
    assert "failed" not in run_https("email_info", user="alice", gather_subset=["email_accounts"])


@pytest.mark.parametrize("options", [{"users": []}, {"domains": []}])
def test_nothing_named_is_nothing_sent(run_https: Any, box: Any, options: dict[str, Any]) -> None:
    result = run_https("email_info", **options)
    assert (result["accounts"], result["email_accounts"]) == ([], [])
    assert len(box.log) == 0
