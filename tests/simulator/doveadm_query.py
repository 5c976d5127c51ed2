# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The query language of doveadm-search-query(7), as far as a test server needs it.

Apart from the client's own check of queries, so that each judges the other; and judged itself by a real Dovecot (tests/engines).
What matters most is how lists are read: keys side by side are ANDed, OR stands between keys, and one OR at the end turns the
whole list, the mailbox in front of it included, into alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from . import doveadm_values as values
from .doveadm_sets import NumberSet, number_set
from .doveadm_values import DAY, QueryError
from .mail_text import NO_DATE, Message, addresses, normal, parts_of

SYSTEM_FLAGS = ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "RECENT", "SEEN")
_HEADERS = ("BCC", "CC", "FROM", "SUBJECT", "TO")
_PLACES = ("MAILBOX", "MAILBOX-GUID")


@dataclass(frozen=True)
class View:
    """A message where it lies: its number in the folder, and the folder."""

    message: Message
    number: int
    total: int
    folder: str
    guid: str
    now: float

    def header(self, name: str, rewritten: bool) -> str | None:
        """As it is compared. `rewritten`: runs of blanks count as one and addresses have one form, as for SUBJECT, FROM and the like."""
        written = parts_of(self.message, self.now).value(name)
        if written is None:
            return None
        known = self.message.headers.get(name.lower(), written)
        if rewritten and known.isascii():
            known = re.sub(r"[ \t]+", " ", known) if name == "SUBJECT" else addresses(known)
        return normal(known)

    def text(self) -> str:
        parts = parts_of(self.message, self.now)
        lines = [f"{name}: {self.message.headers.get(name.lower(), value)}" for name, value in parts.headers]
        return normal("\r\n".join([*lines, "", *parts.body]))

    def body(self) -> str:
        return normal("\r\n".join(parts_of(self.message, self.now).body))

    def moment(self, kind: str) -> float:
        if kind == "sent" and parts_of(self.message, self.now).value("date") is None:
            return NO_DATE
        return self.message.moment(kind, self.now)


Test = Callable[[View], bool]


@dataclass(frozen=True)
class Limit:
    """Where a key draws the line. Keys with the same name in one list become one, with the stricter or the laxer line."""

    name: tuple[object, ...]
    amount: float
    lower_is_stricter: bool
    test: Callable[[float], Test]


@dataclass(frozen=True)
class Node:
    """A key, or a list of them joined by AND or OR. `value`: a mailbox's name or GUID, or what a key says in full."""

    kind: str
    parts: tuple[Node, ...] = ()
    test: Test | None = None
    value: str = ""
    limit: Limit | None = None
    numbers: NumberSet | None = None
    negated: bool = False

    def matches(self, view: View) -> bool:
        if self.test:
            return self.test(view) is not self.negated
        found = (any if self.kind == "OR" else all)(part.matches(view) for part in self.parts)
        return found is not self.negated

    @property
    def arguments(self) -> tuple[Node, ...]:
        """The list of a whole query: what is ANDed in it, or the one OR that it is."""
        return self.parts if self.kind == "AND" else (self,)

    def simplified(self) -> Node:
        """As Dovecot simplifies queries before it looks at any mailbox, because that is not always without effect."""
        if not self.parts:
            return _simple_set(self)
        kind = self.kind if not self.negated else "OR" if self.kind == "AND" else "AND"
        anded = kind == "AND"
        parts: list[Node] = []
        for part in self.parts:
            simple = replace(part, negated=part.negated is not self.negated).simplified()
            parts += simple.parts if simple.kind == kind or len(simple.parts) == 1 else [simple]
        parts = [_simple_set(part) for part in _one_set(_one_limit(_no_contradiction(parts, anded), anded), anded)]
        # One that decides alone drops all others, a mailbox that is not there among them.
        decisive = [part for part in parts if part.kind == "ALL" and part.negated is anded]
        return Node(kind, tuple(decisive[:1] or parts))


