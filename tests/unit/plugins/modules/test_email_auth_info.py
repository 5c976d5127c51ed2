# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import DNS_BATCH
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.common import ALICE, BOB, DAVE
from ansible_collections.whm.mail.tests.subjects.email_auth_info import ALL, too_old
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by

CHECKS = ["dkim", "spf", "ptr", "dmarc"]

VERDICTS = [
    ("valid", "valid", "valid", "valid"),
    ("weak_key", "valid", "valid", "valid"),
    ("missing", "mismatch", "valid", "dkim_spf_error"),
    ("mismatch", "missing", "valid", "missing"),
    ("missing", "mismatch", "valid", "dkim_spf_error"),
    ("no_key", "valid", "missing", "dkim_error"),
    ("error", "error", "error", "error"),
    ("valid", "valid", "valid", "valid"),
    ("no_key", "missing", "valid", "missing"),
]


def reseller(box: Any) -> dict[str, str]:
    return {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}


@pytest.mark.parametrize("check_mode", [False, True])
def test_verdicts(run: Any, box: Any, check_mode: bool) -> None:
    result = run("email_auth_info", check_mode, domains=ALL)
    assert "failed" not in result
    assert result["changed"] is False
    assert result["unavailable"] == []
    assert [row["domain"] for row in result["domains"]] == ALL
    assert [tuple(row[check]["validity"] for check in CHECKS) for row in result["domains"]] == VERDICTS
    for row, verdicts in zip(result["domains"], VERDICTS, strict=True):
        assert len(row["problems"]) == len([word for word in verdicts if word != "valid"])
    assert not box.log.writes()


def test_problems_name_the_remedy(run: Any) -> None:
    rows = by("domain", run("email_auth_info", domains=ALL)["domains"])
    assert rows[ALICE]["problems"] == []
    assert rows[BOB]["problems"][1:] == [
        f"SPF: the record of {BOB} does not allow 192.0.2.10 to send; add ip4:192.0.2.10 to it, before all.",
        f"DMARC: the record at _dmarc.{BOB} is good, but what it relies on is not; put DKIM and SPF right first "
        f"(DKIM and SPF of {BOB} is not valid).",
    ]
    assert rows[BOB]["problems"][0].endswith(rows[BOB]["dkim"]["expected"])
    assert rows[DAVE]["problems"][:2] == [
        f"DKIM: the server has no key for {DAVE}; whm.mail.dkim makes one and publishes its record. Its DNS is served elsewhere "
        "(ns1.elsewhere.example): publish it there.",
        "PTR: 192.0.2.10 has no PTR record; whoever provides the address has to publish whm1.example.com at 10.2.0.192.in-addr.arpa.",
    ]
    assert all("XID" not in text for row in rows.values() for text in row["problems"])


@pytest.mark.parametrize("checks", [["dkim"], ["spf", "ptr"], ["dmarc"], CHECKS[::-1]])
def test_only_what_was_asked_for_is_checked(run: Any, box: Any, checks: list[str]) -> None:
    result = run("email_auth_info", domains=[ALICE, BOB], checks=checks)
    for row in result["domains"]:
        assert {check for check in CHECKS if row[check]} == set(checks)
    faulty = set(checks) & {"dkim", "spf", "dmarc"}
    assert len(box.log) == len(checks) + bool(faulty), "of what is wrong it is asked whether it can be mended here"


@pytest.mark.parametrize("domains", [[BOB], [BOB, ALICE], ALL])
def test_a_server_without_dmarc_is_asked_for_the_rest(run: Any, box: Any, domains: list[str]) -> None:
    full = run("email_auth_info", domains=domains)
    too_old(box)
    result = run("email_auth_info", domains=domains)
    assert "failed" not in result
    (note,) = result["unavailable"]
    assert note["check"] == "dmarc"
    assert "validate_current_dmarcs" in note["reason"]
    for row, whole in zip(result["domains"], full["domains"], strict=True):
        kept = [text for text in whole["problems"] if not text.startswith("DMARC")]
        assert row == {**whole, "dmarc": None, "problems": kept} or not kept


@pytest.mark.parametrize("domains", [[BOB], [BOB, ALICE]])
def test_what_was_asked_for_by_name_and_is_not_there_is_an_error(run: Any, box: Any, domains: list[str]) -> None:
    too_old(box)
    result = run("email_auth_info", domains=domains, checks=["dkim", "dmarc"])
    assert result["error"]["kind"] == "unsupported"
    assert "validate_current_dmarcs" in result["msg"]


