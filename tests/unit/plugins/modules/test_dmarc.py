# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.plan import readable
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound
from ansible_collections.whm.mail.plugins.modules import dmarc
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.mail_dns import described, zone_of
from ansible_collections.whm.mail.tests.subjects.common import ALICE, BO, BOB, BOBBY, DAVE, ERIN
from ansible_collections.whm.mail.tests.subjects.dmarc import WANTED
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by

NORMAL = "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"
REJECT = "v=DMARC1; p=reject"


def state(*records: str) -> dict[str, Any]:
    return {"state": "present" if records else "absent", "records": list(records), "validity": "valid"}


APPLY, REMOVE = "apply_dmarc", "remove_dmarc"
PLANS = [
    # name, present state, wanted, calls
    ("the same", {"a": state(REJECT)}, {"a": "v=DMARC1;p=Reject;"}, []),
    ("none", {"a": state()}, {"a": REJECT}, [(APPLY, "a")]),
    ("another", {"a": state("v=DMARC1; p=none")}, {"a": REJECT}, [(APPLY, "a")]),
    ("a second one", {"a": state("v=DMARC1; p=none", REJECT)}, {"a": REJECT}, [(APPLY, "a")]),
    ("the same twice", {"a": state(REJECT, REJECT)}, {"a": REJECT}, [(APPLY, "a")]),
    ("one that receivers ignore", {"a": state("v=dmarc1; p=reject")}, {"a": REJECT}, [(APPLY, "a")]),
    ("gone already", {"a": state()}, {"a": None}, []),
    ("to go", {"a": state("p=none", REJECT)}, {"a": None}, [(REMOVE, "a")]),
    ("an error is left out", {"x": NotFound("no"), "a": state()}, {"x": REJECT, "a": REJECT}, [(APPLY, "a")]),
]


@pytest.mark.parametrize(("current", "wanted", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], wanted: dict[str, Any], calls: list[tuple[str, str]]) -> None:
    plan = dmarc.plan(readable(current), {"wanted": wanted})
    assert [(step.call.function, step.item) for step in plan.steps] == calls
    assert all(step.call.params["domain"] == step.item for step in plan.steps)
    assert (plan.before == plan.after) is not bool(calls)


def test_publish_then_again_then_remove(run: Any, box: Any) -> None:
    domains = [ALICE, BOB, BOBBY]
    predicted = run("dmarc", check_mode=True, domains=domains, record=WANTED)
    assert not box.log.writes()
    done = run("dmarc", domains=domains, record=WANTED)
    assert "failed" not in done
    assert [row.pop("validity") for row in predicted["domains"]] == [None] * 3, "only the server can tell"
    assert [row.pop("validity") for row in done["domains"]] == ["valid", "dkim_spf_error", "dkim_spf_error"]
    assert predicted == done
    assert done["domains"][0] == {"domain": ALICE, "state": "present", "records": [NORMAL], "changed": True}
    assert done["diff"]["before"][BOBBY] == {"state": "absent", "records": []}
    assert zone_of(box.state, BOB).dmarc == [WANTED], "as it was given"
    assert len(box.log.writes()) == 1
    box.log.clear()
    again = run("dmarc", domains=domains, record=NORMAL)
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    assert not box.log.writes()
    gone = run("dmarc", domains=domains, state="absent")
    assert [(row["state"], row["records"], row["changed"]) for row in gone["domains"]] == [("absent", [], True)] * 3
    assert run("dmarc", domains=domains, state="absent")["changed"] is False


def test_neighbours_keep_theirs(run_https: Any, box: Any) -> None:
    before = {domain: list(zone_of(box.state, domain).dmarc) for domain in described(box.state)}
    run_https("dmarc", domain=ALICE, record=REJECT)
    run_https("dmarc", domain=BOB, state="absent")
    after = {domain: zone_of(box.state, domain).dmarc for domain in described(box.state)}
    assert {domain for domain in before if before[domain] != after[domain]} == {ALICE, BOB}


@pytest.mark.parametrize("several", [[REJECT, "v=DMARC1; p=none"], [REJECT, REJECT]])
def test_several_records_become_one(run_https: Any, box: Any, several: list[str]) -> None:
    box.patch({"mail_dns": {ALICE: {"dmarc": several}}})
    seen = run_https("email_auth_info", domain=ALICE, checks=["dmarc"])
    assert seen["domains"][0]["dmarc"]["validity"] == "multiple"
    assert [text for text in seen["domains"][0]["problems"] if "there are 2 records at _dmarc" in text]
    done = run_https("dmarc", domain=ALICE, record=REJECT)
    assert done["changed"] is True
    assert zone_of(box.state, ALICE).dmarc == [REJECT]


def test_a_record_that_is_the_wanted_one_does_not_hide_the_servers_verdict(run_https: Any, box: Any) -> None:
    box.quirks.add("dmarc_first_only")
    box.patch({"mail_dns": {ALICE: {"dmarc": [REJECT, "v=DMARC1; p=none"]}}})
    result = run_https("dmarc", domain=ALICE, record=REJECT)
    assert (result["changed"], result["domains"][0]["validity"]) == (False, "malformed")
    assert "the server's verdict on it is malformed" in result["warnings"][0]


