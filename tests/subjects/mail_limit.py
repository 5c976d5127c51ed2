# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mail_limit: limits of sending, and of the quotas of mailboxes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import ACCOUNT_FIELDS, Account, Server
from hypothesis import strategies as st

from . import chance
from .common import MANY, USERS, forbidding, many
from .kinds import Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

HOUR, PERCENT, QUOTA = "max_email_per_hour", "max_defer_fail_percentage", "max_emailacct_quota"
LIMITS = (HOUR, PERCENT, QUOTA)

# ---- where its effect is seen


def _limits(account: Account) -> tuple[Any, ...]:
    return tuple(account.fields.get(name, ACCOUNT_FIELDS[name]) for name in LIMITS)


def _view(box: Box) -> dict[str, Any]:
    return {name: _limits(account) for name, account in box.state.accounts.items()}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for user, account in state.accounts.items():
        yield ("limits", user), tuple(_plain(value) for value in _limits(account))


def _plain(value: Any) -> int | None:
    """As a row says it, of any form in which it may be stored or given."""
    return None if str(value).strip().lower() == "unlimited" else int(value)


# ---- tasks at random

_wishes = st.sampled_from([1, "200", 200, 4096, "unlimited", "Unlimited "])
_tasks = st.builds(
    lambda users, limits: {"users": users, **limits},
    chance.users,
    st.dictionaries(st.sampled_from(LIMITS), _wishes, min_size=1),
)
_stored = st.dictionaries(st.sampled_from(LIMITS), st.sampled_from([1, "200", 4096, "unlimited"]), min_size=1)


def _agrees(user: str, row: Row, shown: Picture) -> bool:
    return tuple(row[name] for name in LIMITS) == shown["limits", user]


def _reached(user: str, options: Options, shown: Picture) -> bool:
    found = dict(zip(LIMITS, shown["limits", user], strict=True))
    return all(found[name] == _plain(options[name]) for name in LIMITS if name in options)


_PROPERTIES = Properties(
    "mail_limit",
    tasks=_tasks,
    changes=chance.some(_stored, chance.USERS).map(lambda found: {"accounts": found}),
    picture=_picture,
    keys=lambda user: [("limits", user)],
    agrees=_agrees,
    reached=_reached,
)

_NO_WISH = dict.fromkeys(LIMITS)


def _quoted(box: Any) -> None:
    box.patch({"accounts": {"alice": {HOUR: "500", PERCENT: "0"}}})


SUBJECT = Subject(
    situations=(
        Situation({"users": ["alice", "bob"], HOUR: 200, QUOTA: "unlimited"}, prepare=_quoted),
        Situation({"users": ["alice"], PERCENT: 50}, check_mode=True),
        Situation({"users": ["alice", "nosuch"], HOUR: 200}, True),
        Situation({"users": ["alice", "bo"], HOUR: 200, "api_batch_size": 1}, True, forbidding("massmodifyacct")),
        Situation({"users": [], HOUR: 200}),
    ),
    sends=(
        Situation({"users": ["alice"], HOUR: 200, PERCENT: 50, QUOTA: 2048}),
        Situation({"users": ["alice"], HOUR: 200}, check_mode=True),
        Situation({"users": ["alice", "dave"], HOUR: "unlimited", PERCENT: 7}, prepare=_quoted),
        Situation({"users": MANY, QUOTA: 100}, prepare=many),
        Situation({"users": ["alice", "nosuch"], HOUR: 200, "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "mail_limit",
            {},
            {"users": list(USERS), HOUR: 200, QUOTA: "2048"},
            _view,
            USERS,
            "alice",
            owner="alice",
            more=({"users": ["bob"], PERCENT: "unlimited"},),
        ),
        Scenario(
            "mail_limit",
            {"accounts": {name: {HOUR: "500", PERCENT: 20} for name in ("bob", "carol", "erin")}},
            {"users": ["bob", "carol", "erin"], HOUR: "unlimited"},
            _view,
            ("bob", "carol", "erin"),
            "carol",
            owner="carol",
            title="lifted",
            brief=True,
        ),
    ),
    opposites=({"users": ["alice", "bo"], HOUR: 100}, {"users": ["alice", "bo"], HOUR: "unlimited"}),
    properties=_PROPERTIES,
    hostile=(
        {**_NO_WISH, "users": ["alice", "bob"], HOUR: 200, QUOTA: "unlimited"},
        {**_NO_WISH, "users": ["alice"], PERCENT: 50},
    ),
    hostile_keys=("acct", "user", "payload", "result", "reason", "warnings", *LIMITS),
)
