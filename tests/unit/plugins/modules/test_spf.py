# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.spf import normal
from ansible_collections.whm.mail.plugins.module_utils._state.plan import readable
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound
from ansible_collections.whm.mail.plugins.modules import spf
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.mail_dns import zone_of
from ansible_collections.whm.mail.tests.subjects.common import ALICE, BO, BOB, BOBBY, DAVE, ERIN, WEAK
from ansible_collections.whm.mail.tests.subjects.spf import WANTED
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by
from hypothesis import given
from hypothesis import strategies as st

NORMAL = "v=spf1 include:_spf.example.net ip4:192.0.2.10 mx -all"


def state(*records: str) -> dict[str, Any]:
    return {"records": list(records)}


PLANS = [
    # name, present state, wanted, calls
    ("the same", {"a": state("v=spf1 a -all")}, {"a": "v=spf1 +A -ALL"}, []),
    ("none", {"a": state()}, {"a": "v=spf1 a -all"}, ["a"]),
    ("another", {"a": state("v=spf1 mx -all")}, {"a": "v=spf1 a -all"}, ["a"]),
    ("a second one", {"a": state("v=spf1 a -all", "v=spf1 mx -all")}, {"a": "v=spf1 a -all"}, ["a"]),
    ("the same twice", {"a": state("v=spf1 a -all", "v=spf1 a -all")}, {"a": "v=spf1 a -all"}, ["a"]),
    ("a broken one", {"a": state("v=spf1 al")}, {"a": "v=spf1 a -all"}, ["a"]),
    (
        "each its own",
        {"a": state("v=spf1 a -all"), "b": state("v=spf1 a -all")},
        {"a": "v=spf1 a -all", "b": "v=spf1 mx -all"},
        ["b"],
    ),
    ("an error is left out", {"x": NotFound("no"), "a": state()}, {"x": "v=spf1 -all", "a": "v=spf1 -all"}, ["a"]),
]


@pytest.mark.parametrize(("current", "wanted", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], wanted: dict[str, str], calls: list[str]) -> None:
    plan = spf.plan(readable(current), {"wanted": wanted})
    assert [step.item for step in plan.steps] == calls
    assert {step.call.function for step in plan.steps} <= {"install_spf_records"}
    assert (plan.before == plan.after) is not bool(calls)


terms = st.lists(
    st.sampled_from(["+a", "mx", "ip4:192.0.2.1/32", "?include:x.example", "-ip4:192.0.2.0/24"]), max_size=3
)
records = st.tuples(terms, st.sampled_from(["-all", "~ALL", "redirect=x.example"])).map(
    lambda p: " ".join(["v=spf1", *p[0], p[1]])
)


@given(
    st.dictionaries(st.sampled_from("abcd"), st.lists(records, max_size=2), min_size=1),
    st.dictionaries(st.sampled_from("abcd"), records),
)
def test_plan_properties(server: dict[str, list[str]], wanted: dict[str, str]) -> None:
    wanted = {domain: record for domain, record in wanted.items() if domain in server}

    def read() -> dict[str, Any]:
        # the server reads back in lower case
        return {domain: state(*sorted(normal(text.lower()) for text in server[domain])) for domain in wanted}

    current, before = read(), copy.deepcopy(server)
    original = copy.deepcopy(current)
    plan = spf.plan(readable(current), {"wanted": wanted})
    assert current == original, "inputs are not mutated"
    for step in plan.steps:
        server[step.item] = [step.call.params["record"]]
    foretold = {domain: {"records": each["records"]} for domain, each in plan.after.items()}
    assert read() == foretold, "the prediction is honest"
    assert not spf.plan(read(), {"wanted": wanted}).steps, "it converges"
    for domain, found in server.items():
        if domain in wanted:
            assert [normal(text) for text in found] == [normal(wanted[domain])]
        else:
            assert found == before[domain], "neighbours"


