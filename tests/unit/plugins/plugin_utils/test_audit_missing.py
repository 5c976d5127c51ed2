# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a policy counts on a server that does not have everything it names."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit.missing import applicable
from ansible_collections.whm.mail.plugins.plugin_utils._audit.policy import drift

from .samples import account, check

REFUSED = {
    "kind": "refusal",
    "function": "f",
    "reason": "You do not have a user named zoe.",
    "host": "h",
    "http_status": 200,
}
NOT_HERE = {"domain": "zoe.example", "dkim": check("no_key"), "spf": check("missing"), "dmarc": check("missing"),
            "ptr": check(), "problems": ["DKIM: there is no key."], "missing": True}  # fmt: skip
FACTS: dict[str, Any] = {
    "subsets": ["accounts", "forwards", "auth"],
    "unavailable": {},
    "all_accounts": True,
    "accounts": [account("alice")],
    "forwards": [{"user": "root", "destinations": ["x"]}, {"user": "zoe", "error": REFUSED, "missing": True}],
    "auth": [NOT_HERE],
}

POLICIES: list[dict[str, Any]] = [
    {"outgoing_mail": [{"users": ["zoe"], "hold": True}]},
    {"forwards": [{"user": "zoe", "destinations": ["x"]}]},
    {"dkim": [{"domains": ["Zoe.Example."]}]},
    {"spf": [{"domain": "zoe.example", "record": "v=spf1 -all"}]},
    {"dmarc": [{"domain": "zoe.example", "record": "v=DMARC1; p=none"}]},
]


def ignoring(policy: dict[str, Any]) -> dict[str, Any]:
    return {name: [{**entry, "ignore_missing": True} for entry in entries] for name, entries in policy.items()}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: next(iter(policy)))
def test_what_is_missing_is_drift_only_where_it_may_not_be(policy: dict[str, Any]) -> None:
    assert drift(*applicable(FACTS, policy))
    before = copy.deepcopy(FACTS)
    facts, left = applicable(FACTS, ignoring(policy))
    assert drift(facts, left) == []
    assert before == FACTS


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: next(iter(policy)))
def test_what_was_asked_only_for_it_is_no_fact_of_the_server(policy: dict[str, Any]) -> None:
    facts, _left = applicable(FACTS, ignoring(policy))
    assert ("auth" in facts and facts["auth"] == []) is (next(iter(policy)) in ("dkim", "spf", "dmarc"))
    assert ([row["user"] for row in facts["forwards"]] == ["root"]) is ("forwards" in policy)


@pytest.mark.parametrize(
    "unknown",
    [
        {**FACTS, "all_accounts": None},
        {**FACTS, "all_accounts": False},
        {key: value for key, value in FACTS.items() if key != "accounts"},
    ],
)
def test_accounts_that_the_login_is_not_told_of_are_not_missing(unknown: dict[str, Any]) -> None:
    policy = ignoring(POLICIES[0])
    assert applicable(unknown, policy)[1]["outgoing_mail"][0]["users"] == ["zoe"]


def test_what_says_nothing_of_missing_could_not_be_read() -> None:
    facts = {**FACTS, "forwards": [{"user": "zoe", "error": REFUSED}]}
    assert applicable(facts, ignoring(POLICIES[1]))[0]["forwards"] == facts["forwards"]


def test_an_entry_that_does_not_ignore_keeps_the_facts() -> None:
    policy = {**ignoring(POLICIES[2]), **POLICIES[3]}
    facts, left = applicable(FACTS, policy)
    assert facts["auth"] == [NOT_HERE]
    assert left["dkim"][0]["domains"] == []
    assert {finding.resource for finding in drift(facts, left)} == {"spf"}


def test_other_items_of_an_entry_count() -> None:
    policy = {"outgoing_mail": [{"users": ["zoe", "alice"], "hold": True, "ignore_missing": True}]}
    assert [finding.item for finding in drift(*applicable(FACTS, policy))] == ["alice"]
