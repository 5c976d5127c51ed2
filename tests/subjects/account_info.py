# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""account_info: accounts, and whether their mail is held."""

from __future__ import annotations

from typing import Any

from .common import ALICE, BOB, MANY, many
from .kinds import Situation, Subject


def mix_up(box: Any) -> None:
    """The server answers for one account when it is asked for another."""
    box.state.accounts["alice"].fields["user"] = "other"


SUBJECT = Subject(
    situations=(
        Situation(),
        Situation({"users": ["alice", "nosuch"], "domains": ["bo.example.com"]}),
        Situation({"users": ["alice", "bo"]}, True, mix_up),
    ),
    sends=(
        Situation(),
        Situation({"users": ["alice", "bob"]}),
        Situation({"users": MANY}, prepare=many),
        Situation({"domains": [ALICE]}),
        Situation({"users": ["alice", "nosuch"], "domains": [BOB]}),
    ),
    hostile=({"users": None, "domains": None}, {"users": ["alice", "bob"], "domains": ["a.example"]}),
    hostile_keys=("acct", "user", "domain", "email", "suspended", "maxpop"),
)
