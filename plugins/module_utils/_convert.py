# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Typed values out of what WHM sends: numbers as strings, flags as 0/1, lists that are sometimes an empty string."""

from __future__ import annotations

import math
import re
from typing import Any

# What float() would take besides: underscores, digits of other scripts.
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*\Z", re.ASCII)


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


def to_limit(value: Any) -> int | str | None:
    """A limit: a number, ``unlimited``, or None when unknown."""
    number = to_int(value)
    if number is not None:
        return number
    text = to_text(value)
    return "unlimited" if text == "unlimited" else None


def as_list(value: Any) -> list[Any]:
    """A list of what may be a list, a single value, null or the empty string."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def unique(values: list[str]) -> list[str]:
    """The values without repetitions, in the order of their first appearance."""
    return list(dict.fromkeys(values))
