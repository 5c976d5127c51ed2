# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the policy that have a row: differences, contradictions, words, tasks."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit.advice import advice
from ansible_collections.whm.mail.plugins.plugin_utils._audit.conflicts import conflicts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.policy import drift
from ansible_collections.whm.mail.plugins.plugin_utils._audit.rules import RULES
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_options import POLICY

REJECT = "v=DMARC1; p=reject"
BLOCKS = {
    "blocks": {
        "countries": [{"country_code": "AD", "blocked": True}],
        "domains": [{"domain": "*.old.example", "blocked": True}],
    }
}

#: As the facts have it; a server that does not tell a limit has null there.
ALICE = {
    "user": "alice",
    "max_email_per_hour": 500,
    "max_defer_fail_percentage": "unlimited",
    "max_mailbox_quota": None,
}


def facts(**subsets: Any) -> dict[str, Any]:
    return {"unavailable": {}, **subsets}


#: Facts, a policy, and of each difference the item, the field, a part of the sentence, and the task to paste.
DRIFT: list[tuple[dict[str, Any], dict[str, Any], list[tuple[str, str, str, dict[str, Any] | None]]]] = [
    ({"server": {"default_dmarc": REJECT}}, {"default_dmarc": {"record": "v=DMARC1;p=reject;"}}, []),
    (
        {"server": {"default_dmarc": "v=DMARC1; p=none;"}},
        {"default_dmarc": {"record": REJECT}},
        [
            (
                "record",
                "record",
                f"The default DMARC record is v=DMARC1; p=none; it should be {REJECT}.",
                {"record": REJECT},
            )
        ],
    ),
    (
        {"server": {"default_dmarc": REJECT}},
        {"default_dmarc": {"record": ""}},
        [("record", "record", "it should be v=DMARC1; p=none.", {"record": ""})],
    ),
    (
        {"accounts": [ALICE]},
        {"mail_limits": [{"users": ["alice"], "max_email_per_hour": "500", "max_defer_fail_percentage": "unlimited"}]},
        [],
    ),
    (
        {"accounts": [ALICE]},
        {"mail_limits": [{"users": ["alice"], "max_email_per_hour": "200", "max_defer_fail_percentage": "50"}]},
        [
            (
                "alice",
                "max_defer_fail_percentage",
                "The share of failed messages, in percent, at which sending of alice stops is unlimited; it should be 50.",
                {"max_defer_fail_percentage": 50},
            ),
            (
                "alice",
                "max_email_per_hour",
                "The most messages an hour of alice is 500; it should be 200.",
                {"max_email_per_hour": 200},
            ),
        ],
    ),
    (
        {"accounts": [{**ALICE, "max_mailbox_quota": 0}]},
        {"mail_limits": [{"users": ["alice"], "max_emailacct_quota": "unlimited"}]},
        [
            (
                "alice",
                "max_emailacct_quota",
                "The largest quota of a mailbox of alice, in MiB, is 0; it should be unlimited.",
                {"max_emailacct_quota": "unlimited"},
            )
        ],
    ),
    (
        BLOCKS,
        {
            "blocks": [
                {"countries": ["ad", "DE"], "domains": ["spam.example"]},
                {"domains": ["*.old.example"], "state": "absent"},
            ]
        },
        [
            ("DE", "blocked", "Mail from the country DE is taken; it should be refused.", {"state": "present"}),
            ("*.old.example", "blocked", "*.old.example is refused; it should be taken.", {"state": "absent"}),
            (
                "spam.example",
                "blocked",
                "Mail from the domain spam.example is taken; it should be",
                {"state": "present"},
            ),
        ],
    ),
    (
        BLOCKS,
        {"blocks": [{"countries": ["DE"], "exclusive": True, "max_changes": 1}]},
        [
            ("AD", "blocked", "Mail from the country AD is refused; it should be taken.", {"state": "absent"}),
            ("DE", "blocked", "Mail from the country DE is taken; it should be refused.", {"state": "present"}),
        ],
    ),
]


NEW = "autotrust_new_common_mail_providers"
GREYLISTING: dict[str, Any] = {
    "config": {
        "enabled": False, "exim_enabled": True, "child_timeout_secs": 5, "initial_block_time_mins": 10, "max_child_procs": 5,
        "must_try_time_mins": 240, "purge_interval_mins": 60, "record_exp_time_mins": 4320, "spf_bypass": True, NEW: True,
    },
    "hosts": [
        {"host": "192.0.2.0/24", "listed": "192.0.2.0-192.0.2.255", "comment": "old", "trusted": True},
        {"host": "10.", "listed": "10.", "comment": "", "trusted": True},
    ],
    "providers": [{"provider": "google", "display_name": "Google", "trusted": True, "autotrust": False}],
}  # fmt: skip
OFFICE = {"hosts": ["192.0.2.0-192.0.2.255"], "comment": "office"}

