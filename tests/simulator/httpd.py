# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTP/1.1 server: keep-alive, TLS, and full control over what goes over the wire.

The standard library's server parses headers with the email package and decides itself when to close; the simulator
needs speed and the freedom to misbehave.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import BinaryIO, cast

IDLE_SECONDS = 70.0
MAX_BODY = 64 * 2**20
# The first byte of a TLS handshake: on a plain port it gets the answer of an HTTP server, whatever bytes follow it.
TLS_RECORD = b"\x16"
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_CONNECTIONS = itertools.count(1)
_REASONS = {
    200: "OK", 301: "Moved Permanently", 307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden Access denied", 404: "Not Found", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


@dataclass
class Request:
    """A request as received. `target` is path and query, untouched."""

    method: str
    target: str
    http_version: str
    headers: dict[str, str]
    body: bytes
    connection: int
    address: str
    secure: bool

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass
class Response:
    """An answer. `end`: keep, close, silent_close (closes without saying so), abort (nothing is sent), reset."""

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    end: str = "keep"
    chunked: bool = False
    drip: float | None = None


App = Callable[[Request], Response]


class Busy(OSError):
    """A port that is not free, or not ours to take, as a sentence."""


class Listener:
    """One listening port: an accepting thread and one thread per connection."""

    def __init__(self, app: App, stop: threading.Event, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._app = app
        self._tls = tls
        self._stop = stop
        self._open: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        try:
            self._socket = socket.create_server(("127.0.0.1", port), backlog=256)
        except OSError as problem:
            why = os.strerror(problem.errno) if problem.errno else problem
            raise Busy(f"Port {port} cannot be listened on: {why}.") from problem
        # A fallback for systems where shutting down a listening socket does not wake accept().
        self._socket.settimeout(0.25)
        self.port: int = self._socket.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name=f"simulator-{self.port}", daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                client, address = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                break
            thread = threading.Thread(target=self._serve, args=(client, address[0]), daemon=True)
            with self._lock:
                self._open.add(client)
                self._threads.add(thread)
            thread.start()

    def _serve(self, client: socket.socket, address: str) -> None:
        connection = next(_CONNECTIONS)
        wire: socket.socket = client
        try:
            client.settimeout(IDLE_SECONDS)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                wire = self._wrap(self._tls, client)
            with wire.makefile("rb", buffering=65536) as stream:
                reader = cast(BinaryIO, stream)
                while not self._stop.is_set() and self._one(wire, reader, connection, address):
                    pass
        except (OSError, ValueError):
            pass  # the client went away, or spoke something else than HTTP or TLS
        finally:
            _hang_up(wire)
            with self._lock:
                self._open.difference_update({client, wire})
                self._threads.discard(threading.current_thread())

    def _wrap(self, tls: ssl.SSLContext, client: socket.socket) -> socket.socket:
        """Shake hands only once stop() knows the new socket: wrapping detaches the plain one."""
        wire = tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(wire)
        if not self._stop.is_set():
            wire.do_handshake()
        return wire

    def _one(self, wire: socket.socket, stream: BinaryIO, connection: int, address: str) -> bool:
        request = read_request(wire, stream, connection, address, self._tls is not None)
        if request is None:
            return False
        response = self._app(request)
        if response.end == "abort":
            return False
        if response.end == "reset":
            # Linger 0 turns close() into a reset.
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        old = request.http_version == "HTTP/1.0" or request.headers.get("connection", "").lower() == "close"
        self._send(wire, encode_response(response, close=old or response.end == "close"), response.drip)
        return not old and response.end == "keep"

    def _send(self, wire: socket.socket, data: bytes, drip: float | None) -> None:
        if drip is None:
            wire.sendall(data)
            return
        for place in range(len(data)):
            if self._stop.wait(drip):
                return
            wire.sendall(data[place : place + 1])

    def stop(self) -> None:
        """End promptly: the stop event is set by now; wake whatever waits on a socket."""
        _shutdown(self._socket)
        self._socket.close()
        with self._lock:
            waiting = list(self._open)
            threads = list(self._threads)
        for client in waiting:
            _shutdown(client)
        for thread in (self._accepting, *threads):
            thread.join(timeout=5)


def _shutdown(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # The plain method: a TLS shutdown would wait for the other side.
        socket.socket.shutdown(wire, socket.SHUT_RDWR)


def _hang_up(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):
        wire.close()


def read_request(wire: socket.socket, stream: BinaryIO, connection: int, address: str, secure: bool) -> Request | None:
    """The next request of a connection; None at its end.

    :raises ValueError: what came is no HTTP.
    """
    first = stream.read(1)
    if first == TLS_RECORD:
        wire.sendall(BAD_REQUEST)
    if first in (b"", TLS_RECORD):
        return None
    line = first + stream.readline(65537)
    if not line.strip():
        return None
    method, target, version = line.decode("latin-1").split(None, 2)
    if not version.startswith("HTTP/1."):
        raise ValueError("The request line is no HTTP.")
    headers: dict[str, str] = {}
    while True:
        line = stream.readline(65537)
        if line in (b"\r\n", b"\n", b""):
            break
        name, _colon, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        wire.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = _read_body(stream, headers)
    return Request(method, target, version.strip(), headers, body, connection, address, secure)


def _read_body(stream: BinaryIO, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return b"".join(_read_chunks(stream))
    length = int(headers.get("content-length") or 0)
    if not 0 <= length <= MAX_BODY:
        raise ValueError("The body is too long.")
    body = stream.read(length)
    if len(body) < length:
        raise ValueError("The body is too short.")
    return body


def _read_chunks(stream: BinaryIO) -> Iterable[bytes]:
    while True:
        size = int(stream.readline(1024).split(b";")[0], 16)
        if not 0 <= size <= MAX_BODY:
            raise ValueError("The chunk is too long.")
        chunk = stream.read(size)
        stream.readline(1024)
        if not size:
            return
        yield chunk


def encode_response(response: Response, *, close: bool) -> bytes:
    """Status line, headers and body in one piece, so that one small answer is one packet."""
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    if close:
        lines.append("Connection: close")
    elif response.chunked:
        lines += ["Connection: Keep-Alive", f"Keep-Alive: timeout={int(IDLE_SECONDS)}, max=200"]
    body = response.body
    if response.chunked and not close:
        lines.append("Transfer-Encoding: chunked")
        body = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    else:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
