# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values in search queries of doveadm: dates, sizes, numbers of messages, names of mailboxes.

Their forms are those of doveadm-search-query(7); what the page leaves open is as Dovecot 2.3 does it (tests/engines asks it).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

DAY = 86400
FOREVER = float("inf")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UNITS = (
    ("secs", 1), ("seconds", 1), ("mins", 60), ("minutes", 60), ("hours", 3600), ("days", DAY), ("weeks", 7 * DAY),
)  # fmt: skip
_THOUSANDTHS = ("msecs", "mseconds", "millisecs", "milliseconds")
_SIZES = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_LARGEST_NUMBER, _LARGEST_TIME, _LARGEST_AGE = (1 << 32) - 1, (1 << 63) - 1, (1 << 32) - 1


class QueryError(Exception):
    """doveadm ends with an error; the text is what it prints."""


def date(text: str, now: float) -> tuple[float, bool]:
    """The moment that a date specification means, and whether it was given as a day; days are those of UTC."""
    for read in (_iso_date, _imap_date, _timestamp):
        found = read(text)
        if found is not None:
            return found, read is not _timestamp
    age = _age(text)
    if age is None:
        raise QueryError(f"Fatal: Invalid search date parameter: {text}")
    return now - age, False


def _iso_date(text: str) -> float | None:
    """A day or month that does not exist runs on into the next: 2026-02-30 is the second of March."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return None
    year, month, day = (int(part) for part in text.split("-"))
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return (datetime(max(year, 1), month, 1, tzinfo=UTC) + timedelta(days=day - 1)).timestamp()


def _imap_date(text: str) -> float | None:
    """A day that does not exist lies after all others: SAVEDBEFORE 30-Feb-2026 matches every message."""
    found = re.fullmatch(r"(\d{1,2})-([a-z]{3})-(\d{4})", text.lower(), re.ASCII)
    if not found or found.group(2) not in _MONTHS:
        return None
    try:
        return datetime(
            int(found.group(3)), _MONTHS.index(found.group(2)) + 1, int(found.group(1)), tzinfo=UTC
        ).timestamp()
    except ValueError:
        return FOREVER


def _timestamp(text: str) -> float | None:
    """Any plain number, however short: 90 is a minute and a half past midnight in 1970."""
    if not re.fullmatch(r"\d+", text, re.ASCII) or int(text) > _LARGEST_TIME:
        return None
    return float(text)


def _age(text: str) -> int | None:
    """Seconds. Units may be cut short; those that count milliseconds work for whole seconds."""
    found = re.fullmatch(r"(\d+) *([a-z]+)", text.lower(), re.ASCII)
    if not found:
        return None
    number, unit = int(found.group(1)), found.group(2)
    seconds = next((seconds for name, seconds in _UNITS if name.startswith(unit)), None)
    if seconds is None and number % 1000 == 0 and any(name.startswith(unit) for name in _THOUSANDTHS):
        number, seconds = number // 1000, 1
    return None if seconds is None or number * seconds > _LARGEST_AGE else number * seconds


def interval(text: str) -> int:
    """The seconds of OLDER and YOUNGER."""
    if not re.fullmatch(r"\d+", text, re.ASCII) or not 0 < int(text) <= _LARGEST_NUMBER:
        raise QueryError("Fatal: Invalid search interval parameter")
    return int(text)


def size(text: str) -> int:
    found = re.fullmatch(r"(\d+) *(b?|([kmgt])i?b?)", text.lower(), re.ASCII)
    if not found or int(found.group(1)) >= 1 << 64:
        raise QueryError(f"Fatal: Invalid size: {text}")
    number = int(found.group(1)) * _SIZES[found.group(3) or ""]
    if number >= 1 << 64:
        raise QueryError(f"Fatal: Size is too large: {text}")
    return number


def is_pattern(name: str) -> bool:
    return "*" in name or "%" in name


def reaches(pattern: str) -> bool:
    """Whether a pattern is looked for below INBOX at all: what is before its first dot must match INBOX.

    A wildcard does not lead into a namespace. So `*` and `INBOX*` match nothing on a server that has INBOX. as prefix.
    """
    head, dot, _rest = pattern.partition(".")
    return bool(dot) and bool(re.fullmatch(re.sub(r"[*%]+", ".*", _escaped(head)), "INBOX", re.IGNORECASE))


def matcher(pattern: str) -> Callable[[str], bool]:
    """`*` is any text, `%` any text in one level; `?` is nothing special. Only INBOX may be written in any case."""
    head, dot, rest = pattern.partition(".")
    where = f"(?i:{_wild(head)}){re.escape(dot)}{_wild(rest)}"
    found = re.compile(where, re.DOTALL)
    return lambda name: found.fullmatch(name) is not None


def _wild(text: str) -> str:
    return _escaped(text).replace("*", ".*").replace("%", "[^.]*")


def _escaped(text: str) -> str:
    return "".join(sign if sign in "*%" else re.escape(sign) for sign in text)
