# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions the simulated server knows, and what they get to work with.

To add an area: write handlers_<area>.py with decorated functions. The core imports every such file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import texts
from .errors import Failure
from .params import Params
from .state import Account, Caller, Server

Clock = Callable[[], float]
Change = Callable[[], bool]


@dataclass
class Context:
    """One call: who asks which server what, and whether anything changed."""

    server: Server
    caller: Caller
    clock: Clock
    function: str = ""
    mutated: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)
    reason: str = "OK"

    def now(self) -> int:
        return int(self.clock())

    def mutate(self, user: str | None, change: Change) -> None:
        """Make a change to the state, or pretend to: silent_noop drops it and late_effect puts it off.

        `change` returns whether it really changed something.
        """
        quirks = self.server.quirks
        if quirks.hits("silent_noop", self.function, user):
            return
        if quirks.hits("late_effect", self.function, user):
            due = self.clock() + float(quirks.option("late_effect", "seconds", 2.0))
            self.server.pending.append((due, change))
            return
        self.mutated = change() or self.mutated

    def may_touch(self, account: Account) -> bool:
        """Resellers see only what they own (BEHAVIOUR C)."""
        return self.caller.is_root or self.caller.name in (account.owner, account.user)

    def account(self, user: str) -> Account:
        """The account, or the refusal: no existence leak to callers other than root (BEHAVIOUR A)."""
        account = self.server.accounts.get(user)
        if account is not None and self.may_touch(account):
            return account
        raise Failure(texts.no_user(user) if self.caller.is_root else texts.no_access(user))

    def visible(self) -> list[Account]:
        accounts = self.server.accounts.values()
        return list(accounts) if self.caller.is_root else [a for a in accounts if self.may_touch(a)]


Function = Callable[[Context, Params], Any]


@dataclass(frozen=True)
class Handler:
    """A WHM function: what it does to the state, which role and privilege it needs."""

    name: str
    run: Function
    writes: bool = False
    role: str | None = None
    acl: str | None = None
    package: str = "Accounts"

    @property
    def package_function(self) -> str:
        return f"Whostmgr::API::1::{self.package}::{self.name}"


# A UAPI function works on one account; it raises UapiFailure for status 0.
UapiFunction = Callable[[Context, Account, Params], Any]


@dataclass(frozen=True)
class UapiHandler:
    module: str
    name: str
    run: UapiFunction
    writes: bool = False
    role: str | None = None


# An area keeps its own data in server.areas[name]; its seed stands in the state files under the same name.
Seed = Callable[[Server, Any], Any]
AREAS: dict[str, Seed] = {}
# What stands in a file of the server: programs that run on it look there instead of asking the API.
File = Callable[[Server], "str | None"]
FILES: dict[str, File] = {}
HANDLERS: dict[str, Handler] = {}
UAPI: dict[tuple[str, str], UapiHandler] = {}
API2: dict[tuple[str, str], UapiHandler] = {}


def handler(
    name: str, *, writes: bool = False, role: str | None = None, acl: str | None = None, package: str = "Accounts"
) -> Callable[[Function], Function]:
    """Register a WHM API 1 function."""

    def register(run: Function) -> Function:
        HANDLERS[name] = Handler(name, run, writes, role, acl, package)
        return run

    return register


def area(name: str) -> Callable[[Seed], Seed]:
    """Register what turns an area's seed into its data: (server, seed or None) -> data. Called again for a patch."""

    def register(seed: Seed) -> Seed:
        AREAS[name] = seed
        return seed

    return register


def mirrored(path: str) -> Callable[[File], File]:
    """Register a file of the server: server -> text, or None for no file. The running simulator keeps it up to date in a
    folder that stands for the server's root; late effects reach it with the next call."""

    def register(text: File) -> File:
        FILES[path] = text
        return text

    return register


def uapi(
    module: str, name: str, *, writes: bool = False, role: str | None = None
) -> Callable[[UapiFunction], UapiFunction]:
    """Register a UAPI function."""

    def register(run: UapiFunction) -> UapiFunction:
        UAPI[(module, name)] = UapiHandler(module, name, run, writes, role)
        return run

    return register


def api2(module: str, name: str, *, role: str | None = None) -> Callable[[UapiFunction], UapiFunction]:
    """Register a function of cPanel API 2 that reads. It returns the rows of `data`, and raises UapiFailure to fail."""

    def register(run: UapiFunction) -> UapiFunction:
        API2[(module, name)] = UapiHandler(module, name, run, False, role)
        return run

    return register


def find(server: Server, function: str) -> Handler | None:
    """The handler, unless this server is too old to have the function."""
    return None if server.lacks(function) else HANDLERS.get(function)
