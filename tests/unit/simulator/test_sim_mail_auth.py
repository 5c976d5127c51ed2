# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DKIM, SPF and PTR: success outside and failure inside, names that come back changed, words that differ."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key, public_record, zone_of

ALICE, BOB, BO, DAVE, ERIN = (
    "alice.example.com", "bob.example.com", "bo.example.com", "dave.example.org", "erin.example.org",
)  # fmt: skip


def rows(body):
    assert body["metadata"]["result"] == 1, body
    return body["data"]["payload"]


def reason(body):
    assert body["metadata"]["result"] == 0, body
    assert "data" not in body
    return body["metadata"]["reason"]


WRITES = {
    "enable_dkim": {},
    "disable_dkim": {},
    "ensure_dkim_keys_exist": {},
    "install_spf_records": {"record": "v=spf1 -all"},
    "install_dkim_private_keys": {"key": pool_key(9)},
}


@pytest.mark.parametrize("function", WRITES)
class TestWrites:
    def test_a_domain_that_is_nobodys_rejects_the_whole_call(self, ask, server, function):
        before = repr(server.areas)
        more = {name: [value, value] for name, value in WRITES[function].items()}
        text = reason(ask(function, {"domain": [BOB, "nosuch.example"], **more}))
        assert "No users correspond to the domain \u201cnosuch.example\u201d." in text
        assert repr(server.areas) == before

    def test_a_foreign_domain_rejects_the_whole_call(self, ask, function):
        more = {name: [value, value] for name, value in WRITES[function].items()}
        text = reason(ask(function, {"domain": ["carol.example.net", ALICE], **more}, caller="reseller1"))
        assert f"The account \u201creseller1\u201d does not control the \u201c{ALICE}\u201d domain." in text
        mine = {"domain": "carol.example.net", **WRITES[function]}
        assert rows(ask(function, mine, caller="reseller1"))[0]["status"] == 1

    def test_the_host_name_is_roots(self, ask, function):
        assert rows(ask(function, {"domain": "whm1.example.com", **WRITES[function]}))[0]["status"] == 1
        assert "No users" in reason(
            ask(function, {"domain": "whm1.example.com", **WRITES[function]}, caller="reseller1")
        )

    def test_elements_come_by_owner_and_success_outside_means_nothing(self, ask, server, function):
        zone_of(server, BOB).fails = "disk full"
        domains = ["bobby.example.com", "whm1.example.com", BOB, ALICE]
        more = {name: [value] * 4 for name, value in WRITES[function].items()}
        found = rows(ask(function, {"domain": domains, **more}))
        assert [row["domain"] for row in found] == ["whm1.example.com", ALICE, BOB, "bobby.example.com"]
        assert {row["domain"]: row["status"] for row in found}[BOB] == 0
        assert "[FAIL:disk full]" in [row["msg"] for row in found]

    def test_a_missing_parameter(self, ask, function):
        assert "Provide at least one \u201cdomain\u201d argument." in reason(ask(function, WRITES[function]))
        assert "The \u201cdomain\u201d arguments cannot be empty." in reason(
            ask(function, {"domain": "", **WRITES[function]})
        )

    def test_the_role(self, ask, server, function):
        server.disabled_roles = {"MailSend"}
        assert "MailSend" in reason(ask(function, {"domain": ALICE, **WRITES[function]}))

    def test_a_silent_noop_says_ok(self, ask, server, function):
        server.quirks.add("silent_noop")
        domain = ALICE if function == "disable_dkim" else "bobby.example.com"
        before = repr(zone_of(server, domain))
        assert rows(ask(function, {"domain": domain, **WRITES[function]}))[0]["status"] == 1
        assert repr(zone_of(server, domain)) == before


PAIRED = [("install_spf_records", "record", "v=spf1 -all"), ("install_dkim_private_keys", "key", pool_key(9))]


@pytest.mark.parametrize(("function", "name", "value"), PAIRED)
def test_pairs_go_by_position_and_must_be_complete(ask, function, name, value):
    text = reason(ask(function, {"domain": [ALICE, BOB], name: value}))
    assert f"Provide the same number of \u201cdomain\u201d and \u201c{name}\u201d arguments." in text
    assert f"Provide at least one \u201c{name}\u201d argument." in reason(ask(function, {"domain": ALICE}))


def dkim(ask, domain):
    (row,) = rows(ask("validate_current_dkims", {"domain": domain}))
    return row


STATES = [
    ("valid", "VALID"), ("weak", "VALID"), ("missing", "MISSING"), ("mismatch", "MISMATCH"), ("multiple", "MULTIPLE"),
    ("malformed", "MALFORMED"), ("no_key", "NOPUB"),
]  # fmt: skip


