# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real engines. Without their packages these tests fail with the names of the packages; `make test-engines` looks first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from ansible_collections.whm.mail.tests.simulator import dovecot_server, exim_real
from ansible_collections.whm.mail.tests.simulator.dovecot_server import Dovecot
from ansible_collections.whm.mail.tests.simulator.exim_real import RealExim

LONG = os.environ.get("ENGINES_LONG") == "1"


@dataclass
class Tally:
    """What was compared; printed at the end."""

    lines: list[str] = field(default_factory=list)


TALLY = Tally()


@pytest.fixture(scope="session")
def tally() -> Tally:
    return TALLY


@pytest.fixture(scope="session")
def dovecot_is_here() -> None:
    """Skips with the names of the packages and how to install them."""
    problem = dovecot_server.missing()
    if problem:
        pytest.skip(problem)


@pytest.fixture(scope="session")
def dovecot(dovecot_is_here: None) -> Iterator[Dovecot]:
    """One Dovecot for all tests that only need some users in it."""
    with Dovecot() as running:
        yield running


@pytest.fixture(scope="session")
def exim_is_here() -> None:
    """Skips with the name of the package and how to install it."""
    problem = exim_real.missing()
    if problem:
        pytest.skip(problem)


@pytest.fixture(scope="session")
def exim(exim_is_here: None) -> Iterator[RealExim]:
    """One Exim for all tests that fill its queue themselves."""
    with RealExim() as running:
        yield running


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in TALLY.lines:
        terminalreporter.write_line(line)
