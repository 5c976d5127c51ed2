# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every module in its main situations, against a simulated server that keeps what it was sent."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from ansible_collections.whm.mail.tests.conformance.sent import Sent, unpack
from ansible_collections.whm.mail.tests.simulator import STATES, Simulator
from ansible_collections.whm.mail.tests.subjects import SUBJECTS
from ansible_collections.whm.mail.tests.subjects.kinds import Situation
from ansible_collections.whm.mail.tests.unit.plugins.conftest import Runner


class Collector:
    """Runs modules on one server and takes down what they send."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.sent: list[Sent] = []

    def run(self, transport: str, module: str, situations: Iterable[Situation]) -> None:
        box = self.simulator["whm1"]
        for situation in situations:
            box.reset()
            situation.prepare(box)
            box.log.clear()
            result = Runner(self.simulator, box, transport)(module, situation.check_mode, **situation.options)
            assert bool(result.get("failed")) is situation.fails, (module, situation, result)
            self.sent += [item for entry in box.log for item in unpack(module, situation, entry)]


@pytest.fixture(scope="session")
def sent() -> list[Sent]:
    """Everything that the modules send: where a module sends differently over both transports, where it returns something else over HTTPS."""
    with Simulator(STATES / "tests.yml") as simulator:
        collector = Collector(simulator)
        for module, subject in SUBJECTS.items():
            for transport in ("https", "cli"):
                collector.run(transport, module, subject.sends)
            collector.run("https", module, subject.situations)
    return collector.sent
