# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated server in this process and without a wire, and modules that run against it.

Time stands still but for the pauses of the client, so that late effects come true at once. Names are prefixes of other
names on purpose: accounts (the hazard of BEHAVIOUR E), domains, addresses and mailboxes.
"""

from __future__ import annotations

import copy
import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.whm.mail.plugins import modules
from ansible_collections.whm.mail.plugins.module_utils._state import connection as _connection
from ansible_collections.whm.mail.plugins.module_utils._state.entry import argument_spec
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Module, StateModule, TaskModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Plan
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import ConnectionFailed
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.plugins.module_utils._whm.whmapi1 import WHMAPI1
from ansible_collections.whm.mail.tests.faults.clock import START, Clock
from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.http_skin import encode
from ansible_collections.whm.mail.tests.subjects.chance import DOMAINS
from ansible_collections.whm.mail.tests.subjects.kinds import Picture

from .picture import take

HOST = "whm1.example.com"
TOKEN = "TOKENOFROOT1234567890"
#: Longer than any late effect and any queue of the server.
QUIET = 10_000.0

_ADDRESSES = {
    "_mainaccount": {"folders": {"INBOX": 2}},
    "info": {"folders": {"INBOX": 4, "INBOX.Trash": 3, "INBOX.Trash.Old": 2}},
    "in": {"folders": {"INBOX": 5}},
    "a": {"folders": {"INBOX": 1}, "hold": True},
}
WORLD: dict[str, Any] = {
    "callers": {"root": {"token": TOKEN, "password": "password-of-root"}},
    "accounts": {user: {"domain": domain, "mailboxes": _ADDRESSES} for user, domain in DOMAINS.items()},
    "spamd": {"allowedips": "127.0.0.1", "maxchildren": "5", "nice": "10"},
}  # fmt: skip


def changing_modules() -> dict[str, Module]:
    """Every module that can change something, but the one for any function by name."""
    found = {}
    for info in pkgutil.iter_modules(modules.__path__):
        module = getattr(importlib.import_module(f"{modules.__name__}.{info.name}"), "MODULE", None)
        if isinstance(module, (StateModule, TaskModule)) and info.name != "api":
            found[info.name] = module
    return found


MODULES = changing_modules()


@dataclass
class Ran:
    """What a task returned, what it left, and what it asked for."""

    result: dict[str, Any]
    before: Picture
    after: Picture
    writes: int
    pauses: list[float]
    plans: list[Plan] = field(default_factory=list)


class Server:
    """One simulated server and the folder that stands for its files and the controller's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.box = Box("whm1", WORLD, lambda: START)
        self.clock = Clock(tick=self._tick)

    def prepare(self, *patches: Mapping[str, Any]) -> None:
        """The world as it was in the beginning, and then these changes."""
        for file in self.folder.glob("*.mobileconfig"):
            file.unlink()
        self.box.reset()
        self.clock = Clock(tick=self._tick)
        self.box.clock = self.clock
        for patch in patches:
            self.change(patch)

    def change(self, patch: Mapping[str, Any]) -> None:
        """Somebody else changes something: on the server, or at the place of a file that a module writes (``file``)."""
        patch = dict(patch)
        if "file" in patch:
            self._change_file(patch.pop("file"))
        self.box.patch(patch)

    def _change_file(self, content: str | None) -> None:
        path = self.folder / "a.mobileconfig"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_text(content, encoding="utf-8")

    def _tick(self) -> None:
        """What happens by itself while somebody waits; the server's files show it."""
        if self.box.state.pending:
            self.box.state.settle(self.clock())
            self.box.mirror()

    def settle(self) -> None:
        """Wait until nothing happens any more."""
        while self.box.state.pending:
            self.clock.now += QUIET
            self._tick()

    def params(self, module: Module, options: Mapping[str, Any]) -> dict[str, Any]:
        options = copy.deepcopy(dict(options))
        options.setdefault("api_retries", 1)
        if "dest" in options:
            options["dest"] = str(self.folder / options["dest"])
        # Only programs on the server read its files; to keep them up to date takes more time than all the rest.
        self.box.root = self.folder / "root" if options.get("transport") == "cli" else None
        self.box.mirror()
        connection = {
            "api_host": HOST,
            "api_token": TOKEN,
            "whmapi1_path": f"{self.box.root}{WHMAPI1}",
        }
        validator = ArgumentSpecValidator(argument_spec(module), **module.constraints)
        valid = validator.validate({**connection, **options})
        assert not valid.error_messages, valid.error_messages
        return dict(valid.validated_parameters)

    def run(self, name: str, options: Mapping[str, Any], check_mode: bool = False, troubles: Sequence[str] = ()) -> Ran:
        """Run a module. Its inputs must come out as they went in, and its plan must be the same twice."""
        self.settle()
        before = take(self.box.state, self.folder)
        plans: list[Plan] = []
        module = _pure(MODULES[name], plans)
        params = self.params(module, options)
        given = copy.deepcopy(params)
        self.box.log.clear()
        self.clock.pauses = []
        result = execute(module, params, check_mode, self._opener(troubles))
        assert params == given, "an option was changed"
        json.dumps(result).encode("utf-8")
        after = take(self.box.state, self.folder)
        return Ran(result, before, after, len(self.box.log.writes()), self.clock.pauses, plans)

    def _opener(self, troubles: Sequence[str]) -> Any:
        @contextmanager
        def opener(params: Mapping[str, Any], read_only: bool) -> Iterator[Client]:
            yield Client(
                Wireless(self, troubles),
                read_only=read_only,
                retries=params["api_retries"],
                batch_size=params["api_batch_size"],
                deadline=params["api_deadline"],
                secrets=list(_connection._secrets(params)),
                sleep=self.clock.sleep,
                clock=self.clock,
            )

        return opener


