# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts for a caller that may not read everything, and of what the server does not have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.registry import HANDLERS
from ansible_collections.whm.mail.tests.subjects.mail_facts import EVERYTHING
from ansible_collections.whm.mail.tests.unit.plugins.gathered import facts


def without_privileges(monkeypatch: pytest.MonkeyPatch, *functions: str) -> None:
    for name in functions:
        monkeypatch.setitem(HANDLERS, name, replace(HANDLERS[name], acl=f"none-for-{name}"))


@pytest.mark.parametrize("as_403", [False, True])
@pytest.mark.parametrize(
    ("functions", "subsets"),
    [
        (["fetch_mail_queue"], ["queue"]),
        (["fetch_mail_queue", "emailtrack_stats", "list_users"], ["forwards", "queue", "stats"]),
        (["get_mailbox_status_list"], ["mailboxes"]),
        (["validate_current_ptrs", "version"], []),
    ],
)
def test_a_reseller_gets_what_it_may_read_and_a_reason_for_each_other_subset(
    run_https: Any, box: Any, monkeypatch: pytest.MonkeyPatch, as_403: bool, functions: list[str], subsets: list[str]
) -> None:
    """Whether the server answers a missing privilege with result 0 or as it answers a bad login."""
    without_privileges(monkeypatch, *functions)
    if as_403:
        box.quirks.add("acl_403")
    reseller = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    found = facts(run_https("mail_facts", **EVERYTHING, **reseller))
    assert found["unavailable"].pop("services")["kind"] == "refusal", "only root may ask"
    assert sorted(found["unavailable"]) == subsets
    for error in found["unavailable"].values():
        assert (error["kind"], error["function"] in functions) == ("permission", True)
    denied = [entry for entry in box.log if entry.http_status == 403]
    assert bool(denied) is as_403
    assert len(denied) <= 2 * len(functions), "the batches, and each of the functions once"
    alone = [entry.function for entry in denied if entry.function != "batch"]
    assert len(alone) == len(set(alone)), "what was refused is not asked for again"


def test_a_login_that_is_withdrawn_half_way_is_tried_twice_at_most(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("forbidden", times=0, after=3))
    result = run_https("mail_facts", **EVERYTHING)
    assert result["error"]["kind"] == "authentication"
    assert "ansible_facts" not in result
    assert [entry.http_status for entry in box.log].count(403) == 2
    assert box.log[-1].http_status == 403


ELSEWHERE = {"gather_subset": ["forwards", "auth"], "forward_users": ["nobody", "zoe"]}
ELSEWHERE |= {"domains": ["alice-shop.example", "zoe.example.com", "whm1.example.com"]}


def said_missing(found: dict[str, Any]) -> tuple[list[str], list[str]]:
    facts = found["ansible_facts"]["whm_mail"]
    users = [row["user"] for row in facts["forwards"] if row.get("missing")]
    return users, [row["domain"] for row in facts["auth"] if row.get("missing")]


def test_what_the_server_does_not_have_says_so(run: Any) -> None:
    """An addon domain and the server's own name are there."""
    assert said_missing(run("mail_facts", **ELSEWHERE)) == (["zoe"], ["zoe.example.com"])


def test_a_reseller_is_not_told(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    found = run_https("mail_facts", **ELSEWHERE, **login)
    assert said_missing(found) == ([], [])
    assert not any("ignore_missing" in text for text in found.get("warnings", []))


@pytest.mark.parametrize("kind", ["garbage_before_json", "forbidden", "login_page"])
def test_where_it_cannot_be_asked_nothing_is_lost(run_https: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind, function="accountsummary", times=0))
    found = run_https("mail_facts", **ELSEWHERE)
    assert not found.get("failed"), found
    assert found["ansible_facts"]["whm_mail"]["unavailable"] == {}
    assert said_missing(found) == (([], []) if kind != "garbage_before_json" else (["zoe"], ["zoe.example.com"]))
