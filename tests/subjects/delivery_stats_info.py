# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""delivery_stats_info: how many messages were sent."""

from __future__ import annotations

from .common import YEAR
from .kinds import Situation, Subject

SUBJECT = Subject(
    situations=(
        Situation({"since": "0"}),
        Situation({"per": "account", "since": "0"}),
        Situation({"users": ["alice", "nosuch"], "since": "0"}, True),
    ),
    sends=(
        Situation(YEAR),
        Situation({**YEAR, "per": "account"}),
        Situation({**YEAR, "users": ["alice", "dave"]}),
    ),
)
