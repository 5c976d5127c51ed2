# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of every kind share: one running simulator, and no connection options from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.connection import ENVIRONMENT
from ansible_collections.whm.mail.tests.simulator import STATES, Simulator
from hypothesis import HealthCheck, settings

# A slow machine is no failure, in none of the trees of tests; ansible-test loads this file, too. A profile that was asked for stays.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if settings.get_current_profile_name() in ("default", "ci"):
    settings.load_profile("patient")


@pytest.fixture
def without_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine stands in for an option of the connection, or names authorities to trust."""
    for name in (*ENVIRONMENT.values(), "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    """Started once; a folder or file whose servers are others has a fixture of this name of its own."""
    with Simulator(STATES / "tests.yml") as simulator:
        yield simulator


@pytest.fixture
def sim(running: Simulator, without_environment: None) -> Simulator:
    """The running simulator as it was in the beginning."""
    running.reset()
    return running
