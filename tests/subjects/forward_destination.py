# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""forward_destination: where mail to an account's or a system user's own name goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import MANY, USERS, many
from .kinds import Key, Options, Picture, Properties, Scenario, Situation, Subject

# ---- where its effect is seen


def _view(box: Box) -> dict[str, Any]:
    names = [*box.state.accounts, *box.state.system_users]
    return {name: (box.state.localaliases.get(name), box.state.dot_forward.get(name)) for name in names}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for user in (*state.accounts, *state.system_users):
        tables = (state.aliases, state.localaliases, state.dot_forward)
        yield ("forward", user), next((tuple(table[user]) for table in tables if user in table), ())


# ---- tasks at random

_DESTINATIONS = [
    "ops@example.org",
    "Ops@EXAMPLE.ORG",
    "b",
    "|/usr/bin/archive -x, y",
    "team@example.com",
    '"ops@example.org"',
]
_destinations = st.lists(st.sampled_from(_DESTINATIONS), max_size=3)
_owners = [*chance.USERS, "root", "nobody"]
_users = st.lists(st.sampled_from([*_owners, "nosuch"]), min_size=1, max_size=4)
_tasks = st.one_of(
    st.fixed_dictionaries({"users": _users, "destinations": _destinations}),
    st.dictionaries(st.sampled_from([*_owners, "nosuch"]), _destinations, min_size=1, max_size=3).map(
        lambda found: {"forwards": [{"user": user, "destinations": values} for user, values in found.items()]}
    ),
)
_stored = st.lists(st.sampled_from(["ops@example.org", "Ops@EXAMPLE.ORG", "b", "|/usr/bin/archive -x, y"]), max_size=2)


def _plain(destinations: Any) -> set[str]:
    """Domains do not tell cases apart, and quotes around do not count."""
    return {re.sub(r"@.*", lambda found: found.group(0).lower(), text.strip('"')) for text in destinations}


def _wanted(user: str, options: Options) -> set[str]:
    rows = options.get("forwards") or [
        {"user": name, "destinations": options["destinations"]} for name in options["users"]
    ]
    return next(_plain(row["destinations"]) for row in rows if row["user"] == user)


def _reached(user: str, options: Options, shown: Picture) -> bool:
    return _plain(shown["forward", user]) == _wanted(user, options)


_PROPERTIES = Properties(
    "forward_destination",
    tasks=_tasks,
    changes=chance.some(_stored, _owners).map(lambda found: {"forwards": found}),
    picture=_picture,
    keys=lambda user: [("forward", user)],
    agrees=lambda user, row, shown: set(row["destinations"]) == _plain(shown["forward", user]),
    reached=_reached,
)

_SENT = ["team@example.com", "root", "|/usr/local/bin/archive --tag a,b"]

SUBJECT = Subject(
    situations=(
        Situation({"users": ["root"], "destinations": ["bo"]}),
        Situation({"users": ["root"], "destinations": ["bo"]}, check_mode=True),
        Situation({"users": ["root", "nosuch"], "destinations": ["bo"]}, True),
    ),
    sends=(
        Situation({"users": ["bob"], "destinations": _SENT}),
        Situation({"users": ["bob"], "destinations": _SENT}, check_mode=True),
        Situation({"users": ["root", "alice", "nobody"], "destinations": []}),
        Situation({"forwards": [{"user": "root", "destinations": ["ops@example.net"]}]}),
        Situation({"users": ["bob", "nosuch"], "destinations": _SENT}, True),
        Situation({"users": ["root", "alice", "nosuch"], "destinations": [], "ignore_missing": True}),
        Situation({"users": MANY, "destinations": [], "ignore_missing": True}, prepare=many),
    ),
    scenarios=(
        Scenario(
            "forward_destination",
            {},
            {"users": list(USERS), "destinations": ["new@example.org", "ops@example.com"]},
            _view,
            USERS,
            "alice",
            owner="alice",
            more=(
                {
                    "forwards": [
                        {"user": "root", "destinations": []},
                        {"user": "nobody", "destinations": ["x@example.org"]},
                    ]
                },
            ),
        ),
    ),
    opposites=(
        {"users": ["alice", "bo"], "destinations": ["one@example.org"]},
        {"users": ["alice", "bo"], "destinations": ["two@example.org", "three@example.org"]},
    ),
    properties=_PROPERTIES,
    hostile=({"users": ["alice", "bob"], "destinations": ["x"], "forwards": None},),
    hostile_keys=("users", "forward_to"),
)
