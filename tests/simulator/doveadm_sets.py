# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of message numbers in search queries: 1:100, 5, 7,9 or 3:*. `*` is the largest number there is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

STAR = (1 << 32) - 1


@dataclass(frozen=True)
class NumberSet:
    """Ranges in order, none of which touch."""

    ranges: tuple[tuple[int, int], ...]

    @property
    def has_star(self) -> bool:
        return any(high == STAR for _low, high in self.ranges)

    @property
    def is_everything(self) -> bool:
        return len(self.ranges) == 1 and self.ranges[0][0] == 1 and self.ranges[0][1] >= STAR - 1

    def __contains__(self, number: int) -> bool:
        return any(low <= number <= high for low, high in self.ranges)

    def and_also(self, other: NumberSet) -> NumberSet:
        both = ((max(a[0], b[0]), min(a[1], b[1])) for a in self.ranges for b in other.ranges)
        return NumberSet(_in_order(pair for pair in both if pair[0] <= pair[1]))

    def or_else(self, other: NumberSet) -> NumberSet:
        return NumberSet(_in_order([*self.ranges, *other.ranges]))

    def others(self) -> NumberSet:
        """What is not in a set without `*`; the largest number is in neither."""
        edges = [0, *(edge for low, high in self.ranges for edge in (low - 1, high)), STAR - 1]
        pairs = zip((edge + 1 for edge in edges[::2]), edges[1::2], strict=True)
        return NumberSet(tuple(pair for pair in pairs if pair[0] <= pair[1]))


def number_set(text: str) -> NumberSet | None:
    """None: it is not one. No text at all is an empty set."""
    if not text:
        return NumberSet(())
    end = r"(?:[1-9]\d*|\*)"
    if not re.fullmatch(rf"{end}(?::{end})?(?:,{end}(?::{end})?)*,?", text, re.ASCII):
        return None
    pairs = []
    for part in filter(None, text.split(",")):
        first, _colon, last = part.partition(":")
        low, high = sorted(STAR if edge == "*" else int(edge) for edge in (first, last or first))
        pairs.append((low, high))
    return None if max(high for _low, high in pairs) > STAR else NumberSet(_in_order(pairs))


def _in_order(pairs: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)
