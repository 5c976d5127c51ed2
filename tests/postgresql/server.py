# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PostgreSQL of one's own: its start, its sudden end, and its databases. Nothing of the machine's own is used but its programs.

All files are in one short temporary folder, which only has a socket and one port on the loopback interface to the outside. As root,
it runs as `nobody`, because PostgreSQL does not run as root and `postgres` owns the machine's own; else everything runs as the caller.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Nothing of the caller's settings, which PG... variables would be; messages in English.
ENVIRONMENT = {"PATH": PATH, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
INSTALL = "apt-get install --no-install-recommends postgresql"
DEBIAN = Path("/usr/lib/postgresql")
USER = "nobody"
ROLE = "whm"
_KEEPER = Path(__file__).with_name("keeper.py")
_TRIES = 5
# Names of sockets must be short, so not below TMPDIR; and the user must get in.
MEMORY, DISK = Path("/dev/shm"), Path("/tmp")
_ROOM = 2**30


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs. Debian does not put them on PATH."""
    return next(
        (folder for folder in _folders() if all((folder / name).is_file() for name in ("initdb", "postgres"))), None
    )


def _folders() -> Iterator[Path]:
    versions = [folder for folder in DEBIAN.glob("*/bin") if folder.parent.name.isdigit()]
    yield from sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)
    found = shutil.which("initdb")
    if found:
        yield Path(found).resolve().parent


def missing() -> str | None:
    """What keeps PostgreSQL from being run here and how to change that, or None."""
    if sys.platform != "linux":
        return "PostgreSQL is only run on Linux, where the kernel ends it with the tests"
    return None if programs() else f"postgresql not installed; on Debian 12: {INSTALL}"


def _place() -> Path:
    """In memory where that can be: what a killed process has written is there in both cases, and waiting for the disk takes seconds."""
    roomy = os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free > _ROOM
    return MEMORY if roomy else DISK


class PostgreSQL:
    """A context manager. `folder` is gone afterwards, and so is everything that was started, however this process ends.

    :param on_disk: also where there is memory enough; for who measures what waiting for the disk costs.
    """

    host = "127.0.0.1"

    def __init__(self, on_disk: bool = False) -> None:
        self._place = DISK if on_disk else _place()
        self.folder = Path()
        self.port = 0
        self._password = secrets.token_urlsafe(18)
        self._keeper: subprocess.Popen[str] | None = None
        self._running = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Of the superuser. Tests of what a program does take that of `new_database`, whose role may do nothing else."""
        return self._url(ROLE, self._password, "postgres")

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@{self.host}:{self.port}/{database}"

    def is_running(self) -> bool:
        return self._running

    def start(self) -> None:
        folder = programs()
        if folder is None:
            raise RuntimeError(missing())
        argv = [sys.executable, "-I", str(_KEEPER), str(folder), USER, str(self._place)]
        pipe = subprocess.PIPE
        # A session of its own: what ends the whole group of this process leaves it the time to tidy up.
        self._keeper = subprocess.Popen(
            argv, env=ENVIRONMENT, stdin=pipe, stdout=pipe, text=True, cwd="/", start_new_session=True
        )
        try:
            said = self._answer()
            if not said.startswith("/"):
                raise RuntimeError(said)
            self.folder = Path(said)
            self._demand(f"initdb {self._password}")
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        """On a free port. Linux gives none of these to outgoing connections, so nobody takes it between `kill` and `restart`."""
        for left in reversed(range(_TRIES)):
            self.port = 20000 + secrets.randbelow(10000)
            said = self._ask(f"start {self.port}")
            if said == "done":
                self._running = True
                return
            if "Address already in use" not in said or not left:
                raise RuntimeError(said)

    def stop(self) -> None:
        """Closing its input tells the keeper to end everything. Should it have been killed, the folder is still there."""
        self._running = False
        if self._keeper is not None:
            self._keeper.communicate()
            self._keeper = None
        if self.folder.name:
            shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """A crash: SIGKILL for the server and all its processes. Returns when none of them is there any more."""
        self._running = False
        self._demand("kill")

    def restart(self) -> None:
        """On the same port. After `kill` it recovers from its log; one that runs is shut down in good order before."""
        if self._running:
            self._running = False
            self._demand("stop")
        self._demand(f"start {self.port}")
        self._running = True

    def new_database(self) -> str:
        """The URL of an empty database and of a role that owns it and may do nothing else."""
        import psycopg
        from psycopg import sql

        name, password = f"whm_{secrets.token_hex(6)}", secrets.token_urlsafe(18)
        role = sql.Identifier(name)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(password)))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        return self._url(name, password, name)

    def drop(self, url: str) -> None:
        """The database that `new_database` made, whoever is still connected to it, and its role."""
        import psycopg
        from psycopg import sql

        name = sql.Identifier(urlsplit(url).path.removeprefix("/"))
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(name))

    def log(self) -> str:
        log = self.folder / "log"
        return log.read_text(encoding="utf-8", errors="replace") if log.is_file() else "it has no log"

    def _demand(self, order: str) -> None:
        said = self._ask(order)
        if said != "done":
            raise RuntimeError(said)

    def _ask(self, order: str) -> str:
        if self._keeper is None or self._keeper.stdin is None:
            raise RuntimeError("PostgreSQL was not started")
        self._keeper.stdin.write(f"{order}\n")
        self._keeper.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        said = self._keeper.stdout.readline() if self._keeper and self._keeper.stdout else ""
        return said.strip() or "the keeper of PostgreSQL ended"
