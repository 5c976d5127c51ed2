# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manual MX redirects: the answer alone tells what was there before."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator import loading

SET, UNSET = "set_manual_mx_redirects", "unset_manual_mx_redirects"
ALICE, FOREIGN = "alice.example.com", "elsewhere.example"


def test_the_answer_is_what_was_there(ask, server):
    given = {"domain": ALICE, "mx_host": "a.example.net", "domain-1": FOREIGN, "mx_host-1": "192.0.2.25"}
    assert ask(SET, given)["data"] == {"payload": {ALICE: None, FOREIGN: None}}
    assert server.areas["manual_mx"] == {ALICE: "a.example.net", FOREIGN: "192.0.2.25"}
    assert ask(SET, {"domain": ALICE, "mx_host": "b.example.net"})["data"] == {"payload": {ALICE: "a.example.net"}}
    assert ask(UNSET, {"domain": ALICE})["data"] == {"payload": {ALICE: "b.example.net"}}
    assert ask(UNSET, {"domain": ALICE})["data"] == {"payload": {ALICE: None}}
    assert server.areas["manual_mx"] == {FOREIGN: "192.0.2.25"}


@pytest.mark.parametrize(("function", "given", "says"), [
    (SET, {"domain": ALICE}, "mx_host"),
    (SET, {"mx_host": "a.example.net"}, "domain"),
    (SET, {"domain": ALICE, "mx_host": ["a.example.net", "b.example.net"]}, "the same number"),
    (SET, {"domain": ALICE, "mx_host": "a b"}, "not a valid host"),
    (SET, {"domain": "alice", "mx_host": "a.example.net"}, "not a valid domain"),
    (UNSET, {}, "domain"),
])  # fmt: skip
def test_what_it_refuses(ask, server, function, given, says):
    body = ask(function, given)
    assert body["metadata"]["result"] == 0
    assert says in body["metadata"]["reason"]
    assert server.areas["manual_mx"] == {}


def test_one_bad_domain_keeps_all_from_being_set(ask, server):
    ask(SET, {"domain": ALICE, "mx_host": "a.example.net", "domain-1": "b", "mx_host-1": "b.example.net"})
    assert server.areas["manual_mx"] == {}


def test_others_than_root_name_domains_of_their_own(ask, server):
    given = {"mx_host": "a.example.net"}
    assert ask(SET, {"domain": "carol.example.net", **given}, caller="reseller1")["metadata"]["result"] == 1
    for domain in (ALICE, FOREIGN):
        assert "access" in ask(SET, {"domain": domain, **given}, caller="reseller1")["metadata"]["reason"]


def test_a_state_file_may_hold_them(server):
    loading.patch(server, {"manual_mx": {ALICE: "a.example.net", FOREIGN: "b.example.net"}})
    loading.patch(server, {"manual_mx": {FOREIGN: None}})
    assert server.areas["manual_mx"] == {ALICE: "a.example.net"}
