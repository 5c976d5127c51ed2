# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times: epoch seconds, ISO 8601 or relative on the way in; epoch seconds and ISO 8601 UTC on the way out. Pure but for the clock."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

#: Seconds since 1970; replaced by tests.
Clock = Callable[[], float]

#: Seconds of a unit of time.
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_RELATIVE = re.compile(r"(\d{1,9})\s*([smhdw])\Z")
_EPOCH = re.compile(r"(\d{1,12})(?:\.\d+)?\Z")
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*([Zz]|[+-]\d\d(?::?\d\d)?)?)?\Z", re.ASCII
)
_FIRST = 100_000_000  # March 1973; a smaller number is a duration without its unit, or a date without its hyphens
_LAST = 253_402_300_799  # the end of the year 9999
_EXPECTED = (
    "give epoch seconds, a time such as 2026-01-31T09:30:00Z, or how long ago it was, such as 90s, 30m, 24h or 7d"
)
_UNIX = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Window:
    """From when to when, both in epoch seconds and both included.

    :param until: the present when nobody said.
    :param open_ended: nobody said. Where the server knows by itself that it means "until now" it is asked without an end, lest
        two clocks that differ hide the latest messages.
    """

    since: int
    until: int
    open_ended: bool = True

    @property
    def end(self) -> int | None:
        """The end, where one was asked for."""
        return None if self.open_ended else self.until

    def as_dict(self) -> dict[str, Any]:
        """For the result."""
        return {**both("since", self.since), **both("until", self.until)}


def window(since: Any, until: Any, clock: Clock = time.time) -> Window:
    """The window that the options ``since`` and ``until`` mean.

    :param until: None for the present.
    :raises InvalidInput: one of them is no time, or the first does not lie before the second.
    """
    now = int(clock())
    start = parse("since", since, now)
    end = now if until is None else parse("until", until, now)
    if start >= end:
        said = f"since ({iso(start)}) is not before until ({iso(end)}{', now' if until is None else ''})"
        raise InvalidInput(f"{said}: since is the earlier end.")
    return Window(start, end, until is None)


def parse(option: str, value: Any, now: int) -> int:
    """Epoch seconds of a time as people write it; without an offset it is UTC, a date is its beginning.

    :param option: the option's name, for the message.
    :param now: what relative times are counted back from.
    :raises InvalidInput: it is no time.
    """
    text = str(value).strip()
    relative = _RELATIVE.match(text)
    if relative:
        return max(0, now - int(relative.group(1)) * _SECONDS[relative.group(2)])
    number = _EPOCH.match(text)
    if number:
        return _epoch(option, text, int(number.group(1)))
    written = _ISO.match(text)
    if written:
        return _written(option, text, written)
    raise InvalidInput("{}: {} is not a time; {}.".format(option, text or "an empty value", _EXPECTED))


def duration(text: str) -> int:
    """Seconds of a time such as 90m, 24h or 7d.

    :raises ValueError: it is none.
    """
    found = re.fullmatch(r"(\d{1,6})\s*([smhdw])", text.strip())
    if not found:
        raise ValueError(f"{text or 'an empty value'} is no duration such as 90m, 24h or 7d")
    return int(found.group(1)) * _SECONDS[found.group(2)]


def _epoch(option: str, text: str, number: int) -> int:
    if number == 0 or _FIRST <= number <= _LAST:
        return number
    why = "in epoch seconds that is %s" % ("before 1973" if number < _FIRST else "after the year 9999")
    raise InvalidInput(f"{option}: {text} is hardly a time ({why}); {_EXPECTED}.")


def _written(option: str, text: str, written: re.Match[str]) -> int:
    year, month, day, hour, minute, second = (int(part or 0) for part in written.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc) - _offset(written.group(7))
    except (ValueError, OverflowError) as exc:
        raise InvalidInput(f"{option}: {text} is not a time ({exc}); {_EXPECTED}.") from None
    seconds = int((moment - _UNIX).total_seconds())
    if seconds < 0:
        raise InvalidInput(f"{option}: {text} lies before 1970; {_EXPECTED}.")
    return seconds


def _offset(text: str | None) -> timedelta:
    if text is None or text in "Zz":
        return timedelta(0)
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError("its offset is none")
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


def iso(epoch: int) -> str:
    """``2026-01-31T09:30:00Z``."""
    return (_UNIX + timedelta(seconds=epoch)).strftime("%Y-%m-%dT%H:%M:%SZ")


def both(name: str, epoch: int | None) -> dict[str, Any]:
    """``{name: ISO 8601 UTC, name_epoch: seconds}``; both null for a time that is not known, or that is none."""
    if epoch is None or not 0 <= epoch <= _LAST:
        return {name: None, f"{name}_epoch": None}
    return {name: iso(epoch), f"{name}_epoch": epoch}
