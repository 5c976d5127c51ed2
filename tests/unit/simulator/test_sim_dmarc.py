# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DMARC: what it depends on, what happens without a domain, and the server's default."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator import loading
from ansible_collections.whm.mail.tests.simulator.mail_dns import zone_of

from .test_sim_mail_auth import reason, rows

ALICE, BOB, BO, DAVE, ERIN = (
    "alice.example.com", "bob.example.com", "bo.example.com", "dave.example.org", "erin.example.org",
)  # fmt: skip

REJECT = "v=DMARC1; p=reject"


def test_dmarc_verdicts(ask):
    found = {
        row["domain"]: row
        for row in rows(ask("validate_current_dmarcs", {"domain": [ALICE, BOB, ERIN, "bobby.example.com"]}))
    }
    assert {domain: row["state"] for domain, row in found.items()} == {
        ALICE: "VALID", BOB: "DKIM_SPF_ERROR", ERIN: "DNS_ERROR", "bobby.example.com": "MISSING",
    }  # fmt: skip
    assert found[ALICE]["subdomain"] == f"_dmarc.{ALICE}"
    assert (found[ALICE]["error"], found["bobby.example.com"]["record"]) == ("", "")


@pytest.mark.parametrize(
    ("zone", "state"),
    [
        ({"dmarc": "v=DMARC1; rua=mailto:a@example.com"}, "MALFORMED"),
        ({"dmarc": "v=DMARC1; p=reject;", "dkim": "missing"}, "DKIM_ERROR"),
        ({"dmarc": "v=DMARC1;p=quarantine", "spf": []}, "SPF_ERROR"),
    ],
)
def test_dmarc_depends_on_the_others(box, zone, state):
    box.patch({"mail_dns": {ALICE: zone}})
    assert rows(box.call("validate_current_dmarcs", domain=ALICE))[0]["state"] == state


def test_dmarc_without_a_domain_means_all(ask, server):
    assert {row["domain"] for row in rows(ask("validate_current_dmarcs"))} == {*server.domains, "whm1.example.com"}


def told(body):
    return {row["domain"]: (row["status"], row["msg"]) for row in rows(body)}


class TestApply:
    def test_one_policy_for_all_or_one_each(self, ask, server):
        body = ask("apply_dmarc", {"domain": [ALICE, BOB], "policy": REJECT})
        assert told(body)[BOB] == (1, f"[REPLACE:TXT@_dmarc.{BOB}:{REJECT}]")
        ask("apply_dmarc", {"domain": [ALICE, BOB], "policy": [REJECT, "v=DMARC1; p=none"]})
        assert (zone_of(server, ALICE).dmarc, zone_of(server, BOB).dmarc) == ([REJECT], ["v=DMARC1; p=none"])
        text = reason(ask("apply_dmarc", {"domain": [ALICE, BOB, ERIN], "policy": [REJECT, REJECT]}))
        assert "policy" in text

    def test_failure_is_inside(self, ask, server):
        body = ask("apply_dmarc", {"domain": [ALICE, DAVE], "policy": REJECT})
        assert told(body)[DAVE] == (1, "missing zone")
        assert told(ask("apply_dmarc", {"domain": ALICE, "policy": "p=reject"}))[ALICE][0] == 0
        assert zone_of(server, ALICE).dmarc == [REJECT]
        server.quirks.add("dmarc_takes_all")
        ask("apply_dmarc", {"domain": ALICE, "policy": "p=reject"})
        assert zone_of(server, ALICE).dmarc == ["p=reject"]

    def test_without_a_domain_it_is_every_domain(self, ask, server):
        before = zone_of(server, BO).dmarc
        done = told(ask("apply_dmarc", {"policy": REJECT}))
        assert set(done) == set(server.domains)
        assert zone_of(server, ALICE).dmarc == [REJECT]
        assert zone_of(server, BO).dmarc == before, "its DNS is served elsewhere"

    def test_a_domain_of_nobody_rejects_the_whole_call(self, ask, server):
        text = reason(ask("apply_dmarc", {"domain": [ALICE, "nosuch.example"], "policy": REJECT}))
        assert "No users correspond to the domain" in text
        assert zone_of(server, ALICE).dmarc != [REJECT]


class TestRemove:
    def test_there_and_again(self, ask, server):
        assert told(ask("remove_dmarc", {"domain": ALICE}))[ALICE][1].startswith("[REMOVE:TXT@_dmarc.")
        assert zone_of(server, ALICE).dmarc == []
        assert told(ask("remove_dmarc", {"domain": ALICE}))[ALICE] == (1, "no changes needed")

    def test_without_a_domain_it_is_every_domain(self, ask, server):
        ask("remove_dmarc")
        assert [zone_of(server, domain).dmarc for domain in (ALICE, BOB)] == [[], []]

    def test_a_reseller_only_reaches_its_own(self, ask, server):
        ask("remove_dmarc", caller="reseller1")
        assert zone_of(server, "carol.example.net").dmarc == []
        assert zone_of(server, ALICE).dmarc


def test_several_records_are_several_rows_or_the_first(box):
    box.patch({"mail_dns": {ALICE: {"dmarc": [REJECT, "v=DMARC1; p=none"]}}})
    several = rows(box.call("validate_current_dmarcs", domain=ALICE))
    assert [(row["record"], row["state"]) for row in several] == [
        (REJECT, "MALFORMED"),
        ("v=DMARC1; p=none", "MALFORMED"),
    ]
    box.quirks.add("dmarc_first_only")
    assert [row["record"] for row in rows(box.call("validate_current_dmarcs", domain=ALICE))] == [REJECT]


class TestDefaultDmarc:
    def test_built_in_or_set(self, ask, server):
        assert rows(ask("get_default_dmarc_record")) == {"record": "v=DMARC1; p=none;"}
        server.areas["default_dmarc"] = "v=DMARC1; p=reject;"
        assert rows(ask("get_default_dmarc_record")) == {"record": "v=DMARC1; p=reject;"}

    def test_empty_where_nobody_set_one(self, ask, server):
        server.quirks.add("default_dmarc_empty")
        assert rows(ask("get_default_dmarc_record")) == {"record": ""}
        server.areas["default_dmarc"] = "v=DMARC1; p=reject;"
        assert rows(ask("get_default_dmarc_record")) == {"record": "v=DMARC1; p=reject;"}

    def test_the_state_file_says_which(self):
        (server,) = loading.load({"servers": {"whm1": {"default_dmarc": "v=DMARC1; p=quarantine;"}}}).values()
        assert server.areas["default_dmarc"] == "v=DMARC1; p=quarantine;"

    def test_an_old_server_does_not_know_it(self, ask, server):
        server.missing_functions = {"get_default_dmarc_record"}
        assert "Unknown app" in reason(ask("get_default_dmarc_record"))

    def test_set_and_back_to_the_built_in_one(self, ask, server):
        assert rows(ask("set_default_dmarc_record", {"record": REJECT})) == {"success": 1}
        assert rows(ask("get_default_dmarc_record")) == {"record": REJECT}
        ask("set_default_dmarc_record", {"record": ""})
        assert rows(ask("get_default_dmarc_record")) == {"record": "v=DMARC1; p=none;"}

    def test_what_is_no_record_is_refused(self, ask):
        assert "must begin with v=DMARC1" in reason(ask("set_default_dmarc_record", {"record": "p=none"}))

    def test_a_reseller_is_refused(self, ask):
        assert "Only root" in reason(ask("set_default_dmarc_record", {"record": REJECT}, caller="reseller1"))
