# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode cannot write: every module with every option in several states, and modules that try to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.connection import build_client, build_transport
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Module, StateModule, TaskModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Plan, make_plan
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.plugin_utils._controller import in_process
from ansible_collections.whm.mail.tests.subjects import SUBJECTS, module_names, situations
from ansible_collections.whm.mail.tests.subjects.kinds import CLI, HTTPS, Options, Scenario, load

from .harness import Bench

PLUGIN = "action plugin"
WRITING = [name for name in module_names() if not isinstance(load(name), InfoModule)]


def scenarios_of(name: str) -> tuple[Scenario, ...]:
    return SUBJECTS[name].scenarios


def option_sets(name: str, folder: Path) -> list[Options]:
    tried = SUBJECTS[name].check_mode
    if tried:
        return tried(folder)
    sets = [options for scenario in scenarios_of(name) for options in (scenario.options, *scenario.more)]
    ignored = [{**sets[0], "ignore_missing": True}] if "ignore_missing" in load(name).options else []
    return [*sets, *ignored]


@pytest.mark.parametrize("name", WRITING)
def test_every_option_of_every_module_is_tried(name: str, tmp_path: Path) -> None:
    options = load(name).options
    aliases = {alias: key for key, option in options.items() for alias in option.get("aliases", [])}
    given = {aliases.get(key, key) for options in option_sets(name, tmp_path) for key in options}
    assert given == set(options)


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize("way", [HTTPS, CLI, PLUGIN])
def test_check_mode_writes_nothing(bench: Bench, name: str, way: str, tmp_path: Path) -> None:
    """In the test state, in a state with something to do for each scenario, and once it is done."""
    sets = option_sets(name, tmp_path)
    changes = 0
    for seed, done in [
        ({}, None),
        *[(s.seed, None) for s in scenarios_of(name)],
        *[(s.seed, s) for s in scenarios_of(name)],
    ]:
        for options in sets:
            bench.prepare(seed)
            if done:
                run(bench, load(name), CLI if way == CLI else HTTPS, done.options, False)
                bench.box.log.clear()
            result = predict(bench, name, way, options)
            assert not bench.box.log.writes(), options
            assert (result.get("error") or {}).get("kind") != "read_only", "the module tried to write"
            changes += result["changed"]
    assert changes, "there was nothing that could have been written"
    assert not list(tmp_path.iterdir())


def predict(bench: Bench, name: str, way: str, options: Options) -> dict[str, Any]:
    """The module in check mode: by itself, or as the action plugin runs it."""
    if way == PLUGIN:
        return in_process.run_here(f"whm.mail.{name}", {**bench.connection(HTTPS), **options}, True)
    return run(bench, load(name), way, options, True)


@pytest.mark.parametrize("name", [name for name in module_names() if name not in WRITING])
@pytest.mark.parametrize("check_mode", [False, True])
def test_a_module_that_reads_never_writes(bench: Bench, name: str, check_mode: bool) -> None:
    """In all the situations that its subject knows."""
    for situation in situations(name):
        bench.prepare({})
        situation.prepare(bench.box)
        run(bench, load(name), HTTPS, situation.options, check_mode)
        assert not bench.box.log.writes(), situation
        assert not any(entry.mutated for entry in bench.box.log), situation


def run(bench: Bench, module: Module, transport: str, options: Options, check_mode: bool) -> dict[str, Any]:
    params = bench.validated(module, transport, options)

    @contextmanager
    def opener(given: Any, read_only: bool) -> Iterator[Client]:
        client = build_client(given, build_transport(given), read_only)
        client.sleep = bench.clock.sleep
        yield client
        client.close()

    return execute(module, params, check_mode, opener)


