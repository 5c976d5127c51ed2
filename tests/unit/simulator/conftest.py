# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fresh server without a wire for tests of the core, and one running simulator for tests of the skins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from ansible_collections.whm.mail.tests.simulator import STATES, Server, Simulator, answer, load
from ansible_collections.whm.mail.tests.simulator.box import Box

Ask = Callable[..., dict[str, Any]]
Post = Callable[..., requests.Response]
NOW = 1_800_000_000.0


@pytest.fixture
def server() -> Server:
    return load(STATES / "tests.yml")["whm1"]


@pytest.fixture
def ask(server: Server) -> Ask:
    """ask("listaccts", {"want": "user"}, caller="reseller1", now=…); list values are sent repeatedly."""

    def call(function: str, params: Any = None, caller: str = "root", now: float = NOW) -> dict[str, Any]:
        pairs = []
        for name, value in (params or {}).items():
            pairs += [(name, str(item)) for item in value] if isinstance(value, list) else [(name, str(value))]
        return answer(server, server.callers[caller], function, pairs, lambda: now)

    return call


@pytest.fixture
def box(sim: Simulator) -> Box:
    return sim["whm1"]


@pytest.fixture
def session(sim: Simulator) -> Iterator[requests.Session]:
    with requests.Session() as found:
        # Whatever certificates the environment names, only the simulator's own count here.
        found.trust_env = False
        found.verify = sim.ca_path
        yield found


@pytest.fixture
def post(box: Box, session: requests.Session) -> Post:
    def call(function: str, **params: Any) -> requests.Response:
        headers = {"Authorization": f"whm root:{box.token}"}
        data = {"api.version": "1", **params}
        return session.post(f"{box.url}/json-api/{function}", data=data, headers=headers, timeout=60)

    return call
