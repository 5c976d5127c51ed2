# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import (
    DNS_BATCH,
    answered,
    dkim_validity,
    published,
    refused_domain,
    validate,
    validity,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns_checks import checked, problems
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Verdict
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import Refused, UnexpectedAnswer
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key, public_record, weak_key
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, no, ok, scripted

E = "e.example"
NAME = f"default._domainkey.{E}"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([{"domain": E, "status": 1, "msg": "no changes needed"}], ""),
        ([{"domain": E, "status": "1", "msg": "[ADD:TXT@x]"}], ""),
        ([{"domain": E, "status": 1}], ""),
        ([{"domain": E, "status": 0, "msg": "(XID abc234) it failed\n"}], "it failed"),
        ([{"domain": E, "status": 1, "msg": "[FAIL:disk full]"}], "[FAIL:disk full]"),
        ([{"domain": E, "status": 1, "msg": "[ADD:x],missing zone"}], "this server does not hold the domain's zone (missing zone)"),
        ([{"domain": E, "status": 0, "msg": "missing zone"}], "this server does not hold the domain's zone (missing zone)"),
        ([{"domain": E, "msg": "[FAIL:disk full]"}], "[FAIL:disk full]"),
        ([{"domain": E, "status": 0, "msg": "bad -----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY----- key"}], "bad ******** key"),
    ],
)  # fmt: skip
def test_refused_domain(rows: list[dict[str, Any]], reason: str) -> None:
    assert refused_domain(Answer({"payload": rows})) == Verdict(refused=reason)


@pytest.mark.parametrize("status", [None, "", "yes", 2, 7.5, [], [1], {"status": 1}])
def test_a_status_that_is_no_verdict_is_no_refusal(status: Any) -> None:
    verdict = refused_domain(Answer({"payload": [{"domain": E, "status": status, "msg": "[DEL:x]"}]}))
    assert (verdict.refused, verdict.doubt) == ("", "")
    assert "its status is neither 1 nor 0" in verdict.unclear


@pytest.mark.parametrize("payload", [[], None, "x", [None], [[{"domain": E, "status": 1}]]])
def test_an_answer_without_the_domain_is_no_refusal(payload: Any) -> None:
    assert refused_domain(Answer({"payload": payload})) == Verdict(unclear="the answer says nothing about the domain")


def test_a_call_for_each_domain_and_few_in_a_request() -> None:
    domains = [f"d{number}.example" for number in range(DNS_BATCH + 2)]
    row = [{"domain": f"default._domainkey.{domain}.", "state": "VALID"} for domain in domains]
    first = batch(*[ok({"payload": [item]}) for item in row[:DNS_BATCH]])
    second = batch(ok({"payload": [{**row[-2], "domain": domains[-2].upper()}]}), no("You may not."))
    client, script, _pauses = scripted(first, second, read_only=True)
    found = validate(client, "validate_current_dkims", domains)
    assert list(found) == domains
    assert [len(pairs) for _function, pairs in script.sent] == [DNS_BATCH, 2]
    assert isinstance(found[domains[-2]], list)
    assert isinstance(found[domains[-1]], Refused)


def test_an_answer_about_another_domain_is_none() -> None:
    client, _script, _pauses = scripted(
        ok({"payload": [{"domain": "other.example", "state": "VALID"}]}), read_only=True
    )
    assert isinstance(validate(client, "validate_current_spfs", [E])[E], UnexpectedAnswer)


def test_answered_takes_the_first_row_that_tells_something() -> None:
    bad, good = {"state": "ERROR", "error": "(XID abc234) SERVFAIL"}, {"state": "MISSING"}
    assert answered(E, [bad, good], "f") == good
    lost = answered(E, [bad, bad], "f")
    assert isinstance(lost, UnexpectedAnswer)
    assert lost.reason == f"DNS could not be asked about {E} (SERVFAIL)"
    refused = Refused("no")
    assert answered(E, refused, "f") is refused


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("VALID", "valid"), ("MISMATCH", "mismatch"), ("MISMATCHED", "mismatch"), ("INVALID", "mismatch"),
        ("PTR_MISMATCH", "mismatch"), ("HELO_MISMATCH", "helo_mismatch"), ("MISSING_PTR", "missing"), ("NOPUB", "no_key"),
        ("DNS_ERROR", "error"), ("SOMETHING_NEW", "something_new"), (None, "error"), ("", "error"),
    ],
)  # fmt: skip
def test_validity(state: str | None, word: str) -> None:
    assert validity({"state": state}) == word


