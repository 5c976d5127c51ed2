# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generated mailboxes and doveadm queries, odd ones and wrong ones among them.

Moments are whole hours and a half before BASE, ages in queries are whole hours: so it does not matter that the two engines are
asked a moment apart. Not generated: RECENT, NEW and OLD, because a mailbox that no client ever opened is all recent to Dovecot,
and a state file rather means one that has been looked at; and words that begin with a dash, which are options.
"""

from __future__ import annotations

import re
import shlex
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

BASE = int(time.time())
HOUR = 3600

WORDS = [
    "hello",
    "Hello World",
    "weekly offers",
    "Gr\u00fc\u00dfe",
    "gr\u00fc\u00dfe",
    "GR\u00dcSSE",
    "a  b",
    "a b",
    "100%",
    "it's",
    'say "hi"',
    "\u65e5\u672c\u8a9e",
    "\u00c5ngstr\u00f6m",
    "YES",
    "Re:",
    "x",
    "\u00e9t\u00e9",
    "back\\slash",
    "(paren)",
    ".",
    "*",
]
ADDRESSES = ["ann@example.net", "Ann Lee <ann@example.net>", "bob@example.org", "news@example.com"]
FLAGS = ["seen", "answered", "flagged", "deleted", "draft", "$Forwarded", "NonJunk"]
SIZES = [2, 3, 24, 60, 77, 78, 79, 80, 1023, 1024, 1025, 2048, 51200, 51201]
NAMES = [
    "Trash",
    "trash",
    "Trash.Old",
    "Sent",
    "Entw\u00fcrfe",
    "What*",
    "Whatever",
    "What?",
    "100%",
    "1000",
    "a&b",
    "sp ace",
    "Re\u00e7us.\u65e5\u672c",
    "(x) [y]",
    "'q\"",
    "x~",
]

hours = st.integers(0, 24 * 120) | st.integers(0, 72)
moments = hours.map(lambda number: BASE - number * HOUR - HOUR // 2)
words = st.sampled_from(WORDS)
subjects = st.lists(words, min_size=1, max_size=3).map(" ".join)


def _without_none(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}


def _headers(flag: str | None) -> dict[str, str]:
    return {} if flag is None else {"X-Spam-Flag": flag}


messages = st.fixed_dictionaries(
    {
        "saved": moments,
        "received": st.none() | moments,
        "sent": st.none() | moments,
        "size": st.sampled_from(SIZES) | st.integers(2, 3000),
        "flags": st.lists(st.sampled_from(FLAGS), unique=True, max_size=3),
        "subject": st.none() | subjects,
        "from": st.none() | st.sampled_from(ADDRESSES),
        "to": st.none() | st.sampled_from(ADDRESSES),
        "cc": st.none() | st.sampled_from(ADDRESSES),
        "headers": st.sampled_from([None, "YES", "no"]).map(_headers),
        "body": st.none() | st.lists(words, max_size=3).map("\n".join),
    }
).map(_without_none)

_SIGNS = st.sampled_from([*"abcXYZ019 _-+&*%?\"'\\()[]{}~#,;:!=@|<>^`$", "\u00fc", "\u00df", "\u65e5", "\U0001f600"])
odd_names = st.text(_SIGNS, min_size=1, max_size=8).filter(lambda name: name == name.strip() and name[0] != "~")
folder_names = (st.sampled_from(NAMES) | odd_names).map(lambda name: f"INBOX.{name}")
folders = st.dictionaries(folder_names, st.lists(messages, max_size=4), max_size=5)
mailboxes = st.builds(lambda inbox, more: {"INBOX": inbox, **more}, st.lists(messages, min_size=1, max_size=8), folders)


@dataclass(frozen=True)
class Query:
    """`place` is a mailbox, a pattern, or (`by_guid`) the number of a mailbox whose GUID is meant, or another GUID."""

    text: str
    place: str
    by_guid: bool = False
    whole_account: bool = False


def _age(number: int, unit: str) -> str:
    per_unit = {"h": 1, "d": 24, "w": 168, "m": 1 / 60, "s": 1 / 3600}[unit.strip()[0].lower()]
    return f"{int(number * 1 / per_unit) if per_unit < 1 else number}{unit}"


def _dates(number: int) -> list[str]:
    day = datetime.fromtimestamp(BASE - number * HOUR, UTC)
    return [day.strftime("%Y-%m-%d"), day.strftime("%d-%b-%Y"), str(BASE - number * HOUR)]


UNITS = [
    "h",
    "d",
    "w",
    "hours",
    "days",
    "weeks",
    "H",
    "D",
    "day",
    "wee",
    "mins",
    "m",
    "secs",
    "s",
    "seconds",
    " h",
    " days",
]
ODD_DATES = [
    "0",
    "90",
    "9999999999",
    "30-Feb-2026",
    "2026-02-30",
    "2026-13-01",
    "1-jan-2020",
    "soon",
    "3x",
    "3months",
    "2026-1-1",
    "3",
    "1.5d",
    "60000ms",
    "1-Dec-2026 10:00:00",
]
dates = (
    st.builds(_age, st.integers(0, 72), st.sampled_from(UNITS))
    | hours.flatmap(lambda number: st.sampled_from(_dates(number)))
    | st.sampled_from(ODD_DATES)
)
sizes = st.sampled_from(
    ["0", "1k", "1K", "50k", "2KiB", "1M", "1 k", "78b", "1.5k", "much", "1T", "99999999999999999999", "1kk"]
) | (st.sampled_from(SIZES) | st.integers(0, 3000)).map(str)
numbers = st.sampled_from(["1", "1:2", "1:*", "*", "2:4", "4:2", "9:*", "*:2", "1,3", "1,", "0", "1:2:3", "7"])
texts = words | st.sampled_from(
    ["", "ann", "ANN@EXAMPLE", "example.net", "hell", "\u00fc", "u", "subject", "date: ", "no such thing", "lee <"]
)
headers = st.sampled_from(["subject", "X-Spam-Flag", "x-spam-flag", "From", "No-Such", "Message-ID", "Date"])

FLAG_KEYS = [
    "SEEN",
    "UNSEEN",
    "ANSWERED",
    "UNANSWERED",
    "FLAGGED",
    "UNFLAGGED",
    "DELETED",
    "UNDELETED",
    "DRAFT",
    "UNDRAFT",
]
DATE_KEYS = [f"{kind}{relation}" for kind in ("", "SAVED", "SENT") for relation in ("BEFORE", "ON", "SINCE")]
TEXT_KEYS = ["SUBJECT", "FROM", "TO", "CC", "BCC", "BODY", "TEXT"]


def _keyed(keys: list[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.tuples(st.sampled_from(keys), values).map(list)


keys_without_numbers = (
    _keyed(["SAVEDBEFORE", *DATE_KEYS], dates)
    | _keyed(["LARGER", "SMALLER"], sizes)
    | _keyed(TEXT_KEYS, texts)
    | st.sampled_from(["ALL", *FLAG_KEYS]).map(lambda key: [key])
    | _keyed(["KEYWORD", "UNKEYWORD"], st.sampled_from(["$Forwarded", "$forwarded", "nonjunk", "other", "SEEN"]))
    | st.tuples(st.just("HEADER"), headers, texts).map(list)
    | _keyed(["UID"], numbers)
    | _keyed(["OLDER", "YOUNGER"], st.integers(0, 99).map(lambda number: str(number * HOUR)))
)


keys = keys_without_numbers | numbers.map(lambda text: [text])


def _listed(parts: list[list[str]], joined: str) -> list[str]:
    found = list(parts[0])
    for part in parts[1:]:
        found += [joined, *part] if joined else part
    return found


def _group(inner: list[str]) -> list[str]:
    return ["(", *inner, ")"]


def _wider(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    lists = st.builds(_listed, st.lists(inner, min_size=2, max_size=3), st.sampled_from(["", "OR", "or"]))
    return inner.map(lambda part: ["NOT", *part]) | lists.map(_group) | inner.map(_group)


def _sound(keys: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    terms = st.recursive(keys, _wider, max_leaves=4)
    return st.lists(terms, min_size=1, max_size=2).map(lambda parts: _listed(parts, ""))


# Where several mailboxes are searched, and a GUID is looked for in all of them, Dovecot 2.3 cuts a set of message numbers down to what
# the first one has, then goes on with what is left: which that is depends on the order in which it finds them.
sound = _sound(keys_without_numbers)
sound_in_one_mailbox = _sound(keys)


@st.composite
def _broken(draw: st.DrawFn) -> list[str]:
    """A sound query with a word too much, too few, or another one."""
    found = list(draw(sound))
    extra = draw(
        st.sampled_from(
            [
                "(",
                ")",
                "OR",
                "NOT",
                "AND",
                "SEENN",
                "",
                "MAILBOX",
                "mailbox INBOX",
                "mailbox INBOX.T*",
                "mailbox-guid abc",
                "mailbox INBOX.Nope",
            ]
        )
    )
    place = draw(st.integers(0, len(found)))
    if draw(st.booleans()):
        return [*found[:place], *(extra.split(" ") if extra else [""]), *found[place:]]
    return [*found[:place], *found[place + 1 :]] or ["ALL"]


@st.composite
def written(draw: st.DrawFn, one_mailbox: bool) -> str:
    """The query as one text: keys in any case, words quoted in one way or another where they must be."""
    well = sound_in_one_mailbox if one_mailbox else sound
    found = draw(st.one_of(well, well, well, well, _broken()))
    return " ".join(_quoted(draw, word) for word in found)


def _quoted(draw: st.DrawFn, word: str) -> str:
    if re.fullmatch(r"[A-Z]+", word) and draw(st.booleans()):
        word = word.lower()
    if re.fullmatch(r"[\w()*:,$.@%+-]+", word):
        return word
    return '"{}"'.format(word.replace("\\", "\\\\").replace('"', '\\"')) if draw(st.booleans()) else shlex.quote(word)


PLACES = [
    "INBOX",
    "inbox",
    "Inbox",
    "*",
    "%",
    "INBOX*",
    "INBOX.*",
    "INBOX.%",
    "inbox.*",
    "IN*.T*",
    "*.Trash",
    "%.%",
    "INBOX.T%h",
    "INBOX.?????",
    "INBOX.*s*",
    "INBOX.Nope",
    "Nope",
    "inbox.Trash",
    "Trash",
    "INBOX.trash*",
    "I%X.*",
]


@st.composite
def queries(draw: st.DrawFn, names: list[str]) -> Query:
    kind = draw(st.integers(0, 9))
    text = draw(written(one_mailbox=kind < 4))
    if kind < 4:
        return Query(text, draw(st.sampled_from(names)))
    if kind < 6:
        return Query(text, draw(st.sampled_from(names)), by_guid=True)
    if kind == 6:
        return Query(text, draw(st.sampled_from(["0" * 32, "abc"])), by_guid=True)
    if kind == 7:
        name = draw(st.sampled_from(names))
        cut = draw(st.integers(0, len(name)))
        return Query(text, name[:cut] + draw(st.sampled_from("*%?")) + name[cut + draw(st.integers(0, 2)) :])
    return Query(text, draw(st.sampled_from(PLACES)), whole_account=kind == 9)


@st.composite
def cases(draw: st.DrawFn, number: int) -> tuple[dict[str, Any], list[Query]]:
    """A mailbox and as many queries to try on it, each on a fresh copy."""
    contents = draw(mailboxes)
    return contents, [draw(queries(sorted(contents))) for _number in range(number)]
