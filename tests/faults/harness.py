# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one cell of the matrix: a task with one fault at one place, in this process, through the code of real tasks.

Pauses move a clock instead of the hands of a real one, so late effects come true at once.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.whm.mail.plugins.module_utils._state.connection import build_client, build_transport
from ansible_collections.whm.mail.plugins.module_utils._state.entry import argument_spec
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Module, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Plan
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue
from ansible_collections.whm.mail.plugins.module_utils._whm import https as _https
from ansible_collections.whm.mail.plugins.module_utils._whm.client import CREW, Client
from ansible_collections.whm.mail.plugins.module_utils._whm.whmapi1 import CliTransport
from ansible_collections.whm.mail.tests.simulator import Fault, Simulator, core
from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.errors import Failure
from ansible_collections.whm.mail.tests.subjects.kinds import BACK, CLI, FIRST, READ, WHOLE, WRITE, Scenario, load

from .clock import START, Clock
from .elsewhere import Elsewheres
from .table import Row

RETRIES = 1


@dataclass(frozen=True)
class Sent:
    """One request that the client tried to send."""

    place: str
    function: str
    troubled: bool


class Troubled:
    """A transport that gives trouble at one place, once or always."""

    def __init__(self, bench: Bench, params: dict[str, Any], row: Row | None, place: str, often: str) -> None:
        self._bench, self._params = bench, params
        self._row, self._place, self._often = row, place, often
        self._inner = build_transport(params)
        self.host = self._inner.host
        self.sent: list[Sent] = []
        self.refusals = 0

    def send(self, function: str, pairs: Any, secret: bool = False) -> Any:
        given: dict[str, list[str]] = {}
        for key, value in pairs:
            given.setdefault(key, []).append(value)
        writes = catalogue.resolve(function, given).writes
        written = any(sent.place == WRITE for sent in self.sent)
        place = WRITE if writes else BACK if written else READ
        before = any(sent.troubled for sent in self.sent)
        row = self._row
        due = row is not None and place == self._place and not (before and self._often == FIRST)
        self.sent.append(Sent(place, function, due))
        if not due or row is None:
            return self._inner.send(function, pairs, secret)
        with self._bench.trouble(row, self._inner, self) as transport:
            return transport.send(function, pairs, secret)

    def elsewhere(self, port: int) -> Any:
        return build_transport({**self._params, "api_port": port})

    def close(self) -> None:
        self._inner.close()


@dataclass
class Ran:
    """What a task did and left."""

    result: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    sent: list[Sent]
    refusals: int
    plan: Plan | None
    pauses: list[float]

    @property
    def places(self) -> set[str]:
        return {sent.place for sent in self.sent}


