# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine in memory judges configurations in the words of a real Exim, which were recorded."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator.exim_engine import MemoryExim
from ansible_collections.whm.mail.tests.unit.simulator.exim_verdicts import RECORDED, Recorded


def test_there_are_records_of_both_kinds() -> None:
    assert sum(recorded.error is None for recorded in RECORDED) > 100
    assert sum(recorded.error is not None for recorded in RECORDED) > 200


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.text[:40])
def test_memory_says_what_exim_says(recorded: Recorded) -> None:
    verdict = MemoryExim().check(recorded.text, recorded.section)
    assert (verdict.error, verdict.line) == (recorded.error, recorded.line)
    lines = recorded.text.split("\n")
    assert verdict.broken == (lines[recorded.line - 1] if recorded.line else "")


@pytest.mark.parametrize(
    "option", ["av_scanner = clamd:/x", "perl_startup = do '/x'", "mysql_servers = x", "spf_guess = x"]
)
def test_options_of_other_builds_are_known(option: str) -> None:
    assert MemoryExim().check(f"{option}\n", None).error is None
