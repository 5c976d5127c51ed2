# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a Knot for as long as somebody holds the other end of the standard input, then removes all traces of it.

A process of its own, so that even the sudden death (SIGKILL) of who started it leaves nothing behind. It makes the folder itself and
prints its name, starts Knot when a line comes, and ends it with the input. Should this process be killed, the kernel ends Knot.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

GRACE = 5.0


def end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(GRACE)
    server.kill()
    server.wait()


def _less() -> list[str]:
    """No privileges from the start. If Knot gave them up by itself, the kernel would forget to end it."""
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    return ["--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups"]


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="whm-knot-", dir="/tmp"))  # names of sockets must be short
    server = None
    try:
        with suppress(OSError):
            print(folder, flush=True)
        if sys.stdin.readline():
            argv = ["setpriv", *_less(), "--pdeathsig", "KILL", "knotd", "-c", str(folder / "knot.conf")]
            with open(folder / "output", "wb") as output:
                streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
                server = subprocess.Popen(argv, cwd="/", start_new_session=True, **streams)  # type: ignore[call-overload]
            sys.stdin.read()
    finally:
        if server:
            end(server)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        # It ends with who started it, which gets such signals too. (Ignoring them would be handed down to Knot.)
        signal.signal(number, lambda _number, _frame: None)
    if os.name == "posix":
        main()