DRIFT += [
    (
        {"greylisting": GREYLISTING},
        {
            "greylisting": {
                "spf_bypass": True,
                "trusted_hosts": [{"hosts": ["192.0.2.0/24"]}, {"hosts": ["192.0.2.7"], "state": "absent"}],
                "providers": [{"providers": ["google"], "trusted": True}],
            }
        },
        [],
    ),
    (
        {"greylisting": GREYLISTING},
        {"greylisting": {"enabled": True, "initial_block_time_mins": 5}},
        [
            ("settings", "enabled", "Greylisting is off; it should be on.", {"enabled": "true"}),
            ("settings", "initial_block_time_mins", "initial_block_time_mins of greylisting is 10; it should be 5.",
             {"initial_block_time_mins": 5}),
        ],
    ),
    (
        {"greylisting": GREYLISTING},
        {"greylisting": {"trusted_hosts": [OFFICE, {"hosts": ["2001:db8::1"]}]}},
        [
            ("192.0.2.0/24", "comment", "The comment of 192.0.2.0/24, which greylisting trusts, is old; it should be office.",
             {"comment": "office"}),
            ("2001:db8::1", "trusted", "2001:db8::1 is not trusted by greylisting; it should be.", {"state": "present"}),
        ],
    ),
    (
        {"greylisting": GREYLISTING},
        {"greylisting": {"trusted_hosts": [{"hosts": ["192.0.2.0/24"], "exclusive": True, "max_changes": 9}]}},
        [("10.", "trusted", "10. is trusted by greylisting; it should not be.", None)],
    ),
    (
        {"greylisting": GREYLISTING},
        {"greylisting": {"providers": [{"providers": ["google"], "trusted": False, "autotrust": True}]}},
        [
            ("google", "autotrust", "What the mail provider google adds is not trusted by greylisting; it should be.",
             {"autotrust": "true"}),
            ("google", "trusted", "The mail provider google is trusted by greylisting; it should not be.", {"trusted": "false"}),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("subsets", "policy", "told"), DRIFT)
def test_differences(subsets: dict[str, Any], policy: dict[str, Any], told: list[Any]) -> None:
    findings = [each.as_dict("whm1") for each in drift(facts(**subsets), policy)]
    assert [(row["item"], row["field"], row["severity"]) for row in findings] == [
        (item, field, "drift") for item, field, _sentence, _task in told
    ]
    for row, (_item, _field, sentence, options) in zip(findings, told, strict=True):
        assert sentence in row["message"]
        words, task = advice(row)
        assert words
        for name, value in (options or {}).items():
            assert f"    {name}: {value}" in str(task) or f'    {name}: "{value}"' in str(task)


#: Facts that do not tell, a policy, and the item of the finding.
UNREAD: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"server": {"default_dmarc": None}}, {"default_dmarc": {"record": REJECT}}, "record"),
    ({"accounts": [ALICE]}, {"mail_limits": [{"users": ["alice"], "max_emailacct_quota": "9"}]}, "alice"),
    (
        {"greylisting": {**GREYLISTING, "config": {**GREYLISTING["config"], "enabled": None}}},
        {"greylisting": {"enabled": True}},
        "settings",
    ),
    (
        {"greylisting": GREYLISTING},
        {"greylisting": {"providers": [{"providers": ["gogle"], "trusted": True}]}},
        "gogle",
    ),
]


@pytest.mark.parametrize(("subsets", "policy", "item"), UNREAD)
def test_what_is_not_known_is_no_difference(subsets: dict[str, Any], policy: dict[str, Any], item: str) -> None:
    (finding,) = drift(facts(**subsets), policy)
    assert (finding.item, finding.field, finding.severity) == (item, "readable", "problem")
    assert "could not be read" in finding.message


