# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the simulated server asks of Dovecot: how full mailboxes are, to expunge messages, and to end sessions.

`Engine` is all the handlers know. `MemoryDovecot` is the engine by default; it evaluates the query language of
doveadm-search-query(7) over messages in memory (doveadm_query.py). A real Dovecot answers the same questions
(dovecot_engine.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .doveadm_query import View, parse, refuse_accidents, searched
from .doveadm_values import QueryError
from .mail_text import Message
from .state import Account, Folder, Mailbox, Server

_YEAR = 365 * 86400
_UNITS = {"d": 86400, "w": 604800, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Mail:
    """What one user of Dovecot sees: an address, or a cPanel account with the mailboxes of its addresses below its own."""

    user: str
    own: Mapping[str, Folder]
    others: Sequence[Mailbox] = ()

    @property
    def folders(self) -> dict[str, Folder]:
        """An account also shows the folders of its addresses: INBOX.user@example_com (BEHAVIOUR E)."""
        found = dict(self.own)
        for box in self.others:
            found.update({below(box.address, name): folder for name, folder in box.folders.items()})
        return found


def below(address: str, folder: str) -> str:
    """The name of an address's folder in the mailbox of its account."""
    local, _at, domain = address.partition("@")
    return f"INBOX.{local}@{domain.replace('.', '_')}{folder.removeprefix('INBOX')}"


@dataclass(frozen=True)
class Expunged:
    """What doveadm printed, and whether messages went."""

    output: str = ""
    errors: str = ""
    changed: bool = False


class Engine(Protocol):
    def status(self, mail: Mail) -> Mapping[str, Folder]:
        """`doveadm mailbox status`: GUID, messages and size of all folders, by name."""

    def expunge(self, mail: Mail, words: Sequence[str], now: float) -> Expunged:
        """`doveadm -v expunge` with these words for one user. Raises QueryError with what it prints when it fails."""

    def end_sessions(self, account: Account) -> bool:
        """End all sessions of an account and its addresses; whether there were any."""


class MemoryDovecot:
    def status(self, mail: Mail) -> Mapping[str, Folder]:
        return mail.folders

    def expunge(self, mail: Mail, words: Sequence[str], now: float) -> Expunged:
        """Nothing is printed, however many messages go."""
        query = parse(words, now)
        refuse_accidents(query)
        query = query.simplified()
        folders = mail.folders
        names, missing = searched(query, folders)
        changed = False
        for name in names:
            folder, kept = folders[name], []
            messages = messages_of(folder)
            for number, message in enumerate(messages, 1):
                if not query.matches(View(message, number, len(messages), name, folder.guid, now)):
                    kept.append(message)
            if len(kept) < len(messages):
                put_messages(folder, kept)
                changed = True
        if missing:
            raise QueryError("\n".join(_not_there(mail.user, name) for name in missing))
        return Expunged(changed=changed)

    def end_sessions(self, account: Account) -> bool:
        had, account.sessions = account.sessions, 0
        return had > 0


def _not_there(user: str, name: str) -> str:
    return f"doveadm({user}): Error: Syncing mailbox '{name}' failed: Mailbox doesn't exist: {name}"


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
    last = max((message.uid for message in found), default=0)
    for message in found:
        if not message.uid:
            message.uid = last = last + 1
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
