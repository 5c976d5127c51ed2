# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A ``whmapi1`` that starts in a hundredth of a second; otherwise the simulator's own."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator import cli_skin
from ansible_collections.whm.mail.tests.simulator.box import Box

_SCRIPT = """{shebang}
import sys, _socket
link = _socket.socket()
link.connect(("127.0.0.1", {port}))
stdin = sys.stdin.buffer.read() if any(a.startswith("--input=") for a in sys.argv) else b""
link.sendall("\\0".join(sys.argv[1:]).encode("utf-8", "surrogateescape") + b"\\0\\0" + stdin)
link.shutdown(1)
told = b""
while chunk := link.recv(65536):
    told += chunk
head, _newline, rest = told.partition(b"\\n")
status, sleep, kill, length = head.split()
if float(sleep):
    import time
    time.sleep(float(sleep))
if kill == b"1":
    import os
    os.kill(os.getpid(), 9)
sys.stderr.buffer.write(rest[: int(length)])
sys.stdout.buffer.write(rest[int(length) :])
sys.stdout.flush()
sys.exit(int(status))
"""


class QuickPrograms:
    """The program for one server, and the thread that tells it what to print."""

    def __init__(self, box: Box, folder: Path) -> None:
        self._box = box
        #: Requests that were carried out.
        self.done = 0
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.path = folder / "whmapi1"
        port = self._server.getsockname()[1]
        self.path.write_text(_SCRIPT.format(shebang=cli_skin.shebang(), port=port), encoding="utf-8")
        self.path.chmod(0o700)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._answer(self._server.accept()[0])

    def _answer(self, link: socket.socket) -> None:
        with suppress(OSError), link:
            asked = b"".join(iter(lambda: link.recv(65536), b""))
            arguments, _end, stdin = asked.partition(b"\0\0")
            args = arguments.decode("utf-8", "surrogateescape").split("\0")
            told = cli_skin.run(self._box, {"program": "whmapi1", "args": args, "stdin": stdin.decode("utf-8")})
            self.done += 1
            link.sendall(_wire(told))

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


def _wire(told: dict[str, Any]) -> bytes:
    stderr, stdout = (str(told[key]).encode("utf-8", "surrogateescape") for key in ("stderr", "stdout"))
    head = "%d %s %d %d\n" % (told["exit"], told["sleep"], bool(told["kill"]), len(stderr))
    return head.encode("ascii") + stderr + stdout