@pytest.mark.parametrize(
    ("state", "expected", "word"),
    [
        ("VALID", public_record(pool_key(0)), "valid"),
        ("VALID", public_record(weak_key()), "weak_key"),
        ("MISMATCH", public_record(weak_key()), "mismatch"),
        ("VALID", None, "valid"),
        ("VALID", "v=DKIM1; k=ed25519; p=AAAA", "valid"),
    ],
)
def test_dkim_validity(state: str, expected: str | None, word: str) -> None:
    assert dkim_validity({"state": state, "expected": expected}) == word


@pytest.mark.parametrize(
    ("records", "texts"), [(None, []), ("", []), ([{"current": "a"}, {"current": None}, "x", {}], ["a"])]
)
def test_published(records: Any, texts: list[str]) -> None:
    assert published({"records": records}) == texts


SHAPE = {"validity", "name", "records", "expected", "error"}

# check, rows, the check's fields, problems (a piece of each)
CHECKS: list[tuple[str, list[dict[str, Any]], dict[str, Any], list[str]]] = [
    ("dkim", [{"state": "VALID", "expected": "R", "records": [{"current": "R"}]}],
     {"validity": "valid", "name": NAME, "records": ["R"], "expected": "R", "error": None}, []),
    ("dkim", [{"state": "NOPUB", "records": []}], {"validity": "no_key", "expected": None}, ["has no key", "whm.mail.dkim"]),
    ("dkim", [{"state": "MISSING", "expected": "R"}], {"validity": "missing", "records": []}, [f"no record at {NAME}", "record R"]),
    ("dkim", [{"state": "MISMATCH", "expected": "R", "records": [{"current": "X"}]}], {"validity": "mismatch"}, ["instead the TXT record R"]),
    ("dkim", [{"state": "MULTIPLE", "expected": "R", "records": [{"current": "R"}, {"current": "X"}]}],
     {"records": ["R", "X"]}, ["2 records", "leave only R"]),
    ("dkim", [{"state": "MALFORMED", "expected": "R"}], {"validity": "malformed"}, ["cannot be read"]),
    ("dkim", [{"state": "VALID", "expected": public_record(weak_key())}], {"validity": "weak_key"}, ["so short that receivers refuse"]),
    ("dkim", [{"state": "ERROR", "error": "(XID abc234) SERVFAIL."}], {"validity": "error", "error": "SERVFAIL."}, ["asked about", "(SERVFAIL)"]),
    ("dkim", [{"state": "ODD"}], {"validity": "odd"}, [f"says odd about {NAME}"]),
    ("spf", [{"state": "MISSING", "ip_address": "192.0.2.1", "expected": "ip4:192.0.2.1"}],
     {"validity": "missing", "name": E, "expected": "ip4:192.0.2.1"}, ["v=spf1 ip4:192.0.2.1 ~all"]),
    ("spf", [{"state": "INVALID", "ip_address": "192.0.2.1", "expected": "ip4:192.0.2.1", "records": [{"current": "v=spf1 -all"}]}],
     {"validity": "mismatch", "records": ["v=spf1 -all"]}, ["does not allow 192.0.2.1 to send", "add ip4:192.0.2.1 to it"]),
    ("spf", [{"state": "MULTIPLE", "ip_address": "192.0.2.1", "records": [{"current": "v=spf1 -all"}, {"current": "v=spf1 -all"}]}],
     {"records": ["v=spf1 -all", "v=spf1 -all"]}, ["has 2 SPF records"]),
    ("ptr", [{"state": "MISSING_PTR", "ip_address": "192.0.2.1", "arpa_domain": "1.2.0.192.in-addr.arpa", "helo": "mail.e.example"}],
     {"validity": "missing", "name": "1.2.0.192.in-addr.arpa", "expected": "mail.e.example"},
     ["192.0.2.1 has no PTR record", "publish mail.e.example at 1.2.0.192.in-addr.arpa"]),
    ("ptr", [{"state": "PTR_MISMATCH", "ip_address": "192.0.2.1", "helo": "m", "ptr_records": [{"domain": "x.example"}]}],
     {"records": ["x.example"]}, ["says x.example, which does not lead back"]),
    ("ptr", [{"state": "HELO_MISMATCH", "ip_address": "192.0.2.1", "helo": "m", "ptr_records": [{"domain": "x.example"}]}],
     {"validity": "helo_mismatch"}, ["greets as m"]),
    ("ptr", [{"state": "IP_IS_PRIVATE", "ip_address": "10.0.0.1", "helo": "m"}], {"validity": "private_address"}, ["10.0.0.1 is a private address"]),
    ("ptr", [{"state": "ERROR", "error": "1.1.1.1.1 is not a valid IP address."}], {"error": "1.1.1.1.1 is not a valid IP address."}, ["1.1.1.1.1"]),
    ("dmarc", [{"state": "VALID", "record": "v=DMARC1; p=none;", "suggested": "S", "error": ""}],
     {"name": f"_dmarc.{E}", "records": ["v=DMARC1; p=none;"], "expected": "S", "error": None}, []),
    ("dmarc", [{"state": "MISSING", "record": "", "suggested": "S"}], {"records": []}, [f"no record at _dmarc.{E}", "such as S"]),
    ("dmarc", [{"state": "MALFORMED", "record": "x"}], {"expected": None}, ["such as v=DMARC1; p=none;"]),
    ("dmarc", [{"state": "DKIM_SPF_ERROR", "record": "x", "error": "both bad."}], {"error": "both bad."}, ["DKIM and SPF right first (both bad)."]),
]  # fmt: skip


