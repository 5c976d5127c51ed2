# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies that contradict themselves; and that both roles take the same policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.plugin_utils._audit.conflicts import conflicts, groups
from ansible_collections.whm.mail.plugins.plugin_utils._audit.policy import wanted_flags
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_options import POLICY
from hypothesis import given
from hypothesis import strategies as st

ROLES = Path(__file__).resolve().parents[4] / "roles"

MESSAGES = {"addresses": ["info@a.example"], "query": "SEEN"}
MAIL = "policy_outgoing_mail, "
GOOD: list[dict[str, Any]] = [
    {},
    {"outgoing_mail": [], "forwards": None},
    {"outgoing_mail": [{"users": [], "hold": True}]},  # nothing to do
    {"outgoing_mail": [{"users": ["a"], "hold": True, "ignore_missing": True}, {"users": ["b"], "hold": False}]},
    {"outgoing_mail": [{"users": ["a"], "hold": True}, {"users": ["a"], "suspended": False}]},
    {"outgoing_mail": [{"users": ["a"], "hold": True}, {"users": ["b"], "hold": False}]},
    {
        "outgoing_mail": [
            {"users": [], "hold": True, "exclusive": True, "max_changes": 3},
            {"users": ["b"], "hold": False},
        ]
    },
    {
        "forwards": [
            {"user": "root", "destinations": ["x@a.example", "y@a.example"]},
            {"user": "root", "destinations": ["y@a.example", "x@a.example"]},
        ]
    },
    {"dkim": [{"domains": ["a.example"]}, {"domains": ["A.example."], "state": "present"}]},
    {"spf": [{"domain": "a.example", "record": "v=spf1 -all"}]},
    {
        "forwards": [
            {"user": "root", "destinations": ["a@Example.com", "b@example.com"]},
            {"user": "root", "destinations": ["b@example.com", " a@example.com", '"a@example.com"']},
        ]
    },
    {
        "spf": [
            {"domain": "a.example", "record": "v=spf1 a ip4:192.0.2.1 -all"},
            {"domain": "a.example", "record": "v=spf1  +ip4:192.0.2.1/32 +A -all"},
        ]
    },
    {
        "dmarc": [
            {"domain": "a.example", "record": "v=DMARC1; p=none; sp=reject;"},
            {"domain": "a.example", "record": "v=DMARC1;sp=reject;p=none"},
        ]
    },
    {"mailbox_messages": [{**MESSAGES, "mailboxes": ["INBOX"]}, {**MESSAGES, "guids": ["0" * 32]}]},
]
BAD: list[tuple[dict[str, Any], str]] = [
    (
        {"outgoing_mail": [{"users": ["a", "b"], "hold": True}, {"users": ["b"], "hold": False}]},
        MAIL + "entries 1 and 2: they disagree on hold of b.",
    ),
    (
        {
            "outgoing_mail": [
                {"users": ["a"], "suspended": True, "exclusive": True, "max_changes": 1},
                {"users": ["b"], "suspended": True},
            ]
        },
        MAIL + "entries 1 and 2: they disagree on suspended of b.",
    ),
    (
        {"outgoing_mail": [{"users": ["a"]}]},
        MAIL + "entry 1: Neither hold nor suspended is given: say what the accounts' outgoing mail should be.",
    ),
    (
        {"outgoing_mail": [{"users": ["a"], "hold": True, "exclusive": True}]},
        MAIL + "entry 1: exclusive: true needs max_changes, the most accounts that may change.",
    ),
    (
        {"outgoing_mail": [{"users": ["a"], "hold": False, "exclusive": True, "max_changes": 1}]},
        MAIL
        + "entry 1: exclusive: true says which accounts are held or suspended; hold: false or suspended: false do not go with it.",
    ),
    (
        {"forwards": [{"user": "root", "destinations": ["x@a.example"]}, {"user": "root", "destinations": []}]},
        "policy_forwards: root stands twice with a different destinations.",
    ),
    (
        {
            "forwards": [
                {"user": "root", "destinations": ["a@example.com"]},
                {"user": "root", "destinations": ["A@example.com"]},
            ]
        },
        "policy_forwards: root stands twice with a different destinations.",
    ),
    (
        {"dkim": [{"domains": ["a.example"]}, {"domains": ["a.example"], "state": "absent"}]},
        "policy_dkim: a.example stands twice with a different state.",
    ),
    (
        {"spf": [{"domain": "a.example", "record": "v=spf1 -all"}, {"domain": "A.example", "record": "v=spf1 ~all"}]},
        "policy_spf: a.example stands twice with a different record.",
    ),
    (
        {
            "dmarc": [
                {"domain": "a.example", "record": "v=DMARC1; p=none"},
                {"domain": "a.example", "record": "v=DMARC1; p=reject"},
            ]
        },
        "policy_dmarc: a.example stands twice with a different record.",
    ),
    (
        {"spf": [{"domain": "a.example", "record": "-all"}]},
        "policy_spf, entry 1: records: the record of a.example cannot be used: it does not begin with v=spf1 and a space.",
    ),
    (
        {"dkim": [{"domains": ["a.example", "root"]}]},
        "policy_dkim, entry 1: domains: root is not a domain such as example.com.",
    ),
    ({"mailbox_messages": [{**MESSAGES, "query": "ALL", "mailboxes": ["INBOX"]}]}, "allow_all"),
    (
        {"mailbox_messages": [{**MESSAGES, "mailboxes": ["INBOX"], "guids": ["0" * 32]}]},
        "policy_mailbox_messages, entry 1: give either mailboxes or guids.",
    ),
]


