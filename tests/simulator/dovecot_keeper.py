# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a Dovecot for as long as somebody holds the other end of the standard input, then removes all traces of it.

A process of its own, so that even the sudden death (SIGKILL) of who started it leaves nothing behind; should this process be
killed, the kernel tells Dovecot to end. Usage: dovecot_keeper.py FOLDER, where FOLDER will get a dovecot.conf.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

GRACE = 5.0


def abandoned(seconds: float) -> bool:
    """Whether the other end of the standard input is closed; waits that long for it."""
    ready, _writable, _failed = select.select([0], [], [], seconds)
    return bool(ready) and not os.read(0, 4096)


def keep(folder: Path) -> None:
    """Start Dovecot once its configuration is there, and return when it ended or when nobody wants it any more."""
    config = folder / "dovecot.conf"
    while not config.exists():
        if abandoned(0.01):
            return
    argv = ["setpriv", "--pdeathsig", "TERM", "dovecot", "-F", "-c", str(config)]
    server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        while server.poll() is None and not abandoned(0.5):
            pass
    finally:
        end(server)


def end(server: subprocess.Popen[bytes]) -> None:
    """First politely, then its whole process group."""
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def main() -> None:
    folder = Path(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    try:
        keep(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
