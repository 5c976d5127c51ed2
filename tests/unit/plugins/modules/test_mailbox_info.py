# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.mailboxes import (
    Address,
    Contents,
    contents_of,
    read_mailboxes,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import Refused, UnexpectedAnswer
from ansible_collections.whm.mail.tests.simulator.state import make_guid
from ansible_collections.whm.mail.tests.unit.plugins.builders import HOST, no, ok, scripted

MAIN = "_mainaccount@alice.example.com"
# user, address, mailboxes, messages, vsize, left_out
ALICE = [
    ("alice", MAIN, 2, 9, 9522, 4),
    ("alice", "info@alice.example.com", 2, 43, 90266, 0),
    ("alice", "orders@alice-shop.example", 1, 0, 0, 0),
    ("alice", "sales+eu@alice.example.com", 1, 7, 7000, 0),
]
BO = [("bo", "_mainaccount@bo.example.com", 1, 0, 0, 0)]
FIELDS = ("user", "address", "mailboxes", "messages", "vsize", "left_out")


def totals(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [tuple(row[field] for field in FIELDS) for row in result["addresses"] if "error" not in row]


ASKED = [
    # options, totals
    ({"user": "alice"}, ALICE),
    ({"users": ["bo", "alice", "bo"]}, BO + ALICE),
    ({"address": "info@alice.example.com"}, ALICE[1:2]),
    ({"addresses": ["sales+eu@ALICE.example.com", MAIN]}, [ALICE[3], ALICE[0]]),
    ({"users": ["alice"], "addresses": ["info@alice.example.com", "bob@bob.example.com"]},
     [*ALICE, ("bob", "bob@bob.example.com", 1, 1, 100, 0)]),
    ({"users": []}, []),
    ({"addresses": []}, []),
]  # fmt: skip


@pytest.mark.parametrize(("options", "expected"), ASKED)
@pytest.mark.parametrize("check_mode", [False, True])
def test_totals(run: Any, box: Any, options: dict[str, Any], expected: list[Any], check_mode: bool) -> None:
    result = run("mailbox_info", check_mode, **options)
    assert totals(result) == expected
    assert "failed" not in result
    assert result["changed"] is False
    assert len(result["mailboxes"]) == sum(row[2] for row in expected)
    assert not box.log.writes()


def test_mailboxes_by_address_and_name(run: Any) -> None:
    result = run("mailbox_info", users=["alice"])
    assert [(box["address"], box["mailbox"], box["messages"], box["vsize"]) for box in result["mailboxes"]] == [
        (MAIN, "INBOX", 4, 9000),
        (MAIN, "INBOX.Drafts", 5, 522),
        ("info@alice.example.com", "INBOX", 42, 90210),
        ("info@alice.example.com", "INBOX.Sent", 1, 56),
        ("orders@alice-shop.example", "INBOX", 0, 0),
        ("sales+eu@alice.example.com", "INBOX", 7, 7000),
    ]
    assert result["mailboxes"][2]["guid"] == make_guid("info@alice.example.com", "INBOX")
    assert {box["user"] for box in result["mailboxes"]} == {"alice"}


QUIRKS = ["no_status_list", "string_numbers", "string_results", "translated", "batch_drops", "batch_stops"]


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize("options", [{"users": ["alice", "bo"]}, {"addresses": ["info@alice.example.com"]}])
def test_servers_that_differ_read_the_same(run_https: Any, box: Any, quirk: str, options: dict[str, Any]) -> None:
    plain = run_https("mailbox_info", **options)
    box.quirks.remove("mailbox_strings")
    assert run_https("mailbox_info", **options) == plain, "numbers as numbers"
    box.quirks.add(quirk)
    assert run_https("mailbox_info", **options) == plain


def test_an_old_server_is_asked_the_old_way_by_command_line_too(run: Any, box: Any) -> None:
    box.quirks.add("no_status_list")
    assert totals(run("mailbox_info", user="alice")) == ALICE


MISSING = [
    # options, index of the bad row, user, address
    ({"users": ["nosuch", "bo"]}, 0, "nosuch", None),
    ({"users": ["bo"], "addresses": ["x@nosuch.example"]}, 1, None, "x@nosuch.example"),
    ({"users": ["bo"], "addresses": ["x@alice.example.com"]}, 1, "alice", "x@alice.example.com"),
]


@pytest.mark.parametrize(("options", "index", "user", "address"), MISSING)
@pytest.mark.parametrize("quirk", [None, "no_status_list", "translated"])
def test_what_does_not_exist_fails_and_the_rest_is_returned(
    run_https: Any,
    box: Any,
    options: dict[str, Any],
    index: int,
    user: str | None,
    address: str | None,
    quirk: str | None,
) -> None:
    if quirk:
        box.quirks.add(quirk)
    result = run_https("mailbox_info", **options)
    assert result["failed"]
    assert totals(result) == BO
    row = result["addresses"][index]
    assert (row["user"], row["address"]) == (user, address)
    assert row["error"] == result["error"]
    assert row["error"]["kind"] in ("not_found", "refusal")
    assert set(row) == {"user", "address", "error"}, "no totals that could be taken for zero"
    assert str(address or user) in result["msg"]
    assert "1 of 2 addresses failed" in result["msg"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "Neither users nor addresses is given"),
        ({"users": ["root"]}, "users: root is a system user"),
        ({"users": ["info@alice.example.com"]}, "users: info@alice.example.com is an address"),
        ({"addresses": ["alice"]}, "accounts are given as users"),
        ({"addresses": [""]}, "addresses: an empty value is not an address"),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("mailbox_info", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_a_reseller_reads_its_own(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("mailbox_info", users=["carol", "alice"], addresses=["info@alice.example.com"], **login)
    assert [row[1] for row in totals(result)] == ["_mainaccount@carol.example.net", "carol@carol.example.net"]
    assert [row["user"] for row in result["addresses"] if "error" in row] == ["alice", None]


def test_the_role_is_named_when_it_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["MailReceive"]})
    for options in ({"user": "alice"}, {"address": "info@alice.example.com"}):
        result = run("mailbox_info", **options)
        assert result["error"]["kind"] == "unsupported"
        assert "MailReceive" in result["msg"]


@pytest.mark.parametrize("size", [100, 30])
def test_requests_for_275_addresses(run_https: Any, box: Any, size: int) -> None:
    box.patch({"generate": {"accounts": 25, "prefix": "user", "mailboxes": 10, "messages": 3}})
    users = [f"user{number}" for number in range(1, 26)]
    result = run_https("mailbox_info", users=users, api_batch_size=size)
    assert len(result["addresses"]) == 275
    assert sum(row["messages"] for row in result["addresses"]) == 25 * 10 * 3
    assert len(box.log) == math.ceil(2 * 25 / size) + math.ceil(275 / size)


def test_requests_for_250_named_addresses(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 25, "prefix": "user", "mailboxes": 10, "messages": 3}})
    addresses = [f"box{number}@user{user}.example.com" for user in range(1, 26) for number in range(1, 11)]
    result = run_https("mailbox_info", addresses=addresses)
    assert [row["address"] for row in result["addresses"]] == addresses
    assert {row["user"] for row in result["addresses"]} == {f"user{number}" for number in range(1, 26)}
    assert len(box.log) == 1 + math.ceil(250 / 100), "the owners are asked for once a domain"


