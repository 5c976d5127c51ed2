# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``dev.py matrix``: units, integration, roles and sanity on every ansible-core, with every interpreter that is found.

Each pair of an ansible-core and a Python has an environment of its own below ``.ansible/matrix``. What is found goes into
``docs/matrix.json`` and the table of the README after each cell, so that a run that is ended goes on where it stopped: cells
that passed with the present sources are not run again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from devtools.cores import FOLDER, environment
from devtools.environment import COLLECTION, ROOT, stop
from devtools.job import LOGS, RUNNING, Failed, Job, kill, run_part
from devtools.matrix_cells import (
    DROPPED_SANITY_TESTS,
    FAILED,
    PARTS,
    PASSED,
    ROLES,
    SELECTION,
    SKIPPED,
    Cell,
    due,
    from_document,
    grid,
    merged,
    selected,
    table,
    to_document,
)
from devtools.parts import ansible_test, git_files, interpreters, run_targets, run_tests

DOCUMENT = ROOT / "docs/matrix.json"
README = ROOT / "README.md"
COPY = FOLDER / "copy" / COLLECTION

BEGIN, END = "<!-- matrix: begin -->", "<!-- matrix: end -->"


def sources() -> str:
    """A digest of the product's code: a result for other code is none for this."""
    digest = hashlib.sha256()
    for name in sorted(git_files()):
        if name.startswith(("meta/", "playbooks/", "plugins/", "roles/")):
            digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return digest.hexdigest()[:12]


def units(job: Job, cell: Cell, venv: Path) -> int:
    return run_tests(job, venv, SELECTION)


def roles(job: Job, cell: Cell, venv: Path) -> int:
    return run_tests(job, venv, ROLES)


def integration(job: Job, cell: Cell, venv: Path) -> int:
    return run_targets(job, COPY, venv)


def sanity(job: Job, cell: Cell, venv: Path) -> int:
    skipped = [word for name in DROPPED_SANITY_TESTS.get(cell.line, ()) for word in ("--skip-test", name)]
    # The managed machine's interpreters are `make test`'s affair: here it is the controller's that counts.
    argv = ["sanity", "--python", cell.python, "--color", "no", *skipped]
    output = ansible_test(job, *argv, copy=COPY, venv=venv)
    job.demand(r'Running sanity test "validate-modules"', output, "the sanity test validate-modules did not run")
    return len(set(re.findall(r'Running sanity test "([\w-]+)"', output)))


RUN = {"units": units, "integration": integration, "roles": roles, "sanity": sanity}


def run_cell(cell: Cell, python: str, digest: str) -> Cell:
    """Run one cell; what it prints is in its log."""
    counted: list[int] = []

    def part(job: Job) -> None:
        counted.append(RUN[cell.part](job, cell, environment(cell.core, cell.python, python)))

    begun = time.monotonic()
    job = run_part(f"matrix-{cell.core}-py{cell.python}-{cell.part}", part, [], echo=False)
    return replace(
        cell,
        outcome=FAILED if job.problem else PASSED,
        why=job.problem,
        tests=job.passed if job.problem else counted[0],
        seconds=round(time.monotonic() - begun),
        date=date.today().isoformat(),
        sources=digest,
    )


def read_document() -> list[Cell]:
    return from_document(json.loads(DOCUMENT.read_text(encoding="utf-8"))) if DOCUMENT.is_file() else []


def write(cells: list[Cell]) -> None:
    """The JSON, and the README's table from it."""
    DOCUMENT.write_text(json.dumps(to_document(cells), indent=1) + "\n", encoding="utf-8")
    before, _begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise Failed(f"README.md has no {BEGIN} ... {END}")
    README.write_text(f"{before}{BEGIN}\n{table(cells)}\n{END}{after}", encoding="utf-8")


def options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py matrix", description=__doc__)
    parser.add_argument("--core", action="append", default=[], help="2.18 or 2.18.19; may be repeated")
    parser.add_argument("--python", action="append", default=[], help="3.11; may be repeated")
    parser.add_argument("--part", action="append", default=[], choices=PARTS, help="may be repeated")
    parser.add_argument("--again", action="store_true", help="also what has passed with these sources")
    parser.add_argument("--table", action="store_true", help="only write what is known into the README")
    parser.add_argument("--list", action="store_true", help="only say what would be run")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    chosen, found = options(argv), interpreters()
    cells, digest = merged(grid(list(found)), read_document()), sources()
    if chosen.table:
        write(cells)
        return 0
    wanted = selected(cells, chosen.core, chosen.python, chosen.part)
    if not wanted:
        stop("no cell of the matrix is like that; without options, `dev.py matrix --list` names all.")
    for cell in wanted:
        if cell.outcome == SKIPPED:
            print(f"  skipped: ansible-core {cell.core}, Python {cell.python}, {cell.part}: {cell.why}")
    todo = due(wanted, digest, chosen.again)
    print(f"{len(todo)} of {len(wanted)} cells are to be run.", flush=True)
    if chosen.list:
        print("\n".join(f"  ansible-core {cell.core}, Python {cell.python}, {cell.part}" for cell in todo))
        return 0
    LOGS.mkdir(parents=True, exist_ok=True)
    try:
        done = [run_and_write(cell, found, digest) for cell in todo]
    except KeyboardInterrupt:
        for process in list(RUNNING.values()):
            kill(process)
        stop("interrupted; the same command goes on where this one stopped.")
    print("\n" + table(read_document()))
    return int(any(cell.outcome == FAILED for cell in done))


def run_and_write(cell: Cell, found: dict[str, str], digest: str) -> Cell:
    """Run a cell and keep what it gave, so that nothing is lost when the next one is interrupted."""
    done = run_cell(cell, found[cell.python], digest)
    # Read again: another run may have written in the meantime.
    write(merged(grid(list(found)), [*read_document(), done]))
    return done