def everything() -> Node:
    return Node("ALL", test=lambda view: True)


def _no_contradiction(parts: Iterable[Node], anded: bool) -> list[Node]:
    """SEEN UNSEEN is nothing, ( SEEN OR UNSEEN ) everything."""
    found: dict[str, Node] = {}
    for part in parts:
        known = found.setdefault(part.value or str(id(part)), part)
        if part.value and part.kind == "KEY" and known.negated is not part.negated:
            return [replace(everything(), negated=anded)]
    return list(parts)


def _one_limit(parts: Iterable[Node], anded: bool) -> list[Node]:
    """That Dovecot 2.3 takes keys together changes what they mean where they are negated, because it takes the wrong one:
    NOT SAVEDBEFORE 1h NOT SAVEDBEFORE 2h expunges what is as old as 2h."""
    lines: dict[tuple[object, ...], Node] = {}
    rest = []
    for part in parts:
        if part.limit is None or not part.negated:
            rest.append(part)
            continue
        found = lines.setdefault(part.limit.name, part)
        if found.limit is not None:
            choose = min if part.limit.lower_is_stricter is anded else max
            amount = choose(found.limit.amount, part.limit.amount)
            lines[part.limit.name] = replace(
                part, limit=replace(part.limit, amount=amount), test=part.limit.test(amount)
            )
    return [*rest, *lines.values()]


def _one_set(parts: Iterable[Node], anded: bool) -> list[Node]:
    """Sets of numbers are taken together before anybody knows what `*` will be: 9:* 1:3 is nothing, in a small mailbox too."""
    sets: dict[str, Node] = {}
    rest = []
    for part in parts:
        known = sets.get(part.kind) if part.numbers is not None and not part.negated else None
        if part.numbers is None or part.negated:
            rest.append(part)
        elif known is None or known.numbers is None:
            sets[part.kind] = part
        else:
            join = known.numbers.and_also if anded else known.numbers.or_else
            sets[part.kind] = _set_node(part.kind, join(part.numbers))
    return [*rest, *sets.values()]


def _simple_set(node: Node) -> Node:
    """NOT 1:3 is 4:*, 1:* is everything, and an empty set is nothing."""
    numbers = node.numbers
    if numbers is None or (node.negated and numbers.has_star):
        return node
    numbers = numbers.others() if node.negated else numbers
    if numbers.is_everything or not numbers.ranges:
        return replace(everything(), negated=not numbers.ranges)
    return _set_node(node.kind, numbers)


def _set_node(kind: str, numbers: NumberSet) -> Node:
    def numbered(view: View) -> bool:
        return view.number in numbers or (numbers.has_star and view.number == view.total)

    return Node(
        kind, test=numbered if kind == "SEQUENCE" else lambda view: view.message.uid in numbers, numbers=numbers
    )


def parse(words: Iterable[str], now: float) -> Node:
    """The tree of a whole query, the mailbox in front included.

    :raises QueryError: with doveadm's words.
    """
    parser = _Parser(list(words), now)
    return parser.list(0)


