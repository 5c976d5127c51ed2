# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prefix hazard of WHM's outgoing mail lists. Pure.

Releasing (or unsuspending) an account deletes every line of Exim's list that begins with its name, other accounts'
lines included, while their own flag still says held. Setting the flag again repairs the list.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator


def families(released: Iterable[str], kept: Iterable[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Group releases so that each one's damage is repaired right behind it.

    :param released: accounts that are to be released.
    :param kept: accounts that are held now and stay so.
    :returns: pairs (accounts to release, accounts to hold again afterwards), in an order in which no later release damages
        an earlier repair: all releases that share a first name (``bob``, ``bobby``) stand in one pair.
    """
    released, kept = sorted(set(released)), sorted(set(kept))
    start = 0
    while start < len(released):
        root = released[start]
        end = start + 1
        while end < len(released) and released[end].startswith(root):
            end += 1
        first = bisect_left(kept, root)
        last = first
        while last < len(kept) and kept[last].startswith(root):
            last += 1
        yield released[start:end][::-1], kept[first:last]
        start = end