INBOX = {"guid": "g", "messages": "3", "vsize": 40}
MAILBOX = {"mailbox": "INBOX", "guid": "g", "messages": 3, "vsize": 40}
ANSWERS = [
    # address, data, mailboxes (None: no sense in it)
    ("a@e.example", {"mailboxes": [{"mailbox": "INBOX", **INBOX}]}, (MAILBOX,)),
    ("a@e.example", {"INBOX": INBOX}, (MAILBOX,)),
    ("a@e.example", {"mailboxes": []}, ()),
    ("a@e.example", {}, None),
    ("a@e.example", {"mailboxes": None}, None),
    ("a@e.example", {"mailboxes": {"odd": []}}, None),
    ("a@e.example", {"mailboxes": 7}, None),
    ("a@e.example", {"mailboxes": [{"mailbox": "INBOX.b@e_example", **INBOX}]}, ({**MAILBOX, "mailbox": "INBOX.b@e_example"},)),
    ("_mainaccount@e.example", {"mailboxes": [{"mailbox": "INBOX.b@e_example", **INBOX}]}, ()),
    ("_mainaccount@e.example", {"mailboxes": [{"mailbox": "INBOX.b@e_example.Sent", **INBOX}]}, ()),
    ("_mainaccount@e.example", {"mailboxes": [{"mailbox": "INBOX.b@e", **INBOX}]}, ({**MAILBOX, "mailbox": "INBOX.b@e"},)),
    ("a@e.example", {"INBOX": {"guid": "g", "messages": "many", "vsize": 1}}, ({**MAILBOX, "messages": None, "vsize": 1},)),
    ("a@e.example", {"INBOX": {"guid": "g", "messages": 1, "vsize": None}}, ({**MAILBOX, "messages": 1, "vsize": None},)),
    ("a@e.example", {"mailboxes": [{"mailbox": "*unknown*", **INBOX}]}, ({**MAILBOX, "mailbox": "*unknown*"},)),
    ("a@e.example", {"mailboxes": [{"mailbox": " INBOX.x ", **INBOX}]}, ({**MAILBOX, "mailbox": " INBOX.x "},)),
    ("a@e.example", None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    "row", [INBOX, None, "INBOX", 7, [], {"mailbox": None}, {"mailbox": ""}, {"mailbox": ["INBOX"]}], ids=str
)
def test_a_row_that_names_no_mailbox_does_not_take_the_others_along(row: Any) -> None:
    client, _script, _pauses = scripted(ok({"mailboxes": [row, {"mailbox": "INBOX", **INBOX}]}), read_only=True)
    found = read_mailboxes(client, [Address("a@e.example")])
    assert [each["mailbox"] for each in found["mailboxes"]] == ["INBOX"]
    (address,) = found["addresses"]
    assert {key: address[key] for key in ("mailboxes", "messages", "vsize", "uncounted")} == {
        "mailboxes": 2, "messages": 3, "vsize": 40, "uncounted": 1}  # fmt: skip
    assert client.warnings == [
        f"{HOST}: 1 mailboxes of a@e.example are not in its totals: the server does not tell their names, messages or sizes"
    ]


@pytest.mark.parametrize(
    "numbers", [{}, {"messages": None}, {"messages": "x"}, {"messages": -1}, {"messages": [3]}, {"vsize": {}}], ids=str
)
def test_a_mailbox_without_numbers_does_not_take_the_others_along(numbers: Any) -> None:
    odd = {"mailbox": "INBOX.odd", "guid": "o", **({"messages": 1, "vsize": 1} if numbers else {}), **numbers}
    client, _script, _pauses = scripted(ok({"mailboxes": [odd, {"mailbox": "INBOX", **INBOX}]}), read_only=True)
    found = read_mailboxes(client, [Address("a@e.example")])
    assert [each["mailbox"] for each in found["mailboxes"]] == ["INBOX", "INBOX.odd"]
    assert None in (found["mailboxes"][1]["messages"], found["mailboxes"][1]["vsize"])
    assert found["addresses"][0]["messages"] == 3
    assert found["addresses"][0]["uncounted"] == 1


@pytest.mark.parametrize(("address", "data", "mailboxes"), ANSWERS)
def test_contents(address: str, data: Any, mailboxes: Any) -> None:
    client, _script, _pauses = scripted(ok(data), read_only=True)
    (contents,) = contents_of(client, [Address(address)])
    if mailboxes is None:
        assert isinstance(contents, UnexpectedAnswer)
        assert address in str(contents)
    else:
        assert isinstance(contents, Contents)
        assert contents.mailboxes == mailboxes
        rows = data.get("mailboxes", data)
        assert contents.left_out == len(rows) - len(mailboxes)


def test_the_old_way_is_tried_only_for_a_function_that_is_not_there() -> None:
    client, script, _pauses = scripted(no("API failure: No."), read_only=True)
    (contents,) = contents_of(client, [Address("a@e.example")])
    assert isinstance(contents, Refused)
    assert script.functions == ["get_mailbox_status_list"]
