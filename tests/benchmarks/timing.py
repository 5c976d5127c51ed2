# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of several contenders from one interleaved run: A B C A B C …, so that a slow minute hits all of them."""

from __future__ import annotations

import math
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_QUIET = 0.15  # busy share of the processors at which a machine counts as idle


@dataclass
class Patience:
    """How many seconds to wait before each run while others use the machine."""

    seconds: float = 0.0


PATIENCE = Patience()


def _nothing() -> None:
    """Needs no preparation."""


@dataclass(frozen=True)
class Contender:
    """One thing to measure; ``before`` and ``after`` are not timed."""

    name: str
    run: Callable[[], object]
    before: Callable[[], object] = _nothing
    after: Callable[[], object] = _nothing


@dataclass(frozen=True)
class Sample:
    """The measurements of one contender, or ratios of two, one a round.

    :param cpu: seconds that the processors worked for the contender; the simulator's work is not among them.
    """

    values: tuple[float, ...]
    unit: str = "s"
    cpu: tuple[float, ...] = ()

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def ratio(self, other: Sample) -> Sample:
        """Round by round; what changes from round to round cancels out."""
        return Sample(tuple(mine / its for mine, its in zip(self.values, other.values, strict=True)), "")

    def beyond(self, fixed: Sample) -> Sample:
        """Round by round, what exceeds the fixed share of a run: the cost of its tasks."""
        return Sample(tuple(mine - its for mine, its in zip(self.values, fixed.values, strict=True)), self.unit)

    def plus(self, other: Sample) -> Sample:
        """Round by round, one after the other."""
        return Sample(tuple(mine + its for mine, its in zip(self.values, other.values, strict=True)), self.unit)

    def stretched(self, share: Sample, factor: float) -> Sample:
        """Extrapolated: what exceeds the fixed ``share`` of a run taken ``factor`` times."""
        pairs = zip(self.beyond(share).values, share.values, strict=True)
        return Sample(tuple(fixed + factor * mine for mine, fixed in pairs), self.unit)

    def figures(self) -> dict[str, object]:
        found = {"median": self.median, "min": min(self.values), "max": max(self.values), "values": list(self.values)}
        return {**found, "cpu": statistics.median(self.cpu)} if self.cpu else found

    def __str__(self) -> str:
        digits = 2 if self.median < 10 else 1 if self.median < 100 else 0
        middle, low, high = (f"{value:.{digits}f}" for value in (self.median, min(self.values), max(self.values)))
        shown = f"{middle} {self.unit}".rstrip()
        return f"{shown} ({low} to {high})" if len(self.values) > 1 else shown


def _busy_share(seconds: float) -> float:
    """Share of this machine's processors that worked during the next moment; 0 where that cannot be known."""

    def ticks() -> tuple[int, int]:
        numbers = [int(word) for word in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
        return sum(numbers), numbers[3] + numbers[4]

    try:
        before, idle_before = ticks()
        time.sleep(seconds)
        after, idle_after = ticks()
    except OSError:
        return 0.0
    return 1 - (idle_after - idle_before) / max(1, after - before)


def wait_for_quiet(patience: float) -> None:
    """Let others finish: return as soon as the machine idles, or when patience is over."""
    end = time.monotonic() + patience
    while time.monotonic() < end and _busy_share(0.3) > _QUIET:
        time.sleep(0.2)


def interleave(contenders: Sequence[Contender], rounds: int) -> dict[str, Sample]:
    """Run all contenders in turn, ``rounds`` times; their times by name."""
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    cpu: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for number in range(1, rounds + 1):
        for contender in contenders:
            contender.before()
            wait_for_quiet(PATIENCE.seconds)
            start, worked = time.perf_counter(), _children_cpu()
            contender.run()
            times[contender.name].append(time.perf_counter() - start)
            cpu[contender.name].append(_children_cpu() - worked)
            contender.after()
        told = ", ".join(f"{name} {values[-1]:.2f}" for name, values in times.items())
        print(f"  round {number} of {rounds}: {told}", file=sys.stderr, flush=True)
    return {name: Sample(tuple(values), cpu=tuple(cpu[name])) for name, values in times.items()}


def _children_cpu() -> float:
    """Seconds that processors have worked for the ended processes that this one started, and those they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Slope of the straight line through the logarithms: 1 is linear growth, 2 quadratic."""
    line = statistics.linear_regression([math.log(x) for x, _y in points], [math.log(y) for _x, y in points])
    return line.slope
