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
from devtools.parts import CHAINS, GROUPS, PARTS


def become(name: str) -> NoReturn:
    """Become the demo or the story: as the same process, so that Ctrl-C reaches it directly."""
    python = str(VENV / "bin/python")
    sys.stdout.flush()
    os.execve(python, [python, "-m", f"devtools.{name}"], tool_environment())  # noqa: S606  (no shell is wanted)


def bench(options: list[str]) -> NoReturn:
    """Become the benchmarks; their options are explained by ``dev.py bench --help``."""
    python = str(VENV / "bin/python")
    argv = [python, "-m", "ansible_collections.whm.mail.tests.benchmarks", *options]
    sys.stdout.flush()
    os.execve(python, argv, tool_environment())  # noqa: S606  (no shell is wanted)


def tidy() -> None:
    """Put all Python into the form that the part 'ruff' wants."""
    for arguments in (["check", "--fix-only", "--quiet", "."], ["format", "."]):
        subprocess.run(["ruff", *arguments], cwd=ROOT, env=tool_environment(), check=False)


def clean() -> None:
    for folder in (VENV, WORK):
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "verb", choices=["setup", "demo", "story", "bench", "format", "clean", *GROUPS, *PARTS], metavar="VERB"
    )
    parser.add_argument(
        "extra", nargs=argparse.REMAINDER, help="more arguments for bench, or for the tool of a single part"
    )
    described = [f"  {name:<14} {(part.__doc__ or '').splitlines()[0]}" for name, part in PARTS.items()]
    parser.epilog = "\n".join(
        [
            "verbs: setup, demo, story, test, bench, format, clean; lint = " + ", ".join(GROUPS["lint"]),
            "parts of test:",
            *described,
        ]
    )
    arguments = parser.parse_args()
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # being ended tidies up as Ctrl-C does
    if arguments.verb == "clean":
        clean()
        return 0
    setup()
    if arguments.verb in ("demo", "story"):
        become(arguments.verb)
    if arguments.verb == "bench":
        bench(arguments.extra)
    if arguments.verb == "format":
        tidy()
    if arguments.verb in ("setup", "format"):
        return 0
    names = GROUPS.get(arguments.verb, [arguments.verb])
    chains = [[name for name in chain if name in names] for chain in CHAINS]
    return run_parts({name: PARTS[name] for name in names}, [chain for chain in chains if chain], arguments.extra)


if __name__ == "__main__":
    sys.exit(main())
