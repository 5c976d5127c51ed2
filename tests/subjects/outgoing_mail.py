# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""outgoing_mail: holds and suspends the outgoing mail of accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import MANY, USERS, forbidding, many
from .kinds import Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

# ---- where its effect is seen


def _view(box: Box) -> dict[str, Any]:
    """The account's own flag, and the line in the list that Exim obeys."""
    state = box.state
    return {name: (bool(account.hold), name in state.hold_list) for name, account in state.accounts.items()}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for user, account in state.accounts.items():
        yield ("hold", user), (account.hold is not None, user in state.hold_list)
        yield ("suspended", user), (account.outgoing_suspended is not None, user in state.suspended_list)
    # Lines of Exim's lists that are no account's: holds of single addresses.
    for kind, lines in (("hold line", state.hold_list), ("suspended line", state.suspended_list)):
        yield from (((kind, line), True) for line in lines if line not in state.accounts)


# ---- tasks with something to do

_SCENARIOS = (
    Scenario(
        "outgoing_mail",
        {},
        {"users": list(USERS), "hold": True},
        _view,
        USERS,
        "alice",
        owner="alice",
        thorough=True,
        more=(
            {"users": ["dave", "bob"], "hold": False, "suspended": False},
            {"users": ["alice", "bo"], "hold": True, "suspended": True, "exclusive": True, "max_changes": 99},
        ),
    ),
    Scenario(
        "outgoing_mail",
        {"accounts": {name: {"hold": True} for name in ("bob", "bobby", "carol", "erin")}},
        {"users": ["bob", "carol", "erin"], "hold": False},
        _view,
        ("bob", "carol", "erin"),
        "carol",
        owner="carol",
        title="release",
        bulk=True,
    ),
    # One item is a call of its own, not a batch of one.
    Scenario(
        "outgoing_mail",
        {},
        {"user": "alice", "hold": True},
        _view,
        ("alice",),
        "alice",
        owner="alice",
        title="one",
        brief=True,
    ),
)

# ---- tasks at random

_wish = st.sampled_from([None, True, False, False])
_flags = st.fixed_dictionaries(dict.fromkeys(["hold", "outgoing_suspended"], st.sampled_from([True, False])))


@st.composite
def _tasks(draw: Any) -> dict[str, Any]:
    hold, suspended = draw(st.tuples(_wish, _wish).filter(lambda pair: pair != (None, None)))
    wishes = {name: value for name, value in (("hold", hold), ("suspended", suspended)) if value is not None}
    if False not in wishes.values() and draw(st.booleans()):
        named = draw(st.lists(st.sampled_from([*chance.USERS, *chance.USERS, "nosuch"]), max_size=4))
        return {"users": named, **wishes, "exclusive": True, "max_changes": draw(st.sampled_from([99, 99, 1]))}
    return {"users": draw(chance.users), **wishes}


def _agrees(user: str, row: Row, shown: Picture) -> bool:
    """The account's own flag, and the line that Exim obeys."""
    return all(
        shown[kind, user] == (row[flag], row[flag]) for kind, flag in (("hold", "hold"), ("suspended", "suspended"))
    )


def _reached(user: str, options: Options, shown: Picture) -> bool:
    named = user in options["users"]
    return all(
        shown[flag, user] == (wanted, wanted)
        for flag, value in (("hold", options.get("hold")), ("suspended", options.get("suspended")))
        if value is not None
        for wanted in [value if named else False]
    )


def _beside(options: Options) -> tuple[str, ...]:
    """A release takes lines of addresses along: BEHAVIOUR's prefix hazard, and the module's documentation."""
    releases = options.get("exclusive") or False in (options.get("hold"), options.get("suspended"))
    return ("hold line", "suspended line") if releases else ()


_PROPERTIES = Properties(
    "outgoing_mail",
    tasks=_tasks(),
    changes=st.fixed_dictionaries(dict.fromkeys(chance.USERS, _flags)).map(lambda found: {"accounts": found}),
    picture=_picture,
    keys=lambda user: [("hold", user), ("suspended", user)],
    agrees=_agrees,
    reached=_reached,
    beside=_beside,
)

_NO_WISH = {"hold": None, "suspended": None, "exclusive": False, "max_changes": None}

SUBJECT = Subject(
    situations=(
        Situation({"users": ["bob"], "hold": False}),
        Situation({"users": ["bob"], "hold": False, "suspended": True}, check_mode=True),
        Situation({"users": ["alice", "nosuch"], "hold": True}, True),
        Situation(
            {"users": ["alice", "bo"], "hold": True, "api_batch_size": 1}, True, forbidding("hold_outgoing_email")
        ),
        Situation({"users": ["alice"], "hold": True, "exclusive": True, "max_changes": 0}, True),
        Situation({"users": [], "hold": True}),
    ),
    sends=(
        Situation({"users": ["alice"], "hold": True}),
        Situation({"users": ["alice"], "hold": True}, check_mode=True),
        Situation({"users": ["bob"], "hold": False}),
        Situation({"users": ["alice", "dave"], "hold": True, "suspended": False}),
        Situation({"users": ["alice", "dave"], "suspended": True}),
        Situation({"users": ["alice"], "hold": True, "exclusive": True, "max_changes": 9}),
        Situation({"users": MANY, "hold": True}, prepare=many),
        Situation({"users": ["alice", "nosuch"], "hold": True}, True),
        Situation({"users": ["alice", "nosuch"], "hold": True, "ignore_missing": True}),
    ),
    scenarios=_SCENARIOS,
    opposites=(
        {"users": ["alice", "bob", "erin"], "hold": True},
        {"users": ["erin", "bob", "alice"], "hold": False},
    ),
    properties=_PROPERTIES,
    hostile=(
        {**_NO_WISH, "users": ["alice", "bob"], "hold": True},
        {**_NO_WISH, "users": ["alice"], "suspended": False},
        {**_NO_WISH, "users": ["alice"], "hold": True, "exclusive": True, "max_changes": 9},
    ),
    hostile_keys=("acct", "user", "outgoing_mail_hold", "outgoing_mail_suspended"),
)
