# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mail_configuration_repair: puts owners and permissions of mail files in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import MANY, USERS, many
from .kinds import Key, Properties, Scenario, Situation, Subject, always


def _view(box: Box) -> dict[str, Any]:
    return {name: name in box.state.areas["mail_files"] for name in box.state.accounts}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for user in state.accounts:
        yield ("mail files", user), user in state.areas["mail_files"]


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
            "mail_configuration_repair",
            {"mail_files": {"disordered": list(USERS)}},
            {"users": list(USERS)},
            _view,
            USERS,
            "alice",
            owner="alice",
            blind=True,
        ),
    ),
    properties=Properties(
        "mail_configuration_repair",
        tasks=st.fixed_dictionaries({"users": chance.users}),
        changes=st.lists(st.sampled_from(chance.USERS), unique=True).map(
            lambda found: {"mail_files": {"disordered": found}}
        ),
        picture=_picture,
        keys=lambda user: [("mail files", user)],
        agrees=lambda user, row, shown: True,
        reached=lambda user, options, shown: shown["mail files", user] is False,
        acts=always,
        blind=always,
        shows=False,
    ),
    without={"opposites": "nobody can put files out of order for others"},
)
