# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail routing of domains: the flag inside data, the filter that filters nothing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import loading

ALICE, SHOP, BOB = "alice.example.com", "alice-shop.example", "bob.example.com"


def uapi(ask: Any, function: str, **params: str) -> dict[str, Any]:
    body = ask(
        "uapi_cpanel",
        {"cpanel.user": "alice", "cpanel.module": "Email", "cpanel.function": function, **params},
    )
    return body["data"]["uapi"]


def test_the_filter_does_not_limit_the_rows(ask, server):
    loading.patch(server, {"accounts": {"alice": {"subdomains": ["blog.alice.example.com"]}}})
    rows = uapi(ask, "list_mxs", domain=SHOP)["data"]
    assert [row["domain"] for row in rows] == [ALICE, SHOP]
    assert (rows[0]["mxcheck"], rows[0]["detected"], rows[0]["entries"][0]["priority"]) == ("auto", "local", "0")


def test_what_is_set_is_not_what_is_detected(ask, server):
    told = uapi(ask, "set_always_accept", domain=ALICE, mxcheck="remote")["data"]
    assert (told["status"], told["mxcheck"], told["detected"], told["remote"]) == (1, "remote", "local", 1)
    row = uapi(ask, "list_mxs")["data"][0]
    assert (row["mxcheck"], row["detected"], row["alwaysaccept"]) == ("remote", "local", 0)
    assert uapi(ask, "set_always_accept", domain=ALICE, mxcheck="remote")["data"]["checkmx"]["changed"] == 1
    uapi(ask, "set_always_accept", domain=ALICE)
    assert server.areas["mail_routing"][ALICE]["routing"] == "auto"


@pytest.mark.parametrize(
    "params", [{"domain": BOB, "mxcheck": "local"}, {"domain": SHOP, "mxcheck": "x"}, {"domain": ALICE}]
)
def test_refusals_stand_inside_data(ask, server, params):
    loading.patch(server, {"mail_routing": {ALICE: {"fails": "The zone is locked."}}})
    found = uapi(ask, "set_always_accept", **params)
    assert (found["status"], found["errors"], found["data"]["status"]) == (1, None, 0)
    assert found["data"]["statusmsg"]


def test_a_domain_is_needed(ask, server):
    assert uapi(ask, "set_always_accept")["status"] == 0
