# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide says of every simulated function how it was checked."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.whm.mail.tests.simulator.registry import HANDLERS

GUIDE = Path(__file__).parents[3] / "docs/how-we-know.md"


def test_every_simulated_function_has_a_row() -> None:
    _before, heading, table = GUIDE.read_text(encoding="utf-8").partition("\n## Function by function\n")
    assert heading
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([a-z_0-9]+)`", row[1])]
    assert sorted(set(HANDLERS) - set(named)) == []
    functions = [row for row in rows if set(re.findall(r"`([a-z_0-9]+)`", row[1])) & set(HANDLERS)]
    assert {row[3].strip() for row in functions} == {"yes"}, "each is held against the contract"
