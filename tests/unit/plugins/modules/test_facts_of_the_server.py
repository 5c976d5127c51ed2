# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The subsets domains, services and tokens of mail_facts, and what the audit says of them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.plugin_utils._audit.problems import problems
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.common import ALICE, BO, BOB, DAVE, ERIN, RESELLER, WEAK
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by


def facts(run: Any, *subsets: str, **options: Any) -> dict[str, Any]:
    return run("mail_facts", gather_subset=list(subsets), **options)["ansible_facts"]["whm_mail"]


def test_every_domain_and_who_serves_its_dns(run: Any, box: Any) -> None:
    box.patch({"accounts": {"alice": {"parked_domains": ["parked.example"], "subdomains": [f"shop.{ALICE}"]}}})
    rows = by("domain", facts(run, "domains")["domains"])
    assert set(rows) == set(box.state.domains)
    assert rows[WEAK] == {
        "domain": WEAK, "user": "alice", "owner": "root", "type": "addon", "parent": ALICE, "local_authority": True,
        "nameservers": ["ns1.example.net", "ns2.example.net"],
    }  # fmt: skip
    assert (rows["parked.example"]["type"], rows[f"shop.{ALICE}"]["type"]) == ("parked", "sub")
    assert (rows[BO]["local_authority"], rows[BO]["nameservers"]) == (False, ["ns1.elsewhere.example"])
    assert rows[ERIN]["local_authority"] is None, "DNS could not be asked"
    assert not box.log.writes()


def test_hundreds_of_domains_cost_few_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 300, "prefix": "user"}})
    box.log.clear()
    assert len(facts(run_https, "domains")["domains"]) == len(box.state.domains)
    assert len(box.log) <= 1 + -(-len(box.state.domains) // 50)


def test_the_checks_of_dns_cover_all_of_them(run_https: Any, box: Any) -> None:
    box.patch({"accounts": {"alice": {"subdomains": [f"shop.{ALICE}"]}}})
    box.patch({"mail_dns": {f"shop.{ALICE}": {"spf": []}}})
    rows = by("domain", facts(run_https, "auth")["auth"])
    assert set(rows) == set(box.state.domains)
    assert rows[f"shop.{ALICE}"]["spf"]["validity"] == "missing"
    assert rows[WEAK]["dkim"]["validity"] == "weak_key"


def test_without_that_function_the_main_domains_are_checked(run_https: Any, box: Any) -> None:
    box.patch({"missing_functions": ["get_domain_info", "has_local_authority"]})
    result = run_https("mail_facts", gather_subset=["auth", "domains"])
    told = result["ansible_facts"]["whm_mail"]
    assert {row["domain"] for row in told["auth"]} == {account.domain for account in box.state.accounts.values()}
    assert told["unavailable"]["domains"]["kind"] == "unsupported"
    assert any("Only main domains of accounts were checked" in text for text in result["warnings"])
    assert {row["local_authority"] for row in told["auth"]} == {None}


def test_what_cannot_be_mended_here_is_said_with_the_record(run: Any, box: Any) -> None:
    result = run("email_auth_info", domains=[ALICE, BO, BOB, DAVE, ERIN])
    rows = by("domain", result["domains"])
    assert [rows[name]["local_authority"] for name in (ALICE, BO, BOB, DAVE, ERIN)] == [None, False, True, False, None]
    (dkim,) = [text for text in rows[BO]["problems"] if text.startswith("DKIM")]
    assert "publish there the TXT record v=DKIM1" in dkim
    assert dkim.endswith("Its DNS is served elsewhere (ns1.elsewhere.example): publish it there.")
    assert not [text for text in rows[BOB]["problems"] if "elsewhere" in text]
    asked = [entry for entry in box.log.entries() if "has_local_authority" in str(entry)]
    assert len(asked) == 1


def test_all_domains_when_none_is_named(run_https: Any, box: Any) -> None:
    result = run_https("email_auth_info", checks=["spf"])
    assert [row["domain"] for row in result["domains"]] == sorted(box.state.domains)
    own = run_https("email_auth_info", checks=["spf"], **RESELLER)
    assert {row["domain"] for row in own["domains"]} == {"carol.example.net", "reseller.example.net"}


@pytest.mark.parametrize("fault", ["forbidden", "status_500"])
def test_that_authority_is_not_told_fails_nothing(run_https: Any, box: Any, fault: str) -> None:
    box.faults.add(Fault(fault, function="has_local_authority", times=0))
    result = run_https("email_auth_info", domains=[BO, BOB], api_retries=0)
    if fault == "forbidden":
        assert "failed" not in result
        assert [row["local_authority"] for row in result["domains"]] == [None, None]


def test_services_and_tokens(run: Any, box: Any) -> None:
    box.patch({"services": {"exim": {"running": 0}, "spamd": {"enabled": 0, "running": 0}}})
    box.patch(
        {"api_tokens": {"root": {"old": {"expires_at": 1700000001}, "good": {"whitelist_ips": ["192.0.2.8/29"]}}}}
    )
    told = facts(run, "services", "tokens")
    rows = by("service", told["services"])
    assert (rows["exim"]["enabled"], rows["exim"]["running"], rows["exim"]["name"]) == (True, False, "Exim Mail Server")
    assert "crond" not in rows
    assert told["tokens"] == [
        {"name": "good", "created": "2023-11-14T22:13:20Z", "created_epoch": 1700000000, "expires": None, "expires_epoch": None,
         "addresses": ["192.0.2.8/29"], "privileges": ["all"]},
        {"name": "old", "created": "2023-11-14T22:13:20Z", "created_epoch": 1700000000, "expires": "2023-11-14T22:13:21Z",
         "expires_epoch": 1700000001, "addresses": None, "privileges": ["all"]},
    ]  # fmt: skip
    findings = {(row.resource, row.item): row.message for row in problems({**told, "unavailable": {}}, {}, 24)}
    assert findings[("services", "exim")] == "The mail service exim does not run, although it is enabled."
    assert ("services", "spamd") not in findings, "it is switched off"
    assert findings[("tokens", "old")] == "The API token old expired on 2023-11-14T22:13:21Z."
    assert ("tokens", "good") not in findings


@pytest.mark.parametrize(("left", "told"), [(13 * 86400, "expires"), (15 * 86400, None), (0, "expired")])
def test_a_token_is_named_two_weeks_before(left: int, told: str | None) -> None:
    token = {"name": "ci", "expires": "2026-12-01T00:00:00Z", "expires_epoch": 1000 * 86400 + left, "addresses": None}
    rows = list(problems({"tokens": [token], "gathered_at": {"epoch": 1000 * 86400}}, {}, 24))
    assert [row.message for row in rows] == ([f"The API token ci {told} on 2026-12-01T00:00:00Z."] if told else [])


@pytest.mark.parametrize(
    ("tokens", "rows"),
    [(None, 0), ([], 0), ({}, 0), ({"a": {"acls": ["list-accts"], "expires_at": "0"}}, 1), ({"a": {"acls": {}}}, 1)],
)
def test_tokens_in_other_forms(run_https: Any, box: Any, tokens: Any, rows: int, monkeypatch: Any) -> None:
    from ansible_collections.whm.mail.plugins.module_utils._mail.tokens import token_rows
    from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer

    found = token_rows(Answer({"tokens": tokens}, {}))
    assert len(found) == rows
    assert all(row["expires"] is None for row in found)


def test_the_calls_read() -> None:
    from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue

    for function in ("get_domain_info", "has_local_authority", "servicestatus", "api_token_list"):
        assert not catalogue.resolve(Call(function).function, {}).writes
