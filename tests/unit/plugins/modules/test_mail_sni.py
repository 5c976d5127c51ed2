# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.plan import readable
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import Refused
from ansible_collections.whm.mail.plugins.modules import mail_sni
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.handlers_sni import ALWAYS
from ansible_collections.whm.mail.tests.subjects.common import ALICE, BOB
from ansible_collections.whm.mail.tests.subjects.mail_sni import OLD, old
from hypothesis import given
from hypothesis import strategies as st


def params(**options: Any) -> dict[str, Any]:
    return {"domains": [], "state": "enabled", "rebuild": False, "reload_dovecot": True, **options}


ON, OFF = {"enabled": True}, {"enabled": False}
PLANS = [
    ("nothing to do", {"a": ON}, params(), []),
    ("enable", {"a": OFF, "b": ON}, params(), ["enable a", "rebuild"]),
    ("disable", {"a": OFF, "b": ON}, params(state="disabled"), ["disable b", "rebuild"]),
    ("one rebuild for all", {"a": OFF, "b": OFF}, params(rebuild=True), ["enable a", "enable b", "rebuild"]),
    ("only a rebuild", {}, params(rebuild=True), ["rebuild"]),
    ("a refused domain is left out", {"a": Refused("no"), "b": OFF}, params(), ["enable b", "rebuild"]),
]


@pytest.mark.parametrize(("current", "options", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], options: dict[str, Any], calls: list[str]) -> None:
    plan = mail_sni.plan(readable(current), options)
    said = [f"{step.call.function.split('_')[0]} {step.item}".removesuffix(" rebuild") for step in plan.steps]
    assert said == calls


states = st.dictionaries(st.sampled_from("abcdef"), st.fixed_dictionaries({"enabled": st.booleans()}))


@given(states, st.sampled_from(["enabled", "disabled"]), st.booleans())
def test_plan_properties(current: dict[str, Any], state: str, rebuild: bool) -> None:
    original = {domain: dict(fields) for domain, fields in current.items()}
    plan = mail_sni.plan(readable(current), params(state=state, rebuild=rebuild))
    assert current == original, "inputs are not mutated"
    assert all(fields == {"enabled": state == "enabled"} for fields in plan.after.values())
    assert not mail_sni.plan(plan.after, params(state=state)).steps, "it converges"
    assert bool(plan.steps) is (rebuild or plan.before != plan.after)
    assert len({step.item for step in plan.steps}) == len(plan.steps)


@pytest.mark.parametrize("check_mode", [False, True])
def test_today_enabling_changes_nothing_and_says_so_once(run: Any, box: Any, check_mode: bool) -> None:
    result = run("mail_sni", check_mode, domains=[ALICE, BOB])
    assert result["changed"] is False
    assert result["domains"] == [
        {"domain": ALICE, "enabled": True, "changed": False},
        {"domain": BOB, "enabled": True, "changed": False},
    ]
    assert len(result["warnings"]) == 1
    assert ALWAYS in result["warnings"][0]
    assert result["rebuilt"] is False
    assert not box.log.writes()


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("missing", [[], ["version"]])
def test_today_disabling_fails_before_a_change_is_sent(
    run: Any, box: Any, check_mode: bool, missing: list[str]
) -> None:
    box.patch({"missing_functions": missing})
    result = run("mail_sni", check_mode, domains=[ALICE], state="disabled", rebuild=True)
    assert result["failed"]
    assert result["changed"] is False
    assert result["error"]["kind"] == "unsupported"
    assert "does not allow mail SNI to be disabled since version 60" in result["msg"]
    assert not box.log.writes()
    assert box.log.functions() == ["version"]


def test_a_rebuild_acts_every_time(run: Any, box: Any) -> None:
    predicted = run("mail_sni", check_mode=True, rebuild=True)
    assert not box.log.writes()
    result = run("mail_sni", rebuild=True)
    assert (
        result
        == predicted
        == {"changed": True, "domains": [], "rebuilt": True, "diff": {"before": {}, "after": {}}, "missing": []}
    )
    assert run("mail_sni", domain=ALICE, rebuild=True, reload_dovecot=False)["changed"]
    sni = box.state.areas["mail_sni"]
    assert (sni.rebuilds, sni.reloads) == (2, 1)