def test_an_account_that_is_not_there() -> None:
    """To a login that is shown all accounts it is a difference, to others nobody knows."""
    policy = {"mail_limits": [{"users": ["nosuch"], "max_email_per_hour": "9"}]}
    (finding,) = drift(facts(accounts=[ALICE], all_accounts=True), policy)
    assert (finding.item, finding.field, finding.severity) == ("nosuch", "account", "drift")
    words, task = advice(finding.as_dict("whm1"))
    assert "Correct the name in policy_mail_limits" in words
    assert task is None
    (finding,) = drift(facts(accounts=[ALICE], all_accounts=False), policy)
    assert (finding.field, finding.severity) == ("readable", "problem")


@pytest.mark.parametrize("variable", RULES)
def test_without_the_subset_it_is_not_checked(variable: str) -> None:
    policy = {row[0]: row[1] for _facts, wanted, _told in DRIFT for row in wanted.items()}
    (finding,) = drift(facts(), {variable: policy[variable]})
    assert (finding.item, finding.severity) == ("*", "problem")


#: A policy that contradicts itself, or that a module would refuse, and a part of the sentence.
CONFLICTS: list[tuple[dict[str, Any], str]] = [
    ({"default_dmarc": {"record": "p=none"}}, "policy_default_dmarc: record: p=none cannot be used"),
    (
        {"mail_limits": [{"users": ["alice"], "max_email_per_hour": "0"}]},
        "policy_mail_limits, entry 1: max_email_per_hour: 0 is refused",
    ),
    ({"mail_limits": [{"users": ["alice"]}]}, "policy_mail_limits, entry 1: None of max_email_per_hour"),
    (
        {
            "mail_limits": [
                {"users": ["alice", "bob"], "max_email_per_hour": "200"},
                {"users": ["bob"], "max_email_per_hour": "unlimited", "max_emailacct_quota": "9"},
            ]
        },
        "policy_mail_limits: two entries disagree on max_email_per_hour of bob.",
    ),
    (
        {"blocks": [{"countries": ["DE"]}, {"countries": ["de"], "state": "absent"}]},
        "policy_blocks: two entries disagree on blocked of DE.",
    ),
    (
        {"blocks": [{"domains": ["a.example"]}, {"domains": ["b.example"], "exclusive": True, "max_changes": 9}]},
        "policy_blocks: two entries disagree on blocked of a.example.",
    ),
    ({"blocks": [{"countries": ["Germany"], "domains": ["a.example"]}]}, "entry 1: countries: GERMANY is not the code"),
    ({"blocks": [{"domains": ["*.*"]}]}, "policy_blocks, entry 1: domains: *.* is every domain"),
    ({"blocks": [{"domains": ["a.example"], "exclusive": True}]}, "exclusive: true needs max_changes"),
    (
        {"greylisting": {"initial_block_time_mins": 999}},
        "policy_greylisting: initial_block_time_mins: 999 is out of bounds",
    ),
    (
        {"greylisting": {"trusted_hosts": [OFFICE, {"hosts": ["192.0.2.0/24"], "state": "absent"}]}},
        "policy_greylisting: two entries disagree on trusted of 192.0.2.0/24.",
    ),
    (
        {"greylisting": {"trusted_hosts": [OFFICE, {"hosts": ["192.0.2.0/24"], "comment": "home"}]}},
        "policy_greylisting: two entries disagree on comment of 192.0.2.0/24.",
    ),
    (
        {"greylisting": {"trusted_hosts": [OFFICE, {"hosts": [], "exclusive": True, "max_changes": 9}]}},
        "policy_greylisting: two entries disagree on trusted of 192.0.2.0/24.",
    ),
    (
        {
            "greylisting": {
                "providers": [
                    {"providers": ["google"], "trusted": True},
                    {"providers": ["google"], "trusted": False},
                ]
            }
        },
        "policy_greylisting: two entries disagree on trusted of google.",
    ),
]


@pytest.mark.parametrize(("policy", "sentence"), CONFLICTS)
def test_contradictions(policy: dict[str, Any], sentence: str) -> None:
    (told,) = conflicts(policy)
    assert sentence in told


def test_a_policy_without_contradictions_has_none() -> None:
    for _facts, policy, _told in DRIFT:
        assert conflicts(policy) == []


def test_every_rule_is_a_variable_of_the_role() -> None:
    assert {f"policy_{variable}" for variable in RULES} <= set(POLICY)


def test_a_country_that_nobody_knows_is_a_fault_of_the_policy() -> None:
    (finding,) = drift(facts(**BLOCKS), {"blocks": [{"countries": ["UK"]}]})
    assert (finding.item, finding.field, finding.severity) == ("*", "policy", "problem")
    assert "UK is not a code that ISO 3166-1 has assigned" in finding.message
