# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulated server with everything around its state: log, faults, lock, clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import loading
from .auth import Lockout
from .core import Outcome, execute, is_write
from .dovecot_engine import DovecotEngine
from .exim_real import RealExim
from .faults import Call, Fault, Faults
from .handlers_batch import split_commands
from .legacy import execute_v0
from .log import Entry, Log
from .quirks import Quirks
from .registry import FILES, Clock
from .state import Caller, Server

#: Called with the caller's name, the function and its parameters.
Hook = Callable[[str, str, Sequence[tuple[str, str]]], None]


def _nothing(caller: str, function: str, args: Sequence[tuple[str, str]]) -> None:
    """Nobody interferes."""


class Box:
    """What tests hold in their hands: box.host, box.port, box.token, box.state, box.log, box.faults, box.quirks."""

    host = "127.0.0.1"

    def __init__(self, name: str, data: loading.Data, clock: Clock) -> None:
        self.name = name
        self.clock = self._first_clock = clock
        self.data = data
        self.lock = threading.RLock()
        self.log = Log()
        self.faults = Faults()
        self.lockout = Lockout()
        self.state: Server = loading.load_server(name, data)
        self.port = 0
        self.plain_port: int | None = None
        #: Stands for the server's / while the simulator runs: programs and mirrored files are under it.
        self.root: Path | None = None
        #: A real Dovecot in place of the messages in memory.
        self.engine: DovecotEngine | None = None
        #: A real Exim in place of the one in memory.
        self.exim: RealExim | None = None
        #: What somebody else does just before a call is executed; for tests of interference.
        self.before: Hook = _nothing
        #: Commands of the command line that were carried out, whatever came of them.
        self.commands_done = 0

    @property
    def caller(self) -> str:
        return "root"

    @property
    def token(self) -> str:
        return self.state.callers["root"].token

    @property
    def password(self) -> str:
        return self.state.callers["root"].password

    @property
    def quirks(self) -> Quirks:
        return self.state.quirks

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    def reset(self) -> None:
        """Back to the seed: state, quirks, clock, faults, log and lockouts."""
        with self.lock:
            self.clock = self._first_clock
            self.state = loading.load_server(self.name, self.data)
            self.begin()
            self.faults.clear()
            self.log.clear()
            self.lockout.clear()
            self.before = _nothing
            self.mirror()

    def begin(self) -> None:
        """Hand the fresh state to the real engines, if there are any."""
        if self.engine is not None:
            self.engine.begin(self.state)
            self.state.engine = self.engine
        if self.exim is not None:
            self.exim.begin(self.state)

    def patch(self, data: loading.Data) -> None:
        """Change the live state in the format of the state files."""
        with self.lock:
            loading.patch(self.state, data)
            self.mirror()

    def call(self, function: str, caller: str = "root", **params: str) -> dict[str, Any]:
        """Ask the core directly, without a wire, a log entry or interference."""
        args = [(name, str(value)) for name, value in params.items()]
        return self._execute(self.state.callers[caller], function, args, legacy=False).body

    def execute(self, caller: Caller, function: str, args: Sequence[tuple[str, str]], *, legacy: bool) -> Outcome:
        """One call at a time per server, as its files would force anyway."""
        self.before(caller.name, function, args)
        return self._execute(caller, function, args, legacy=legacy)

    def _execute(self, caller: Caller, function: str, args: Sequence[tuple[str, str]], *, legacy: bool) -> Outcome:
        run = execute_v0 if legacy else execute
        return self.work(lambda: run(self.state, caller, function, args, self.clock))

    def work(self, job: Callable[[], Outcome]) -> Outcome:
        """Do something with the state, and let the mirrored files follow."""
        with self.lock:
            late = bool(self.state.pending)
            outcome = job()
            if late or outcome.mutated:
                self.mirror()
            return outcome

    def mirror(self) -> None:
        """Bring the mirrored files up to date."""
        for path, content in FILES.items() if self.root else ():
            file = Path(f"{self.root}{path}")
            text = content(self.state)
            if text is None:
                file.unlink(missing_ok=True)
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")

    def describe(self, function: str, args: Sequence[tuple[str, str]]) -> tuple[list[Call], bool]:
        """The calls inside a request (the commands of a batch, else itself), and whether it asks for a change."""
        commands: list[Call] = split_commands(args) if function == "batch" else []
        return commands or [(function, list(args))], is_write(function, args)

    def record(self, function: str, args: Sequence[tuple[str, str]], **fields: Any) -> Entry:
        calls, writes = self.describe(function, args)
        commands = [{"function": name, "params": inner} for name, inner in calls] if function == "batch" else []
        return self.log.add(
            server=self.name, function=function, params=list(args), commands=commands, writes=writes, **fields
        )

    def fault_for(self, function: str, args: Sequence[tuple[str, str]], *, cli: bool = False) -> Fault | None:
        if not self.faults.all():
            return None
        calls, _writes = self.describe(function, args)
        return self.faults.take([*calls, (function, list(args))] if function == "batch" else calls, cli=cli)
