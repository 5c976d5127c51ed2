# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request log: what was asked, over which connection, and what came of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Entry:
    """One request. `writes`: it asked for a change; `mutated`: the state really changed; `applied`: it was executed."""

    id: int
    server: str
    connection: int | None
    method: str
    url: str
    function: str
    params: list[tuple[str, str]] = field(default_factory=list)
    commands: list[dict[str, Any]] = field(default_factory=list)
    writes: bool = False
    mutated: bool = False
    applied: bool = False
    fault: str | None = None
    http_status: int | None = None
    caller: str | None = None
    transport: str = "https"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Log:
    """List-like and thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._next = 1

    def add(self, **fields: Any) -> Entry:
        with self._lock:
            entry = Entry(id=self._next, **fields)
            self._next += 1
            self._entries.append(entry)
            return entry

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def forget(self) -> None:
        """Take the last request out again: it was none of what is tested."""
        with self._lock:
            self._entries.pop()

    def writes(self) -> list[Entry]:
        """The requests that asked for a change, successful or not."""
        return [entry for entry in self.entries() if entry.writes]

    def connections(self) -> list[int]:
        """The connections the requests came over, each once."""
        return sorted({entry.connection for entry in self.entries() if entry.connection is not None})

    def functions(self) -> list[str]:
        return [entry.function for entry in self.entries()]

    def __len__(self) -> int:
        return len(self.entries())

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries())

    def __getitem__(self, place: int) -> Entry:
        return self.entries()[place]
