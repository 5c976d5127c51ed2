# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a PostgreSQL for as long as somebody holds the other end of the standard input, then removes all traces of it.

A process of its own, so that even the sudden death (SIGKILL) of who started it leaves nothing behind. It makes the folder itself:
there is no moment at which nobody is responsible for it. Should this process be killed, the kernel tells PostgreSQL to end.

Usage: keeper.py PROGRAMS USER PLACE, with the folder of the programs, whom to run them as where we are root, and where to make the
folder. It says which one it made, then answers each line with one: ``initdb PASSWORD``, ``start PORT``, ``stop`` and ``kill`` with
``done`` or with what went wrong.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PATIENCE = 30.0
GRACE = 5.0
ROLE = "whm"
_PR_SET_CHILD_SUBREAPER = 36

# Durable, since durability is tested: fsync, full_page_writes and synchronous_commit stay on. Shared memory beyond a few bytes is in
# files of the folder, because what is elsewhere outlives a process that is killed.
SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}/sockets'
dynamic_shared_memory_type = mmap
shared_buffers = 16MB
max_connections = 60
fsync = on
full_page_writes = on
synchronous_commit = on
log_timezone = UTC
timezone = UTC
"""


class Keeper:
    def __init__(self, programs: Path, user: str, place: Path) -> None:
        self.programs = programs
        owner = pwd.getpwnam(user) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.ids = (owner.pw_uid, owner.pw_gid)
        self.folder = Path(tempfile.mkdtemp(prefix="whm-postgresql-", dir=place))
        self.data = self.folder / "data"
        self.server: subprocess.Popen[bytes] | None = None

    def serve(self) -> None:
        """Obey until nobody is there any more."""
        (self.folder / "sockets").mkdir()
        for path in (self.folder, self.folder / "sockets"):
            os.chown(path, *self.ids)
        _say(str(self.folder))
        for line in sys.stdin:
            word, *rest = line.split()
            try:
                getattr(self, f"do_{word}")(*rest)
                _say("done")
            except (OSError, RuntimeError) as problem:
                _say(" ".join(f"{problem}; {self.log()[-2000:]}".split()))

    def do_initdb(self, password: str) -> None:
        file = self.folder / "password"
        file.write_text(password, encoding="ascii")
        file.chmod(0o600)
        os.chown(file, *self.ids)
        argv = [str(self.programs / "initdb"), "--pgdata", str(self.data), "--username", ROLE, "--pwfile", str(file)]
        # Nothing is to be lost yet: initdb itself need not wait for the disk.
        argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        done = self._start(argv).wait()
        file.unlink()
        if done:
            raise RuntimeError(f"initdb ended with {done}")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as settings:
            settings.write(SETTINGS.format(folder=self.folder))

    def do_start(self, port: str) -> None:
        """Returns when it takes connections, after the recovery from a crash too."""
        argv = ["setpriv", "--pdeathsig", "QUIT", str(self.programs / "postgres"), "-D", str(self.data), "-p", port]
        self.server = self._start(argv)
        deadline = time.monotonic() + PATIENCE
        while not self._is_ready(self.server.pid):
            if self.server.poll() is not None or time.monotonic() > deadline:
                self.do_kill()
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.01)

    def do_stop(self) -> None:
        """In good order; clients lose their connections."""
        self._signal(signal.SIGINT)
        end_descendants()
        self.server = None

    def do_kill(self) -> None:
        """As in a crash: none of its processes can write another byte."""
        end_descendants()
        self.server = None

    def end(self) -> None:
        self._signal(signal.SIGQUIT)  # at once, but it gives its shared memory back
        end_descendants()
        self._free_memory()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        log = self.folder / "log"
        return log.read_text(encoding="utf-8", errors="replace") if log.is_file() else "it has no log"

    def _start(self, argv: list[str]) -> subprocess.Popen[bytes]:
        uid, gid = self.ids if os.geteuid() == 0 else (None, None)
        groups: list[int] | None = None if uid is None else []
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                user=uid,
                group=gid,
                extra_groups=groups,
            )

    def _is_ready(self, pid: int) -> bool:
        """It says so in the last line of this file, in the first of which is who it is: an older file may still be there."""
        with suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
        return False

    def _signal(self, number: signal.Signals) -> None:
        """Ask the server to end, and give it time to."""
        if self.server is not None:
            self.server.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self.server.wait(GRACE)

    def _free_memory(self) -> None:
        """The few bytes of System V memory by which it knows that another one runs: they stay when it is killed."""
        with suppress(OSError, IndexError):
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            subprocess.run(["ipcrm", "-m", lines[6].split()[1]], stderr=subprocess.DEVNULL, check=False)


def end_descendants() -> None:
    """SIGKILL for all processes below this one. Orphans become its children, so it has none left only when all have ended."""
    with suppress(ChildProcessError):
        while True:
            for pid in descendants(os.getpid()):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            time.sleep(0.005)


def descendants(pid: int) -> list[int]:
    """The nearest first: those who start others end before them."""
    parents = dict(_processes())
    found = [pid]
    for above in found:
        found += [each for each, parent in parents.items() if parent == above]
    return found[1:]


def _processes() -> Iterator[tuple[int, int]]:
    """Process to its parent."""
    for place in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            yield int(place.parent.name), int(place.read_text(errors="replace").rpartition(")")[2].split()[1])


def _say(line: str) -> None:
    with suppress(BrokenPipeError):
        print(line, flush=True)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        # It ends with who started it, which gets such signals too. (Ignoring them would be handed down to PostgreSQL.)
        signal.signal(number, lambda _number, _frame: None)
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    keeper = Keeper(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    try:
        keeper.serve()
    finally:
        keeper.end()


if __name__ == "__main__":
    main()