@pytest.mark.parametrize("domains", [[BOB], [BOB, ALICE]])
@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ({"disabled_roles": ["MailSend"]}, "MailSend"),
        ({"missing_functions": ["validate_current_spfs"]}, "validate_current_spfs"),
    ],
)
def test_an_old_server_and_a_missing_role_are_named(
    run: Any, box: Any, patch: dict[str, Any], text: str, domains: list[str]
) -> None:
    box.patch(patch)
    result = run("email_auth_info", domains=domains)
    assert result["error"]["kind"] == "unsupported"
    assert text in result["msg"]


def test_several_addresses_are_kept_apart(run: Any, box: Any) -> None:
    zone = {"addresses": ["2001:db8::5", "192.0.2.20", "10.0.0.1"], "spf": ["v=spf1 ip4:192.0.2.20 -all"]}
    box.patch({"mail_dns": {ALICE: zone}})
    (row,) = run("email_auth_info", domain=ALICE, checks=["spf", "ptr"])["domains"]
    assert [(part["ip_address"], part["validity"]) for part in row["spf"]["addresses"]] == [
        ("10.0.0.1", "mismatch"), ("192.0.2.20", "valid"), ("2001:db8::5", "mismatch"),
    ]  # fmt: skip
    assert [(part["ip_address"], part["validity"]) for part in row["ptr"]["addresses"]] == [
        ("10.0.0.1", "private_address"), ("192.0.2.20", "valid"), ("2001:db8::5", "valid"),
    ]  # fmt: skip
    assert row["spf"]["records"] == ["v=spf1 ip4:192.0.2.20 -all"]
    assert [text.split(" ")[0] for text in row["problems"]] == ["SPF:", "SPF:", "PTR:"]


@pytest.mark.parametrize("ptr", ["missing", "no_forward", "mismatch", "helo_mismatch", "invalid_address"])
@pytest.mark.parametrize("quirk", [None, "old_words"])
def test_reverse_dns(run_https: Any, box: Any, ptr: str, quirk: str | None) -> None:
    if quirk:
        box.quirks.add(quirk)
    box.patch({"mail_dns": {ALICE: {"ptr": ptr}}})
    (row,) = run_https("email_auth_info", domain=ALICE, checks=["ptr"])["domains"]
    words = {
        "missing": "missing",
        "invalid_address": "error",
        "helo_mismatch": "helo_mismatch" if quirk else "mismatch",
    }
    assert row["ptr"]["validity"] == words.get(ptr, "mismatch")
    assert len(row["problems"]) == 1


@pytest.mark.parametrize(
    "quirk", ["old_words", "string_numbers", "string_results", "translated", "batch_drops", "batch_stops"]
)
def test_servers_that_differ_read_the_same(run_https: Any, box: Any, quirk: str) -> None:
    plain = run_https("email_auth_info", domains=ALL)
    box.quirks.add(quirk)
    assert run_https("email_auth_info", domains=ALL) == plain


def test_a_reseller_checks_its_own(run_https: Any, box: Any) -> None:
    result = run_https("email_auth_info", domains=["carol.example.net", ALICE], **reseller(box))
    assert result["failed"]
    assert "1 of 2 domains failed" in result["msg"]
    carol, alice = result["domains"]
    assert carol["problems"] == []
    assert "error" not in carol
    assert "does not control" in alice["error"]["reason"]
    assert [alice[check] for check in CHECKS] == [None] * 4


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"domains": ["alice"]}, "alice is not a domain"),
        ({"domains": [ALICE], "checks": []}, "checks is empty"),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("email_auth_info", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_200_domains_in_modest_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 180, "prefix": "user"}})
    domains = [f"user{number}.example.com" for number in range(1, 181)] + [
        f"nosuch{number}.example" for number in range(20)
    ]
    result = run_https("email_auth_info", domains=domains)
    assert [row["domain"] for row in result["domains"]] == domains
    assert len(box.log) == 4 * math.ceil(200 / DNS_BATCH) + 1
    assert all(len(entry.commands) <= DNS_BATCH for entry in box.log)


def test_a_403_is_sent_once(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("forbidden", times=0))
    result = run_https("email_auth_info", domains=ALL)
    assert result["error"]["kind"] == "authentication"
    assert len(box.log) == 1