def test_publish_then_again(run: Any, box: Any) -> None:
    domains = [ALICE, WEAK, BOB, BOBBY]
    box.patch({"mail_dns": {WEAK: {"spf": ["v=spf1 a -all", "v=spf1 mx -all"]}}})
    predicted = run("spf", check_mode=True, domains=domains, record=WANTED)
    assert not box.log.writes()
    done = run("spf", domains=domains, record=WANTED)
    assert "failed" not in done
    assert [row.pop("validity") for row in predicted["domains"]] == [None] * 4, "only the server can tell"
    assert {row.pop("validity") for row in done["domains"]} == {"valid"}
    assert predicted == done
    assert done["domains"] == [{"domain": domain, "records": [NORMAL], "changed": True} for domain in domains]
    assert done["diff"]["before"] == {
        ALICE: {"records": ["v=spf1 a ip4:192.0.2.10 mx ~all"]},
        WEAK: {"records": ["v=spf1 a -all", "v=spf1 mx -all"]},
        BOB: {"records": ["v=spf1 ip4:198.51.100.1 -all"]},
        BOBBY: {"records": []},
    }
    assert zone_of(box.state, BOB).spf == [WANTED], "as it was given"
    assert len(box.log.writes()) == 1
    box.log.clear()
    for same in (WANTED, NORMAL, "V=SPF1 ip4:192.0.2.10 mx   MX include:_SPF.example.net. -all"):
        again = run("spf", domains=domains, record=same)
        assert again["changed"] is False
        assert again["diff"] == {"before": {}, "after": {}}
    assert not box.log.writes()


def test_each_domain_its_own_record(run: Any, box: Any) -> None:
    wanted = [{"domain": BOB, "record": "v=spf1 -all"}, {"domain": "ALICE.example.com.", "record": "v=spf1 a -all"}]
    result = run("spf", records=wanted)
    assert [(row["domain"], row["records"]) for row in result["domains"]] == [
        (BOB, ["v=spf1 -all"]),
        (ALICE, ["v=spf1 a -all"]),
    ]
    assert run("spf", domain=BOB, record="v=spf1 -all")["changed"] is False


def test_a_broken_record_is_shown_and_replaced(run: Any, box: Any) -> None:
    box.patch({"mail_dns": {ALICE: {"spf": ["v=spf1  Nonsense"]}}})
    result = run("spf", domain=ALICE, record="v=spf1 -all")
    assert result["diff"]["before"] == {ALICE: {"records": ["v=spf1 nonsense"]}}
    assert result["domains"][0]["records"] == ["v=spf1 -all"]


def test_several_addresses_make_no_difference(run_https: Any, box: Any) -> None:
    box.patch({"mail_dns": {ALICE: {"addresses": ["192.0.2.10", "2001:db8::1"], "spf": [WANTED]}}})
    assert run_https("spf", domain=ALICE, record=WANTED)["changed"] is False


FAILURES = [
    (ERIN, None, "unexpected_answer", "validate_current_spfs", "DNS could not be asked about erin.example.org"),
    (DAVE, None, "refusal", "install_spf_records", "does not hold the domain's zone"),
    (BO, None, "not_effective", "install_spf_records", f"publish there the TXT record {WANTED} at {BO}"),
    (BOB, {"fails": "disk full"}, "refusal", "install_spf_records", "[FAIL:disk full]"),
    ("nosuch.example", None, "refusal", "install_spf_records", "No users correspond to the domain"),
]


@pytest.mark.parametrize(("domain", "zone", "kind", "function", "text"), FAILURES)
def test_one_failing_domain_does_not_stop_the_others(
    run: Any, box: Any, domain: str, zone: Any, kind: str, function: str, text: str
) -> None:
    if zone:
        box.patch({"mail_dns": {domain: zone}})
    result = run("spf", domains=[ALICE, domain, BOBBY], record=WANTED)
    assert result["failed"]
    assert [row["domain"] for row in result["domains"]] == [ALICE, domain, BOBBY]
    row = result["domains"][1]
    assert (row["error"]["kind"], row["error"]["function"], row["changed"]) == (kind, function, False)
    assert text in result["msg"]
    assert result["progress"] == {"done": [ALICE, BOBBY], "failed": [domain], "not_tried": []}


def test_a_server_that_is_stricter_refuses_one_record(run: Any, box: Any, monkeypatch: Any) -> None:
    """Whatever the server does not like is an element of status 0 in an answer that says OK."""
    target = "ansible_collections.whm.mail.tests.simulator.handlers_mail_auth.broken_term"
    monkeypatch.setattr(target, lambda record: "exp=x.example" if "exp=" in record else None)
    wanted = [{"domain": ALICE, "record": "v=spf1 -all exp=x.example"}, {"domain": BOB, "record": "v=spf1 -all"}]
    result = run("spf", records=wanted)
    assert "[FAIL:invalid SPF term exp=x.example]" in result["msg"]
    assert result["progress"] == {"done": [BOB], "failed": [ALICE], "not_tried": []}


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"domains": ["alice"], "record": WANTED}, "domains: alice is not a domain"),
    (
        {"domains": [ALICE], "record": "-all"},
        f"record: the record of {ALICE} cannot be used: it does not begin with v=spf1",
    ),
    (
        {"records": [{"domain": BOB, "record": "v=spf1 ip4=192.0.2.1"}]},
        "records: the record of bob.example.com cannot be used: ip4=192.0.2.1",
    ),
    (
        {"records": [{"domain": BOB, "record": "v=spf1 -all"}, {"domain": BOB, "record": "v=spf1 ~all"}]},
        "stands twice with different",
    ),
]