def test_an_old_server_is_switched_both_ways(run: Any, box: Any) -> None:
    old(box)
    sni = box.state.areas["mail_sni"]
    for state, domains, changed in (("enabled", {ALICE, BOB}, ALICE), ("disabled", set(), None)):
        predicted = run("mail_sni", check_mode=True, domains=[ALICE, BOB], state=state)
        assert not box.log.writes()
        result = run("mail_sni", domains=[ALICE, BOB], state=state)
        assert result == predicted
        assert result["rebuilt"]
        assert sni.enabled == sni.built == domains
        assert [row["domain"] for row in result["domains"] if row["changed"]] == (
            [changed] if changed else [ALICE, BOB]
        )
        assert len(box.log.writes()) == 1
        assert "warnings" not in result
        box.log.clear()
        assert not run("mail_sni", domains=[ALICE, BOB], state=state)["changed"]
        assert not box.log.writes()


def test_failed_domains_beside_a_result_of_1_are_failures(run: Any, box: Any) -> None:
    box.patch({**OLD, "mail_sni": {"fails": {ALICE: "No certificate."}}})
    result = run("mail_sni", domains=[ALICE, "carol.example.net"])
    assert result["progress"] == {"done": ["carol.example.net", "rebuild"], "failed": [ALICE], "not_tried": []}
    assert result["domains"][0]["error"]["reason"] == "No certificate."
    assert result["domains"][1]["changed"]


def test_a_rebuild_that_fails_is_told_without_a_domain(run: Any, box: Any) -> None:
    box.patch({"mail_sni": {"rebuild_fails": True}})
    result = run("mail_sni", domains=[ALICE], rebuild=True)
    assert result["failed"]
    assert not result["changed"]
    assert result["rebuilt"] is False
    assert result["msg"].startswith("rebuild_mail_sni_config on ")
    assert "success 0" in result["msg"]


def test_a_rebuild_that_fails_is_no_domain(run: Any, box: Any) -> None:
    box.patch({"mail_sni": {"rebuild_fails": True}})
    result = run("mail_sni", domains=["nowhere.example"], rebuild=True)
    assert result["msg"].startswith("1 of 1 domains failed on ")
    assert "; rebuild (" in result["msg"]
    assert result["progress"]["failed"] == ["nowhere.example", "rebuild"]


def test_two_hundred_mixed_domains(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 100, "prefix": "good"}})
    box.patch({"generate": {"accounts": 40, "prefix": "mine", "owner": "reseller1"}})
    box.patch({"generate": {"accounts": 20, "prefix": "bad", "owner": "reseller1"}})
    failing = {f"bad{number}.example.com": "No certificate." for number in range(1, 21)}
    box.patch({"version": "11.58.0.4", "mail_sni": {"fails": failing}})
    foreign = [f"good{number}.example.com" for number in range(1, 101)]
    good = [f"mine{number}.example.com" for number in range(1, 41)]
    unknown = [f"unknown{number}.example" for number in range(40)]
    domains = sorted([*foreign, *good, *failing, *unknown], key=lambda name: name[::-1])
    assert len(domains) == 200
    caller = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("mail_sni", domains=domains, api_batch_size=70, **caller)
    assert [row["domain"] for row in result["domains"]] == domains
    assert {row["domain"] for row in result["domains"] if row["changed"]} == set(good)
    assert {row["domain"] for row in result["domains"] if "error" in row} == {*foreign, *failing, *unknown}
    assert result["rebuilt"]
    assert len(box.log.writes()) <= math.ceil(200 / 70)


@pytest.mark.parametrize("kind", ["reset_after", "status_500_after", "reset_before", "truncated_json"])
def test_a_lost_answer_is_settled_by_the_state(run_https: Any, box: Any, kind: str) -> None:
    old(box)
    box.faults.add(Fault(kind, function="enable_mail_sni"))
    result = run_https("mail_sni", domains=[ALICE, "carol.example.net"])
    assert "failed" not in result
    assert [row["changed"] for row in result["domains"]] == [True, True]
    assert result["rebuilt"]


def test_a_server_that_says_ok_and_does_nothing_is_an_error(run: Any, box: Any) -> None:
    old(box)
    box.quirks.add("silent_noop", functions=["enable_mail_sni"])
    result = run("mail_sni", domains=[ALICE])
    assert result["domains"][0]["error"]["kind"] == "not_effective"


INVALID = [
    ({}, "domains is missing"),
    ({"domains": ["alice"]}, "alice is not a domain"),
]


@pytest.mark.parametrize(("options", "text"), INVALID)
def test_bad_input_is_refused_before_anything_is_sent(run_https: Any, box: Any, options: Any, text: str) -> None:
    result = run_https("mail_sni", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0
