# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Charts of the report: numbers of the fleet, and where their marks go. The page draws them as SVG, beside their numbers. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import TOP
from ansible_collections.whm.mail.plugins.plugin_utils._audit.unread import CHECKS

Figures = Mapping[str, Any]

#: Width of a whole bar, in the units of its drawing.
FULL = 1000

#: Radius of the ring, and its length.
RADIUS = 54
AROUND = 2 * pi * RADIUS

_CHECKED = ("valid", "missing", "mismatch", "other", "not_checked")
_VALIDITIES = {
    "valid": ("Valid", "good"),
    "missing": ("Missing", "bad"),
    "mismatch": ("Mismatch", "warn"),
    "other": ("Other fault", "info"),
    "not_checked": ("Not checked", "mute"),
}


@dataclass(frozen=True)
class Part:
    """A part of a bar or ring.

    :param kind: good, warn, bad, info or mute: its look, which only repeats what the label says.
    """

    label: str
    kind: str
    count: int
    share: float
    start: float
    size: float


@dataclass(frozen=True)
class Bar:
    """A row of a chart of bars; ``server`` and ``note`` where there is one."""

    label: str
    count: int
    size: float
    server: str = ""
    note: str = ""


def parts(counts: Iterable[tuple[str, str, int]], full: float) -> list[Part]:
    """Parts one after the other, which together are as long as ``full``; those of nothing are left out.

    :param counts: label, kind and count.
    """
    counted = [row for row in counts if row[2]]
    total = sum(count for _label, _kind, count in counted)
    found, start = [], 0.0
    for label, kind, count in counted:
        size = full * count / total
        found.append(Part(label, kind, count, count / total, round(start, 2), round(size, 2)))
        start += size
    return found


def bars(rows: Sequence[tuple[str, int, str, str]]) -> list[Bar]:
    """Bars in proportion to the longest.

    :param rows: label, count, server, note.
    """
    most = max((count for _label, count, _server, _note in rows), default=0)
    return [Bar(label, count, round(FULL * count / most, 2) if most else 0.0, *more) for label, count, *more in rows]


def accounts(total: int, sending: int, not_known: int) -> list[Part]:
    """Each account once. What stops those that do not send is said in numbers: several things may be true of one account."""
    stopped = total - sending - not_known
    rows = (("Sending", "good", sending), ("Not sending", "warn", stopped), ("Not known", "mute", not_known))
    return parts(rows, AROUND)


def authentication(figures: Iterable[Figures]) -> list[tuple[str, list[Part]]]:
    """For each check that was made, the parts of its bar."""
    counts: dict[str, Counter[str]] = {check: Counter() for check in CHECKS}
    for each in figures:
        for check in CHECKS:
            for validity, count in ((each.get("auth") or {}).get(check) or {}).items():
                counts[check][validity if validity in _VALIDITIES else "other"] += count
    drawn = [
        (check.upper(), parts([(*_VALIDITIES[name], counts[check][name]) for name in _CHECKED], FULL))
        for check in CHECKS
    ]
    return [(check, found) for check, found in drawn if found]


def queue(figures: Iterable[Figures]) -> list[Bar]:
    """The queue by age, as columns, those of no known age last; empty when nothing waits."""
    counts: dict[tuple[int, int | None], int] = {}
    messages = 0
    for each in figures:
        found = each.get("queue") or {}
        messages += found.get("messages") or 0
        for row in found.get("by_age") or []:
            key = (row["from"], row["to"])
            counts[key] = counts.get(key, 0) + row["messages"]
    rows = [(_age(*key), count, "", "") for key, count in sorted(counts.items(), key=lambda pair: pair[0][0])]
    rest = messages - sum(counts.values())
    if rest > 0:
        rows.append(("not known", rest, "", ""))
    return bars(rows) if any(count for _label, count, *_more in rows) else []


def _age(low: int, high: int | None) -> str:
    if high is None:
        return f"over {_span(low)}"
    return f"under {_span(high)}" if not low else f"{_span(low)} to {_span(high)}"


def _span(seconds: int) -> str:
    return f"{seconds // 86400} d" if seconds >= 86400 else f"{seconds // 3600} h"


def senders(servers: Iterable[Mapping[str, Any]]) -> list[Bar]:
    """Accounts that wrote to the most different recipients, over the fleet."""
    rows = [
        (row["user"], row["count"], server["name"], "")
        for server in servers
        for row in (server.get("figures") or {}).get("top_senders") or []
    ]
    return bars(sorted(rows, key=lambda row: (-row[1], row[0], row[2]))[:TOP])


def mailboxes(servers: Iterable[Mapping[str, Any]]) -> list[Bar]:
    """The largest mailboxes of the fleet, by size."""
    rows = [
        (str(row["address"]), row["vsize"], server["name"], str(row["mailbox"]))
        for server in servers
        for row in (server.get("figures") or {}).get("largest_mailboxes") or []
    ]
    return bars(sorted(rows, key=lambda row: (-row[1], row[0], row[2]))[:TOP])
