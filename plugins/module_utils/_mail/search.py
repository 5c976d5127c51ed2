# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Search queries of doveadm: obvious mistakes, and queries that match every message. Pure.

The server hands a query to ``doveadm expunge`` behind the mailbox that is meant, so two things count beside the grammar: it
must not name mailboxes itself, and an OR that is not in parentheses would take the mailbox for one of its sides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from difflib import get_close_matches
from itertools import product

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

_FLAGS = ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "RECENT", "SEEN")
_TEXTS = ("BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO")
#: What every delivered message has: these contain the empty text in each of them.
_HEADERS = ("DATE", "DELIVERY-DATE", "ENVELOPE-TO", "FROM", "MESSAGE-ID", "RECEIVED", "RETURN-PATH", "SUBJECT", "TO")
_BEFORE = ("BEFORE", "SENTBEFORE", "SAVEDBEFORE")
_SINCE = ("SINCE", "SENTSINCE", "SAVEDSINCE")
_DATES = (*_BEFORE, *_SINCE, "ON", "SENTON", "SAVEDON")
_SIZES = ("LARGER", "SMALLER")
_MAILBOXES = ("MAILBOX", "MAILBOX-GUID", "X-MAILBOX")

#: Search keys and how many arguments each takes.
_KEYS: dict[str, int] = {
    **dict.fromkeys(("ALL", "NEW", "OLD", *_FLAGS, *("UN" + flag for flag in _FLAGS if flag != "RECENT")), 0),
    **dict.fromkeys((*_TEXTS, *_DATES, *_SIZES, "KEYWORD", "UNKEYWORD", "UID", "GUID", "OLDER", "YOUNGER"), 1),
    "HEADER": 2,
}

_WORD = re.compile(r'\s*((?:"(?:[^"\\]|\\.)*"|\'[^\']*\'|[^\s"\'])+)')
_SEQUENCE = re.compile(r"(?:\d+|\*)(?::(?:\d+|\*))?(?:,(?:\d+|\*)(?::(?:\d+|\*))?)*\Z")
_SECONDS = re.compile(r"0*[1-9]\d*\Z")
_SIZE = re.compile(r"\d+\s*(?:[bkmgt]i?b?)?\Z", re.IGNORECASE)
_INTERVAL = re.compile(r"(\d+)\s*([a-z]+)\Z", re.IGNORECASE)
_ISO_DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\Z")
_IMAP_DATE = re.compile(r"(?P<day>\d{1,2})-(?P<month>[A-Za-z]{3})-(?P<year>\d{4})\Z")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = {"weeks": 604800, "days": 86400, "hours": 3600, "mins": 60, "secs": 1}
_FIRST_MAIL = 631152000  # 1990: no message here is older
_LAST_UID = 2**32 - 1
_MOST_VARIABLES = 12


@dataclass(frozen=True)
class _Term:
    """A part of a query. ``kind``: ALL, ANY, NOT (of ``parts``), TRUE, or a text that stands for one property."""

    kind: str
    parts: tuple[_Term, ...] = ()


def check_query(query: str, allow_all: bool, now: float) -> str:
    """The query as it is sent.

    :param allow_all: let queries pass that match every message.
    :param now: epoch seconds; decides whether a date excludes anything.
    :raises InvalidInput: doveadm would not take it, or it matches more than was asked for.
    """
    text = query.strip()
    if not text:
        raise InvalidInput("query is empty: say which messages to expunge, for example savedbefore 90d.")
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise InvalidInput("query contains a line break or a control character; write it in one line.")
    words = list(_words(text))
    _refuse_traps(words)
    term = _Parser(words, now).parse()
    if not allow_all and _matches_all(term):
        raise InvalidInput(
            f"query: {text} matches every message; set allow_all: true if all messages of these mailboxes are to be expunged."
        )
    return text


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """The words as the server splits them, and whether there were quotes."""
    place = 0
    while place < len(text):
        match = _WORD.match(text, place)
        if not match:
            quote = text[place:].lstrip()[:1]
            raise InvalidInput(
                f"query: a {quote} is not closed; quote a text with a {quote} in it by the other kind of quotes."
            )
        word = match.group(1)
        plain = re.sub(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'', lambda m: m.group(1) or m.group(2) or "", word)
        yield plain, plain != word
        place = match.end()


