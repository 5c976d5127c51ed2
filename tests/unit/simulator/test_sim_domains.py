# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domains, services and API tokens."""

from __future__ import annotations

from typing import Any

ALICE, BO, DAVE, ERIN = "alice.example.com", "bo.example.com", "dave.example.org", "erin.example.org"


def _data(body: dict[str, Any]) -> dict[str, Any]:
    assert body["metadata"]["result"] == 1, body
    return body["data"]


def test_every_domain_with_what_it_is(box):
    box.patch({"accounts": {"alice": {"parked_domains": ["parked.example"], "subdomains": [f"shop.{ALICE}"]}}})
    rows = {row["domain"]: row for row in _data(box.call("get_domain_info"))["domains"]}
    kinds = {name: row["domain_type"] for name, row in rows.items() if row["user"] == "alice"}
    assert kinds == {ALICE: "main", "alice-shop.example": "addon", "parked.example": "parked", f"shop.{ALICE}": "sub"}
    assert rows["parked.example"]["parent_domain"] == ALICE
    assert set(rows) == set(box.state.domains)


def test_a_reseller_is_told_its_own(ask):
    rows = _data(ask("get_domain_info", caller="reseller1"))["domains"]
    assert {row["user_owner"] for row in rows} == {"reseller1"}


def test_authority_is_asked_of_dns(ask):
    rows = _data(ask("has_local_authority", {"domain": [ALICE, BO, DAVE, ERIN]}))["records"]
    assert [(row["domain"], row["local_authority"], "error" in row) for row in rows] == [
        (ALICE, 1, False),
        (BO, 0, False),
        (DAVE, 0, False),
        (ERIN, 0, True),
    ]
    assert rows[1]["nameservers"] == ["ns1.elsewhere.example"]


def test_services_run_unless_the_state_says_otherwise(box):
    box.patch({"services": {"exim": {"running": 0}, "mailman": {"enabled": 0, "running": 0}}})
    rows = {row["name"]: row for row in _data(box.call("servicestatus"))["service"]}
    assert (rows["exim"]["enabled"], rows["exim"]["running"], rows["imap"]["running"]) == (1, 0, 1)
    assert rows["mailman"] == {
        "display_name": "mailman", "name": "mailman", "installed": 1, "enabled": 0, "monitored": 1, "running": 0,
    }  # fmt: skip
    (row,) = _data(box.call("servicestatus", service="exim"))["service"]
    assert row["display_name"] == "Exim Mail Server"
    assert box.call("servicestatus", service="nothing")["metadata"]["result"] == 0


def test_tokens_are_those_of_the_caller(box, ask):
    box.patch({"api_tokens": {"root": {"old": {"expires_at": 1700000001}, "new": {}}}})
    tokens = _data(box.call("api_token_list"))["tokens"]
    assert {name: row["expires_at"] for name, row in tokens.items()} == {"old": 1700000001, "new": None}
    assert list(_data(ask("api_token_list", caller="reseller1"))["tokens"]) == ["ansible"]
