# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a way to a server is: request in, status and bytes out. Nothing here knows what an answer means.

:mod:`https` speaks to port 2087 from anywhere; :mod:`whmapi1` runs the program of that name on the server itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Reply:
    """What came back: HTTP status, headers, body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Transport(Protocol):
    """One server, reachable one way."""

    host: str

    def send(self, function: str, pairs: Pairs, secret: bool = False) -> Reply:
        """Send one call.

        :param pairs: parameters in order, values not yet encoded.
        :param secret: some value must not become visible to other users of the machine.
        :raises ConnectionFailed: no answer; its ``outcome_unknown`` says whether the request may have arrived.
        """

    def close(self) -> None:
        """Give up what connections are kept. The next call makes a new one."""