@pytest.mark.parametrize(("seed", "state"), STATES)
def test_dkim_verdicts(ask, box, seed, state):
    box.patch({"mail_dns": {ALICE: {"dkim": seed}}})
    row = rows(box.call("validate_current_dkims", domain=ALICE))[0]
    assert row["domain"] == f"default._domainkey.{ALICE}", "not the name that was asked"
    assert row["state"] == state
    assert ("expected" in row) is (seed != "no_key")
    assert "error" not in row


def test_enable_publishes_the_key_there_is_and_makes_none(ask, server):
    assert rows(ask("enable_dkim", {"domain": BOB}))[0]["msg"].startswith(f"[ADD:TXT@default._domainkey.{BOB}:v=DKIM1;")
    assert dkim(ask, BOB)["state"] == "VALID"
    assert rows(ask("enable_dkim", {"domain": BOB}))[0] == {"domain": BOB, "status": 1, "msg": "no changes needed"}
    zone_of(server, BOB).key = None
    assert rows(ask("enable_dkim", {"domain": BOB}))[0]["status"] == 0


def test_ensure_keeps_replaces_and_makes_but_publishes_nothing(ask, server):
    def ensure(domain):
        return rows(ask("ensure_dkim_keys_exist", {"domain": domain}))[0]["msg"]

    assert ensure(ALICE) == "key is acceptable"
    assert ensure("alice-shop.example") == "replaced key"
    assert dkim(ask, "alice-shop.example")["state"] == "MISMATCH"
    assert ensure(DAVE) == "created new key"
    assert dkim(ask, DAVE)["state"] == "MISSING"


def test_a_missing_zone_is_told_in_a_success(ask):
    assert rows(ask("ensure_dkim_keys_exist", {"domain": DAVE}))[0]["status"] == 1
    assert rows(ask("enable_dkim", {"domain": DAVE}))[0] == {"domain": DAVE, "status": 1, "msg": "missing zone"}
    found = rows(ask("install_spf_records", {"domain": DAVE, "record": "v=spf1 -all"}))[0]
    assert found == {"domain": DAVE, "status": 1, "msg": "missing zone"}


def test_external_dns_says_ok_and_stays_as_it_is(ask):
    assert rows(ask("enable_dkim", {"domain": BO}))[0]["status"] == 1
    assert dkim(ask, BO)["state"] == "MISSING"
    assert rows(ask("install_spf_records", {"domain": BO, "record": "v=spf1 a -all"}))[0]["msg"].startswith("[REPLACE:")
    assert rows(ask("validate_current_spfs", {"domain": BO}))[0]["records"][0]["current"] == "v=spf1 -all"


def test_keys_are_fetched_and_installed_but_not_published(ask):
    key = pool_key(9)
    assert rows(ask("fetch_dkim_private_keys", {"domain": ["nosuch.example", DAVE]})) == [
        {"domain": "nosuch.example", "pem": None},
        {"domain": DAVE, "pem": None},
    ]
    found = rows(ask("install_dkim_private_keys", {"domain": [BOB, ALICE], "key": [key, "garbage"]}))
    assert [(row["domain"], row["status"]) for row in found] == [(ALICE, 0), (BOB, 1)]
    assert found[1]["msg"] == "Installed Keys"
    assert "garbage" in found[0]["msg"]
    assert rows(ask("fetch_dkim_private_keys", {"domain": BOB}))[0]["pem"] == key
    assert dkim(ask, BOB)["state"] == "MISSING"
    rows(ask("enable_dkim", {"domain": BOB}))
    assert dkim(ask, BOB)["records"][0]["current"] == public_record(key)


def test_numbered_parameters_pair_too(ask):
    pairs = {"domain": ALICE, "domain-1": BOB, "record": "v=spf1 a -all", "record-1": "v=spf1 mx -all"}
    rows(ask("install_spf_records", pairs))
    shown = {
        row["domain"]: row["records"][0]["current"]
        for row in rows(ask("validate_current_spfs", {"domain": [ALICE, BOB]}))
    }
    assert shown == {ALICE: "v=spf1 a -all", BOB: "v=spf1 mx -all"}


BAD_SPF = [
    "v=spf2 -all",
    "-all",
    "v=spf1 ip4:300.1.1.1 -all",
    "v=spf1 al",
    "v=spf1 ip4:1192.0.2.0 -all",
    "v=spf1 include -all",
]


@pytest.mark.parametrize("record", BAD_SPF)
def test_bad_spf_is_an_element_of_status_0_and_the_rest_is_installed(ask, record):
    found = rows(ask("install_spf_records", {"domain": [ALICE, BOB], "record": [record, "v=spf1 MX -all"]}))
    assert [(row["domain"], row["status"]) for row in found] == [(ALICE, 0), (BOB, 1)]
    assert "[FAIL:" in found[0]["msg"]
    assert rows(ask("validate_current_spfs", {"domain": BOB}))[0]["records"][0]["current"] == "v=spf1 mx -all", (
        "lower case"
    )


