# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers of the fault matrix: one good one, and one for each bad certificate."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import yaml
from ansible_collections.whm.mail.tests.simulator import STATES, Simulator
from ansible_collections.whm.mail.tests.simulator.tls import Certificates

from .elsewhere import Elsewheres
from .harness import Bench

BAD_CERTIFICATES = ("expired", "wrong_name", "self_signed")


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    good = yaml.safe_load((STATES / "tests.yml").read_text(encoding="utf-8"))["servers"]["whm1"]
    servers = {"whm1": good, **{kind: {**copy.deepcopy(good), "certificate": kind} for kind in BAD_CERTIFICATES}}
    with (
        Simulator({"servers": servers}) as simulator,
        Elsewheres(_certificates(simulator, tmp_path_factory)) as elsewheres,
    ):
        yield Bench(simulator, elsewheres, simulator["whm1"])


def _certificates(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """More certificates; the clients of the matrix trust both authorities, so that only the redirect is wrong elsewhere."""
    own = Certificates(tmp_path_factory.mktemp("elsewhere"))
    with open(simulator.ca_path, "ab") as bundle:
        bundle.write(own.ca_path.read_bytes())
    return own


@pytest.fixture(autouse=True)
def _no_environment(without_environment: None) -> None:
    """For every test here."""
