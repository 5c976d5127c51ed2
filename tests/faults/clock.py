# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clock that pauses move, so that late effects come true at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

START = 1_800_000_000.0


@dataclass
class Clock:
    """The server's time, and the client's pauses; ``tick`` is what happens on the server after each of them."""

    now: float = START
    pauses: list[float] = field(default_factory=list)
    tick: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        self.tick()
