# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The query language of doveadm-search-query(7), as far as a test server needs it.

Written from the manual page, and apart from the client's own check of queries, so that each judges the other. What matters most
is how lists are read: keys side by side are ANDed, OR stands between keys, and one OR at the end turns the whole list, the
mailbox in front of it included, into alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

DAY = 86400
_FLAGS = ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "RECENT", "SEEN")
_HEADERS = ("BCC", "CC", "FROM", "SUBJECT", "TO")
_SIZES = {"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_UNITS = (("weeks", 7 * DAY), ("days", DAY), ("hours", 3600), ("mins", 60), ("secs", 1))


class QueryError(Exception):
    """doveadm does not take the query; the text is (about) its own."""


@dataclass(eq=False)
class Message:
    """One message. Moments are epochs, or negative: so long ago. `received` and `sent` are as `saved` unless given."""

    saved: int = -1
    received: int | None = None
    sent: int | None = None
    size: int = 2048
    flags: frozenset[str] = frozenset()
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class View:
    """A message where it lies: its number in the folder, and the folder."""

    message: Message
    number: int
    total: int
    folder: str
    guid: str
    now: float

    def moment(self, kind: str) -> float:
        value = getattr(self.message, kind)
        value = self.message.saved if value is None else value
        return float(value) if value >= 0 else self.now + value


Test = Callable[[View], bool]


@dataclass(frozen=True)
class Node:
    """A key, or several joined by AND, OR or NOT. `mailbox`: this key says where to search, not what for."""

    kind: str
    parts: tuple[Node, ...] = ()
    test: Test | None = None
    mailbox: bool = False

    def matches(self, view: View) -> bool:
        if self.test:
            return self.test(view)
        if self.kind == "NOT":
            return not self.parts[0].matches(view)
        return (any if self.kind == "OR" else all)(part.matches(view) for part in self.parts)

    def names(self, *, mailbox: bool) -> bool:
        """Whether every branch says where to search (or: what for)."""
        if self.test:
            return self.mailbox is mailbox
        if self.kind == "NOT":
            return not mailbox and self.parts[0].names(mailbox=mailbox)
        return (all if self.kind == "OR" else any)(part.names(mailbox=mailbox) for part in self.parts)


def parse(words: list[str], now: float) -> Node:
    """The tree of a whole query, the mailbox in front included."""
    parser = _Parser(words, now)
    node = parser.list()
    if parser.words:
        raise QueryError("Unexpected ')'")
    return node


class _Parser:
    def __init__(self, words: list[str], now: float) -> None:
        self.words = list(words)
        self.now = now

    def list(self, inner: bool = False) -> Node:
        parts: list[Node] = []
        kind = "AND"
        while self.words and self.words[0] != ")":
            joined = self.words[0].upper() == "OR"
            if joined:
                self.words.pop(0)
            elif kind == "OR":
                raise QueryError("Use parenthesis when mixing ANDs and ORs")
            parts.append(self.key())
            kind = "OR" if joined else kind
        if inner:
            if not self.words:
                raise QueryError("Missing ')'")
            self.words.pop(0)
        return Node(kind, tuple(parts))

    def key(self) -> Node:
        if not self.words or self.words[0] == ")":
            raise QueryError("Missing argument")
        word = self.words.pop(0)
        if word == "(":
            return self.list(inner=True)
        name = word.upper()
        if name == "NOT":
            return Node("NOT", (self.key(),))
        if name in ("MAILBOX", "MAILBOX-GUID"):
            return Node(name, test=_place(name, self.argument()), mailbox=True)
        return Node(name, test=self.test(name))

    def argument(self) -> str:
        if not self.words:
            raise QueryError("Missing parameter for search key")
        return self.words.pop(0)

    def test(self, name: str) -> Test:
        if name == "ALL":
            return lambda view: True
        if name in _SIMPLE:
            return _SIMPLE[name]
        if name in _WITH_TEXT:
            return _WITH_TEXT[name](self.argument())
        if name == "HEADER":
            header, text = self.argument().lower(), self.argument().lower()
            return lambda view: header in view.message.headers and text in view.message.headers[header].lower()
        dated = re.fullmatch(r"(SAVED|SENT|)(BEFORE|ON|SINCE)", name)
        if dated:
            return _date(dated.group(1), dated.group(2), self.argument(), self.now)
        if re.fullmatch(r"[\d*:,]+", name):
            return _sequence(name)
        raise QueryError(f"Unknown argument {name}")


def _place(name: str, value: str) -> Test:
    """MAILBOX takes wildcards; MAILBOX-GUID means one."""
    if name == "MAILBOX-GUID":
        return lambda view: view.guid == value
    pattern = value.replace("[", "[[]")
    return lambda view: fnmatchcase(view.folder, pattern)


def _flag(flag: str, present: bool) -> Test:
    return lambda view: (flag in view.message.flags) is present


_SIMPLE: dict[str, Test] = {
    **{flag: _flag(flag, True) for flag in _FLAGS},
    **{f"UN{flag}": _flag(flag, False) for flag in _FLAGS if flag != "RECENT"},
    "OLD": _flag("RECENT", False),
    "NEW": lambda view: "RECENT" in view.message.flags and "SEEN" not in view.message.flags,
}


def _header(name: str) -> Callable[[str], Test]:
    return lambda text: lambda view: text.lower() in view.message.headers.get(name.lower(), "").lower()


def _body(text: str) -> Test:
    return lambda view: text.lower() in view.message.body.lower()


def _text(text: str) -> Test:
    return lambda view: any(
        text.lower() in part.lower() for part in (view.message.body, *view.message.headers.values())
    )


def _size(text: str) -> int:
    found = re.fullmatch(r"(\d+)\s*([bkmgt]?)i?b?", text.lower())
    if not found:
        raise QueryError(f"Invalid size: {text}")
    return int(found.group(1)) * _SIZES[found.group(2).upper()]


def _larger(text: str) -> Test:
    size = _size(text)
    return lambda view: view.message.size > size


def _smaller(text: str) -> Test:
    size = _size(text)
    return lambda view: view.message.size < size


def _sequence(text: str) -> Test:
    """1:100, 5, 7,9 or 3:*; `*` is the last message. UIDs are the same numbers here."""

    def test(view: View) -> bool:
        for part in text.split(","):
            first, _colon, last = part.partition(":")
            ends = sorted(view.total if end == "*" else int(end) for end in (first, last or first))
            if ends[0] <= view.number <= ends[1]:
                return True
        return False

    return test


_WITH_TEXT: dict[str, Callable[[str], Test]] = {
    **{name: _header(name) for name in _HEADERS},
    "BODY": _body,
    "TEXT": _text,
    "LARGER": _larger,
    "SMALLER": _smaller,
    "KEYWORD": lambda text: _flag(text.upper(), True),
    "UNKEYWORD": lambda text: _flag(text.upper(), False),
    "UID": _sequence,
}

_MOMENTS: dict[str, Any] = {"": "received", "SAVED": "saved", "SENT": "sent"}


def _date(which: str, relation: str, text: str, now: float) -> Test:
    """Days count for dates, the second for ages and timestamps."""
    when, span = _when(text, now)
    kind = _MOMENTS[which]
    if relation == "BEFORE":
        return lambda view: view.moment(kind) < when
    if relation == "SINCE":
        return lambda view: view.moment(kind) >= when
    return lambda view: when <= view.moment(kind) < when + span


def _when(text: str, now: float) -> tuple[float, float]:
    for pattern, layout in ((r"\d{4}-\d\d-\d\d", "%Y-%m-%d"), (r"\d{1,2}-[A-Za-z]{3}-\d{4}", "%d-%b-%Y")):
        if re.fullmatch(pattern, text):
            try:
                return datetime.strptime(text, layout).replace(tzinfo=UTC).timestamp(), DAY
            except ValueError:
                break
    if re.fullmatch(r"\d{10}", text):
        return float(text), 1
    age = re.fullmatch(r"(\d+)\s*([a-z]+)", text.lower())
    for name, seconds in _UNITS if age else ():
        if age and name.startswith(age.group(2)):
            return now - int(age.group(1)) * seconds, seconds
    if text == "0":
        return now, 1
    raise QueryError(f"Invalid search date parameter: {text}")