FAILURES = [
    (ERIN, None, "unexpected_answer", "validate_current_dmarcs", "DNS could not be asked about erin.example.org"),
    (DAVE, None, "refusal", APPLY, "does not hold the domain's zone"),
    (BO, None, "not_effective", APPLY, f"publish there the TXT record {WANTED} at _dmarc.{BO}"),
    (BOB, {"fails": "disk full"}, "refusal", APPLY, "[FAIL:disk full]"),
    ("nosuch.example", None, "refusal", APPLY, "No users correspond to the domain"),
]


@pytest.mark.parametrize(("domain", "zone", "kind", "function", "text"), FAILURES)
def test_one_failing_domain_does_not_stop_the_others(
    run: Any, box: Any, domain: str, zone: Any, kind: str, function: str, text: str
) -> None:
    if zone:
        box.patch({"mail_dns": {domain: zone}})
    result = run("dmarc", domains=[ALICE, domain, BOBBY], record=WANTED)
    assert result["failed"]
    row = result["domains"][1]
    assert (row["error"]["kind"], row["error"]["function"], row["changed"]) == (kind, function, False)
    assert text in result["msg"]
    assert result["progress"] == {"done": [ALICE, BOBBY], "failed": [domain], "not_tried": []}


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"domains": ["alice"], "record": WANTED}, "domains: alice is not a domain"),
    ({"domains": [ALICE], "record": "p=none"}, f"record: the record of {ALICE} cannot be used: it does not begin"),
    ({"domains": [ALICE]}, f"record: the record of {ALICE} is missing"),
    ({"records": [{"domain": BOB}]}, f"records: the record of {BOB} is missing"),
    (
        {"records": [{"domain": BOB, "record": REJECT}, {"domain": BOB, "record": "v=DMARC1; p=none"}]},
        "stands twice with different",
    ),
]


@pytest.mark.parametrize(("options", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(
    run_https: Any, box: Any, options: dict[str, Any], text: str
) -> None:
    result = run_https("dmarc", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


@pytest.mark.parametrize("options", [{"domains": []}, {"records": []}, {"domains": [], "state": "absent"}])
def test_nothing_named_is_nothing_sent(run_https: Any, box: Any, options: dict[str, Any]) -> None:
    result = run_https("dmarc", **options)
    assert (result["changed"], result["domains"]) == (False, [])
    assert len(box.log) == 0


def test_records_with_state_absent_are_removed(run_https: Any, box: Any) -> None:
    result = run_https("dmarc", records=[{"domain": ALICE, "record": REJECT}], state="absent")
    assert result["changed"] is True
    assert zone_of(box.state, ALICE).dmarc == []


def test_hundreds_of_domains_cost_few_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 300, "prefix": "user"}})
    domains = [f"user{number}.example.com" for number in range(1, 301)]
    box.log.clear()
    result = run_https("dmarc", domains=domains, record=REJECT)
    assert {row["changed"] for row in result["domains"]} == {True}
    assert len(box.log.writes()) == math.ceil(300 / 100)
    assert len(box.log) == 2 * math.ceil(300 / 10) + 3


@pytest.mark.parametrize("kind", ["reset_after", "close_after", "status_500_after", "empty", "truncated_json"])
@pytest.mark.parametrize("domains", [[BOB], [BOB, ALICE]])
def test_a_lost_answer_is_settled_by_the_state(run_https: Any, box: Any, kind: str, domains: list[str]) -> None:
    box.faults.add(Fault(kind, function=APPLY))
    result = run_https("dmarc", domains=domains, record=WANTED)
    assert "failed" not in result
    assert all(row["changed"] for row in result["domains"])
    assert len(box.log.writes()) == 1


@pytest.mark.parametrize("function", [APPLY, "validate_current_dmarcs"])
def test_an_old_server_is_named(run: Any, box: Any, function: str) -> None:
    box.patch({"missing_functions": [function]})
    for domains in ([ALICE], [ALICE, BOB]):
        result = run("dmarc", domains=domains, record=WANTED)
        assert result["error"]["kind"] == "unsupported"
        assert function in result["msg"]


def test_a_reseller_changes_its_own(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("dmarc", domains=["carol.example.net", ALICE], record=WANTED, **login)
    assert result["progress"] == {"done": ["carol.example.net"], "failed": [ALICE], "not_tried": []}
    assert by("domain", result["domains"])[ALICE]["error"]["kind"] in ("permission", "refusal")


@pytest.mark.parametrize("function", [APPLY, REMOVE])
@pytest.mark.parametrize("check_mode", [False, True])
def test_the_module_api_sends_none_without_a_domain(run_https: Any, box: Any, function: str, check_mode: bool) -> None:
    for given in (
        {"function": function, "params": {"policy": REJECT}},
        {"function": function, "params": {"policy": REJECT, "domain": ""}},
        {"function": "batch", "params": {"command": ["myprivs", function]}},
        {"function": "batch", "params": {"command": [f"{function}?domain="]}},
    ):
        result = run_https("api", check_mode, write=True, **given)
        assert result["error"]["kind"] == "invalid_input"
        assert "acts on every domain of the server" in result["msg"]
    assert len(box.log) == 0
    assert run_https("api", write=True, function=function, params={"policy": REJECT, "domain": ALICE})["changed"]