def _pure(module: Module, plans: list[Plan]) -> Module:
    """The module, whose plans are kept and watched."""
    if not isinstance(module, StateModule):
        return module
    original = module.plan

    def plan(current: Any, params: Any) -> Plan:
        given = copy.deepcopy((dict(current), params))
        made = original(current, params)
        assert repr((dict(current), params)) == repr(given), "a plan changed its inputs"
        again = original(current, params)
        assert again == made
        plans.append(made)
        return made

    return replace(module, plan=plan)


_LOST = {"sent": True, "retryable": True}
_PAGE = b"<html><title>Sorry for the inconvenience!</title></html>"

#: What goes wrong with one request: (is it carried out, what becomes of the answer).
TROUBLES: dict[str, tuple[bool, Callable[[bytes], Reply]]] = {}


def _trouble(name: str, carried_out: bool) -> Callable[[Callable[[bytes], Reply]], None]:
    def register(spoil: Callable[[bytes], Reply]) -> None:
        TROUBLES[name] = (carried_out, spoil)

    return register


def _lose(body: bytes) -> Reply:
    raise ConnectionFailed("the connection was lost", **_LOST)


def _refuse(body: bytes) -> Reply:
    raise ConnectionFailed("the connection was refused", retryable=True)


_trouble("none", True)(lambda body: Reply(200, body))
_trouble("refused", False)(_refuse)
_trouble("lost before", False)(_lose)
_trouble("lost after", True)(_lose)
_trouble("500 before", False)(lambda body: Reply(500, b"Internal Error (ID 123)"))
_trouble("503 after", True)(lambda body: Reply(503, _PAGE))
_trouble("cut", True)(lambda body: Reply(200, body[: len(body) // 2]))
_trouble("empty", True)(lambda body: Reply(200, b""))
_trouble("page", False)(lambda body: Reply(200, _PAGE))
_trouble("403", False)(lambda body: Reply(403, b'{"cpanelresult":{"error":"Access denied"}}'))
_trouble("no", False)(lambda body: Reply(200, b'{"metadata":{"result":0,"reason":"The disk is on fire."}}'))
_trouble("warnings", True)(lambda body: Reply(200, b'Use of $x{"foo"} at line 4.\n' + body))


class Wireless:
    """A transport straight into the simulator's core. Each request takes the next trouble; at the end there is none."""

    host = f"{HOST}:2087"

    def __init__(self, server: Server, troubles: Sequence[str]) -> None:
        self._server, self._troubles = server, iter(troubles)

    def send(self, function: str, pairs: Sequence[tuple[str, str]], secret: bool = False) -> Reply:
        box = self._server.box
        carried_out, spoil = TROUBLES[next(self._troubles, "none")]
        box.record(function, pairs, connection=1, method="POST", url="", applied=carried_out)
        body = b""
        if carried_out:
            body = encode(box.execute(box.state.callers["root"], function, pairs, legacy=False).body)
        return spoil(body)

    def close(self) -> None:
        pass
