# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several WHM servers in one process."""

from __future__ import annotations

import os
import secrets
import threading
import time
from pathlib import Path
from typing import Any

from . import cli_skin, loading
from .box import Box
from .control import ControlApp
from .dovecot_engine import DovecotEngine
from .dovecot_server import Dovecot
from .exim_real import RealExim
from .folder import Folder
from .http_skin import WhmApp
from .httpd import Busy, Listener
from .registry import Clock
from .running import Running
from .tls import Certificates


class Simulator(Running):
    """Listens when started, is gone without a trace when stopped.

    `engine`: what is real, one a server: nothing (memory), the dovecot or the exim of Debian's packages.
    With `port_base` N the control port is N, and the servers get N+1 (TLS), N+2 (plain), N+3 …; else any free ones.
    """

    def __init__(
        self,
        source: loading.Data | str | os.PathLike[str],
        *,
        port_base: int | None = None,
        plain: bool = True,
        clock: Clock = time.time,
        engine: str = "memory",
    ) -> None:
        servers = loading.servers_of(Path(source) if isinstance(source, os.PathLike) else source)
        self.boxes = {name: Box(name, data, clock) for name, data in servers.items()}
        self._port_base = port_base
        self._plain = plain
        self._dovecots = {name: Dovecot() for name in self.boxes if engine == "dovecot"}
        self._exims = {name: RealExim(box.state.hostname) for name, box in self.boxes.items() if engine == "exim"}
        self._stop = threading.Event()
        self._listeners: list[Listener] = []
        self._folder: Folder | None = None
        self._secret = secrets.token_urlsafe(24)
        self.control_port = 0

    def __getitem__(self, name: str) -> Box:
        return self.boxes[name]

    def start(self) -> None:
        self._folder = Folder()
        self._stop.clear()
        try:
            for name, dovecot in self._dovecots.items():
                dovecot.start()
                self.boxes[name].engine = DovecotEngine(dovecot)
                self.boxes[name].begin()
            for name, exim in self._exims.items():
                exim.start()
                self.boxes[name].exim = exim
                self.boxes[name].begin()
            self._listen(Certificates(self.folder))
        except BaseException:
            self.stop()
            raise

    def _listen(self, certificates: Certificates) -> None:
        ports = iter(range(self._port_base, 65536)) if self._port_base else None
        self.control_port = self._open(ControlApp(self, self._secret), ports).port
        for box in self.boxes.values():
            app = WhmApp(box, self._stop)
            box.port = self._open(app, ports, certificates.context(box.state.certificate)).port
            box.plain_port = self._open(app, ports).port if self._plain else None
            box.root = self.folder / box.name
            box.mirror()
            cli_skin.write_programs(self.cli_dir(box.name), box, self.control_port, self._secret)

    def _open(self, app: Any, ports: Any, tls: Any = None) -> Listener:
        port = next(ports, None) if ports else 0
        if port is None:
            raise Busy("There are no ports above 65535.")
        listener = Listener(app, self._stop, tls, port)
        self._listeners.append(listener)
        return listener

    def stop(self) -> None:
        self._stop.set()
        for listener in self._listeners:
            listener.stop()
        self._listeners.clear()
        for box in self.boxes.values():
            box.root = None
            if box.engine is not None:
                box.engine.end()
                box.engine = box.state.engine = None
            box.exim = None
        for dovecot in self._dovecots.values():
            dovecot.stop()
        for exim in self._exims.values():
            exim.stop()
        if self._folder is not None:
            self._folder.remove()
            self._folder = None

    def reset(self) -> None:
        """All servers back to the state that they began with."""
        for box in self.boxes.values():
            box.reset()

    @property
    def folder(self) -> Path:
        if self._folder is None:
            raise RuntimeError("The simulator is not running.")
        return self._folder.path

    @property
    def ca_path(self) -> str:
        """The certificate authority that the good certificates come from."""
        return str(self.folder / "ca.pem")

    @property
    def control_url(self) -> str:
        return f"http://127.0.0.1:{self.control_port}/{self._secret}"

    def cli_dir(self, name: str) -> Path:
        """The folder with whmapi1, uapi and cpapi2 of one server: where it is on a real one, below the server's own root."""
        return self.folder / self.boxes[name].name / "usr/local/cpanel/bin"

    def info(self) -> dict[str, Any]:
        """What another process needs to use the simulator."""
        servers = {
            name: {
                "host": box.host,
                "port": box.port,
                "plain_port": box.plain_port,
                "caller": box.caller,
                "token": box.token,
                "hostname": box.state.hostname,
                "cli_dir": str(self.cli_dir(name)),
            }
            for name, box in self.boxes.items()
        }
        return {"pid": os.getpid(), "control": self.control_url, "ca_path": self.ca_path, "servers": servers}
