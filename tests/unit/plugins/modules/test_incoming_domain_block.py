# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.incoming_blocks import sender_domains
from ansible_collections.whm.mail.plugins.module_utils._state.foresee import foresee
from ansible_collections.whm.mail.plugins.modules import incoming_domain_block
from ansible_collections.whm.mail.tests.subjects.incoming_blocks import DEFAULTS

FREE, BLOCKED = {"blocked": False}, {"blocked": True}


def params(domains: list[str], **options: Any) -> dict[str, Any]:
    return {**DEFAULTS, "domains": domains, **options}


PLANS = [
    # name, present state, options, calls
    ("nothing to do", {"a.example": BLOCKED}, params(["a.example"]), []),
    ("a wildcard is an entry of its own", {"*.a.example": FREE}, params(["*.a.example"]), ["block *.a.example"]),
    ("unblock", {"a.example": BLOCKED}, params(["a.example"], state="absent"), ["unblock a.example"]),
    (
        "exclusive",
        {"a.example": FREE, "*.a.example": BLOCKED},
        params(["a.example"], exclusive=True, max_changes=9),
        ["block a.example", "unblock *.a.example"],
    ),
]


@pytest.mark.parametrize(("current", "options", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], options: dict[str, Any], calls: list[str]) -> None:
    plan = incoming_domain_block.MODULE.plan(current, options)
    assert [f"{step.call.function.partition('_')[0]} {step.item}" for step in plan.steps] == calls
    assert (plan.before == plan.after) is not bool(calls)


@pytest.mark.parametrize(
    "name",
    ["example.com", "*.example.com", "example.*", "*.com", "a.*.example", "*.example.*", "xn--bcher-kva.example"],
)
def test_domains_and_wildcards(name: str) -> None:
    assert sender_domains("domains", [name.upper(), f"{name}.", f" {name}"]) == [name]


INVALID = [
    (params([""]), "domains: an empty value is not a domain such as example.com or *.example.com"),
    (params(["com"]), "domains: com is not a domain"),
    (params(["*"]), "domains: * is not a domain"),
    (params(["*.*"]), "domains: *.* is every domain; no mail would be taken from anywhere"),
    (params(["*example.com"]), "domains: *example.com is not a domain"),
    (params(["ex*mple.com"]), "where * stands for a whole label"),
    (params(["a..example"]), "is not a domain"),
    (params([".example.com"]), "is not a domain"),
    (params(["info@example.com"]), "domains: info@example.com is not a domain"),
    (params(["203.0.113.10"]), "domains: 203.0.113.10 is not a domain"),
    (params(["bücher.example"]), "is not a domain"),
    (params(["a.example"], exclusive=True), "exclusive: true needs max_changes, the most domains"),
    (params(["a.example"], exclusive=True, max_changes=1, state="absent"), "state: absent does not go with it"),
]


@pytest.mark.parametrize(("options", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(
    run_https: Any, box: Any, options: dict[str, Any], text: str
) -> None:
    result = run_https("incoming_domain_block", **options)
    assert result["failed"]
    assert text in result["msg"]
    assert result["error"]["kind"] == "invalid_input"
    assert len(box.log) == 0


def test_block_then_again(run: Any, box: Any) -> None:
    predicted = run("incoming_domain_block", check_mode=True, domains=["Spam.example.", "*.spam.example"])
    assert not box.log.writes()
    result = run("incoming_domain_block", domains=["Spam.example.", "*.spam.example"])
    assert result == predicted
    assert result["domains"] == [
        {"domain": "spam.example", "blocked": True, "changed": True},
        {"domain": "*.spam.example", "blocked": True, "changed": True},
    ]
    assert box.state.areas["blocks"]["domains"] == ["spam.example", "*.spam.example"]
    box.log.clear()
    assert run("incoming_domain_block", domains=["SPAM.example", "*.spam.example"])["changed"] is False
    assert not box.log.writes()


def test_what_info_reads_are_the_same_rows(run: Any) -> None:
    run("incoming_domain_block", domains=["b.example", "a.example"])
    run("incoming_country_block", countries=["FR", "DE"])
    read = run("incoming_block_info")
    rows = run("incoming_domain_block", domains=["a.example", "b.example"])["domains"]
    assert [{**row, "changed": False} for row in read["domains"]] == rows
    rows = run("incoming_country_block", countries=["DE", "FR"])["countries"]
    assert [{**row, "changed": False} for row in read["countries"]] == rows


def test_a_thousand_domains_cost_twelve_requests(run_https: Any, box: Any) -> None:
    names = [f"d{number}.spam.example" for number in range(1000)]
    result = run_https("incoming_domain_block", domains=names)
    assert sum(row["changed"] for row in result["domains"]) == 1000
    assert len(box.log) == 12
    assert all(len(entry.params) == 100 for entry in box.log.writes())
    box.log.clear()
    assert run_https("incoming_domain_block", domains=names)["changed"] is False
    assert len(box.log) == 1


def test_one_of_a_thousand_is_refused(run_https: Any, box: Any) -> None:
    """It costs one request more: the hundred with which it travelled, each as a call of its own."""
    names = [f"d{number}.spam.example" for number in range(1000)]
    box.patch({"blocks": {"refused": [names[150]]}})
    result = run_https("incoming_domain_block", domains=names)
    assert result["progress"]["failed"] == [names[150]]
    assert len(result["progress"]["done"]) == 999
    assert len(box.log) == 13


def test_facts_tell_what_would_change() -> None:
    facts = {"blocks": {"countries": [], "domains": [{"domain": "a.example", "blocked": True}]}}
    tasks = [{"domains": ["B.example"]}, {"domains": ["A.example."], "state": "absent"}]
    seen = foresee(incoming_domain_block.MODULE, facts, tasks)
    assert (seen.before, seen.after) == (
        {"a.example": BLOCKED, "b.example": FREE},
        {"a.example": FREE, "b.example": BLOCKED},
    )
