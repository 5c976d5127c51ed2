# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

ROOT = {"user": "root", "destinations": ["ops@example.org"]}
NOBODY = {"user": "nobody", "destinations": ["root"]}
ALICE = {"user": "alice", "destinations": ["alice@example.org", "|/usr/local/bin/archive"]}
BOB = {"user": "bob", "destinations": []}


@pytest.mark.parametrize(
    ("options", "forwards"),
    [
        ({"user": "root"}, [ROOT]),
        ({"users": ["nobody", "bob", "alice", "nobody"]}, [NOBODY, BOB, ALICE]),
        ({"users": []}, []),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_in_the_order_given(run: Any, box: Any, options: dict[str, Any], forwards: Any, check_mode: bool) -> None:
    assert run("forward_destination_info", check_mode, **options) == {"changed": False, "forwards": forwards}
    assert not box.log.writes()
    assert len(box.log) == bool(forwards)


def test_everybody_when_nobody_is_named(run: Any, box: Any) -> None:
    forwards = run("forward_destination_info")["forwards"]
    assert [row["user"] for row in forwards] == sorted(["root", *box.state.accounts])
    assert ROOT in forwards
    assert ALICE in forwards
    assert box.log.functions() == ["list_users", "batch"]


@pytest.mark.parametrize("quirk", ["string_results", "string_numbers", "translated", "invalid_utf8"])
def test_servers_that_differ_read_the_same(run_https: Any, box: Any, quirk: str) -> None:
    plain = run_https("forward_destination_info")
    box.quirks.add(quirk)
    assert run_https("forward_destination_info") == plain


def test_an_unknown_user_fails_and_the_others_are_returned(run: Any) -> None:
    result = run("forward_destination_info", users=["rooot", "root"])
    assert result["failed"]
    assert result["forwards"][1] == ROOT
    assert result["forwards"][0]["error"] == result["error"]
    assert result["error"]["reason"] == "You do not have a user named \u201crooot\u201d."
    assert "1 of 2 forwards failed" in result["msg"]


def test_a_reseller_reads_its_own(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("forward_destination_info", **login)
    assert [row["user"] for row in result["forwards"]] == ["carol", "reseller1"]
    assert "failed" not in result
    assert run_https("forward_destination_info", user="root", **login)["error"]["kind"] == "permission"


def test_the_role_is_named_when_it_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["MailReceive"]})
    result = run("forward_destination_info", user="root")
    assert result["error"]["kind"] == "unsupported"
    assert "MailReceive" in result["msg"]


def test_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 205, "prefix": "user"}})
    users = [f"user{number}" for number in range(1, 206)]
    assert len(run_https("forward_destination_info", users=users)["forwards"]) == 205
    assert len(box.log) == 3


def test_bad_input_sends_nothing(run_https: Any, box: Any) -> None:
    result = run_https("forward_destination_info", users=["ops@example.org"])
    assert result["error"]["kind"] == "invalid_input"
    assert len(box.log) == 0
