# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run benchmarks: python -m ansible_collections.whm.mail.tests.benchmarks --only a,b --quick"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from . import a_hosts, b_accounts, c_loops, d_distance, e_memory, f_versions, g_audit, h_page, i_domains
from .playbook import CHECKOUT, Ansible
from .report import SERVER, Report, document, machine, read, write
from .timing import PATIENCE

BENCHMARKS: dict[str, Callable[[list[Ansible], Path, bool], Report]] = {
    "a": a_hosts.run,
    "b": b_accounts.run,
    "c": c_loops.run,
    "d": d_distance.run,
    "e": e_memory.run,
    "f": f_versions.run,
    "g": g_audit.run,
    "h": h_page.run,
    "i": i_domains.run,
}
PAGE = CHECKOUT / "docs/benchmarks.md"
BEGIN, END = "<!-- generated: begin -->\n", "<!-- generated: end -->\n"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description="What tasks of whm.mail cost. " + SERVER)
    parser.add_argument("--only", default=",".join(BENCHMARKS), help="letters of the benchmarks, e.g. a,b")
    parser.add_argument("--quick", action="store_true", help="smaller and three rounds, to see that all works")
    parser.add_argument(
        "--ansible-playbook",
        action="append",
        type=Path,
        metavar="PATH",
        help="the ansible-playbook to measure (default: the one beside this Python); repeat it to compare versions",
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="wait up to so long before each run while something else keeps the machine busy",
    )
    parser.add_argument("--json", type=Path, default=CHECKOUT / ".ansible/benchmarks", help="folder for the results")
    parser.add_argument("--document", action="store_true", help=f"put the results into {PAGE.relative_to(CHECKOUT)}")
    return parser.parse_args()


def mistakes(args: argparse.Namespace) -> Iterator[str]:
    """What cannot be measured, a sentence each."""
    unknown = sorted(set(filter(None, args.only.split(","))) - set(BENCHMARKS))
    if unknown:
        yield f"There is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}."
    for path in args.ansible_playbook or []:
        if not (path.is_file() and os.access(path, os.X_OK)):
            yield f"--ansible-playbook {path} is no program; name the ansible-playbook of an environment, with its path."
    try:
        args.json.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        yield f"--json {args.json} cannot be made ({problem.strerror}); name a folder that you may write to."


def run(letter: str, executables: list[Path], quick: bool, results: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="whm-mail-bench-") as name:
        folders = [Path(name, str(number)) for number in range(len(executables))]
        for folder in folders:
            folder.mkdir()
        ansibles = [Ansible(path, folder) for path, folder in zip(executables, folders, strict=True)]
        print(f"{letter}: {sys.modules[BENCHMARKS[letter].__module__].__doc__}", file=sys.stderr, flush=True)
        load = os.getloadavg()[0]
        report = BENCHMARKS[letter](ansibles, Path(name), quick)
        measured = ansibles if letter == "f" else ansibles[:1]
        versions = [ansible.version for ansible in measured]
    path = write(report, versions, load, results)
    print(document([found for found in read(results) if found["letter"] == letter]))
    print(f"Written to {path}\n", flush=True)


def update_page(results: Path) -> None:
    head, _begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _old, _end, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{document(read(results))}\n{END}{tail}", encoding="utf-8")


def main() -> int:
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the simulator is ended too
    said = list(mistakes(args))
    if said:
        print("\n".join(f"benchmarks: {sentence}" for sentence in said), file=sys.stderr)
        return 2
    letters = list(filter(None, args.only.split(",")))
    PATIENCE.seconds = args.patience
    executables = args.ansible_playbook or [Path(sys.executable).with_name("ansible-playbook")]
    print(f"{machine()['cores']} cores. {SERVER}", file=sys.stderr)
    for letter in letters:
        run(letter, [path.absolute() for path in executables], args.quick, args.json)
    if args.document:
        update_page(args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