@pytest.mark.parametrize(("options", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(
    run_https: Any, box: Any, options: dict[str, Any], text: str
) -> None:
    result = run_https("spf", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_the_same_domain_twice_with_the_same_record_is_one(run_https: Any) -> None:
    twice = [{"domain": BOB, "record": "v=spf1 a mx -all"}, {"domain": BOB, "record": "v=spf1 +mx +a -all"}]
    assert [row["domain"] for row in run_https("spf", records=twice)["domains"]] == [BOB]


def test_a_reseller_changes_its_own(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("spf", domains=["carol.example.net", ALICE], record=WANTED, **login)
    assert result["progress"] == {"done": ["carol.example.net"], "failed": [ALICE], "not_tried": []}


def test_200_mixed_domains(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 200, "prefix": "user", "owner": "reseller1"}})
    domains = [f"user{number}.example.com" for number in range(1, 201)]
    kinds: list[dict[str, Any]] = [
        {},
        {"spf": [WANTED]},
        {"fails": "no"},
        {"dns_error": "SERVFAIL"},
        {"zone": "external"},
    ]
    box.patch({"mail_dns": {domain: kinds[number % 5] for number, domain in enumerate(domains)}})
    domains[::20] = [f"nosuch{place}.example" for place in range(0, 200, 20)]
    domains[1] = ALICE
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    box.log.clear()
    result = run_https("spf", domains=domains, record=WANTED, **login)
    assert [row["domain"] for row in result["domains"]] == domains
    assert len(box.log.writes()) <= math.ceil(200 / 100)
    for number, row in enumerate(result["domains"]):
        good = number % 20 and number % 5 < 2 and number != 1
        assert ("error" in row) is not bool(good), row["domain"]
        assert row["changed"] is bool(number % 20 and number % 5 == 0), row["domain"]
    assert by("domain", result["domains"])[ALICE]["error"]["kind"] in ("permission", "refusal")


@pytest.mark.parametrize("kind", ["reset_after", "close_after", "status_500_after", "empty", "truncated_json"])
@pytest.mark.parametrize("domains", [[BOB], [BOB, ALICE]])
def test_a_lost_answer_is_settled_by_the_state(run_https: Any, box: Any, kind: str, domains: list[str]) -> None:
    box.faults.add(Fault(kind, function="install_spf_records"))
    result = run_https("spf", domains=domains, record=WANTED)
    assert "failed" not in result
    assert all(row["changed"] for row in result["domains"])
    assert len(box.log.writes()) == 1


QUIRKS = ["batch_drops", "batch_stops", "string_numbers", "string_results", "translated", "old_words"]


@pytest.mark.parametrize("quirk", QUIRKS)
def test_servers_that_differ_end_in_the_same_state(run_https: Any, box: Any, quirk: str) -> None:
    box.quirks.add(quirk)
    result = run_https("spf", domains=[ALICE, BOB, BOBBY], record=WANTED)
    assert "failed" not in result
    assert {row["records"][0] for row in result["domains"]} == {NORMAL}


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ({"disabled_roles": ["MailSend"]}, "MailSend"),
        ({"missing_functions": ["install_spf_records"]}, "install_spf_records"),
        ({"missing_functions": ["validate_current_spfs"]}, "validate_current_spfs"),
    ],
)
def test_an_old_server_and_a_missing_role_are_named(run: Any, box: Any, patch: dict[str, Any], text: str) -> None:
    box.patch(patch)
    for domains in ([ALICE], [ALICE, BOB]):
        result = run("spf", domains=domains, record=WANTED)
        assert result["error"]["kind"] == "unsupported"
        assert text in result["msg"]


def test_a_record_that_is_the_wanted_one_does_not_hide_the_servers_verdict(run_https: Any, box: Any) -> None:
    box.patch({"mail_dns": {ALICE: {"spf": ["v=spf1 ip4:203.0.113.5 -all"]}}})
    result = run_https("spf", domain=ALICE, record="v=spf1 ip4:203.0.113.5 -all")
    assert result["changed"] is False
    assert [row["validity"] for row in result["domains"]] == ["mismatch"]
    assert (
        f"The SPF record of {ALICE} is the wanted one, and the server's verdict on it is mismatch"
        in result["warnings"][0]
    )
