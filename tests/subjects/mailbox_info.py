# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mailbox_info: mailboxes, and how full they are."""

from __future__ import annotations

from .common import older
from .kinds import Situation, Subject

SUBJECT = Subject(
    situations=(
        Situation({"users": ["alice"]}),
        Situation({"addresses": ["info@alice.example.com"]}),
        Situation({"users": ["nosuch", "bo"], "addresses": ["x@alice.example.com"]}, True),
    ),
    sends=(
        Situation({"users": ["alice"]}),
        Situation({"users": ["alice", "bo"], "addresses": ["bob@bob.example.com"]}),
        Situation({"addresses": ["sales+eu@alice.example.com"]}),
        Situation({"addresses": ["info@alice.example.com"]}, prepare=older),
        Situation({"users": ["alice"]}, prepare=older),
        Situation({"users": ["nosuch"]}, True),
    ),
    hostile=({"users": ["alice"], "addresses": ["a@b.example"]},),
    hostile_keys=("pops", "mailboxes", "mailbox", "messages", "vsize"),
)
