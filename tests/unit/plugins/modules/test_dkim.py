# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Step, readable
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound
from ansible_collections.whm.mail.plugins.modules import dkim
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.mail_dns import bits_of, pool_key, public_record, zone_of
from ansible_collections.whm.mail.tests.subjects.common import ALICE, BO, BOB, BOBBY, DAVE, ERIN, WEAK, forbidding
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by
from hypothesis import given
from hypothesis import strategies as st


def state(validity: str, state: str | None = None, **more: Any) -> dict[str, Any]:
    found = {"valid": "present", "missing": "absent", "no_key": "absent"}.get(validity, "invalid")
    key = validity != "no_key"
    facts = {"bits": 2048 if key else None, "name": "n", "record": "r" if key else None, "published": []}
    return {"state": state or found, "validity": validity, "key": key, **facts, **more}


def sent(plan: Any) -> list[str]:
    return [
        f"{step.call.function.removesuffix('_dkim').removesuffix('_dkim_keys_exist')} {step.item}"
        for step in plan.steps
    ]


PLANS = [
    # name, present state, wanted, calls
    ("all is well", {"a": state("valid")}, "present", []),
    ("nothing published", {"a": state("missing")}, "present", ["ensure a", "enable a"]),
    ("no key", {"a": state("no_key")}, "present", ["ensure a", "enable a"]),
    ("a record without a key", {"a": state("no_key", "invalid")}, "present", ["ensure a", "enable a"]),
    ("another key's record", {"a": state("mismatch")}, "present", ["ensure a", "enable a"]),
    ("several records", {"a": state("multiple")}, "present", ["ensure a", "enable a"]),
    ("a broken record", {"a": state("malformed")}, "present", ["ensure a", "enable a"]),
    ("a weak key", {"a": state("weak_key")}, "present", ["ensure a", "enable a"]),
    ("a new verdict", {"a": state("odd")}, "present", ["ensure a", "enable a"]),
    ("two of three", {"a": state("missing"), "b": state("valid"), "c": state("mismatch")}, "present",
     ["ensure a", "enable a", "ensure c", "enable c"]),
    ("off", {"a": state("valid")}, "absent", ["disable a"]),
    ("off, several", {"a": state("multiple")}, "absent", ["disable a"]),
    ("off, a record without a key", {"a": state("no_key", "invalid")}, "absent", ["disable a"]),
    ("already off", {"a": state("missing"), "b": state("no_key")}, "absent", []),
    ("an error is left out", {"x": NotFound("no"), "a": state("missing")}, "present", ["ensure a", "enable a"]),
]  # fmt: skip


@pytest.mark.parametrize(("current", "wanted", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], wanted: str, calls: list[str]) -> None:
    plan = dkim.plan(readable(current), {"domains": list(current), "state": wanted})
    assert sent(plan) == calls
    assert plan.changed is bool(calls)
    assert (plan.before == plan.after) is not bool(calls)


class Server:
    """Keys and records of domains, and nothing else: a key is a number, 0 is weak, a record names the key it belongs to."""

    def __init__(self, domains: dict[str, tuple[int | None, list[int]]]) -> None:
        self.keys = {domain: key for domain, (key, _records) in domains.items()}
        self.records = {domain: list(records) for domain, (_key, records) in domains.items()}

    def send(self, step: Step) -> None:
        domain = step.item
        if step.call.function == "ensure_dkim_keys_exist":
            self.keys[domain] = self.keys[domain] or 9
        elif step.call.function == "enable_dkim":
            key = self.keys[domain]
            assert key is not None
            self.records[domain] = [key]
        else:
            self.records[domain] = []

    def read(self, domain: str) -> dict[str, Any]:
        key, records = self.keys[domain], self.records[domain]
        if key is None:
            return state("no_key", "invalid" if records else "absent")
        if len(records) != 1:
            return state("multiple" if records else "missing")
        if records != [key]:
            return state("mismatch")
        return state("valid" if key else "weak_key")


servers = st.dictionaries(
    st.sampled_from("abcde"),
    st.tuples(st.sampled_from([None, 0, 1]), st.lists(st.integers(0, 2), max_size=2)),
    min_size=1,
)


