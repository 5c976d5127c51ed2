# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Autoresponders: what is made of the texts, and what an address without one answers."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import loading

INFO, SHOP = "info@alice.example.com", "orders@alice-shop.example"
WHOLE = {
    "email": "Info", "domain": "alice.example.com", "from": "Ann <a@b.example>", "subject": "Away", "body": "Text\n\n\n", "interval": "8",
    "is_html": "0",
}  # fmt: skip


def uapi(ask: Any, function: str, **params: str) -> dict[str, Any]:
    named = {"cpanel.user": "alice", "cpanel.module": "Email", "cpanel.function": function, **params}
    return ask("uapi_cpanel", named)["data"]["uapi"]


def test_what_is_made_of_the_texts(ask, server):
    assert uapi(ask, "add_auto_responder", **WHOLE)["data"] is None
    stored = {
        "from": "Ann", "subject": "Away", "body": "Text\n", "interval": 8, "is_html": 0, "start": None, "stop": None, "charset": "utf-8",
    }  # fmt: skip
    assert uapi(ask, "get_auto_responder", email=INFO)["data"] == stored
    uapi(ask, "add_auto_responder", **{**WHOLE, "start": "0", "stop": "1800000000", "charset": "UTF-8"})
    told = uapi(ask, "get_auto_responder", email=INFO)["data"]
    assert (told["start"], told["stop"], told["charset"]) == (0, 1800000000, "UTF-8")


def test_an_address_without_one_is_no_error(ask, server):
    for email in ("nosuch@alice.example.com", "bob@bob.example.com"):
        assert uapi(ask, "get_auto_responder", email=email)["data"] == {"charset": "utf-8"}
    assert uapi(ask, "delete_auto_responder", email=INFO)["status"] == 1


def test_a_list_is_of_one_domain_and_tells_little(ask, server):
    loading.patch(server, {"autoresponders": {INFO: {"subject": "S"}, SHOP: {}, "bob@bob.example.com": {}}})
    assert uapi(ask, "list_auto_responders", domain="alice.example.com")["data"] == [{"email": INFO, "subject": "S"}]
    uapi(ask, "delete_auto_responder", email=INFO)
    assert uapi(ask, "list_auto_responders", domain="alice.example.com")["data"] == []
    loading.patch(server, {"autoresponders": {SHOP: None}})
    assert list(server.areas["autoresponders"]) == ["bob@bob.example.com"]


@pytest.mark.parametrize("fields", [
    {"subject": ""}, {"from": ""}, {"domain": "bob.example.com"}, {"interval": "-1"}, {"is_html": "yes"}, {"start": "9", "stop": "9"},
])  # fmt: skip
def test_what_it_refuses(ask, server, fields):
    assert uapi(ask, "add_auto_responder", **{**WHOLE, **fields})["status"] == 0
    assert server.areas["autoresponders"] == {}


def test_a_server_may_need_the_times(ask, server):
    server.quirks.add("autoresponder_needs_times")
    assert uapi(ask, "add_auto_responder", **WHOLE)["status"] == 0
    assert uapi(ask, "add_auto_responder", **{**WHOLE, "start": "0", "stop": "0"})["status"] == 1


@pytest.mark.parametrize(("function", "params"), [
    ("list_auto_responders", {}), ("list_auto_responders", {"domain": "bob.example.com"}), ("get_auto_responder", {}),
    ("delete_auto_responder", {}), ("delete_auto_responder", {"email": "bob@bob.example.com"}),
])  # fmt: skip
def test_what_the_others_refuse(ask, function, params):
    assert uapi(ask, function, **params)["status"] == 0
