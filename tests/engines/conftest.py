# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real engines. Without their packages these tests fail with the names of the packages; `make test-engines` looks first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from ansible_collections.whm.mail.tests import knot as knot_server
from ansible_collections.whm.mail.tests.engines.receiver import Receiver
from ansible_collections.whm.mail.tests.knot import Knot
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


@pytest.fixture(scope="session")
def knot_is_here() -> None:
    """Skips with the name of the package and how to install it."""
    problem = knot_server.missing()
    if problem:
        pytest.skip(problem)


@pytest.fixture(scope="session")
def knot(knot_is_here: None) -> Iterator[Knot]:
    """One Knot for all tests, which publish what they need in it."""
    with Knot() as running:
        yield running


@pytest.fixture
def receiver(knot: Knot) -> Iterator[Receiver]:
    """Somebody elsewhere in the world who gets mail and asks this Knot about it."""
    with Receiver(knot) as found:
        yield found


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in TALLY.lines:
        terminalreporter.write_line(line)