class _Parser:
    def __init__(self, words: list[str], now: float) -> None:
        for word in words:
            if word.startswith("-") and word != "-":
                # Wherever it stands. Those that doveadm knows would do other things than search: no message here needs them.
                raise QueryError(f"expunge: invalid option -- '{word.lstrip('-')[:1]}'")
        self.words = words
        self.now = now
        self.joined = False

    def list(self, level: int) -> Node:
        parts: list[Node] = []
        kind = "AND"
        while (part := self.key(level)) is not None:
            if self.joined:
                kind = "OR"
            elif kind == "OR":
                raise QueryError("Fatal: Use parenthesis when mixing ANDs and ORs")
            parts.append(part)
            self.joined = False
        return Node(kind, tuple(parts))

    def key(self, level: int) -> Node | None:
        """The next key, or None at the end of the list."""
        if not self.words:
            if level:
                raise QueryError("Fatal: Missing ')'")
            return None
        word = self.words.pop(0)
        if word == ")":
            if not level:
                raise QueryError("Fatal: Unexpected ')'")
            return None
        if word == "(":
            joined, self.joined = self.joined, False
            inner = self.list(level + 1)
            self.joined = joined
            if not inner.parts:
                raise QueryError("Fatal: No search parameters inside list")
            return inner
        return self.named(upper(word), level)

    def named(self, name: str, level: int) -> Node:
        if name in ("NOT", "OR"):
            self.joined = self.joined or name == "OR"
            node = self.key(level)
            if node is None:
                raise QueryError("Fatal: Missing argument")
            return replace(node, negated=not node.negated) if name == "NOT" else node
        if name in _PLACES:
            value = self.argument(name)
            return Node(name, test=_place(name, value), value=value)
        limit = self.limit(name)
        if limit is not None:
            return Node("KEY", test=limit.test(limit.amount), limit=limit)
        return self.flag(name) or self.text(name) or self.other(name)

    def flag(self, name: str) -> Node | None:
        flag = "RECENT" if name == "OLD" else name.removeprefix("UN")
        if flag in SYSTEM_FLAGS and name != "UNRECENT":
            return Node("KEY", test=lambda view: flag in view.message.flags, value=flag, negated=name != flag)
        if flag == "KEYWORD":
            word = self.argument(name).upper()
            known = word not in SYSTEM_FLAGS
            test: Test = lambda view: known and word in view.message.flags  # noqa: E731
            return Node("KEY", test=test, value=f"KEYWORD {word}", negated=name != flag)
        return None

    def text(self, name: str) -> Node | None:
        if name in ("BODY", "TEXT"):
            text = self.argument(name)
            wanted = normal(text)
            whole = name == "TEXT"
            if not text:
                return everything()
            return Node(
                "KEY", test=lambda view: wanted in (view.text() if whole else view.body()), value=f"{name} {text}"
            )
        if name == "HEADER" or name in _HEADERS:
            header = upper(self.argument(name)) if name == "HEADER" else name
            text = self.argument(name)
            rewritten = name != "HEADER"
            return Node("KEY", test=_header(header, text, rewritten), value=f"HEADER {rewritten} {header} {text}")
        return None

    def other(self, name: str) -> Node:
        if name == "ALL":
            return everything()
        if name == "NEW":
            return Node("AND", (self.named("RECENT", 0), self.named("UNSEEN", 0)))
        if name == "GUID":  # the messages here have none of their own
            return Node("KEY", test=lambda view: False, value=f"GUID {self.argument(name)}")
        dated = re.fullmatch(r"(SAVED|SENT|)ON", name)
        if dated:
            return Node("KEY", test=_date(dated.group(1), "ON", values.date(self.argument(name), self.now)[0]))
        if name == "UID" or re.match(r"[\d*]", name, re.ASCII):
            numbers = number_set(self.argument(name) if name == "UID" else name)
            if numbers is None:
                raise QueryError(f"Fatal: Invalid {'UID ' if name == 'UID' else ''}messageset")
            return _set_node("UID" if name == "UID" else "SEQUENCE", numbers)
        raise QueryError(f"Fatal: Unknown argument {name}")

    def argument(self, name: str) -> str:
        if not self.words:
            raise QueryError(f"Fatal: Missing parameter for search key (for search key: {name})")
        return self.words.pop(0)

    def limit(self, name: str) -> Limit | None:
        if name in ("LARGER", "SMALLER"):
            return Limit((name,), values.size(self.argument(name)), name == "SMALLER", lambda size: _size(name, size))
        if name in ("OLDER", "YOUNGER"):
            when, is_day = self.now - values.interval(self.argument(name)) + 1, False
            which, relation = "", "BEFORE" if name == "OLDER" else "SINCE"
        else:
            dated = re.fullmatch(r"(SAVED|SENT|)(BEFORE|SINCE)", name)
            if not dated:
                return None
            which, relation = dated.groups()
            when, is_day = values.date(self.argument(name), self.now)
        line = (which, relation, is_day)
        return Limit(line, when, relation == "BEFORE", lambda moment: _date(which, relation, moment))