@pytest.mark.parametrize(("check", "rows", "fields", "texts"), CHECKS)
def test_every_check_has_one_shape_and_says_what_to_do(
    check: str, rows: list[dict[str, Any]], fields: dict[str, Any], texts: list[str]
) -> None:
    found = checked(check, E, rows)
    by_address = check in ("spf", "ptr")
    assert set(found) == (SHAPE | {"addresses"} if by_address else SHAPE)
    assert [set(part) for part in found.get("addresses", [])] == [SHAPE | {"ip_address"}] * len(rows) * by_address
    assert {key: found[key] for key in fields} == fields
    said = problems(E, {"ptr": None, "dmarc": None, check: found})
    assert len(said) == (1 if texts else 0)
    for text in texts:
        assert text in said[0]
        assert said[0].startswith(f"{check.upper()}: ")
        assert "None" not in said[0]
        assert ".)" not in said[0]
        assert ".." not in said[0]


def test_several_addresses_in_a_stable_order_and_as_good_as_the_worst() -> None:
    records = [{"current": "v=spf1 ip4:192.0.2.9 -all"}]
    rows: list[dict[str, Any]] = [
        {"state": "MISMATCHED", "ip_address": "2001:db8:0:0:0:0:0:1", "expected": "ip6:2001:db8:0:0:0:0:0:1", "records": records},
        {"state": "VALID", "ip_address": "192.0.2.10", "expected": "ip4:192.0.2.10", "records": records},
        {"state": "MISMATCHED", "ip_address": "192.0.2.9", "expected": "ip4:192.0.2.9", "records": records},
    ]  # fmt: skip
    found = checked("spf", E, rows)
    assert [part["ip_address"] for part in found["addresses"]] == ["192.0.2.9", "192.0.2.10", "2001:db8::1"]
    assert [part["validity"] for part in found["addresses"]] == ["mismatch", "valid", "mismatch"]
    assert found["validity"] == "mismatch"
    assert found["records"] == ["v=spf1 ip4:192.0.2.9 -all"]
    assert found == checked("spf", E, rows[::-1])
    assert len(problems(E, {"spf": found})) == 2

    missing = checked("spf", E, [{**row, "state": "MISSING", "records": []} for row in rows])
    (said,) = problems(E, {"spf": missing})
    assert "v=spf1 ip4:192.0.2.9 ip4:192.0.2.10 ip6:2001:db8:0:0:0:0:0:1 ~all" in said

    ptr = checked("ptr", E, [
        {"state": "VALID", "ip_address": "192.0.2.10", "arpa_domain": "b", "helo": "m", "ptr_records": [{"domain": "m"}]},
        {"state": "MISSING_PTR", "ip_address": "192.0.2.9", "arpa_domain": "a", "helo": "m"},
    ])  # fmt: skip
    assert (ptr["validity"], ptr["name"], ptr["records"], ptr["expected"]) == ("missing", None, ["m"], "m")
