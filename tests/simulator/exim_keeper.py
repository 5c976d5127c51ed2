# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps a temporary folder for as long as somebody holds the other end of the standard input, then removes all traces.

A process of its own, so that even the sudden death (SIGKILL) of who started it leaves nothing behind. It makes the folder itself
and prints its name: there is no moment at which nobody is responsible for it. An Exim that is still at work in the folder
(`exim -C FOLDER/...`) is ended first.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

_CALM = 3  # so many looks in a row must find nobody: a process that is just being started has another name


def workers(folder: Path) -> Iterator[int]:
    """The processes that were told to use a configuration in the folder."""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            argv = place.read_bytes().split(b"\0")
            files = [after for option, after in pairwise(argv) if option == b"-C"]
            if any(file.startswith(os.fsencode(folder) + b"/") for file in files):
                yield int(place.parent.name)


def end_workers(folder: Path) -> None:
    calm = 0
    while calm < _CALM:
        found = list(workers(folder))
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        calm = 0 if found else calm + 1
        time.sleep(0.02)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends with who started it, which gets such signals too
    # In memory where that can be: Exim waits for the disk after each message.
    place = next(place for place in ("/dev/shm", "/tmp") if os.access(place, os.W_OK | os.X_OK))
    folder = Path(tempfile.mkdtemp(prefix="whm-exim-", dir=place))
    try:
        with suppress(OSError):
            print(folder, flush=True)
        sys.stdin.read()
    finally:
        end_workers(folder)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
