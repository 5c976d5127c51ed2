# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request carries, and in which situation it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.whm.mail.tests.simulator.log import Entry
from ansible_collections.whm.mail.tests.subjects.kinds import Situation


@dataclass(frozen=True)
class Sent:
    """One function with its parameters, alone or inside a batch."""

    module: str
    situation: Situation
    function: str
    params: tuple[tuple[str, str], ...]
    entry: Entry


def unpack(module: str, situation: Situation, entry: Entry) -> Iterator[Sent]:
    """The request itself, then what it carries.

    What goes to whmapi1 through standard input is an object, where a name cannot stand twice: the commands of a batch are
    numbered there, which is the same to WHM.
    """
    numbered = entry.transport == "cli" and entry.function == "batch" and "--input=json" in entry.url
    params = [
        (re.sub(r"\Acommand-\d+\Z", "command", name) if numbered else name, value) for name, value in entry.params
    ]
    yield Sent(module, situation, entry.function, tuple(params), entry)
    for command in entry.commands:
        yield Sent(module, situation, command["function"], tuple(map(tuple, command["params"])), entry)