HOLD = {"user": "alice"}
UAPI = {"cpanel.user": "alice", "cpanel.module": "Email"}
ATTEMPTS: dict[str, Callable[[Client], Any]] = {
    "a call": lambda client: client.call("hold_outgoing_email", user="alice"),
    "a batch": lambda client: client.batch([Call("version"), Call("hold_outgoing_email", HOLD)]),
    "a batch of one": lambda client: client.one_batch([Call("hold_outgoing_email", HOLD)]),
    "several batches side by side": lambda client: client.batch([Call("hold_outgoing_email", HOLD)] * 500),
    "batch by hand": lambda client: client.call("batch", command=["version", "hold_outgoing_email?user=alice"]),
    "batch, numbered": lambda client: client.call(
        "batch", **{"command": "version", "command-1": "hold_outgoing_email?user=alice"}
    ),
    "a batch in a batch": lambda client: client.call(
        "batch", command="batch?command=hold_outgoing_email%3Fuser%3Dalice"
    ),
    "an empty batch": lambda client: client.call("batch"),
    "uapi_cpanel": lambda client: client.call(
        "uapi_cpanel", **UAPI, **{"cpanel.function": "hold_outgoing", "email": "a@b.c"}
    ),
    "uapi_cpanel with two functions": lambda client: client.call(
        "uapi_cpanel", **UAPI, **{"cpanel.function": ["list_pops", "hold_outgoing"]}
    ),
    "uapi_cpanel in a batch": lambda client: client.batch(
        [Call("version"), Call("uapi_cpanel", {**UAPI, "cpanel.function": "suspend_login"})]
    ),
    "cpanel": lambda client: client.call("cpanel", cpanel_jsonapi_module="Email", cpanel_jsonapi_func="addpop"),
    "an unknown function": lambda client: client.call("frobnicate"),
    "a function in other letters": lambda client: client.call("Hold_Outgoing_Email", user="alice"),
    "a path": lambda client: client.call("listaccts/../hold_outgoing_email", user="alice"),
    "a query": lambda client: client.call("version?x=1&function=hold_outgoing_email"),
}


def _state_module(attempt: Callable[[Client], Any], where: str) -> StateModule:
    clients: list[Client] = []

    def read(client: Client, params: Any) -> dict[str, Any]:
        clients.append(client)
        if where == "read":
            attempt(client)
        return {"alice": {"hold": False}}

    def plan(current: Any, params: Any) -> Plan:
        attempt(clients[0])  # a plan is pure; this one kept the client
        return make_plan(current, [])

    return StateModule(items="accounts", key="user", options={}, read=read, plan=plan)


def _buggy(attempt: Callable[[Client], Any]) -> dict[str, tuple[Module, bool]]:
    """Kind of bug to module and check mode."""

    def read(client: Client, params: Any) -> dict[str, Any]:
        return {"rows": attempt(client)}

    def act(client: Client, params: Any, check_mode: bool) -> dict[str, Any]:
        return {"changed": True, "data": str(attempt(client))}

    return {
        "writes in read, in check mode": (_state_module(attempt, "read"), True),
        "writes in plan, in check mode": (_state_module(attempt, "plan"), True),
        "an info module that writes": (InfoModule(read=read, options={}), False),
        "an action that ignores check mode": (TaskModule(act=act, writes=lambda params: True, options={}), True),
        "an action that says that it only reads": (
            TaskModule(act=act, writes=lambda params: False, options={}),
            False,
        ),
    }


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("bug", _buggy(lambda client: None))
@pytest.mark.parametrize("way", [HTTPS, CLI, PLUGIN])
def test_a_module_with_a_bug_is_refused_by_the_client(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, attempt: str, bug: str, way: str
) -> None:
    bench.prepare({})
    module, check_mode = _buggy(ATTEMPTS[attempt])[bug]
    if way == PLUGIN:
        monkeypatch.setattr(in_process, "_load", lambda name: module)
        result = in_process.run_here("whm.mail.buggy", bench.connection(HTTPS), check_mode)
    else:
        result = run(bench, module, way, {}, check_mode)
    assert result["failed"]
    assert result["error"]["kind"] == "read_only"
    assert "refused to send a function that writes, or that is not known to be a read" in result["msg"]
    assert len(bench.box.log) == 0, "nothing was sent at all"


def test_the_client_cannot_be_made_writable() -> None:
    client = Client(transport=None, read_only=True)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        client.read_only = False  # type: ignore[misc]
