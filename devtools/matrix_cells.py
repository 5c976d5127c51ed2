# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version matrix as values: which cells there are, what is known of each, and the table of the README. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

PARTS = ("units", "integration", "roles", "sanity")

#: What the tests and the simulator need; modules alone run on older ones.
OLDEST_PYTHON = "3.11"

PASSED, FAILED, SKIPPED, NOT_RUN = "passed", "failed", "skipped", "not run"


@dataclass(frozen=True)
class Core:
    """One line of ansible-core.

    :param version: the release that stands for the line.
    :param pythons: what it runs on as a controller, from its own release notes.
    """

    version: str
    pythons: tuple[str, ...]

    @property
    def line(self) -> str:
        return self.version.rpartition(".")[0]


CORES = (
    Core("2.16.19", ("3.10", "3.11", "3.12")),
    Core("2.17.14", ("3.10", "3.11", "3.12")),
    Core("2.18.19", ("3.11", "3.12", "3.13")),
    Core("2.19.14", ("3.11", "3.12", "3.13")),
    Core("2.20.10", ("3.12", "3.13", "3.14")),
    Core("2.21.5", ("3.12", "3.13", "3.14")),
)

#: What ``make matrix`` runs of the unit tests in each cell: every module over both transports, the action plugin, and both
#: ways of running in whole playbooks. The rest knows nothing of ansible-core, or is run by ``make test``.
SELECTION = (
    "tests/unit/plugins/modules",
    "tests/unit/plugins/action",
    "tests/unit/plugins/test_conventions.py",
    "tests/end_to_end/test_in_process.py",
)

#: The same of part ``roles``: playbooks and roles whose variables arrive in every form. Templates differ between the lines.
ROLES = ("tests/end_to_end/test_roles.py",)

#: Sanity tests that a line has and later ones dropped: they demand what only Python 2 needed.
DROPPED_SANITY_TESTS = {"2.16": ("future-import-boilerplate", "metaclass-boilerplate")}


@dataclass(frozen=True)
class Cell:
    """What is known of one part on one ansible-core and one Python.

    :param outcome: passed, failed, skipped (it cannot be run here, see ``why``) or not run.
    :param tests: how many passed; integration counts targets, sanity its tests.
    :param date: of the run, as YYYY-MM-DD.
    :param sources: digest of the code that was tested.
    """

    core: str
    python: str
    part: str
    outcome: str = NOT_RUN
    why: str = ""
    tests: int = 0
    seconds: int = 0
    date: str = ""
    sources: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.core, self.python, self.part

    @property
    def line(self) -> str:
        return self.core.rpartition(".")[0]


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def grid(found: Collection[str]) -> list[Cell]:
    """All cells there are.

    :param found: interpreters of this machine, as ``3.11``.
    """
    cells = [Cell(core.version, python, part) for core in CORES for python in core.pythons for part in PARTS]
    return [_skipped(cell, found) for cell in cells]


def _skipped(cell: Cell, found: Collection[str]) -> Cell:
    if number(cell.python) < number(OLDEST_PYTHON):
        return replace(cell, outcome=SKIPPED, why=f"the simulator and the tests need Python {OLDEST_PYTHON}")
    if cell.python not in found:
        return replace(cell, outcome=SKIPPED, why=f"no Python {cell.python} on this machine")
    return cell


def merged(cells: Iterable[Cell], known: Iterable[Cell]) -> list[Cell]:
    """The grid with what earlier runs found. A result outlives the interpreter it was made with; nothing else does."""
    results = {cell.key: cell for cell in known if cell.outcome in (PASSED, FAILED)}
    return [results.get(cell.key, cell) for cell in cells]


def selected(
    cells: Iterable[Cell], cores: Collection[str], pythons: Collection[str], parts: Collection[str]
) -> list[Cell]:
    """Cells that were asked for; an empty choice is no limit. A core is named by its line or its version."""
    return [
        cell
        for cell in cells
        if (not cores or cell.line in cores or cell.core in cores)
        and (not pythons or cell.python in pythons)
        and (not parts or cell.part in parts)
    ]


def ends(found: Collection[str], own: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The oldest and the newest ansible-core that these interpreters run, each with its Python, and sentences about newer ones that
    they do not.

    :param own: the version that ``.venv`` has, which other parts run.
    """
    able = {core.version: _fitting(core, found) for core in CORES}
    runs = [(version, python) for version, python in able.items() if python]
    chosen = [pair for pair in dict.fromkeys([*runs[:1], *runs[-1:]]) if pair[0] != own]
    lost = [f"no Python {' or '.join(core.pythons)} for {core.version}" for core in CORES if not able[core.version]]
    return chosen, lost


def _fitting(core: Core, found: Collection[str]) -> str:
    return next((python for python in core.pythons if python in found and number(python) >= number(OLDEST_PYTHON)), "")


def due(cells: Iterable[Cell], sources: str, again: bool) -> list[Cell]:
    """Those to run: not skipped, and not passed already with these very sources unless ``again``.

    What tells most comes first: one part on every ansible-core, then the next part, then the same with another Python.
    """
    wanted = [
        cell
        for cell in cells
        if cell.outcome != SKIPPED and (again or cell.outcome != PASSED or cell.sources != sources)
    ]
    turns: dict[tuple[str, str], int] = {}
    turn = {}
    for cell in wanted:
        turn[cell.key] = turns[(cell.core, cell.part)] = turns.get((cell.core, cell.part), -1) + 1
    return sorted(wanted, key=lambda cell: (turn[cell.key], PARTS.index(cell.part)))


def to_document(cells: Iterable[Cell]) -> dict[str, Any]:
    """What ``docs/matrix.json`` holds."""
    rows = [{key: value for key, value in asdict(cell).items() if value} for cell in cells]
    return {"units_selection": list(SELECTION), "cells": rows}


def from_document(document: Mapping[str, Any]) -> list[Cell]:
    return [Cell(**row) for row in document["cells"]]


def table(cells: Iterable[Cell]) -> str:
    """The table of the README: a row for each line of ansible-core, and what was not run in words."""
    known = list(cells)
    rows = ["| {} |".format(" | ".join(["ansible-core", *PARTS])), "| --- " * (1 + len(PARTS)) + "|"]
    for core in CORES:
        texts = [_text([cell for cell in known if cell.core == core.version and cell.part == part]) for part in PARTS]
        rows.append("| {} |".format(" | ".join([core.version, *texts])))
    return "\n".join([*rows, "", *_rest(known)])


def _text(cells: Iterable[Cell]) -> str:
    texts = [
        f"{cell.python} **failed**" if cell.outcome == FAILED else f"{cell.python}: {cell.tests}"
        for cell in cells
        if cell.outcome in (PASSED, FAILED)
    ]
    return ", ".join(texts) or "not run"


def _rest(cells: list[Cell]) -> list[str]:
    """What the table leaves out, counted."""
    not_run = [cell for cell in cells if cell.outcome == NOT_RUN]
    lines = [f"{len(not_run)} of {len(cells)} cells were not run."] if not_run else []
    reasons: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.outcome == SKIPPED:
            reasons.setdefault(cell.why, []).append(cell)
    return lines + [f"{len(skipped)} were skipped: {why}." for why, skipped in reasons.items()]
