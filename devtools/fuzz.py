# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The long run of the property tests: damaged answers into the decoder, tasks on a server with moods.

The seed makes it repeatable: with the same seed, the same packages and the same tests the same cases come again. Other
options go to pytest, for example ``-k test_decoder`` or ``-n 2``.
"""

from __future__ import annotations

import argparse
import os
import random
import sys

from devtools.environment import VENV, tool_environment

LARGEST_SEED = 2**32


def main(options: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, help="of a run that is to be repeated")
    arguments, extra = parser.parse_known_args(options)
    seed = random.randrange(LARGEST_SEED) if arguments.seed is None else arguments.seed  # noqa: S311 (nothing secret)
    argv = [
        str(VENV / "bin/python"),
        "-m",
        "pytest",
        "-q",
        "tests/properties",
        "--hypothesis-profile=fuzz",
        f"--hypothesis-seed={seed}",
    ]
    print(f"The same again: python3 dev.py fuzz --seed {seed}{''.join(f' {each}' for each in extra)}")
    sys.stdout.flush()
    os.execve(argv[0], [*argv, *extra], tool_environment())  # noqa: S606  (no shell is wanted)
