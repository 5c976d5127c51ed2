# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WHM API 0: what comes back when api.version=1 is left out (BEHAVIOUR B, legacy shapes)."""

from __future__ import annotations

from typing import Any

from .core import Args, Outcome, execute
from .registry import Clock
from .state import Caller, Server
from .texts import unknown_app

# The few functions whose version 0 shape is known well enough.
_FLAT = ("version", "gethostname", "applist")
_ACCOUNTS = ("listaccts", "accountsummary")
_PASSED_ON = ("cpanel",)


def execute_v0(server: Server, caller: Caller, function: str, args: Args, clock: Clock) -> Outcome:
    """The same work, dressed as API 0 does."""
    if function not in (*_FLAT, *_ACCOUNTS, *_PASSED_ON) or server.lacks(function):
        return Outcome({"error": unknown_app(function, 0)}, False)
    outcome = execute(server, caller, function, args, clock)
    if "metadata" not in outcome.body:
        return outcome
    data, metadata = outcome.body.get("data"), outcome.body["metadata"]
    good = int(metadata["result"]) == 1
    if function in _ACCOUNTS:
        return Outcome(_accounts(data, good, metadata["reason"]), outcome.mutated)
    if function in _FLAT and good:
        return Outcome(data or {}, outcome.mutated)
    return Outcome({"result": [{"status": int(good), "statusmsg": metadata["reason"]}]}, outcome.mutated)


def _accounts(data: Any, good: bool, reason: str) -> dict[str, Any]:
    """{"status":1,"statusmsg":"Ok","acct":[…]}; the text for not found has no full stop here."""
    found = (data or {}).get("acct", [] if good else None)
    return {"status": int(good), "statusmsg": "Ok" if good else reason.rstrip("."), "acct": found}
