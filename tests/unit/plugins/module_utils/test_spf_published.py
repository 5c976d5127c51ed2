# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The records of the published test suite for RFC 7208, read by the collection and by the simulator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.module_utils._mail.spf import BadRecord, check_record, normal
from ansible_collections.whm.mail.tests.simulator.spf_records import broken_term

FILE = Path(__file__).resolve().parents[3] / "fixtures/rfc7208_records.yml"
RECORDS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))

# The suite demands an error, but not for the syntax: the fault is in DNS or in what a record needs of it.
NOT_SYNTAX = {
    "include-permerror": "the record that is included is broken",
    "include-none": "there is no record at the name that is included",
    "redirect-none": "there is no record at the name that it leads to",
    "redirect-loop": "it leads to itself; a record does not tell which domain it is for",
    "include-loop": "the record that is included includes this one",
    "mx-limit": "the domain has more than ten MX records",
    "include-over-limit": "with what is included it makes more than ten look-ups",
    "void-over-limit": "names are looked up that do not exist",
    "mech-over-limit": "more than ten look-ups: no matter of syntax, but refused before it is published",
}
# The suite allows it, and we publish it not all the same.
STRICTER = {
    "all-double": "what stands behind all never counts",
    "invalid-domain-empty-label": "the suite leaves the choice between an error and no match",
    "invalid-domain-long": "the suite leaves the choice between an error and no match",
}


def is_refused(record: str, check: Any) -> bool:
    try:
        check(record)
    except BadRecord:
        return True
    return False


@pytest.mark.parametrize("row", RECORDS, ids=lambda row: row["test"])
def test_what_the_suite_calls_an_error_is_refused_and_nothing_else(row: dict[str, Any]) -> None:
    """`none`: receivers pass over it, since it is no SPF record."""
    test, record = row["test"], row["record"]
    wrong = row["results"][0] in ("permerror", "none")
    expected = wrong and test not in NOT_SYNTAX
    assert is_refused(record, normal) is (expected or (test.startswith("invalid-domain-") and test in STRICTER))
    assert is_refused(record, check_record) is (expected or test in STRICTER or test == "mech-over-limit")
    assert (broken_term(record) is not None) is expected


def test_all_exceptions_are_needed() -> None:
    tests = {row["test"]: row["results"][0] for row in RECORDS}
    assert all(tests[name] == "permerror" for name in NOT_SYNTAX)
    assert not any(tests[name] == "permerror" for name in STRICTER)
    assert len(tests) == len(RECORDS) == 190
