# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judgement on configurations: Exim's own syntax check against the engine in memory, word by word."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from ansible_collections.whm.mail.tests.engines.conftest import LONG, Tally
from ansible_collections.whm.mail.tests.engines.exim_texts import CONFIGURATIONS, DRIVER_LINES, SECTIONS
from ansible_collections.whm.mail.tests.simulator.exim_engine import MemoryExim, Verdict
from ansible_collections.whm.mail.tests.simulator.exim_options import DRIVERS, GENERIC, MAIN
from ansible_collections.whm.mail.tests.simulator.exim_real import RealExim
from ansible_collections.whm.mail.tests.unit.simulator.exim_verdicts import RECORDED, Recorded
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

EXAMPLES = 2000 if LONG else 200
RELAXED = settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# Where the engine in memory is known to know less: the machine's users, the values of some single options, and how
# Exim takes a directive without a space behind it. Options of other builds it takes for known.
KNOWN_DIFFERENCES = [
    "trusted_users = nosuchuser\n", "exim_user = nosuchuser\n", "never_users = root : x\n", "log_selector = +foo\n",
    "log_selector = foo\n", "spool_directory =\n", "log_file_path = x\n", "delay_warning = 5q\n", "av_scanner = clamd:/x\n",
    "perl_startup = x\n", "acl_smtp_mime = x\n", "mysql_servers = x\n", "spamd_address = x\n", ".ifdefX\n",
]  # fmt: skip


def told(verdict: Verdict) -> tuple[str | None, int | None, str]:
    return verdict.error, verdict.line, verdict.broken


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.text[:40])
def test_exim_says_what_was_recorded(exim: RealExim, recorded: Recorded) -> None:
    verdict = exim.check(recorded.text, recorded.section)
    assert (verdict.error, verdict.line) == (recorded.error, recorded.line)


@pytest.mark.parametrize("text", KNOWN_DIFFERENCES)
def test_what_the_engine_in_memory_does_not_know(exim: RealExim, text: str) -> None:
    assert told(exim.check(text, None)) != told(MemoryExim().check(text, None))


@pytest.mark.parametrize(
    ("what", "texts"),
    [("configurations", CONFIGURATIONS.map(lambda text: (None, text))), ("sections", SECTIONS)],
    ids=["configurations", "sections"],
)
def test_generated(exim: RealExim, tally: Tally, what: str, texts: SearchStrategy[tuple[str | None, str]]) -> None:
    seen: Counter[str] = Counter()

    @RELAXED
    @given(texts)
    def agree(generated: tuple[str | None, str]) -> None:
        section, text = generated
        real = exim.check(text, section)
        seen["refused" if real.error else "accepted"] += 1
        assert told(MemoryExim().check(text, section)) == told(real)

    agree()
    tally.lines.append(f"Exim: {seen.total()} generated {what} ({seen['refused']} refused), no disagreement")
    assert min(seen["refused"], seen["accepted"]) > EXAMPLES / 20


def printed(exim: RealExim, text: str, *what: str) -> dict[str, bool]:
    """The options that Exim prints, and whether each is a switch."""
    file = exim.folder / "check/exim.conf"
    file.write_text(text, encoding="utf-8")
    lines = exim.exim("-bP", *what, config=file).stdout.decode().splitlines()
    found = [re.fullmatch(r"\*?([a-z]\w*)(| =| = .*)", line) for line in lines]
    return {match[1].removeprefix("" if match[2] else "no_"): not match[2] for match in found if match}


def test_the_table_of_main_options_is_that_of_exim(exim: RealExim) -> None:
    assert printed(exim, "") == {name: kind == "bool" for name, kind in MAIN.items()}


@pytest.mark.parametrize(
    ("section", "driver"), [(section, driver) for section, drivers in DRIVERS.items() for driver in drivers]
)
def test_the_tables_of_drivers_are_those_of_exim(exim: RealExim, section: str, driver: str) -> None:
    text = f"begin {section}\nx:\n  driver = {driver}\n  {DRIVER_LINES.get(driver, '')}\n"
    kinds = {**GENERIC[section], **DRIVERS[section][driver]}
    assert printed(exim, text, section) == {name: kind == "bool" for name, kind in kinds.items()}
