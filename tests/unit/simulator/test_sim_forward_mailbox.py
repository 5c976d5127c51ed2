# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwards of system accounts and mailbox status (BEHAVIOUR E)."""

from __future__ import annotations

import pytest


def forward(ask, user):
    return ask("get_user_email_forward_destination", {"user": user})["data"]["forward_to"]


def set_forward(ask, user, text):
    return ask("set_user_email_forward_destination", {"user": user, "forward_to": text})


def test_nothing_set_is_an_empty_text(ask):
    assert forward(ask, "bob") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@example.org", ["a@example.org"]),
        ("a@example.org, b@example.org", ["a@example.org", "b@example.org"]),
        ('"a@example.org"', ["a@example.org"]),
        (r"|/usr/bin/prog x\,y,alice", ["|/usr/bin/prog x,y", "alice"]),
        ("root", ["root"]),
        ("", ""),
    ],
)
def test_set_replaces(ask, text, expected):
    body = set_forward(ask, "alice", text)
    assert body["data"] == {}
    assert body["metadata"]["result"] == 1
    assert forward(ask, "alice") == expected


@pytest.mark.parametrize("item", [":fail:", ":blackhole:", "/dev/null", "nosuchuser", ":include:/etc/x", "a@b@c"])
def test_invalid_items_change_nothing(ask, item):
    before = forward(ask, "alice")
    body = set_forward(ask, "alice", f"a@example.org,{item}")
    assert body["metadata"]["result"] == 0
    assert body["metadata"]["reason"].endswith(f"\u201c{item}\u201d in the \u201cforward\u201d parameter is not valid.")
    assert forward(ask, "alice") == before


def test_the_parameter_must_be_there(ask):
    reason = ask("set_user_email_forward_destination", {"user": "alice"})["metadata"]["reason"]
    assert "Provide the \u201cforward_to\u201d parameter" in reason


def test_three_files_first_hit_wins(ask, server):
    server.dot_forward["bob"] = ["c@example.org"]
    assert forward(ask, "bob") == ["c@example.org"]
    server.localaliases["bob"] = ["b@example.org"]
    assert forward(ask, "bob") == ["b@example.org"]
    server.aliases["bob"] = ["a@example.org"]
    assert forward(ask, "bob") == ["a@example.org"]


def test_set_touches_etc_aliases_only_where_the_user_is(ask, server):
    set_forward(ask, "nobody", "x@example.org")
    set_forward(ask, "root", "y@example.org")
    assert server.aliases == {"nobody": ["x@example.org"]}
    assert server.localaliases["root"] == server.dot_forward["root"] == ["y@example.org"]


def test_resellers_have_no_business_with_root(ask):
    body = ask("get_user_email_forward_destination", {"user": "root"}, caller="reseller1")
    assert "You do not have access to an account named \u201croot\u201d." in body["metadata"]["reason"]


def test_list_pops_for(ask):
    expected = ["info@alice.example.com", "orders@alice-shop.example", "sales+eu@alice.example.com"]
    assert ask("list_pops_for", {"user": "alice"})["data"] == {"pops": expected}
    assert ask("list_pops_for", {"user": "bobby"})["data"] == {"pops": []}


def test_a_users_own_mailbox_shows_the_others_as_folders(ask):
    status = ask("get_mailbox_status", {"account": "alice"})["data"]
    assert {"INBOX", "INBOX.Drafts", "INBOX.info@alice_example_com", "INBOX.info@alice_example_com.Sent"} <= set(status)
    same = ask("get_mailbox_status", {"account": "_mainaccount@alice.example.com"})["data"]
    assert same == status
    box = ask("get_mailbox_status", {"account": "info@alice.example.com"})["data"]
    assert box["INBOX"] == status["INBOX.info@alice_example_com"]


def test_the_list_says_the_same_in_another_order(ask):
    status = ask("get_mailbox_status", {"account": "alice"})["data"]
    listed = ask("get_mailbox_status_list", {"account": "alice"})["data"]["mailboxes"]
    names = [entry["mailbox"] for entry in listed]
    assert names != sorted(names)
    assert {entry.pop("mailbox"): entry for entry in listed} == status


def test_mailbox_numbers_are_strings_unless_switched_off(ask, server):
    entry = ask("get_mailbox_status", {"account": "info@alice.example.com"})["data"]["INBOX"]
    assert (entry["messages"], entry["vsize"], len(entry["guid"])) == ("42", "90210", 32)
    server.quirks.remove("mailbox_strings")
    assert ask("get_mailbox_status", {"account": "info@alice.example.com"})["data"]["INBOX"]["messages"] == 42


@pytest.mark.parametrize(
    ("account", "caller", "text"),
    [
        ("x@nowhere.example", "root", "\u201cx@nowhere.example\u201d has no owner!"),
        ("info@alice.example.com", "reseller1", "\u201cinfo@alice.example.com\u201d has no owner!"),
        ("nope@alice.example.com", "root", "doveadm"),
        ("nope", "root", "doveadm"),
        ("nope", "reseller1", "You do not have access"),
    ],
)
def test_unknown_mailboxes(ask, account, caller, text):
    metadata = ask("get_mailbox_status_list", {"account": account}, caller)["metadata"]
    assert metadata["result"] == 0
    assert text in metadata["reason"]


def test_old_servers_have_no_list(ask, server):
    server.quirks.add("no_status_list")
    assert "Unknown app" in ask("get_mailbox_status_list", {"account": "alice"})["metadata"]["reason"]
    assert ask("get_mailbox_status", {"account": "alice"})["metadata"]["result"] == 1


def test_sessions_end_without_a_word(ask, server):
    body = ask("terminate_cpuser_mailbox_sessions", {"username": "alice"}, now=1000.0)
    assert "data" not in body
    assert server.accounts["alice"].sessions == 3, "it is only queued"
    ask("version", now=1001.5)
    assert server.accounts["alice"].sessions == 0