def _refuse_traps(words: list[tuple[str, bool]]) -> None:
    """What doveadm takes for something else than it says.

    :raises InvalidInput: there is such a thing.
    """
    for word, _quoted in words:
        if word.startswith("-") and word != "-":
            raise InvalidInput(
                f"query: doveadm takes {word} for an option wherever it stands, quoted or not; leave out the dash at its beginning."
            )
    keys = [word.upper() for word, _quoted in words]
    for key in (*_BEFORE, *_SINCE, *_SIZES):
        if "NOT" in keys and keys.count(key) > 1:
            raise InvalidInput(
                f"query: {key} is there twice and NOT beside it, which Dovecot 2.3 gets wrong and may expunge too much; expunge in two tasks."
            )


class _Parser:
    """Keys side by side are ANDed; ``OR`` stands between keys, and in one list there is only one of both."""

    def __init__(self, words: list[tuple[str, bool]], now: float) -> None:
        self.words = words
        self.now = now
        self.place = 0

    def parse(self) -> _Term:
        term = self._list(top=True)
        if self.place < len(self.words):
            raise InvalidInput("query: a ) closes nothing; check the parentheses.")
        return term

    def _peek(self) -> str | None:
        """The next word when it is part of the grammar: not quoted."""
        if self.place == len(self.words):
            return None
        word, quoted = self.words[self.place]
        return "" if quoted else word.upper()

    def _list(self, top: bool) -> _Term:
        parts: list[_Term] = []
        ors = 0
        while self._peek() not in (None, ")"):
            if self._peek() == "OR":
                self.place += 1
                ors += 1
                if not parts or self._peek() in (None, ")", "OR"):
                    raise InvalidInput(
                        "query: OR stands between two keys, as in ( SEEN OR FLAGGED ), not in front of them."
                    )
            parts.append(self._key())
        if not parts:
            raise InvalidInput("query: there is nothing between a ( and its ).")
        if ors and (top or ors != len(parts) - 1):
            hint = "put parentheses around keys that are joined by OR, with spaces, as in ( SEEN OR FLAGGED )"
            raise InvalidInput(f"query: OR is mixed with other conditions, the mailbox among them; {hint}.")
        return _Term("ANY" if ors else "ALL", tuple(parts))

    def _key(self) -> _Term:
        key = self._peek()
        if key == "(":
            return self._group()
        self.place += 1
        if key == "NOT":
            if self._peek() in (None, ")", "OR"):
                raise InvalidInput("query: NOT has nothing behind it to negate.")
            return _Term("NOT", (self._key(),))
        if key and _SEQUENCE.match(key):
            raise InvalidInput(
                f"query: {key} counts messages, which Dovecot 2.3 gets wrong where it searches several mailboxes; use UID {key}, or a date."
            )
        word = self.words[self.place - 1][0]
        if key is None or key not in _KEYS:
            raise InvalidInput(f"query: {_unknown(word)}.")
        given = self.words[self.place : self.place + _KEYS[key]]
        if len(given) < _KEYS[key] or (")", False) in given:
            raise InvalidInput(f"query: {word} has no argument, as in {_example(key)}.")
        self.place += _KEYS[key]
        return _term(key, [text for text, _quoted in given], self.now)

    def _group(self) -> _Term:
        self.place += 1
        inner = self._list(top=False)
        if self._peek() != ")":
            raise InvalidInput("query: a ( is not closed; check the parentheses.")
        self.place += 1
        return inner


def _unknown(word: str) -> str:
    if word.upper() in _MAILBOXES:
        return f"{word} does not belong here; the options mailboxes and guids say where to search"
    if word[:1] in ("(", ")") or word[-1:] in ("(", ")"):
        return f"{word} has no space beside its parenthesis; write ( and ) as words of their own"
    close = get_close_matches(word.upper(), _KEYS, 1)
    remedy = f"did you mean {close[0]}" if close else "quote texts of several words, and see doveadm-search-query(7)"
    return f"{word or 'an empty text'} is not a search key; {remedy}"


def _example(key: str) -> str:
    if key in _DATES:
        return f"{key} 90d"
    if key in _SIZES:
        return f"{key} 10M"
    return f"{key} List-Id news" if key == "HEADER" else f"{key} 1:100" if key == "UID" else f'{key} "a text"'


def _term(key: str, arguments: Sequence[str], now: float) -> _Term:
    """What a key says, in terms of properties that a message has or has not."""
    certain, never = _foregone(key, arguments, now)
    if certain or never:
        return _Term("TRUE") if certain else _Term("NOT", (_Term("TRUE"),))
    if key == "NEW":
        return _Term("ALL", (_Term("RECENT"), _Term("NOT", (_Term("SEEN"),))))
    if key == "OLD" or (key.startswith("UN") and key != "UID"):
        return _Term("NOT", (_Term(" ".join(["RECENT" if key == "OLD" else key[2:], *arguments])),))
    return _Term(" ".join([key, *arguments]))


