# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the judges of records in DNS said (tests/fixtures/mail_dns_verdicts.yml), held against the collection and the simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.module_utils._mail import dmarc, spf
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import dkim_validity
from ansible_collections.whm.mail.tests.simulator import Box
from ansible_collections.whm.mail.tests.simulator.handlers_dmarc import is_readable
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key, weak_key
from ansible_collections.whm.mail.tests.simulator.spf_records import broken_term, result_of

FILE = Path(__file__).resolve().parents[3] / "fixtures/mail_dns_verdicts.yml"
RECORDED: dict[str, list[list[Any]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
OWN = ["192.0.2.10", "2001:db8:1::a"]
BOB = "bob.example.com"
# Of a record that pyspf takes we refuse what the grammar of RFC 7208 does not allow, and this, on purpose.
ON_PURPOSE = "has an empty part in its name"


def refusal(check: Any, record: str) -> str | None:
    try:
        check(record)
    except (spf.BadRecord, dmarc.BadRecord) as problem:
        return str(problem)
    return None


@pytest.mark.parametrize(("record", "verdict"), RECORDED["spf_syntax"])
def test_what_pyspf_calls_an_error_is_refused(record: str, verdict: str) -> None:
    ours = refusal(spf.normal, record)
    if verdict == "error":
        assert ours
        assert refusal(spf.check_record, record)
    elif ours and ON_PURPOSE not in ours:
        assert broken_term(record) is not None


@pytest.mark.parametrize(("one", "other"), RECORDED["spf_equal"])
def test_what_no_address_tells_apart_is_equal(one: str, other: str) -> None:
    assert spf.normal(one) == spf.normal(other)


@pytest.mark.parametrize(("one", "other", "_address"), RECORDED["spf_different"])
def test_what_an_address_tells_apart_is_different(one: str, other: str, _address: str) -> None:
    assert spf.normal(one) != spf.normal(other)


@pytest.mark.parametrize(("one", "other"), RECORDED["spf_finer"])
def test_the_comparison_minds_some_differences_that_no_receiver_sees(one: str, other: str) -> None:
    """Networks within others, terms that never count, modifiers nobody knows: a record with them is written anew, which does no harm."""
    assert spf.normal(one) != spf.normal(other)


@pytest.mark.parametrize(("record", "address", "verdict"), RECORDED["spf_simulated"])
def test_the_simulator_judges_as_pyspf(record: str, address: str, verdict: str) -> None:
    assert result_of(record, address, OWN).lower() == verdict


@pytest.mark.parametrize(("record", "one", "other"), RECORDED["dmarc"])
def test_a_dmarc_record_that_a_parser_refuses_is_refused(record: str, one: str, other: str) -> None:
    assert refusal(dmarc.check_record, record) or (one, other) == ("good", "good")
    assert is_readable(record) is (one == "good")


@pytest.mark.parametrize(("state", "bits", "verified"), RECORDED["dkim"])
def test_a_dkim_record_is_valid_when_dkimpy_verifies_with_it(box: Box, state: str, bits: int, verified: bool) -> None:
    key = weak_key() if bits == 512 else pool_key(20, bits)
    box.patch({"mail_dns": {BOB: {"dkim": state} if state == "no_key" else {"dkim": state, "key": key}}})
    row = box.call("validate_current_dkims", domain=BOB)["data"]["payload"][0]
    assert (dkim_validity(row) == "valid") is verified