SPF = [
    # records, state, results
    (["v=spf1 +a -all"], "VALID", ["PASS"]),
    (["v=spf1 ip4:192.0.2.0/24 -all"], "VALID", ["PASS"]),
    (["v=spf1 -all"], "MISMATCHED", ["FAIL"]),
    (["v=spf1 include:_spf.example.net ~all"], "MISMATCHED", ["SOFTFAIL"]),
    (["v=spf1 ip6:2001:db8::/32 ?all"], "MISMATCHED", ["NEUTRAL"]),
    (["v=spf1 redirect=_spf.example.net"], "MISMATCHED", ["NEUTRAL"]),
    (["v=spf1 nonsense"], "MISMATCHED", ["PERMERROR"]),
    (["v=spf1 a -all", "v=spf1 -all"], "MULTIPLE", ["PASS", "FAIL"]),
]


@pytest.mark.parametrize(("records", "state", "results"), SPF)
def test_spf_verdicts(box, records, state, results):
    box.patch({"mail_dns": {ALICE: {"spf": records}}})
    (row,) = rows(box.call("validate_current_spfs", domain=ALICE))
    assert (row["state"], [record["state"] for record in row["records"]]) == (state, results)
    assert row["expected"] == "ip4:192.0.2.10", "only the part for the address"
    box.quirks.add("old_words")
    old = "INVALID" if state == "MISMATCHED" else state
    assert rows(box.call("validate_current_spfs", domain=ALICE))[0]["state"] == old


def test_spf_has_a_row_for_each_address(box):
    box.patch(
        {"mail_dns": {ALICE: {"addresses": ["192.0.2.10", "2001:db8::1"], "spf": ["v=spf1 ip4:192.0.2.10 -all"]}}}
    )
    found = {row["ip_version"]: row for row in rows(box.call("validate_current_spfs", domain=ALICE))}
    assert found[6]["ip_address"] == "2001:db8:0:0:0:0:0:1"
    assert (found[4]["state"], found[6]["state"]) == ("VALID", "MISMATCHED")


def test_which_keys_a_row_has_depends_on_its_state(ask):
    (missing,) = rows(ask("validate_current_spfs", {"domain": "bobby.example.com"}))
    assert (missing["state"], missing["records"], "error" in missing) == ("MISSING", [], False)
    (error,) = rows(ask("validate_current_spfs", {"domain": ERIN}))
    assert (error["state"], "expected" in error, "records" in error) == ("ERROR", False, False)
    assert error["error"].startswith("(XID ")


PTRS = [
    ("valid", "192.0.2.10", "VALID", "VALID"),
    ("missing", "192.0.2.10", "MISSING_PTR", "MISSING_PTR"),
    ("no_forward", "192.0.2.10", "PTR_MISMATCH", "PTR_MISMATCH"),
    ("mismatch", "2001:db8::1", "PTR_MISMATCH", "PTR_MISMATCH"),
    ("helo_mismatch", "192.0.2.10", "PTR_MISMATCH", "HELO_MISMATCH"),
    ("valid", "10.0.0.1", "IP_IS_PRIVATE", "IP_IS_PRIVATE"),
    ("invalid_address", "192.0.2.10", "ERROR", "ERROR"),
]


@pytest.mark.parametrize(("ptr", "address", "state", "old"), PTRS)
def test_ptr_verdicts(box, ptr, address, state, old):
    box.patch({"mail_dns": {ALICE: {"ptr": ptr, "addresses": [address]}}})
    (row,) = rows(box.call("validate_current_ptrs", domain=ALICE))
    assert (row["state"], row["helo"]) == (state, "whm1.example.com")
    assert ("ip_address" in row) is (ptr != "invalid_address")
    box.quirks.add("old_words")
    assert rows(box.call("validate_current_ptrs", domain=ALICE))[0]["state"] == old


READS = [
    "validate_current_dkims",
    "validate_current_spfs",
    "validate_current_ptrs",
    "validate_current_dmarcs",
    "fetch_dkim_private_keys",
]


@pytest.mark.parametrize("function", READS)
def test_root_may_ask_about_any_domain_and_a_reseller_about_its_own(ask, function):
    assert rows(ask(function, {"domain": "nosuch.example"}))
    assert rows(ask(function, {"domain": "carol.example.net"}, caller="reseller1"))
    assert "does not control" in reason(ask(function, {"domain": ["carol.example.net", ALICE]}, caller="reseller1"))


@pytest.mark.parametrize(
    ("zone", "message"), [({"colour": 1}, "unknown keys: colour"), ({"ptr": "upside_down"}, "is none of valid")]
)
def test_bad_seeds_are_refused(box, zone, message):
    with pytest.raises(ValueError, match=message):
        box.patch({"mail_dns": {ALICE: zone}})
