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

#: Size of a line of a trend, and what it leaves free above and below for its own width.
TREND_WIDE, TREND_HIGH, TREND_EDGE = 120, 24, 2

_CHECKED = ("valid", "missing", "mismatch", "other", "not_checked")
_VALIDITIES = {
    "valid": ("Valid", "good"),
    "missing": ("Missing", "bad"),
    "mismatch": ("Does not match", "warn"),
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


@dataclass(frozen=True)
class Trend:
    """A figure over the last audits, as a line.

    :param path: the line, for the ``d`` of a path; what is not known is a gap in it.
    :param label: the same in words.
    """

    path: str
    label: str


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


def trends(given: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, Trend]:
    """Figure to its line; only those that were counted in one of two or more audits.

    :param given: ``trends`` of the document: ``runs``, oldest first, and ``series``.
    :param names: figure to its name.
    """
    runs = [str(run["iso"]) for run in (given or {}).get("runs") or []]
    series = (given or {}).get("series") or {}
    found = {key: trend(name, runs, series.get(key) or []) for key, name in names.items()}
    return {key: line for key, line in found.items() if line}


def trend(name: str, runs: Sequence[str], values: Sequence[int | None]) -> Trend | None:
    """The line of a figure; None where there were less than two audits, or none of them counted it.

    :param runs: when the audits were made, oldest first.
    :param values: None for an audit that did not count it.
    """
    points = list(zip(runs, values))
    known = [(when, value) for when, value in points if value is not None]
    if len(points) < 2 or not known:
        return None
    return Trend(_line([value for _when, value in points]), _in_words(name, points, known))


def _line(values: Sequence[int | None]) -> str:
    """From zero, so that a small change looks small. A value between two gaps is a stroke without length: a dot."""
    most = max((value for value in values if value is not None), default=0) or 1
    step, room = TREND_WIDE / (len(values) - 1), TREND_HIGH - 2 * TREND_EDGE
    commands, begun = [], False
    for place, value in enumerate(values):
        if value is not None:
            x, y = round(place * step, 1), round(TREND_HIGH - TREND_EDGE - room * value / most, 1)
            commands.append(f"L{x:g} {y:g}" if begun else f"M{x:g} {y:g}h0")
        begun = value is not None
    return "".join(commands)


def _in_words(name: str, points: Sequence[tuple[str, int | None]], known: Sequence[tuple[str, int]]) -> str:
    least, most = min(value for _when, value in known), max(value for _when, value in known)
    when = {value: moment(at) for at, value in known}  # of several audits the last
    gaps = len(points) - len(known)
    words = [
        f"first {known[0][1]} on {moment(known[0][0])}",
        f"last {known[-1][1]} on {moment(known[-1][0])}",
        f"lowest {least} on {when[least]}",
        f"highest {most} on {when[most]}",
        *([f"not known in {gaps} of them"] if gaps else []),
    ]
    return f"{name} in the last {len(points)} audits: {', '.join(words)}"


def moment(iso: str) -> str:
    """A time as people read it, to the minute."""
    return f"{iso[:16].replace('T', ' ')} UTC" if iso[16:].endswith("Z") else iso
