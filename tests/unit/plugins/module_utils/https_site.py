# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers of our own for the tests of the transport over HTTPS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError
from ansible_collections.whm.mail.plugins.module_utils._whm.https import HttpsTransport, token_auth
from ansible_collections.whm.mail.tests.simulator.httpd import Request, Response

TOKEN = "TOKEN0123456789"
OK = b'{"metadata":{"result":1},"data":{"a":1}}'
PROXY_VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NETRC",
)


@dataclass
class Site:
    """A small server of our own: answers with what ``answer`` returns, remembers what was asked."""

    answer: Callable[[Request], Response] = lambda request: Response(200, OK)
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    ca: str = ""

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answer(request)

    def transport(self, timeout: float = 60.0, **options: Any) -> HttpsTransport:
        return HttpsTransport("127.0.0.1", self.port, token_auth("root", TOKEN), **{"verify": self.ca, "timeout": timeout, **options})  # fmt: skip


@contextlib.contextmanager
def raw_server(talk: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A port where every connection is handed to ``talk``."""

    def serve() -> None:
        while True:
            try:
                client, _address = listening.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), client:
                talk(tls.wrap_socket(client, server_side=True) if tls else client)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def connect(box: Any, **options: Any) -> HttpsTransport:
    auth = options.pop("auth", None) or token_auth("root", box.token)
    return HttpsTransport(options.pop("host", box.host), options.pop("port", box.port), auth, **options)


def unhurried(transport: HttpsTransport) -> HttpsTransport:
    """A short timeout that is meant for the answer, and not for the handshake on a busy machine."""
    transport._patience = 60
    return transport


def failure(transport: HttpsTransport, function: str = "version") -> WhmError:
    with pytest.raises(WhmError) as caught:
        transport.send(function, [])
    transport.close()
    assert "\n" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    return caught.value