@pytest.mark.parametrize("policy", GOOD)
def test_policies_that_can_be_met(policy: dict[str, Any]) -> None:
    assert conflicts(policy) == []


@pytest.mark.parametrize(("policy", "sentence"), BAD)
def test_policies_that_cannot_be_met(policy: dict[str, Any], sentence: str) -> None:
    (said,) = conflicts(policy)
    assert said == sentence or (" " not in sentence and sentence in said)


GROUP = st.builds(
    lambda users, hold, exclusive: {
        "users": sorted(users), "hold": hold or exclusive, "exclusive": exclusive, "max_changes": 9
    },
    st.sets(st.sampled_from("abc"), min_size=1), st.booleans(), st.booleans(),
)  # fmt: skip


@given(st.lists(GROUP, max_size=4))
def test_without_conflicts_the_order_of_the_entries_does_not_matter(groups: list[dict[str, Any]]) -> None:
    if conflicts({"outgoing_mail": groups}):
        return
    assert wanted_flags(groups, "abcd") == wanted_flags(groups[::-1], "abcd")


def shape(option: dict[str, Any]) -> Any:
    """What of an option has to be the same in both roles: all but the words, and defaults that only one of them has."""
    kept = {key: value for key, value in option.items() if key not in ("description", "options")}
    return {**kept, "options": {name: shape(each) for name, each in option.get("options", {}).items()}}


def policy_options(role: str) -> dict[str, Any]:
    text = (ROLES / role / "meta/argument_specs.yml").read_text(encoding="utf-8")
    options = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    return {name: shape(option) for name, option in options.items() if name.startswith("policy_")}


def test_audit_and_policy_take_the_same_policy() -> None:
    assert policy_options("audit") == policy_options("policy")
    assert set(policy_options("policy")) == set(POLICY)


def test_entries_that_one_task_can_carry_out() -> None:
    """Those that ignore what is missing apart from the others, in the order given; at most two tasks."""
    rows = [{"domain": "a"}, {"domain": "b", "ignore_missing": True}, {"domain": "c", "ignore_missing": False}]
    assert groups(rows) == [
        {"ignore_missing": False, "rows": [{"domain": "a"}, {"domain": "c"}]},
        {"ignore_missing": True, "rows": [{"domain": "b"}]},
    ]
    assert groups([]) == groups(None) == []
    assert rows[1]["ignore_missing"], "what was given is left as it is"
