# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mailbox_messages: expunges messages of mailboxes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import MAIN, Server, make_guid
from hypothesis import strategies as st

from . import chance
from .common import address_and_mailbox
from .kinds import BACK, Key, Picture, Properties, Row, Scenario, Situation, Subject, always

DAVE = "dave@dave.example.org"
INFO = "info@alice.example.com"
BY_GUID = "expunge_messages_for_mailbox_guid"

_ADDRESSES = (INFO, "bob@bob.example.com", "carol@carol.example.net")


def guid(name: str, address: str = DAVE) -> str:
    return make_guid(address, name)


def options(**given: Any) -> dict[str, Any]:
    return {"addresses": [DAVE], "mailboxes": ["INBOX"], "query": "savedbefore 30d", **given}


def old_server(box: Any) -> None:
    box.quirks.add("no_status_list")
    box.patch({"missing_functions": [BY_GUID]})


# ---- where its effect is seen


def _view(box: Box) -> dict[str, Any]:
    """Identity is address and mailbox; the neighbours are the other mailboxes of these accounts."""
    found = {}
    for account in box.state.accounts.values():
        for address, mailbox in account.mailboxes.items():
            found.update({f"{address} {name}": folder.messages for name, folder in mailbox.folders.items()})
    return found


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for account in state.accounts.values():
        for name, box in account.mailboxes.items():
            address = f"{MAIN}@{account.domain}" if name == MAIN else name
            for mailbox, content in box.folders.items():
                yield ("messages", f"{address} {mailbox}"), content.messages


# ---- tasks with something to do

_SCENARIOS = (
    Scenario(
        "mailbox_messages",
        {},
        {"addresses": list(_ADDRESSES), "mailboxes": ["INBOX"], "query": "ALL", "allow_all": True},
        _view,
        tuple(f"{address} INBOX" for address in _ADDRESSES),
        INFO,
        owner="alice",
        identify=address_and_mailbox,
        lenient=(BACK,),
        more=(
            {"addresses": [INFO], "guids": ["d8e1a6f4b3c25960a7d14e2f9b80c3a1"], "query": "SEEN", "max_messages": 900},
        ),
    ),
    # One item is a call of its own, not a batch of one.
    Scenario(
        "mailbox_messages",
        {},
        {"address": INFO, "mailbox": "INBOX", "query": "SAVEDBEFORE 1d"},
        _view,
        (f"{INFO} INBOX",),
        INFO,
        owner="alice",
        title="one",
        brief=True,
        lenient=(BACK,),
        identify=address_and_mailbox,
    ),
)

# ---- tasks at random

_AT_RANDOM = [f"{local}@{domain}" for domain in chance.NAMES[:3] for local in ("info", "in", "_mainaccount")]
_FOLDERS = ["INBOX", "INBOX.Trash", "INBOX.Trash.Old"]
_QUERIES = ["ALL", "SEEN", "UNSEEN", "SAVEDBEFORE 100d", "NOT SEEN LARGER 1k", "SUBJECT Message"]


def _mail(found: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Counts by folder, for the address ``info`` of an account."""
    return {"accounts": {user: {"mailboxes": {"info": {"folders": folders}}} for user, folders in found.items()}}


def _agrees(identity: str, row: Row, shown: Picture) -> bool:
    return bool(row["after"] == shown["messages", identity])


_PROPERTIES = Properties(
    "mailbox_messages",
    tasks=st.fixed_dictionaries(
        {
            "addresses": st.lists(st.sampled_from([*_AT_RANDOM, "nosuch@example.com"]), min_size=1, max_size=3),
            "mailboxes": st.lists(st.sampled_from([*_FOLDERS, "INBOX.Tr*", "*", "INBOX.?ent"]), min_size=1, max_size=2),
            "query": st.sampled_from(_QUERIES),
            "allow_all": st.just(True),
        }
    ),
    changes=chance.some(
        st.dictionaries(st.sampled_from(_FOLDERS), st.integers(0, 9), min_size=1), chance.USERS[:3]
    ).map(_mail),
    picture=_picture,
    keys=lambda name: [("messages", name)],
    agrees=_agrees,
    reached=lambda identity, options, shown: True,
    acts=always,
    counted=True,
    shows=False,
    unforeseen=("after", "changed"),
    identify=address_and_mailbox,
)

SUBJECT = Subject(
    situations=(
        Situation(options()),
        Situation(options(), check_mode=True),
        Situation(options(mailboxes=["*"])),
        Situation({"addresses": [DAVE, INFO], "guids": [guid("INBOX.Trash"), guid("INBOX", INFO)], "query": "SEEN"}),
        Situation(options(), prepare=old_server),
        Situation(options(addresses=["nobody@dave.example.org", DAVE]), True),
        Situation(options(mailboxes=["INBOX.Nope"]), True),
        Situation(options(max_messages=0), True),
        Situation(options(query="ALL"), True),
    ),
    sends=(Situation(options(addresses=[INFO, "nosuch@alice.example.com"], ignore_missing=True)),),
    scenarios=_SCENARIOS,
    properties=_PROPERTIES,
    without={"opposites": "what is expunged is gone"},
)
