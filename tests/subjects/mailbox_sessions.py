# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mailbox_sessions: ends the mail sessions of accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.handlers_mailbox import QUEUE_SECONDS
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import MANY, USERS, many
from .kinds import Key, Properties, Scenario, Situation, Subject, always


def _view(box: Box) -> dict[str, Any]:
    return {name: account.sessions for name, account in box.state.accounts.items()}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for user, account in state.accounts.items():
        yield ("sessions", user), account.sessions


def _sessions(found: dict[str, int]) -> dict[str, Any]:
    return {"accounts": {user: {"sessions": number} for user, number in found.items()}}


SUBJECT = Subject(
    situations=(
        Situation({"users": ["alice"]}),
        Situation({"users": ["alice", "bob"]}, check_mode=True),
        Situation({"users": MANY}, prepare=many),
        Situation({"users": ["alice", "nosuch"]}, True),
        Situation({"users": []}),
    ),
    sends=(Situation({"users": ["alice", "nosuch"], "ignore_missing": True}),),
    scenarios=(
        Scenario(
            "mailbox_sessions",
            {"accounts": {name: {"sessions": 4} for name in USERS}},
            {"users": list(USERS)},
            _view,
            USERS,
            "alice",
            owner="alice",
            wait=QUEUE_SECONDS + 1,
            blind=True,
        ),
    ),
    properties=Properties(
        "mailbox_sessions",
        tasks=st.fixed_dictionaries({"users": chance.users}),
        changes=chance.some(st.integers(0, 3), chance.USERS).map(_sessions),
        picture=_picture,
        keys=lambda user: [("sessions", user)],
        agrees=lambda user, row, shown: row["queued"] is True,
        reached=lambda user, options, shown: shown["sessions", user] == 0,
        acts=always,
        blind=always,
        shows=False,
    ),
    without={"opposites": "nobody can begin sessions for others"},
)
