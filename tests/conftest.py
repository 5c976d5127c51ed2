# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of every kind share: one running simulator, no connection options from outside, and programs that not every machine has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.connection import ENVIRONMENT
from ansible_collections.whm.mail.tests import postgresql as postgresql_server
from ansible_collections.whm.mail.tests import promtool
from ansible_collections.whm.mail.tests.postgresql import PostgreSQL
from ansible_collections.whm.mail.tests.simulator import STATES, Simulator
from hypothesis import HealthCheck, settings

# A slow machine is no failure, in none of the trees of tests; ansible-test loads this file, too. A profile that was asked for stays.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if settings.get_current_profile_name() in ("default", "ci"):
    settings.load_profile("patient")

#: Fixtures that skip where a program is not installed. Who asks for one gets the mark `programs`, and is run by `make test-engines`, too.
PROGRAMS = {"promtool_is_here", "postgresql_is_here"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "programs: runs a program that not every machine has; set by the fixtures for it"
    )


@pytest.hookimpl(tryfirst=True)  # before -m chooses among them
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and PROGRAMS & set(item.fixturenames):
            item.add_marker("programs")


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


@pytest.fixture(scope="session")
def promtool_is_here() -> None:
    """Skips with the name of the package and how to install it."""
    problem = promtool.missing()
    if problem:
        pytest.skip(problem)


@pytest.fixture(scope="session")
def postgresql_is_here() -> None:
    """Skips with the name of the package and how to install it."""
    problem = postgresql_server.missing()
    if problem:
        pytest.skip(problem)


@pytest.fixture(scope="session")
def shared_postgresql(postgresql_is_here: None) -> Iterator[PostgreSQL]:
    """Started once; tests ask for `postgresql` or `database_url`."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture
def postgresql(shared_postgresql: PostgreSQL) -> PostgreSQL:
    """A running server. A test may kill it: the next one finds it running again."""
    if not shared_postgresql.is_running():
        shared_postgresql.restart()
    return shared_postgresql


@pytest.fixture
def database_url(postgresql: PostgreSQL) -> Iterator[str]:
    """An empty database, which belongs to the role that the URL names; gone after the test."""
    url = postgresql.new_database()
    yield url
    if not postgresql.is_running():
        postgresql.restart()
    postgresql.drop(url)