@dataclass
class Bench:
    """One simulated server with everything around it."""

    simulator: Simulator
    elsewheres: Elsewheres
    box: Box
    clock: Clock = field(default_factory=Clock)

    def connection(self, transport: str) -> dict[str, Any]:
        common = {"api_retries": RETRIES, "api_timeout": 60}
        if transport == CLI:
            path = self.simulator.cli_dir(self.box.name) / "whmapi1"
            return {**common, "transport": "cli", "whmapi1_path": str(path)}
        return {**common, "api_host": self.box.host, "api_port": self.box.port, "api_token": self.box.token,
                "ca_path": self.simulator.ca_path}  # fmt: skip

    def prepare(self, seed: Any) -> None:
        for thread in threading.enumerate():
            if thread.name == CREW:  # in flight when an earlier task ended, so that nobody waited for it
                thread.join(60)
        self.clock.now = START
        self.clock.pauses.clear()
        self.clock.tick = self._tick
        self.box.clock = self.clock
        self.box.reset()
        self.box.clock = self.clock
        self.box.patch(seed)
        self.elsewheres.heard.clear()

    def _tick(self) -> None:
        """What happens on the server by itself while the client waits; its files show it."""
        self.box.state.settle(self.clock())
        self.box.mirror()

    def validated(self, module: Module, transport: str, options: Any) -> dict[str, Any]:
        valid = ArgumentSpecValidator(argument_spec(module), **module.constraints).validate(
            {**self.connection(transport), **options}
        )
        assert not valid.error_messages, valid.error_messages
        params: dict[str, Any] = valid.validated_parameters
        return params

    def run(
        self, scenario: Scenario, transport: str, row: Row | None = None, place: str = WHOLE, often: str = FIRST,
        options: Any = None, check_mode: bool = False,
    ) -> Ran:  # fmt: skip
        self.prepare(scenario.seed)
        plans: list[Plan] = []
        module = _watched(load(scenario.module), plans)
        params = self.validated(module, transport, scenario.options if options is None else options)
        troubled = Troubled(self, params, row, place, often)
        if row and place == WHOLE:
            self._add_quirk(row, scenario)
        self._scenario = scenario
        before = scenario.view(self.box)

        @contextmanager
        def opener(given: Any, read_only: bool) -> Iterator[Client]:
            client = build_client(given, troubled, read_only)
            client.sleep = self.clock.sleep
            yield client
            client.close()

        result = execute(module, params, check_mode, opener)
        json.dumps(result)
        self.box.state.settle(self.clock() + scenario.wait)
        after = scenario.view(self.box)
        return Ran(
            result, before, after, troubled.sent, troubled.refusals, plans[0] if plans else None, self.clock.pauses
        )

    def _add_quirk(self, row: Row, scenario: Scenario) -> None:
        options = {key: value for key, value in row.quirk.items() if key != "name"}
        if row.quirk["name"] == "silent_noop" and (scenario.owner or scenario.victim):
            options["users"] = [scenario.owner or scenario.victim]
        self.box.quirks.add(row.quirk["name"], **options)

    @contextmanager
    def trouble(self, row: Row, inner: Any, troubled: Troubled) -> Iterator[Any]:
        """The transport for one request, with the row's fault in force while it is under way."""
        with ExitStack() as stack:
            if row.fault:
                fault = self.box.faults.add(Fault(**{**row.fault, "times": 0}))
                assert fault.seen == 0
                stack.callback(self.box.faults.clear)
            if row.quirk:
                had = row.quirk["name"] in self.box.quirks
                self._add_quirk(row, self._scenario)
                if not had:
                    stack.callback(self.box.quirks.remove, row.quirk["name"])
            if row.act:
                stack.enter_context(ACTS[row.act](self, troubled))
            if row.fault.get("kind") == "hangs":
                stack.enter_context(_hanging(self.box))
            if row.route:
                inner = self._route(row.route, inner, troubled)
            if row.timeout:  # for the answer; the handshake is bounded only where it is what fails
                names = ["_timeout", "_patience"] if row.route else ["_timeout"]
                for name in names:
                    stack.enter_context(mock.patch.object(inner, name, row.timeout))
            yield inner

    def _route(self, route: str, inner: Any, troubled: Troubled) -> Any:
        if route == "missing":
            return CliTransport(str(self.simulator.folder / "no-such-program"))
        if route in self.simulator.boxes:
            return troubled.elsewhere(self.simulator[route].port)
        return troubled.elsewhere(self.elsewheres.ports[route])


def _watched(module: Module, plans: list[Plan]) -> Module:
    """The module, whose plans are kept."""
    if not isinstance(module, StateModule):
        return module
    original = module.plan

    def plan(current: Any, params: Any) -> Plan:
        plans.append(original(current, params))
        return plans[-1]

    return replace(module, plan=plan)


@contextmanager
def _hanging(box: Box) -> Iterator[None]:
    """The timeout begins when the program has done what it was told to: on a busy machine it needs a moment to come so far."""
    before = box.commands_done

    class Program(subprocess.Popen):  # type: ignore[type-arg]
        def communicate(self, input: Any = None, timeout: float | None = None) -> Any:  # noqa: A002
            while True:
                done = box.commands_done > before
                try:
                    return super().communicate(input, timeout)
                except subprocess.TimeoutExpired:
                    if done:
                        raise
                    input = None  # noqa: A001

    with mock.patch.object(subprocess, "Popen", Program):
        yield


@contextmanager
def _lock_out(bench: Bench, troubled: Troubled) -> Iterator[None]:
    for _failure in range(bench.box.state.lockout_failures):
        bench.box.lockout.failed(bench.box.state, "127.0.0.1", bench.clock())
    yield


@contextmanager
def _one_mebibyte(bench: Bench, troubled: Troubled) -> Iterator[None]:
    with mock.patch.object(_https, "_MAX_ANSWER", 1024 * 1024):
        yield


@contextmanager
def _refuse(bench: Bench, troubled: Troubled) -> Iterator[None]:
    """The calls for the victim are answered with result 0."""
    victim, original = bench._scenario.victim, core.run

    def run(ctx: Any, function: str, args: Any) -> Any:
        if function == "batch" or (victim and not any(value == victim for _key, value in args)):
            return original(ctx, function, args)
        troubled.refusals += 1
        return core._envelope(ctx, function, failure=Failure("The disk is on fire."))

    with mock.patch.object(core, "run", run):
        yield


ACTS: dict[str, Callable[[Bench, Troubled], Any]] = {
    "lock out": _lock_out,
    "1 MiB": _one_mebibyte,
    "refuse": _refuse,
}
