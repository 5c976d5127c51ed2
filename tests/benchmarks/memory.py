# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The most memory that a program's own process held, without those that it starts.

``python3 memory.py FILE PROGRAM ARGUMENT...`` runs a program that is written in Python, and leaves the bytes in the file.
"""

from __future__ import annotations

import resource
import runpy
import sys
from pathlib import Path


def peak() -> int:
    """Most memory that this process has held. Linux knows it for the program itself, without what started it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    file = Path(sys.argv[1]).absolute()
    del sys.argv[:2], sys.path[0]  # as if the program had been started itself
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    finally:
        file.write_text(str(peak()), encoding="ascii")


if __name__ == "__main__":
    main()
