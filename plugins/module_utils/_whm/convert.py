# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Typed values out of what WHM sends: numbers as strings, flags as 0/1, lists that are sometimes an empty string.

A form that is not known must not pass for "the server does not say". ``to_*`` give None for both; where only a value is
shown, :class:`Fields` tells them apart and a warning names the field.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any, Callable, TypeVar

T = TypeVar("T")

# What float() would take besides: underscores, digits of other scripts.
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*\Z", re.ASCII)
_REACHED = re.compile(r"\s*(\d{1,15})/(\d{1,15})(\s*\(\d{1,9}(?:\.\d+)?%\))?\s*\Z", re.ASCII)
_SAYS_NOTHING = ("*unknown*", "unknown")
_EXAMPLE = 40  # characters of a value that a warning shows
_MOMENTS = ("%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ")


def to_int(value: Any) -> int | None:
    """An integer from 1, "1", 1.0, " 1 " or True; None for everything else (None, "", "unlimited", NaN)."""
    if isinstance(value, int):
        return int(value)
    number = to_float(value)
    return None if number is None or number != int(number) else int(number)


def to_float(value: Any) -> float | None:
    """A finite number from a number or its text; None for everything else."""
    if not isinstance(value, (int, float, str)) or (isinstance(value, str) and not _NUMBER.match(value)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def to_flag(value: Any) -> bool | None:
    """A boolean from WHM's 1/0 in either type; None when the server did not say."""
    number = value if isinstance(value, int) else to_int(value)
    return None if number is None else number != 0


def to_text(value: Any) -> str | None:
    """A text, or None for what the server does not know: null, "" and ``*unknown*``."""
    if value is None or value in ("", "*unknown*"):
        return None
    return str(value)


def to_limit(value: Any) -> int | float | str | None:
    """A limit: a number, ``unlimited``, or None when unknown."""
    number = to_number(value)
    if number is not None:
        return number
    return "unlimited" if isinstance(value, str) and value.strip().lower() == "unlimited" else None


def to_number(value: Any) -> int | float | None:
    """A whole number where it is one (500, "5120.00"), else a decimal ("3603.95"); None for everything else."""
    number = to_int(value)
    return to_float(value) if number is None else number


def to_reached(value: Any) -> bool | None:
    """Whether a limit was reached: the reference says 1 or 0; servers say 0, or how far it went.

    That is ``150/150`` for messages, and ``5/5 (100%)`` or ``12/20 (60%)`` for the share of those that failed or were
    deferred, where the limit is not the second number. A count of messages below its limit contradicts itself.
    """
    found = _REACHED.match(value) if isinstance(value, str) else None
    if not found:
        return to_flag(value)
    count, most, share = int(found.group(1)), int(found.group(2)), found.group(3)
    return True if count and (share or count >= most) else None


def to_moment(value: Any) -> int | None:
    """Epoch seconds of a time such as 2015-03-23T12:09:32.000Z; None for everything else."""
    for form in _MOMENTS if isinstance(value, str) else ():
        with suppress(ValueError):
            return int(datetime.strptime(value, form).replace(tzinfo=timezone.utc).timestamp())
    return None


def as_list(value: Any) -> list[Any]:
    """A list of what may be a list, a single value, null or the empty string."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def unique(values: Iterable[str]) -> list[str]:
    """The values without repetitions, in the order of their first appearance."""
    return list(dict.fromkeys(values))


class Fields:
    """Reads fields of the records in an answer, and remembers those that came in a form that is not known.

    :param source: the function that answered.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self._unread: dict[str, list[Any]] = {}

    def flag(self, record: Mapping[str, Any], name: str) -> bool | None:
        return self._read(to_flag, record, name)

    def reached(self, record: Mapping[str, Any], name: str) -> bool | None:
        return self._read(to_reached, record, name)

    def whole(self, record: Mapping[str, Any], name: str) -> int | None:
        return self._read(to_int, record, name)

    def real(self, record: Mapping[str, Any], name: str) -> float | None:
        return self._read(to_float, record, name)

    def limit(self, record: Mapping[str, Any], name: str) -> int | float | str | None:
        return self._read(to_limit, record, name)

    def moment(self, record: Mapping[str, Any], name: str) -> int | None:
        return None if record.get(name) == "" else self._read(to_moment, record, name)

    def text(self, record: Mapping[str, Any], name: str) -> str | None:
        return None if record.get(name) == "" else self._read(_scalar_text, record, name)

    def _read(self, convert: Callable[[Any], T], record: Mapping[str, Any], name: str) -> T:
        value = record.get(name)
        found = convert(value)
        if found is None and value is not None and value not in _SAYS_NOTHING:
            self._unread.setdefault(name, []).append(value)
        return found

    def warnings(self) -> list[str]:
        """A sentence about each field that could not be understood."""
        return [
            f"{self.source}: {name} came in a form that is not known, {brief(values[0], _EXAMPLE)}"
            + (f" and {len(values) - 1} more" if len(values) > 1 else "")
            + "; null stands for it."
            for name, values in sorted(self._unread.items())
        ]


def _scalar_text(value: Any) -> str | None:
    return to_text(value) if isinstance(value, (str, int, float)) else None


def brief(value: Any, most: int) -> str:
    """A value in a message, or its beginning.

    :param most: characters.
    """
    text = str(value)
    return text if len(text) <= most else text[:most] + "…"
