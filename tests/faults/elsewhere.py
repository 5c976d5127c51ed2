# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that are none: where a single request of a task is sent to instead of the simulated WHM."""

from __future__ import annotations

import datetime
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

from ansible_collections.whm.mail.tests.simulator.httpd import Listener, Request, Response
from ansible_collections.whm.mail.tests.simulator.running import Running
from ansible_collections.whm.mail.tests.simulator.tls import Certificates


@dataclass
class Elsewheres(Running):
    """Ports by name, all on the loopback interface, and what the two that answer have seen.

    refused: nobody listens. black hole: packets are dropped (a listener whose queue is full). silent: accepts, never says a word.
    plain: answers anything with a line of HTTP.
    elsewhere: redirects to ``target``, which must never hear anything. busy: answers 429 with a date.
    """

    certificates: Certificates
    ports: dict[str, int] = field(default_factory=dict)
    heard: list[Request] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _open: list[Any] = field(default_factory=list)

    def start(self) -> None:
        self.ports["refused"] = self._closed()
        self.ports["black hole"] = self._full()
        self.ports["silent"] = self._talk(b"")
        self.ports["plain"] = self._talk(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        good = self.certificates.context("good")
        self.ports["target"] = self._serve(Listener(self._hear, self._stop, good))
        self.ports["elsewhere"] = self._serve(Listener(self._redirect, self._stop, good))
        self.ports["busy"] = self._serve(Listener(_busy, self._stop, good))

    def stop(self) -> None:
        self._stop.set()
        for each in self._open:
            each.stop() if isinstance(each, Listener) else each.close()

    def _serve(self, listener: Listener) -> int:
        self._open.append(listener)
        return listener.port

    def _listening(self, backlog: int = 16) -> socket.socket:
        server = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self._open.append(server)
        return server

    def _closed(self) -> int:
        """A port that stays taken, so that nobody else gets it, but does not listen."""
        taken = socket.socket()
        taken.bind(("127.0.0.1", 0))
        self._open.append(taken)
        port: int = taken.getsockname()[1]
        return port

    def _talk(self, words: bytes) -> int:
        """Says these words to whoever calls; nothing means that the call is held."""
        server = self._listening()
        held: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    held.append(server.accept()[0])
                    if words:
                        held[-1].recv(65536)
                        held.pop().sendall(words)

        threading.Thread(target=accept, daemon=True).start()
        port: int = server.getsockname()[1]
        return port

    def _full(self) -> int:
        """Linux drops what asks for a connection when the queue of a listener is full."""
        port: int = self._listening(backlog=0).getsockname()[1]
        for _number in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            self._open.append(client)
        return port

    def _hear(self, request: Request) -> Response:
        self.heard.append(request)
        return Response(200, b'{"metadata":{"version":1,"result":1,"reason":"OK"}}')

    def _redirect(self, request: Request) -> Response:
        location = f"https://127.0.0.1:{self.ports['target']}{request.target}"
        return Response(307, b"", [("Location", location)], end="close")


def _busy(request: Request) -> Response:
    """As a server that hands out a date: three seconds from its own now, which is not ours."""
    now = datetime.datetime(2031, 5, 4, 3, 2, 1, tzinfo=datetime.UTC)
    later = now + datetime.timedelta(seconds=3)
    headers = [("Date", format_datetime(now, usegmt=True)), ("Retry-After", format_datetime(later, usegmt=True))]
    return Response(429, b"Too many requests", headers, end="close")
