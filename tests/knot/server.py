# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Knot of one's own: its start, what it serves, and its end. Nothing of the machine's own Knot is used but its programs.

All files are in one short temporary folder, which only has a socket and one port on the loopback interface to the outside. Knot serves the
root, so that it says of any other name that there is none; and it hands nothing on to others. As root, it runs as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .zones import Names, zone_file

if TYPE_CHECKING:
    from dns.resolver import Resolver

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
INSTALL = "apt-get install --no-install-recommends knot"
_KEEPER = Path(__file__).with_name("keeper.py")
_PATIENCE = 30.0
_TRIES = 5

CONFIG = """\
server:
    rundir: {folder}/run
    listen: {host}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
    dbus-event: none
database:
    storage: {folder}/database
control:
    listen: {folder}/control
log:
  - target: {folder}/log
    any: info
template:
  - id: default
    storage: {folder}/zones
    journal-content: none
    zonefile-sync: -1
zone:
  - domain: .
    file: root
"""


def missing() -> str | None:
    """What keeps Knot from being run here and how to change that, or None."""
    if all(shutil.which(name, path=PATH) for name in ("knotd", "knotc")):
        return None
    return f"knot not installed; on Debian 12: {INSTALL}"


class Knot:
    """A context manager. `folder` is gone afterwards, and so is everything that was started, however this process ends."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.folder = Path()
        self.port = 0
        self._keeper: subprocess.Popen[str] | None = None
        self._serial = 0

    def __enter__(self) -> Self:
        for left in reversed(range(_TRIES)):
            try:
                self.start()
                return self
            except RuntimeError:
                if not left:
                    raise
        raise AssertionError

    def __exit__(self, *_problem: object) -> None:
        self.stop()

    def start(self) -> None:
        argv = [sys.executable, "-I", str(_KEEPER)]
        self._keeper = subprocess.Popen(
            argv,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            start_new_session=True,
        )
        try:
            self.folder = Path(self._keeper.stdout.readline().strip() if self._keeper.stdout else "")
            if not self.folder.is_absolute() or self._keeper.stdin is None:
                raise RuntimeError("The keeper of the temporary folder did not start.")
            for name in (".", "run", "database", "zones"):
                (self.folder / name).mkdir(exist_ok=True)
                self._give_away(self.folder / name)
            self.port = free_port()
            self._write({}, ())
            self._keeper.stdin.write("start\n")
            self._keeper.stdin.flush()
            self._wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Closing its input tells the keeper to end everything. Should it have been killed, the folder is still there."""
        if self._keeper is not None:
            self._keeper.communicate()
            self._keeper = None
        if self.folder.name:
            shutil.rmtree(self.folder, ignore_errors=True)

    def publish(self, names: Names, broken: Collection[str] = ()) -> None:
        """Serve these names and no others; the server fails (SERVFAIL) for `broken` ones and those below them."""
        self._write(names, broken)
        argv = ["knotc", "-s", str(self.folder / "control"), "reload"]
        done = subprocess.run(
            argv, env=ENVIRONMENT, cwd="/", capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
        if done.returncode:
            raise RuntimeError(f"knotc: {done.stderr.strip()}; {self.log()[-2000:]}")
        self._wait()

    def resolver(self) -> Resolver:
        """Asks this server only, and remembers what it said."""
        import dns.name
        from dns.resolver import LRUCache, Resolver

        found = Resolver(configure=False)
        found.domain = dns.name.root  # not that of this machine
        found.nameservers, found.port = [self.host], self.port
        found.cache = LRUCache(100_000)
        return found

    def log(self) -> str:
        files = [self.folder / name for name in ("output", "log")]
        return "".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file())

    def _write(self, names: Names, broken: Collection[str]) -> None:
        self._serial += 1
        config = CONFIG.format(folder=self.folder, host=self.host, port=self.port)
        config += "".join(f"  - domain: {name}\n" for name in broken)  # has no file
        files: Mapping[str, str] = {"zones/root": zone_file(names, self._serial), "knot.conf": config}
        for name, text in files.items():
            half = self.folder / f"{name}.half"
            half.write_text(text, encoding="ascii")
            self._give_away(half)
            half.replace(self.folder / name)

    def _give_away(self, path: Path) -> None:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
            path.chmod(0o700 if path.is_dir() else 0o600)

    def _wait(self) -> None:
        """Until it serves what was written last."""
        deadline = time.monotonic() + _PATIENCE
        while not self._serves():
            if self._keeper is None or self._keeper.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Knot does not serve what it should: {self.log()[-2000:]}")
            time.sleep(0.02)

    def _serves(self) -> bool:
        from dns.exception import Timeout
        from dns.resolver import NXDOMAIN, NoAnswer, NoNameservers

        try:
            (answer,) = self.resolver().resolve(".", "SOA", lifetime=1)
        except (NoAnswer, NoNameservers, NXDOMAIN, OSError, Timeout):
            return False
        return bool(answer.serial == self._serial)


def free_port() -> int:
    """Both for UDP and for TCP. Linux gives none of these to outgoing connections."""
    for _try in range(1000):
        port = 20000 + int.from_bytes(os.urandom(2), "big") % 10000
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            try:
                stream.bind((Knot.host, port))
                datagrams.bind((Knot.host, port))
            except OSError:
                continue
            return port
    raise RuntimeError("There is no free port.")
