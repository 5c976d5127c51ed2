# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture of everything that modules can change, by name: two of them show what changed. Read from the simulator's state
and from files, never through the collection. Each module's part of it is in tests/subjects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.mail_dns import zone_of
from ansible_collections.whm.mail.tests.simulator.state import Server
from ansible_collections.whm.mail.tests.subjects import PROPERTIES
from ansible_collections.whm.mail.tests.subjects.common import all_domains
from ansible_collections.whm.mail.tests.subjects.kinds import Key, Picture

#: Modules that change the same things share their part.
_PARTS = {subject.picture for subject in PROPERTIES.values()}


def take(state: Server, folder: Path) -> Picture:
    """:param folder: where the controller's files are."""
    found = dict(_untouchable(state))
    for part in _PARTS:
        found.update(part(state, folder))
    return found


def _untouchable(state: Server) -> Iterator[tuple[Key, Any]]:
    """What no module changes."""
    for domain in all_domains(state):
        yield ("dmarc", domain), tuple(zone_of(state, domain).dmarc)