def upper(word: str) -> str:
    """Only ASCII has cases for keys."""
    return "".join(sign.upper() if sign.isascii() else sign for sign in word)


def _place(name: str, value: str) -> Test:
    if name == "MAILBOX-GUID":
        return lambda view: view.guid == value
    if values.is_pattern(value):
        fits = values.matcher(value)
        return lambda view: fits(view.folder)
    return lambda view: view.folder == ("INBOX" if upper(value) == "INBOX" else value)


def _header(name: str, text: str, rewritten: bool) -> Test:
    """No text at all asks whether there is such a header."""
    wanted = normal(text)
    return lambda view: (found := view.header(name, rewritten)) is not None and wanted in found


def _size(name: str, size: float) -> Test:
    return lambda view: view.message.size > size if name == "LARGER" else view.message.size < size


_MOMENTS = {"": "received", "SAVED": "saved", "SENT": "sent"}


def _date(which: str, relation: str, when: float) -> Test:
    """ON is a day from there on, also where it was not said in days."""
    kind = _MOMENTS[which]
    if relation == "BEFORE":
        return lambda view: view.moment(kind) < when
    if relation == "SINCE":
        return lambda view: view.moment(kind) >= when
    return lambda view: when <= view.moment(kind) < when + DAY


def refuse_accidents(query: Node) -> None:
    """doveadm-expunge(1) takes no query that could be meant otherwise: each branch must name a mailbox, and more than that.

    NOT does not count: NOT MAILBOX names a mailbox too.

    :raises QueryError: with its words.
    """
    if not _says_where(query.arguments):
        raise QueryError("Fatal: expunge: To avoid accidents, search query must contain MAILBOX in all search branches")
    if not _says_what(query.arguments):
        raise QueryError(
            "Fatal: expunge: To avoid accidents, each branch in search query must contain something else besides MAILBOX "
            '(e.g. just add "all" if you want everything)'
        )


def _says_where(parts: tuple[Node, ...]) -> bool:
    if any(part.kind in _PLACES or (part.kind == "AND" and _says_where(part.parts)) for part in parts):
        return True
    choices = [part for part in parts if part.kind == "OR"]
    return bool(choices) and all(_each_says_where(choice.parts) for choice in choices)


def _each_says_where(parts: tuple[Node, ...]) -> bool:
    inner = {"OR": _each_says_where, "AND": _says_where}
    return all(inner[part.kind](part.parts) if part.parts else part.kind in _PLACES for part in parts)


def _says_what(parts: tuple[Node, ...]) -> bool:
    inner = {"OR": _each_says_what, "AND": _says_what}
    return any(inner[part.kind](part.parts) if part.parts else part.kind not in _PLACES for part in parts)


def _each_says_what(parts: tuple[Node, ...]) -> bool:
    inner = {"OR": _each_says_what, "AND": _says_what}
    return all(inner[part.kind](part.parts) if part.parts else part.kind not in _PLACES for part in parts)


def searched(query: Node, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The mailboxes that doveadm opens, of those there are; and those that it would open but that are not there.

    Names and patterns that are ANDed narrow the search, so a wrong name among them is an error, even if nothing would match.

    :param query: simplified.
    """
    named = [part for part in query.arguments if part.kind == "MAILBOX"]
    if not named or any(part.negated for part in named):
        return list(names), []
    wanted = [part.value for part in named]
    if any(values.is_pattern(name) for name in wanted):
        fitting = [values.matcher(name) for name in wanted]
        reached = any(values.reaches(name) for name in wanted)
        return [name for name in names if reached and any(fits(name) for fits in fitting)], []
    there = set(names)
    wanted = [re.sub(r"(?i)^inbox(?=\.|$)", "INBOX", name) for name in wanted]
    return [name for name in wanted if name in there], [name for name in wanted if name not in there]
