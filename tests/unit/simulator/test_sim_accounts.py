# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""listaccts, accountsummary, getdomainowner, list_users (BEHAVIOUR C)."""

from __future__ import annotations

import json

import pytest


def users(body):
    return sorted(account["user"] for account in body.get("data", {}).get("acct", []))


EVERYONE = ["alice", "bo", "bob", "bobby", "carol", "dave", "erin", "reseller1"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, EVERYONE),
        ({"searchtype": "user", "search": "bo"}, ["bo", "bob", "bobby"]),
        ({"searchtype": "user", "search": "^BOB$"}, ["bob"]),
        ({"searchtype": "user", "search": "bob", "searchmethod": "exact"}, ["bob"]),
        ({"searchtype": "domain", "search": "BOB.+EXAMPLE"}, ["bob", "bobby"]),
        ({"searchtype": "domain", "search": "bob(", "searchmethod": "regex"}, EVERYONE),
        ({"searchtype": "owner", "search": "reseller1", "searchmethod": "exact"}, ["carol", "reseller1"]),
        ({"searchtype": "package", "search": "small"}, ["carol"]),
        ({"searchtype": "domain_and_user", "search": "^erin"}, ["erin"]),
        ({"searchtype": "domain_and_user", "search": "erin", "searchmethod": "exact"}, []),
    ],
)
def test_search(ask, params, expected):
    body = ask("listaccts", params)
    assert body["metadata"]["result"] == 1
    assert users(body) == expected
    assert ("data" in body) == bool(expected)


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"searchtype": "colour", "search": "x"}, "Unknown search type."),
        ({"searchtype": "user", "search": "nope", "searchmethod": "exact"}, "No accounts found."),
    ],
)
def test_search_failures(ask, params, reason):
    body = ask("listaccts", params)
    assert (body["metadata"]["result"], body["metadata"]["reason"]) == (0, reason)


def test_want_keeps_only_these_keys_and_unknown_ones_are_null(ask):
    first = ask("listaccts", {"want": "user,colour"})["data"]["acct"][0]
    assert set(first) == {"user", "colour"}
    assert first["colour"] is None


def test_the_order_is_arbitrary_but_stable(ask):
    names = [account["user"] for account in ask("listaccts")["data"]["acct"]]
    assert names != sorted(names)
    assert names == [account["user"] for account in ask("listaccts")["data"]["acct"]]


def test_resellers_see_what_they_own(ask):
    assert users(ask("listaccts", caller="reseller1")) == ["carol", "reseller1"]
    assert ask("list_users", caller="reseller1")["data"]["users"] == ["carol", "reseller1"]
    assert "root" in ask("list_users")["data"]["users"]


def test_odd_values_come_through(ask):
    account = ask("accountsummary", {"user": "bo"})["data"]["acct"][0]
    assert (account["email"], account["shell"], account["diskused"]) == ("*unknown*", "*unknown*", "none")


def test_the_fields_are_those_of_the_documentation(ask):
    account = ask("accountsummary", {"user": "bob"})["data"]["acct"][0]
    assert {"outgoing_mail_hold", "min_defer_fail_to_trigger_protection", "child_nodes", "ipv6"} <= set(account)
    assert not isinstance(account["suspended"], bool)
    assert account["suspendreason"] == "not suspended"


@pytest.mark.parametrize(
    ("params", "caller", "found"),
    [
        ({"user": "bob"}, "root", True),
        ({"domain": "alice-shop.example"}, "root", True),
        ({"user": "nope"}, "root", False),
        ({"user": "bo."}, "root", False),
        ({"user": "bob"}, "reseller1", False),
    ],
)
def test_accountsummary(ask, params, caller, found):
    body = ask("accountsummary", params, caller)
    if found:
        assert len(body["data"]["acct"]) == 1
    else:
        assert body["data"] == {"acct": None}
        assert body["metadata"]["reason"] == "Account does not exist."
        assert body["metadata"]["result"] == 0


def test_getdomainowner(ask):
    assert ask("getdomainowner", {"domain": "alice-shop.example"})["data"] == {"user": "alice"}
    assert ask("getdomainowner", {"domain": "nope.example"})["data"] == {"user": None}
    assert ask("getdomainowner", {"domain": "bob.example.com"}, caller="reseller1")["data"] == {"user": None}


def test_invalid_utf8_is_really_on_the_wire(box, post):
    box.quirks.add("invalid_utf8")
    content = post("accountsummary", user="bob").content
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    assert json.loads(content.decode("utf-8", "replace"))["metadata"]["result"] == 1
