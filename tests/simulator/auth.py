# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may come in: tokens, passwords, and the lockout of addresses that failed too often (BEHAVIOUR A)."""

from __future__ import annotations

import base64
import binascii
import hmac
import threading

from .state import Caller, Server


class Lockout:
    """cPHulk's rule per address: so many failures within so many seconds, then nobody gets in from there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, list[float]] = {}

    def clear(self) -> None:
        with self._lock:
            self._failures.clear()

    def _recent(self, server: Server, address: str, now: float) -> list[float]:
        recent = [when for when in self._failures.get(address, []) if now - when < server.lockout_seconds]
        self._failures[address] = recent
        return recent

    def locked(self, server: Server, address: str, now: float) -> bool:
        if address not in self._failures or "no_lockout" in server.quirks:
            return False
        with self._lock:
            return len(self._recent(server, address, now)) >= server.lockout_failures

    def failed(self, server: Server, address: str, now: float) -> None:
        with self._lock:
            self._recent(server, address, now).append(now)


def parse_authorization(header: str) -> tuple[str, str, str]:
    """(scheme, user, secret) in lower case, plain, plain; empty texts when it makes no sense."""
    scheme, _space, rest = header.strip().partition(" ")
    scheme, rest = scheme.lower(), rest.strip()
    if scheme == "basic":
        try:
            rest = base64.b64decode(rest, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return scheme, "", ""
    user, _colon, secret = rest.partition(":")
    return scheme, user, secret


def authenticate(server: Server, header: str | None) -> Caller | None:
    """The caller, or None. The token scheme takes tokens only, Basic passwords only."""
    scheme, user, secret = parse_authorization(header or "")
    caller = server.callers.get(user)
    if caller is None or not secret or scheme not in ("whm", "basic"):
        return None
    expected = caller.token if scheme == "whm" else caller.password
    good = bool(expected) and hmac.compare_digest(expected.encode(), secret.encode())
    return caller if good else None


def admit(server: Server, lockout: Lockout, address: str, header: str | None, now: float) -> Caller | None:
    """The caller, unless the address is locked out; counts a failure only when something was tried."""
    if lockout.locked(server, address, now):
        return None
    caller = authenticate(server, header)
    if caller is None and header:
        lockout.failed(server, address, now)
    return caller
