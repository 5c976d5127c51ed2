# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwarders and default addresses (INDEX-UAPI)."""

from __future__ import annotations

from typing import Any

from ansible_collections.whm.mail.tests.simulator.handlers_email_forwarders import NO_PERSON

INFO = "info@alice.example.com"


def uapi(ask: Any, function: str, user: str = "alice", **params: Any) -> dict[str, Any]:
    names = {"cpanel.user": user, "cpanel.module": "Email", "cpanel.function": function}
    found: dict[str, Any] = ask("uapi_cpanel", {**names, **params})["data"]["uapi"]
    return found


def listed(ask: Any, address: str) -> list[str]:
    rows = uapi(ask, "list_forwarders", domain=address.partition("@")[2])["data"]
    return [row["forward"] for row in rows if row["dest"] == address]


def test_a_forwarder_that_is_added_again_stays_one(ask: Any) -> None:
    for _time in range(2):
        answer = uapi(
            ask, "add_forwarder", domain="alice.example.com", email="new", fwdopt="fwd", fwdemail="a@b.example"
        )
        assert (answer["status"], answer["data"]) == (
            1, [{"domain": "alice.example.com", "email": "new@alice.example.com", "forward": "a@b.example"}],
        )  # fmt: skip
    assert listed(ask, "new@alice.example.com") == ["a@b.example"]


def test_each_method(ask: Any) -> None:
    for params in (
        {"fwdopt": "fwd", "fwdemail": "a@b.example,c@d.example"},
        {"fwdopt": "system", "fwdsystem": "bob"},
        {"fwdopt": "fail"},
        {"fwdopt": "blackhole"},
        {"fwdopt": "pipe", "pipefwd": "bin/x.pl"},
    ):
        assert uapi(ask, "add_forwarder", domain="alice.example.com", email="new@alice.example.com", **params)["status"]
    assert listed(ask, "new@alice.example.com") == [
        "a@b.example", "c@d.example", "bob", f'":fail: {NO_PERSON}"', ":blackhole:", "|/home/alice/bin/x.pl",
    ]  # fmt: skip


def test_a_forwarder_goes_by_the_text_by_which_it_is_listed(ask: Any, server: Any) -> None:
    before = listed(ask, INFO)
    answer = uapi(ask, "delete_forwarder", address=INFO, forwarder=before[0])
    assert (answer["status"], answer["data"]) == (1, None)
    assert listed(ask, INFO) == before[1:]
    assert uapi(ask, "delete_forwarder", address=INFO, forwarder=before[0])["status"] == 1
    server.quirks.add("forwarder_gone_refused")
    assert uapi(ask, "delete_forwarder", address=INFO, forwarder=before[0])["status"] == 0


def test_a_listing_is_of_one_domain(ask: Any) -> None:
    rows = uapi(ask, "list_forwarders", domain="alice.example.com", regex="sort")["data"]
    assert [(row["dest"], row["forward"]) for row in rows] == [(INFO, "|/home/alice/bin/sort.pl")]
    assert uapi(ask, "list_forwarders", domain="bob.example.com")["status"] == 0
    assert uapi(ask, "list_forwarders")["status"] == 0


def test_refusals(ask: Any) -> None:
    mine = {"domain": "alice.example.com", "email": "x"}
    for params in (
        {"fwdopt": "fwd"},
        {"fwdopt": "fwd", "fwdemail": "no such"},
        {"fwdopt": "system", "fwdsystem": "nosuch"},
        {"fwdopt": "never"},
        {"fwdopt": "pipe"},
        {},
    ):
        answer = uapi(ask, "add_forwarder", **mine, **params)
        assert (answer["status"], answer["data"]) == (0, None)
    assert uapi(ask, "set_default_address", fwdopt="system", fwdsystem="alice")["status"] == 0


def test_without_a_domain_the_main_one_gets_the_default_address(ask: Any) -> None:
    """And a new account's is its own name."""

    def shown() -> dict[str, str]:
        rows = uapi(ask, "list_default_address")["data"]
        return {row["domain"]: row["defaultaddress"] for row in rows}

    assert shown() == {"alice.example.com": "alice", "alice-shop.example": '":fail: No Such User Here"'}
    answer = uapi(ask, "set_default_address", fwdopt="fail", failmsgs="Gone")
    assert answer["data"] == [{"dest": '":fail: Gone"', "domain": "alice.example.com"}]
    assert shown()["alice.example.com"] == '":fail: Gone"'
    uapi(ask, "set_default_address", fwdopt="fwd", fwdemail="alice", domain="alice-shop.example")
    assert shown()["alice-shop.example"] == "alice"
    only = uapi(ask, "list_default_address", domain="alice-shop.example")["data"]
    assert [row["domain"] for row in only] == ["alice-shop.example"]
