# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version matrix: its table in the README is that of docs/matrix.json, and its decisions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from ansible_collections.whm.mail.devtools import matrix_cells as matrix
from ansible_collections.whm.mail.devtools.matrix_cells import Cell

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/matrix.json"

PASSED = Cell("2.18.19", "3.11", "units", matrix.PASSED, tests=7, date="2026-01-01", sources="a")


def recorded() -> list[Cell]:
    return matrix.from_document(json.loads(DOCUMENT.read_text(encoding="utf-8")))


def test_the_readme_shows_what_was_recorded() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = text.partition("<!-- matrix: begin -->\n")[2].partition("\n<!-- matrix: end -->")[0]
    assert shown == matrix.table(recorded()), "run `python3 dev.py matrix --table`"


def test_every_cell_is_recorded_once() -> None:
    keys = [cell.key for cell in recorded()]
    assert sorted(keys) == sorted(cell.key for cell in matrix.grid([]))
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    assert matrix.to_document(recorded())["cells"] == document["cells"]


def test_what_was_run_says_when_and_what_was_not_says_nothing() -> None:
    for cell in recorded():
        ran = cell.outcome in (matrix.PASSED, matrix.FAILED)
        assert bool(cell.date and cell.sources and cell.seconds) is ran, cell
        assert bool(cell.why) is (cell.outcome in (matrix.SKIPPED, matrix.FAILED)), cell
        assert cell.outcome != matrix.PASSED or cell.tests > 0, cell


def test_the_oldest_ansible_core_is_the_one_that_the_collection_asks_for() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == f">={matrix.CORES[0].line}.0"
    assert all((ROOT / path).exists() for path in (*matrix.SELECTION, *matrix.ROLES))


def test_cells_without_interpreter_are_skipped_and_say_so() -> None:
    cells = {cell.key: cell for cell in matrix.grid(["3.10", "3.11"])}
    assert cells["2.18.19", "3.11", "units"].outcome == matrix.NOT_RUN
    assert cells["2.18.19", "3.12", "units"].why == "no Python 3.12 on this machine"
    assert "need Python 3.11" in cells["2.16.19", "3.10", "sanity"].why
    assert ("2.20.10", "3.11", "units") not in cells


def test_a_result_stays_until_there_is_another() -> None:
    (cell,) = [cell for cell in matrix.grid([]) if cell.key == PASSED.key]
    assert cell.outcome == matrix.SKIPPED
    assert matrix.merged([cell], [PASSED]) == [PASSED]
    worse = replace(PASSED, outcome=matrix.FAILED, why="x")
    assert matrix.merged([cell], [PASSED, worse]) == [worse]
    assert matrix.merged([cell], [replace(cell, why="of another machine")]) == [cell]


@pytest.mark.parametrize(
    ("cell", "again", "expected"),
    [
        (PASSED, False, False),
        (PASSED, True, True),
        (replace(PASSED, sources="b"), False, True),
        (replace(PASSED, outcome=matrix.FAILED), False, True),
        (replace(PASSED, outcome=matrix.NOT_RUN), False, True),
        (replace(PASSED, outcome=matrix.SKIPPED), True, False),
    ],
)
def test_what_is_due(cell: Cell, again: bool, expected: bool) -> None:
    assert matrix.due([cell], "a", again) == ([cell] if expected else [])


def test_one_part_on_every_core_comes_before_the_next_part() -> None:
    todo = matrix.due(matrix.grid(["3.11", "3.12", "3.13"]), "a", False)
    assert [cell.core for cell in todo[:6]] == [core.version for core in matrix.CORES]
    assert {cell.part for cell in todo[:6]} == {"units"}
    assert todo[6].part == "integration"
    assert [cell.python for cell in todo[24:26]] == ["3.12", "3.12"]


@pytest.mark.parametrize(
    ("cores", "pythons", "parts", "count"),
    [([], [], [], 72), (["2.18"], [], ["units"], 3), (["2.18.19"], ["3.11"], [], 4), (["2.1"], [], [], 0)],
)
def test_choices(cores: list[str], pythons: list[str], parts: list[str], count: int) -> None:
    assert len(matrix.selected(matrix.grid([]), cores, pythons, parts)) == count


def test_the_table_hides_nothing() -> None:
    failed = replace(PASSED, python="3.12", outcome=matrix.FAILED, why="3 tests")
    rows = matrix.table(matrix.merged(matrix.grid(["3.11", "3.12"]), [PASSED, failed])).splitlines()
    assert "| 2.18.19 | 3.11: 7, 3.12 **failed** | not run | not run | not run |" in rows
    assert "| 2.21.5 | not run | not run | not run | not run |" in rows
    assert "38 of 72 cells were not run." in rows


@pytest.mark.parametrize(
    ("found", "chosen", "lost"),
    [
        (["3.9", "3.11", "3.12", "3.13"], [("2.16.19", "3.11"), ("2.21.5", "3.12")], []),
        (["3.11"], [("2.16.19", "3.11")], ["2.20.10", "2.21.5"]),
        (["3.13"], [("2.18.19", "3.13"), ("2.21.5", "3.13")], ["2.16.19", "2.17.14"]),
        (["3.10"], [], [core.version for core in matrix.CORES]),
    ],
)
def test_the_oldest_and_the_newest_that_there_is_an_interpreter_for(
    found: list[str], chosen: list[tuple[str, str]], lost: list[str]
) -> None:
    runs, sentences = matrix.ends(found, "2.19.14")
    assert runs == chosen
    assert [sentence.rpartition(" for ")[2] for sentence in sentences] == lost
