# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""delivery_info: what became of single messages."""

from __future__ import annotations

from .common import MANY, YEAR
from .kinds import Situation, Subject

SUBJECT = Subject(
    situations=(Situation({}), Situation({"limit": 2}), Situation({"since": "1h", "until": "2h"}, True)),
    sends=(
        Situation({**YEAR, "users": ["alice", "bob"], "recipient": "ann@example.org", "outcome": "success"}),
        Situation({**YEAR, "users": MANY}),
    ),
)
