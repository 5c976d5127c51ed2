# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads mailboxes as the action plugin does in a worker, but in this process, and tells how much memory that took.

Started by :mod:`e_memory`: options as JSON on standard input, figures as JSON on standard output.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import Any
from unittest.mock import patch

from ansible_collections.whm.mail.plugins.module_utils._state.connection import build_transport
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply, Transport
from ansible_collections.whm.mail.plugins.plugin_utils._controller import in_process, worker

from .memory import peak


class Counting:
    """A transport that counts the bytes of the answers."""

    def __init__(self, transport: Transport) -> None:
        self.host = transport.host
        self.received = 0
        self._transport = transport

    def send(self, function: str, pairs: Any, secret: bool = False) -> Reply:
        reply = self._transport.send(function, pairs, secret)
        self.received += len(reply.body)
        return reply

    def close(self) -> None:
        self._transport.close()


class Counted:
    """Makes the action plugin's connections, and keeps the last one."""

    transport: Counting

    def __call__(self, params: Any) -> Transport:
        self.transport = Counting(build_transport(params))
        return self.transport


def main() -> None:
    asked = json.load(sys.stdin)
    users = [f"user{number}" for number in range(1, asked["accounts"] + 1)]
    counted = Counted()
    before = peak()
    if asked["tracing"]:
        tracemalloc.start()
    with patch.object(worker, "build_transport", counted):
        result = in_process.run_here("whm.mail.mailbox_info", {**asked["options"], "users": users}, False)
    most = tracemalloc.get_traced_memory()[1] if asked["tracing"] else peak() - before
    assert not result.get("failed"), result["msg"]
    found = {"received": counted.transport.received, "peak": most, "mailboxes": len(result["mailboxes"])}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
