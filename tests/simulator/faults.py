# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: what networks, full disks and bad luck do to a call."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

# kind -> (sentence, whether the call is executed nevertheless)
HTTP_KINDS: dict[str, tuple[str, bool]] = {
    "reset_before": ("The connection is reset; nothing was executed.", False),
    "reset_after": ("Executed, then the connection is reset.", True),
    "close_before": ("The connection is closed without an answer; nothing was executed.", False),
    "close_after": ("Executed, then the connection is closed without an answer.", True),
    "stall_before": ("No answer for `seconds`, then closed; nothing was executed.", False),
    "stall_after": ("Executed, no answer for `seconds`, then closed.", True),
    "status_500_before": ("500 with a json or html `body`; nothing was executed.", False),
    "status_500_after": ("Executed, answered with 500.", True),
    "status_503_before": ("503 with a json or html `body`; nothing was executed.", False),
    "status_503_after": ("Executed, answered with 503.", True),
    "forbidden": ("403 in the cpanelresult shape.", False),
    "unauthorized": ("401 in the cpanelresult shape.", False),
    "redirect_307": ("307 to a session path.", False),
    "login_page": ("200 with an HTML login page.", False),
    "disk_full": ("200, the body begins with a literal Content-type line, then HTML.", False),
    "empty": ("Executed, answered with an empty body.", True),
    "truncated_json": ("Executed, the body stops half way (well-formed HTTP).", True),
    "garbage_before_json": ("Executed, stray lines stand before the JSON.", True),
    "invalid_utf8": ("Executed, the JSON holds bytes that are not UTF-8.", True),
    "drip": ("Executed, the answer comes one byte at a time, `seconds` apart.", True),
    "huge": ("Executed, the answer is `size` bytes longer.", True),
    "close_between": ("Executed and answered, then the kept-alive connection is closed without saying so.", True),
    "retry_after": ("503 with Retry-After: `seconds`; nothing was executed.", False),
}
CLI_KINDS: dict[str, tuple[str, bool]] = {
    "not_root": ("The program refuses to run: message on stderr, exit status 1.", False),
    "killed": ("Executed, the program is killed before it prints.", True),
    "hangs": ("Executed, the program prints nothing for `seconds`.", True),
    "warnings_around_json": ("Warnings before and after the answer on stdout.", True),
    "stderr_warnings": ("Warnings on stderr, the answer on stdout.", True),
    "empty_output": ("Executed, nothing is printed, exit status 0.", True),
}
KINDS = {**HTTP_KINDS, **CLI_KINDS}
_ALIASES = {"status_500": "status_500_before", "status_503": "status_503_before"}
_USER_KEYS = ("user", "username", "account", "email", "cpanel.user", "cpanel_jsonapi_user")
_SECONDS = {"drip": 0.001, "retry_after": 1.0}

Call = tuple[str, list[tuple[str, str]]]


@dataclass
class Fault:
    """One fault: for which function and user, how often, and after how many matching requests.

    `function=None` is any; times=0 is for ever; a batch matches when any of its commands does.
    """

    kind: str
    function: str | None = None
    user: str | None = None
    times: int = 1
    after: int = 0
    seconds: float | None = None
    size: int = 10_000_000
    body: str = "json"
    seen: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        self.kind = _ALIASES.get(self.kind, self.kind)
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault named {self.kind!r}. The faults are: {', '.join(sorted(KINDS))}.")
        if self.seconds is None:
            self.seconds = _SECONDS.get(self.kind, 3600.0)

    @property
    def applies(self) -> bool:
        """Whether the call is executed although the answer is spoilt."""
        return KINDS[self.kind][1]

    @property
    def wait(self) -> float:
        return self.seconds or 0.0

    def matches(self, calls: Iterable[Call]) -> bool:
        return any(self._matches(function, params) for function, params in calls)

    def _matches(self, function: str, params: list[tuple[str, str]]) -> bool:
        if self.function is not None and self.function != function:
            return False
        return self.user is None or any(key in _USER_KEYS and value == self.user for key, value in params)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    """The faults of one server, in the order they were added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def all(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def take(self, calls: list[Call], *, cli: bool) -> Fault | None:
        """The fault for this request, if one is due; counts it."""
        if not self._faults:
            return None
        kinds = CLI_KINDS if cli else HTTP_KINDS
        with self._lock:
            for fault in self._faults:
                if fault.kind not in kinds or not fault.matches(calls):
                    continue
                fault.seen += 1
                turn = fault.seen - fault.after
                if turn >= 1 and (fault.times == 0 or turn <= fault.times):
                    return fault
        return None
