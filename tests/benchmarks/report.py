# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a benchmark found: rows of a table, raw figures, and whether the targets were met."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SERVER = "The server was a simulator on the same machine."


@dataclass(frozen=True)
class Target:
    """A promise with what was measured."""

    text: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = "at least" if self.at_least else "at most"
        return f"{self.text}: {self.value:.3g}, {sign} {self.limit:.3g} wanted: {'met' if self.met else 'MISSED'}"


@dataclass
class Report:
    """One benchmark's outcome.

    :param columns: heads of the table.
    :param rows: its cells, as they are shown.
    :param figures: the same in numbers.
    """

    letter: str
    title: str
    text: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)

    def markdown(self, versions: Sequence[str], when: str) -> str:
        lines = [f"## {self.title}", "", self.text, "", _line(self.columns), _line(["---"] * len(self.columns))]
        lines += [_line(row) for row in self.rows]
        lines += ["", *(f"- {target}" for target in self.targets)] if self.targets else []
        return "\n".join([*lines, "", f"*{when}, ansible-core {', '.join(versions)}.*", ""])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


def write(report: Report, versions: Sequence[str], load: float, folder: Path) -> Path:
    """One JSON file a benchmark.

    :param load: how many processes wanted a core before it began: more than a few tenths, and others were measured too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "server": SERVER,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "ansible_core": list(versions),
        "load_before": load,
        **asdict(report),
        "met": [target.met for target in report.targets],
    }
    path = folder / f"{report.letter}.json"
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read(folder: Path) -> list[dict[str, Any]]:
    """All results in a folder, in the order of their letters."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("?.json"))]


def document(results: Sequence[dict[str, Any]]) -> str:
    """The generated part of docs/benchmarks.md."""
    facts = sorted({f"{r['machine']['cores']} cores, Python {r['machine']['python']}" for r in results})
    parts = [f"Machine: {'; '.join(facts)}. {SERVER}", ""]
    for found in results:
        known = {name: found[name] for name in ("letter", "title", "text", "columns", "rows")}
        report = Report(**known, targets=[Target(**target) for target in found["targets"]])
        parts.append(report.markdown(found["ansible_core"], found["date"]))
    return "\n".join(parts)
