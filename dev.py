# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs everything there is to run in this checkout: the demo, all the tests, or one part of them.

``python3 dev.py demo`` and ``python3 dev.py test`` make their own environment in ``.venv``: nothing needs to be
installed or activated before, and the folder of the checkout may have any name.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from typing import NoReturn

from devtools.environment import ROOT, VENV, WORK, setup, tool_environment
from devtools.job import run_parts
from devtools.parts import CHAINS, FURTHER, GROUPS, PARTS

VERBS = {
    "demo": "three simulated WHM servers: an audit, a policy, an outbreak of spam and its end",
    "simulator": "three simulated WHM servers to try things on, until Ctrl-C; takes options",
    "setup": "only make the environment in .venv",
    "format": "put all Python into the form that the part ruff wants",
    "clean": "remove .venv and .ansible",
    **{name: (part.__doc__ or "").strip() for name, part in FURTHER.items()},
    "test-engines": "the simulator against a real Dovecot, Exim and DNS, and what needs PostgreSQL or promtool; names the packages",
    "bench": "what tasks cost, measured against a simulator: forty minutes",
    "matrix": "units, integration, roles and sanity on every ansible-core and Python there is: hours",
    "fuzz": "the property tests at length: more than 100,000 damaged answers, and servers with moods",
    "lock-dependencies": "write requirements-dev.lock anew from requirements-dev.txt",
    "audit-dependencies": "ask for known vulnerabilities of everything in the lock; needs a network",
}
TAKE_OPTIONS = {"simulator", "bench", "matrix", "fuzz", "test-engines", *PARTS}


def demo() -> NoReturn:
    """Become the demo: as the same process, so that Ctrl-C reaches it directly."""
    python = str(VENV / "bin/python")
    sys.stdout.flush()
    os.execve(python, [python, "-m", "devtools.demo"], tool_environment())  # noqa: S606  (no shell is wanted)


def bench(options: list[str]) -> NoReturn:
    """Become the benchmarks; their options are explained by ``dev.py bench --help``."""
    python = str(VENV / "bin/python")
    argv = [python, "-m", "ansible_collections.whm.mail.tests.benchmarks", *options]
    sys.stdout.flush()
    os.execve(python, argv, tool_environment())  # noqa: S606  (no shell is wanted)


def simulator(options: list[str], folder: str) -> NoReturn:
    """Become the simulator, in the folder that it was started from; its options are explained by ``dev.py simulator --help``."""
    python = str(VENV / "bin/python")
    argv = [python, "-m", "ansible_collections.whm.mail.tests.simulator", *options]
    os.chdir(folder)  # names of files are those of the caller
    sys.stdout.flush()
    os.execve(python, argv, tool_environment())  # noqa: S606  (no shell is wanted)


def matrix(options: list[str]) -> int:
    """The version matrix; its options are explained by ``dev.py matrix --help``."""
    from devtools.matrix import main as run_matrix

    return run_matrix(options)


def test_engines(options: list[str]) -> int:
    """The tests with a real Dovecot, Exim, Knot, PostgreSQL and promtool; ``--long`` compares ten times as much."""
    from devtools.engines import main as run_engines

    return run_engines(options)


def fuzz(options: list[str]) -> int:
    """The long run of the property tests; its options are explained by ``dev.py fuzz --help``."""
    from devtools.fuzz import main as run_fuzz

    return run_fuzz(options)


def dependencies(verb: str) -> int:
    """Lock the versions of all dependencies anew, or ask for advisories about them. Needs a network, and no ``.venv``."""
    from devtools import supply

    return supply.lock() if verb == "lock-dependencies" else supply.audit()


def tidy() -> None:
    """Put all Python into the form that the part 'ruff' wants."""
    for arguments in (["check", "--fix-only", "--quiet", "."], ["format", "."]):
        subprocess.run(["ruff", *arguments], cwd=ROOT, env=tool_environment(), check=False)


def clean() -> None:
    for folder in (VENV, WORK):
        shutil.rmtree(folder, ignore_errors=True)


class Parser(argparse.ArgumentParser):
    """One that says one sentence, without the usage, and names verbs only when it is asked for help."""

    def error(self, message: str) -> NoReturn:
        message = message.partition(" (choose from")[0]
        self.exit(2, f"{self.prog}: {message}. python3 dev.py --help names all verbs.\n")


def main() -> int:
    parser = Parser(prog="dev.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("verb", choices=[*VERBS, *GROUPS, *PARTS], metavar="VERB")
    parser.add_argument(
        "extra",
        nargs=argparse.REMAINDER,
        help="options of simulator, bench, matrix, fuzz or test-engines, or arguments for the tool of a single part",
    )
    described = {
        "test": "everything that has to pass, a quarter of an hour: all parts below",
        "lint": "the parts " + ", ".join(GROUPS["lint"]),
        **VERBS,
    }
    parts = {name: (part.__doc__ or "").splitlines()[0] for name, part in PARTS.items()}
    shown = [[f"  {name:<20} {text}" for name, text in group.items()] for group in (described, parts)]
    parser.epilog = "\n".join(["verbs:", *shown[0], "parts of test:", *shown[1]])
    arguments = parser.parse_args()
    if arguments.extra and arguments.verb not in TAKE_OPTIONS:
        parser.error(f"{arguments.verb} takes no options, but was given: {' '.join(arguments.extra)}")
    folder = os.getcwd()
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # being ended tidies up as Ctrl-C does
    if arguments.verb == "clean":
        clean()
        return 0
    if arguments.verb in ("lock-dependencies", "audit-dependencies"):
        return dependencies(arguments.verb)
    setup()
    if arguments.verb == "demo":
        demo()
    if arguments.verb == "simulator":
        simulator(arguments.extra, folder)
    if arguments.verb == "bench":
        bench(arguments.extra)
    if arguments.verb == "matrix":
        return matrix(arguments.extra)
    if arguments.verb == "fuzz":
        return fuzz(arguments.extra)
    if arguments.verb == "test-engines":
        return test_engines(arguments.extra)
    if arguments.verb == "format":
        tidy()
    if arguments.verb in ("setup", "format"):
        return 0
    names = GROUPS.get(arguments.verb, [arguments.verb])
    chains = [[name for name in chain if name in names] for chain in [*CHAINS, [*FURTHER]]]
    return run_parts(
        {name: {**PARTS, **FURTHER}[name] for name in names}, [chain for chain in chains if chain], arguments.extra
    )


if __name__ == "__main__":
    sys.exit(main())
