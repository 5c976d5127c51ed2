# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Countries and domains from which no mail is taken."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator import loading

LISTS = {
    "country": ("countries", "country_code", ["AD", "ZZ"]),
    "domain": ("domains", "domain", ["spam.example", "*.b.example"]),
}


def listed(ask, kind):
    name, key, _values = LISTS[kind]
    return [row[key] for row in ask(f"list_blocked_incoming_email_{name}")["data"][name]]


def test_none(ask):
    assert ask("list_blocked_incoming_email_countries")["data"] == {"countries": []}
    assert ask("list_blocked_incoming_email_domains")["data"] == {"domains": []}


def test_the_state_file_says_which():
    (server,) = loading.load({"servers": {"whm1": {"blocks": {"countries": ["AD", "ZZ"]}}}}).values()
    assert server.areas["blocks"] == {"countries": ["AD", "ZZ"], "domains": [], "refused": []}


@pytest.mark.parametrize("kind", LISTS)
def test_one_flag_for_a_list(ask, kind):
    """1 where anything was changed, 0 where all was so already."""
    _name, key, (first, second) = LISTS[kind]
    assert ask(f"block_incoming_email_from_{kind}", {key: first})["data"] == {"updated": 1}
    assert ask(f"block_incoming_email_from_{kind}", {key: first})["data"] == {"updated": 0}
    assert ask(f"block_incoming_email_from_{kind}", {key: [first, second]})["data"] == {"updated": 1}
    assert listed(ask, kind) == [first, second]
    assert ask(f"unblock_incoming_email_from_{kind}", {key: first, f"{key}-1": second})["data"] == {"updated": 1}
    assert ask(f"unblock_incoming_email_from_{kind}", {key: [first, second]})["data"] == {"updated": 0}
    assert listed(ask, kind) == []


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("verb", ["block", "unblock"])
def test_nothing_is_not_all(ask, kind, verb):
    body = ask(f"{verb}_incoming_email_from_{kind}")
    assert body["metadata"]["result"] == 0
    assert LISTS[kind][1] in body["metadata"]["reason"]


@pytest.mark.parametrize(("quirk", "done"), [(False, []), (True, ["AD"])])
def test_one_that_is_refused_fails_the_list(server, ask, quirk, done):
    server.areas["blocks"]["refused"] = ["XX"]
    if quirk:
        server.quirks.add("half_a_list")
    body = ask("block_incoming_email_from_country", {"country_code": ["AD", "XX", "FR"]})
    assert body["metadata"]["result"] == 0
    assert "data" not in body
    assert listed(ask, "country") == done


def test_a_server_that_lies_about_one_of_a_list(server, ask):
    server.quirks.add("silent_noop", users=["AD"])
    assert ask("block_incoming_email_from_country", {"country_code": ["AD", "FR"]})["data"] == {"updated": 1}
    assert listed(ask, "country") == ["FR"]
