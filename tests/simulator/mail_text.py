# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a message looks like on the wire, for the engine in memory and for the one with files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import Header
from email.utils import formatdate, getaddresses

NO_DATE = 0  # Dovecot takes a message without a Date header for one of 1970
_PADDING = 76


@dataclass(eq=False)
class Message:
    """One message. Moments are epochs, or negative: so long ago. `received` and `sent` are as `saved` unless given.

    `flags` holds system flags and keywords, in upper case. `size` counts lines as ending in CRLF; what does not fit into it is
    left out.
    """

    saved: int = -1
    received: int | None = None
    sent: int | None = None
    size: int = 2048
    flags: frozenset[str] = frozenset()
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    uid: int = 0

    def moment(self, kind: str, now: float) -> float:
        value = getattr(self, kind)
        value = self.saved if value is None else value
        return float(value) if value >= 0 else now + value


@dataclass(frozen=True)
class Parts:
    """A message in lines without their ends; header values are as they are sent."""

    headers: list[tuple[str, str]]
    body: list[str]
    ended: bool  # whether the last line of the body has an end

    def value(self, name: str) -> str | None:
        return next((value for header, value in self.headers if header.lower() == name.lower()), None)


def parts_of(message: Message, now: float) -> Parts:
    """Headers as long as there is room for them, then the body, then padding up to the size."""
    room = message.size - 2
    headers = []
    for name, value in _headers(message, now):
        length = len(f"{name}: {value}\r\n")
        if length > room:
            break
        headers.append((name, value))
        room -= length
    body: list[str] = []
    for line in message.body.splitlines():
        if len(line.encode()) + 2 > room:
            break
        body.append(line)
        room -= len(line.encode()) + 2
    full, rest = divmod(max(room, 0), _PADDING + 2)
    return Parts(headers, [*body, *["." * _PADDING] * full, *(["." * rest] if rest else [])], not rest)


def _headers(message: Message, now: float) -> Iterator[tuple[str, str]]:
    for name, value in message.headers.items():
        yield name.title(), value if value.isascii() else Header(value, "utf-8", maxlinelen=10**6).encode()
    if not message.body.isascii():
        yield "Content-Type", "text/plain; charset=utf-8"
    yield "Date", formatdate(message.moment("sent", now))


def compose(message: Message, now: float, end: str = "\r\n") -> bytes:
    """The message as a file."""
    if message.size < 2:
        return b"."[: message.size]
    parts = parts_of(message, now)
    lines = [*(f"{name}: {value}" for name, value in parts.headers), "", *parts.body]
    return (end.join(lines) + (end if parts.ended else "")).encode()


def addresses(value: str) -> str:
    """How Dovecot writes the addresses of a header before it compares them: always in angles, names in quotes if they need them."""
    found = []
    for name, address in getaddresses([value]):
        shown = name if re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]*", name) else f'"{name}"'
        found.append(f"{shown} <{address}>".lstrip())
    return ", ".join(found)


def normal(text: str) -> str:
    """How Dovecot compares texts: letter by letter without case, accents apart from their letters."""
    titled = (sign.title() if len(sign.title()) == 1 else sign for sign in text)
    return unicodedata.normalize("NFKD", "".join(titled))
