# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Profiles of hypothesis, and how many cases were carried out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from .profiles import COUNTED, is_fuzz, register

register()

STARTED = pytest.StashKey[float]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Each test's report carries its number of cases, also from another process."""
    before = COUNTED[0]
    try:
        yield
    finally:
        item.user_properties.append(("cases", COUNTED[0] - before))


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[STARTED] = time.monotonic()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """How many cases, how long, and how to have the same ones again."""
    if not is_fuzz():
        return
    reports = [
        each for found in terminalreporter.stats.values() for each in found if getattr(each, "when", "") == "call"
    ]
    totals: dict[str, int] = {}
    for report in reports:
        number = dict(report.user_properties).get("cases", 0)
        file, _mark, name = report.nodeid.rpartition("/")[2].partition("::")
        totals[file] = totals.get(file, 0) + number
        terminalreporter.write_line(f"{number:>9,}  {file} {name}")
    seed, seconds = config.getoption("hypothesis_seed"), time.monotonic() - config.stash[STARTED]
    said = ", ".join(f"{number:,} in {file}" for file, number in totals.items())
    terminalreporter.write_line(f"fuzz: {sum(totals.values()):,} cases ({said}), seed {seed}, {seconds:.0f} seconds")
    terminalreporter.write_line(f"the same again: python3 dev.py fuzz --seed {seed}")
