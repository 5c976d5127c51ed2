# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules and client against the simulator: in this process, through the same code as in a module's own process."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.whm.mail.plugins.module_utils._state import connection as _connection
from ansible_collections.whm.mail.plugins.module_utils._state.entry import argument_spec
from ansible_collections.whm.mail.plugins.module_utils._state.given import as_given
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Module
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.tests.simulator import STATES, Simulator, loading
from ansible_collections.whm.mail.tests.simulator.box import Box

MODULES = "ansible_collections.whm.mail.plugins.modules"
TRANSPORTS = ["https", "cli"]

# ansible-test gives every test a process of its own: the keys that all of them need are made before it forks.
loading.load(STATES / "tests.yml")


def load_module(name: str) -> Module:
    return importlib.import_module(f"{MODULES}.{name}").MODULE


@dataclass
class Runner:
    """``run("outgoing_mail", users=["alice"], hold=True)`` returns what the module returns.

    Pauses are counted in ``slept`` instead of waited for, except where ``patient`` is set.
    """

    simulator: Simulator
    box: Box
    transport: str = "https"
    patient: bool = False
    slept: list[float] = field(default_factory=list)

    def connection(self) -> dict[str, Any]:
        if self.transport == "cli":
            return {"transport": "cli", "whmapi1_path": str(self.simulator.cli_dir(self.box.name) / "whmapi1")}
        return {
            "api_host": self.box.host,
            "api_port": self.box.port,
            "api_token": self.box.token,
            "ca_path": str(self.simulator.ca_path),
        }

    def __call__(self, name: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        return self.run(load_module(name), check_mode, **options)

    def run(self, module: Module, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given = {**self.connection(), **options}
        given = {key: value for key, value in given.items() if value is not None}
        spec = argument_spec(module)
        valid = ArgumentSpecValidator(spec, **module.constraints).validate(as_given(spec, given))
        assert not valid.error_messages, valid.error_messages
        result = execute(module, valid.validated_parameters, check_mode, self._open)
        json.dumps(result)  # what a module returns must be representable
        return result

    @contextmanager
    def _open(self, params: Any, read_only: bool) -> Iterator[Client]:
        with _connection.open_client(params, read_only) as client:
            if not self.patient:
                client.sleep = self.slept.append
            yield client


@pytest.fixture
def box(sim: Simulator) -> Box:
    return sim["whm1"]


@pytest.fixture(params=TRANSPORTS)
def run(request: pytest.FixtureRequest, sim: Simulator, box: Box) -> Runner:
    """Both transports: what holds over HTTPS must hold for whmapi1."""
    return Runner(sim, box, request.param)


@pytest.fixture
def run_https(sim: Simulator, box: Box) -> Runner:
    return Runner(sim, box)


def by(key: str, rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in rows}


Run = Callable[..., dict[str, Any]]