@given(servers, st.sets(st.sampled_from("abcde")), st.sampled_from(["present", "absent"]))
def test_plan_properties(domains: dict[str, Any], named: set[str], wanted: str) -> None:
    server = Server(domains)
    items = [domain for domain in domains if domain in named]
    params = {"domains": items, "state": wanted}
    current = {domain: server.read(domain) for domain in items}
    original = copy.deepcopy(current)
    plan = dkim.plan(readable(current), params)
    assert current == original, "inputs are not mutated"
    for step in plan.steps:
        server.send(step)
    final = {domain: server.read(domain) for domain in items}
    unforeseen = ("record", "bits")  # of a key that is not made yet
    assert _without(plan.after, unforeseen) == _without(final, unforeseen), "the prediction is honest"
    assert not dkim.plan(final, params).steps, "it converges"
    assert all(each["state"] == wanted for each in final.values())
    for domain in set(domains) - named:
        assert (server.keys[domain], server.records[domain]) == (domains[domain][0], domains[domain][1]), "neighbours"
    if wanted == "absent":
        assert server.keys == {domain: key for domain, (key, _records) in domains.items()}, "keys stay"


def _without(states: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {domain: {key: value for key, value in each.items() if key not in names} for domain, each in states.items()}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"domains": ["alice"]}, "alice is not a domain such as example.com"),
        ({"domains": [""]}, "an empty value is not a domain"),
        ({"domains": ["info@example.com"]}, "info@example.com is not a domain"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(
    run_https: Any, box: Any, options: dict[str, Any], text: str
) -> None:
    result = run_https("dkim", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


GOOD = [ALICE, WEAK, BOB, BOBBY]


@pytest.mark.parametrize("wanted", ["present", "absent"])
def test_do_it_then_again(run: Any, box: Any, wanted: str) -> None:
    predicted = run("dkim", check_mode=True, domains=GOOD, state=wanted)
    assert not box.log.writes()
    done = run("dkim", domains=GOOD, state=wanted)
    assert "failed" not in done
    assert [row["domain"] for row in done["domains"]] == GOOD
    assert [row["changed"] for row in done["domains"]] == [row["changed"] for row in predicted["domains"]]
    assert done["diff"] == predicted["diff"]
    assert {row["state"] for row in done["domains"]} == {wanted}
    assert [row["changed"] for row in done["domains"]] == (
        [False, True, True, True] if wanted == "present" else [True, True, False, True]
    )
    for row in done["domains"]:
        zone = zone_of(box.state, row["domain"])
        assert zone.key
        assert row["published"] == zone.dkim == ([public_record(zone.key)] if wanted == "present" else [])
        assert row["record"] == public_record(zone.key)
        assert row["name"] == f"default._domainkey.{row['domain']}"
    box.log.clear()
    again = run("dkim", domains=GOOD, state=wanted)
    assert again["changed"] is False
    assert again["diff"] == {"before": {}, "after": {}}
    assert not box.log.writes()


def test_a_weak_key_is_replaced(run: Any, box: Any) -> None:
    """The server itself finds the record of a weak key valid."""
    assert box.call("validate_current_dkims", domain=WEAK)["data"]["payload"][0]["state"] == "VALID"
    (row,) = run("dkim", check_mode=True, domains=[WEAK])["domains"]
    assert (row["changed"], row["state"], row["bits"]) == (True, "present", 512)
    result = run("dkim", domains=[WEAK])
    (row,) = result["domains"]
    assert (row["validity"], row["bits"], row["changed"]) == ("valid", 2048, True)
    assert result["diff"]["before"] == {WEAK: {"state": "invalid", "validity": "weak_key"}}
    assert bits_of(zone_of(box.state, WEAK).key or "") == 2048


def test_a_key_that_only_the_server_thinks_weak_goes_when_something_is_changed(run_https: Any, box: Any) -> None:
    old = pool_key(7, 1024)
    box.patch({"mail_dns": {ALICE: {"key": old}, BOB: {"key": old, "dkim": "missing"}}})
    result = run_https("dkim", domains=[ALICE, BOB])
    assert [(row["bits"], row["changed"]) for row in result["domains"]] == [(1024, False), (2048, True)]


def test_a_server_that_keeps_a_key_that_is_too_weak_is_told_so(run_https: Any, box: Any) -> None:
    box.quirks.add("silent_noop", functions=["ensure_dkim_keys_exist"])
    result = run_https("dkim", domains=[WEAK])
    assert result["error"]["kind"] == "not_effective"
    assert "weak_key" in result["msg"]


def test_a_missing_key_is_made(run: Any, box: Any) -> None:
    box.patch({"mail_dns": {DAVE: {"dkim": "no_key"}}})
    (row,) = run("dkim", check_mode=True, domains=[DAVE])["domains"]
    assert (row["key"], row["record"], row["changed"]) == (True, None, True)
    result = run("dkim", domains=[DAVE])
    (row,) = result["domains"]
    assert (row["state"], row["key"], row["bits"]) == ("present", True, 2048)
    assert row["record"] == row["published"][0]
    assert result["diff"]["before"][DAVE] == {"state": "absent", "validity": "no_key", "key": False}


FAILURES = [
    # domain, zone, kind, function, a piece of the message, whether something changed
    (ERIN, None, "unexpected_answer", "validate_current_dkims", "DNS could not be asked about erin.example.org (DNS returned", False),
    (DAVE, None, "refusal", "enable_dkim", "does not hold the domain's zone", True),
    (BO, None, "not_effective", "enable_dkim", "publish there the TXT record in `record`", False),
    (BOB, {"dkim": "missing", "fails": "disk full"}, "refusal", "ensure_dkim_keys_exist", "[FAIL:disk full]", False),
    (BOB, {"dkim": "missing", "zone": "missing"}, "refusal", "enable_dkim", "missing zone", False),
    ("nosuch.example", None, "refusal", "ensure_dkim_keys_exist", "No users correspond to the domain", False),
]  # fmt: skip


@pytest.mark.parametrize(("domain", "zone", "kind", "function", "text", "changed"), FAILURES)
def test_one_failing_domain_does_not_stop_the_others(
    run: Any, box: Any, domain: str, zone: Any, kind: str, function: str, text: str, changed: bool
) -> None:
    if zone:
        box.patch({"mail_dns": {domain: zone}})
    result = run("dkim", domains=[BOBBY, domain, WEAK])
    assert result["failed"]
    assert [row["domain"] for row in result["domains"]] == [BOBBY, domain, WEAK]
    row = result["domains"][1]
    assert (row["error"]["kind"], row["error"]["function"], row["changed"]) == (kind, function, changed)
    assert text in result["msg"]
    assert "XID" not in result["msg"]
    assert result["progress"] == {"done": [BOBBY, WEAK], "failed": [domain], "not_tried": []}
    assert zone_of(box.state, BOBBY).dkim == [public_record(zone_of(box.state, BOBBY).key or "")]


def test_external_dns_says_what_to_publish_where(run: Any, box: Any) -> None:
    (row,) = run("dkim", domains=[BO])["domains"]
    assert (row["state"], row["changed"]) == ("absent", False)
    assert row["record"] == public_record(zone_of(box.state, BO).key or "")
    box.patch({"mail_dns": {BO: {"zone": "external", "dkim": "valid"}}})
    result = run("dkim", domains=[BO], state="absent")
    assert f"remove there the TXT record at default._domainkey.{BO}" in result["msg"]


def test_a_zone_that_is_missing_is_no_success_when_switched_off_either(run_https: Any, box: Any) -> None:
    box.patch({"mail_dns": {BOB: {"zone": "missing"}}})
    assert "missing zone" in run_https("dkim", domains=[BOB], state="absent")["msg"]


def test_the_host_name_is_a_domain_for_root(run: Any, box: Any) -> None:
    box.patch({"mail_dns": {"whm1.example.com": {"dkim": "missing"}}})
    result = run("dkim", domains=["WHM1.example.com."])
    assert [(row["domain"], row["changed"]) for row in result["domains"]] == [("whm1.example.com", True)]


def test_a_reseller_changes_its_own(run_https: Any, box: Any) -> None:
    box.patch({"mail_dns": {"carol.example.net": {"dkim": "missing"}}})
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("dkim", domains=["carol.example.net", BOB, "whm1.example.com"], **login)
    rows = by("domain", result["domains"])
    assert rows["carol.example.net"]["changed"]
    assert "does not control" in rows[BOB]["error"]["reason"]
    assert "No users correspond" in rows["whm1.example.com"]["error"]["reason"]
    assert result["progress"] == {"done": ["carol.example.net"], "failed": [BOB, "whm1.example.com"], "not_tried": []}


def mixed(box: Any, count: int = 200) -> list[str]:
    """Domains of all kinds: good, to be changed, failing, unknown, of another reseller."""
    box.patch({"generate": {"accounts": count, "prefix": "user", "owner": "reseller1"}})
    domains = [f"user{number}.example.com" for number in range(1, count + 1)]
    zones = [
        {},
        {"dkim": "missing"},
        {"dkim": "missing", "fails": "no"},
        {"dns_error": "SERVFAIL"},
        {"dkim": "mismatch"},
    ]
    box.patch({"mail_dns": {domain: zones[number % 5] for number, domain in enumerate(domains)}})
    for place in range(0, count, 20):
        domains[place] = f"nosuch{place}.example"
        domains[place + 1] = f"other{place}.example"
    box.patch({"accounts": {f"other{place}": {"domain": f"other{place}.example"} for place in range(0, count, 20)}})
    return domains


def test_200_mixed_domains(run_https: Any, box: Any) -> None:
    domains = mixed(box)
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    box.log.clear()
    result = run_https("dkim", domains=domains, **login)
    assert [row["domain"] for row in result["domains"]] == domains
    assert len(box.log.writes()) <= math.ceil(200 / 100)
    rows = by("domain", result["domains"])
    for number, domain in enumerate(domains):
        row = rows[domain]
        if number % 20 < 2 or number % 5 in (2, 3):
            assert "error" in row, domain
            assert not row["changed"]
        else:
            assert (row["state"], row["changed"], "error" in row) == ("present", number % 5 != 0, False), domain
    assert result["progress"]["not_tried"] == []


LOST = ["reset_after", "close_after", "status_500_after", "empty", "truncated_json"]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("domains", [[BOBBY], [BOBBY, BOB]], ids=["one", "two"])
def test_a_lost_answer_is_settled_by_the_state(run_https: Any, box: Any, kind: str, domains: list[str]) -> None:
    box.faults.add(Fault(kind, function="enable_dkim"))
    result = run_https("dkim", domains=domains)
    assert "failed" not in result
    assert [row["changed"] for row in result["domains"]] == [True] * len(domains)


@pytest.mark.parametrize("kind", ["reset_before", "close_before", "status_503_before"])
def test_what_did_not_happen_is_sent_again(run_https: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind, function="enable_dkim"))
    result = run_https("dkim", domains=[BOB])
    assert "failed" not in result
    assert result["changed"]


def test_a_403_is_sent_once(run_https: Any, box: Any) -> None:
    forbidding("enable_dkim")(box)
    result = run_https("dkim", domains=[BOB, BOBBY], api_batch_size=1)
    assert len(box.log.writes()) == 1
    assert result["progress"] == {"done": [], "failed": [BOB], "not_tried": [BOBBY]}


def test_an_effect_that_comes_late_is_waited_for(run_https: Any, box: Any) -> None:
    box.quirks.add("late_effect", seconds=0.6)
    run_https.patient = True
    assert "failed" not in run_https("dkim", domains=[BOB])


def test_a_server_that_does_nothing_is_an_error(run: Any, box: Any) -> None:
    box.quirks.add("silent_noop")
    result = run("dkim", domains=[BOB])
    assert result["error"]["kind"] == "not_effective"
    assert result["changed"] is False


@pytest.mark.parametrize("quirk", ["batch_drops", "string_numbers", "string_results", "translated"])
def test_servers_that_differ_end_in_the_same_state(run_https: Any, box: Any, quirk: str) -> None:
    box.quirks.add(quirk)
    result = run_https("dkim", domains=GOOD)
    assert "failed" not in result
    assert {row["state"] for row in result["domains"]} == {"present"}


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ({"disabled_roles": ["MailSend"]}, "MailSend"),
        ({"missing_functions": ["validate_current_dkims"]}, "validate_current_dkims"),
        ({"missing_functions": ["enable_dkim"]}, "enable_dkim"),
    ],
)
@pytest.mark.parametrize("domains", [[BOB], [BOB, BOBBY]])
def test_an_old_server_and_a_missing_role_are_named(
    run: Any, box: Any, patch: dict[str, Any], text: str, domains: list[str]
) -> None:
    box.patch(patch)
    result = run("dkim", domains=domains)
    assert result["error"]["kind"] == "unsupported"
    assert text in result["msg"]
    assert result["changed"] is False


def test_a_server_that_always_cuts_a_batch_after_the_first_call(run_https: Any, box: Any) -> None:
    """Both calls of one domain never come through together: they are sent alone then."""
    box.patch({"mail_dns": {"alice.example.com": {"dkim": "no_key"}}})
    box.quirks.add("batch_stops")
    result = run_https("dkim", domains=["alice.example.com"])
    assert "failed" not in result, result["msg"]
    assert result["domains"][0]["state"] == "present"
