# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""email_info: the mail of accounts."""

from __future__ import annotations

from .common import ALICE, RESELLER
from .kinds import Situation, Subject

SUBJECT = Subject(
    situations=(
        Situation({"users": ["alice"]}),
        Situation({"domains": [ALICE, "nosuch.example"]}, True),
        Situation({}),
        Situation({"users": ["alice", "nosuch"]}, True),
        Situation({"users": []}),
        Situation({"gather_subset": ["routing"], **RESELLER}),
    ),
    sends=(
        Situation({"users": ["alice", "bob"]}),
        Situation({"domains": [ALICE], "gather_subset": ["email_accounts"]}),
    ),
)
