# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the simulated server asks of Dovecot: to find messages by a query, and to expunge them.

`Engine` is all the handlers know. `MemoryDovecot` is the engine by default; it evaluates the query language of
doveadm-search-query(7) over messages in memory (doveadm_query.py). An engine with a real Dovecot behind it answers the same
questions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .doveadm_query import Message, QueryError, View, parse
from .state import Folder, Server

_YEAR = 365 * 86400
_UNITS = {"d": 86400, "w": 604800, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Found:
    """The messages of a search, folder by folder."""

    matches: list[tuple[Folder, list[Message]]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(messages) for _folder, messages in self.matches)


class Engine(Protocol):
    def search(self, folders: Mapping[str, Folder], words: Sequence[str], now: float) -> Found:
        """`doveadm search` in all folders of one user. Raises QueryError with doveadm's text."""

    def expunge(self, found: Found) -> bool:
        """Remove what was found; whether anything was removed."""


class MemoryDovecot:
    def search(self, folders: Mapping[str, Folder], words: Sequence[str], now: float) -> Found:
        query = parse(list(words), now)
        for part in (True, False):
            if not query.names(mailbox=part):
                raise QueryError(_ACCIDENT[part])  # doveadm-expunge(1) refuses such queries, whatever else they say
        found = []
        for name, folder in folders.items():
            mail = messages_of(folder)
            views = [View(m, number, len(mail), name, folder.guid, now) for number, m in enumerate(mail, 1)]
            matching = [view.message for view in views if query.matches(view)]
            if matching:
                found.append((folder, matching))
        return Found(found)

    def expunge(self, found: Found) -> bool:
        for folder, messages in found.matches:
            gone = {id(message) for message in messages}
            put_messages(folder, [message for message in messages_of(folder) if id(message) not in gone])
        return found.count > 0


_ACCIDENT = {
    True: "To avoid accidents, search query must contain MAILBOX in all search branches",
    False: "To avoid accidents, each branch in search query must contain something else besides MAILBOX",
}


def engine_of(server: Server) -> Engine:
    engine: Engine = server.engine or _MEMORY
    return engine


_MEMORY = MemoryDovecot()


def messages_of(folder: Folder) -> list[Message]:
    """The messages; where a state gives only their number, as many that came over the last year, all but every third read."""
    if folder.mail is None:
        count = folder.messages
        size = folder.vsize // count if count else 0
        folder.mail = [
            Message(
                saved=-_YEAR * (count - number) // count,
                size=size,
                flags=frozenset() if number % 3 == 0 else frozenset({"SEEN"}),
                headers={"subject": f"Message {number}", "from": f"sender{number % 5}@example.org"},
            )
            for number in range(count)
        ]
        if count:
            folder.mail[0].size += folder.vsize - size * count
    found: list[Message] = folder.mail
    return found


def put_messages(folder: Folder, messages: list[Message]) -> None:
    folder.mail = messages
    folder.messages = len(messages)
    folder.vsize = sum(message.size for message in messages)


def seed_message(data: Mapping[str, Any]) -> Message:
    """{saved: 90d or epoch, received:, sent:, size:, flags: [seen], subject:, from:, to:, cc:, body:, headers: {}}."""
    rest = dict(data)
    moments = {name: _moment(rest.pop(name)) for name in ("saved", "received", "sent") if name in rest}
    headers = {str(name).lower(): str(text) for name, text in rest.pop("headers", {}).items()}
    for name in ("subject", "from", "to", "cc", "bcc"):
        if name in rest:
            headers[name] = str(rest.pop(name))
    message = Message(
        **moments,
        size=int(rest.pop("size", 2048)),
        flags=frozenset(str(flag).upper() for flag in rest.pop("flags", ())),
        headers=headers,
        body=str(rest.pop("body", "")),
    )
    if rest:
        raise ValueError(f"A message has unknown keys: {', '.join(sorted(rest))}.")
    return message


def _moment(value: Any) -> int:
    """An epoch; an age is negative, so that it stays an age however late it is."""
    age = re.fullmatch(r"(\d+)([a-z])", str(value))
    return -int(age.group(1)) * _UNITS[age.group(2)] if age else int(value)