def _foregone(key: str, arguments: Sequence[str], now: float) -> tuple[bool, bool]:
    """Whether a key matches every message there can be, and whether it matches none.

    :raises InvalidInput: the key does not take this argument.
    """
    value = arguments[-1] if arguments else ""
    if key in _DATES:
        when = _moment(key, value, now)
        early, late = when < _FIRST_MAIL, when > now
        return (key in _BEFORE and when >= now) or (key in _SINCE and early), (key in _BEFORE and early) or (
            key in _SINCE and late
        )
    if key in ("OLDER", "YOUNGER"):
        if not _SECONDS.match(value):
            raise InvalidInput(
                f"query: {key} {value} is not a number of seconds such as {key} 86400; for other units use BEFORE."
            )
        ever = now - int(value) < _FIRST_MAIL
        return key == "YOUNGER" and ever, key == "OLDER" and ever
    if key in _SIZES:
        if not _SIZE.match(value):
            raise InvalidInput(f"query: {key} {value} is not a size such as 500k or 10M.")
        nothing = not int(re.match(r"\d+", value).group())  # type: ignore[union-attr]
        return key == "LARGER" and nothing, key == "SMALLER" and nothing
    if key == "UID":
        if not _SEQUENCE.match(value):
            raise InvalidInput(f"query: UID {value} is not a set of UIDs such as 1:100.")
        return _every_uid(value), False
    named = key in _TEXTS or (key == "HEADER" and arguments[0].upper() in _HEADERS)
    return key == "ALL" or (named and not value), False


def _every_uid(uids: str) -> bool:
    """Whether a set leaves no UID out; ``*`` is the highest there is."""
    reach = 0
    for first, last in sorted(_span(part) for part in uids.split(",")):
        if first > reach + 1:
            return False
        reach = max(reach, last)
    return reach >= _LAST_UID


def _span(part: str) -> tuple[int, int]:
    ends = [_LAST_UID + 2 if word == "*" else int(word) for word in part.split(":")]
    return min(ends), max(ends)


def _moment(key: str, text: str, now: float) -> float:
    """The point in time that a date specification means."""
    if re.match(r"\d{10}\Z", text):
        return float(text)
    interval = _INTERVAL.match(text)
    unit = interval.group(2).lower() if interval else ""
    if unit == "m":
        raise InvalidInput(
            f"query: {key} {text} means minutes to doveadm; write {text}ins for these, or weeks (13w) for months."
        )
    seconds = next((seconds for name, seconds in _UNITS.items() if unit and name.startswith(unit)), None)
    if interval and seconds:
        return now - int(interval.group(1)) * seconds
    date = _ISO_DATE.match(text) or _IMAP_DATE.match(text)
    if date:
        month = date.group("month").title()
        number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month) if month.isdecimal() else 0
        try:
            return datetime(int(date.group("year")), number, int(date.group("day")), tzinfo=timezone.utc).timestamp()
        except ValueError:
            pass
    raise InvalidInput(
        f"query: {key} {text or 'without a value'} is not a date; give an age with its unit (90d, 12w, 36h), 2026-01-31, 31-Jan-2026 or a "
        "timestamp of ten digits."
    )


def _matches_all(term: _Term) -> bool:
    """Whether every message matches, whatever its flags are. Messages that are marked as deleted do not count: users no
    longer see them, so ``NOT DELETED`` is everything there is to them."""
    names = sorted(set(_names(term)) - {"DELETED"})
    if len(names) > _MOST_VARIABLES:
        return False
    worlds = (dict(zip(names, values)) for values in product((False, True), repeat=len(names)))
    return all(_holds(term, world) for world in worlds)


def _names(term: _Term) -> Iterator[str]:
    if term.kind not in ("ALL", "ANY", "NOT", "TRUE"):
        yield term.kind
    for part in term.parts:
        yield from _names(part)


def _holds(term: _Term, world: Mapping[str, bool]) -> bool:
    if term.kind == "ALL":
        return all(_holds(part, world) for part in term.parts)
    if term.kind == "ANY":
        return any(_holds(part, world) for part in term.parts)
    if term.kind == "NOT":
        return not _holds(term.parts[0], world)
    return term.kind == "TRUE" or world.get(term.kind, False)
