# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""email_account: mailboxes of accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import forbidding
from .kinds import BACK, READ, Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

INFO, SALES, NEW = "info@alice.example.com", "sales+eu@alice.example.com", "new@alice.example.com"
BOX, CAROL = "bob@bob.example.com", "carol@carol.example.net"
PASSWORD = "correct horse battery 1"

MIB = 2**20


def seen(state: Server, address: str) -> Any:
    """What the server has of a mailbox; None where there is none."""
    for account in state.accounts.values():
        box = account.mailboxes.get(address)
        if box is not None and "@" in address:
            return (box.quota, box.suspended_login, box.suspended_incoming)
    return None


def _view(box: Box) -> dict[str, Any]:
    names = (INFO, BOX, CAROL, "dave@dave.example.org")
    return {
        name: (seen(box.state, name), name in box.state.suspended_list, name in box.state.hold_list) for name in names
    }


# ---- tasks at random

_LOCAL = ("a", "ab", "b")
_ADDRESSES = [f"{local}@{domain}" for local in _LOCAL for domain in chance.NAMES[:3]]
_some = st.lists(st.sampled_from([*_ADDRESSES, "a@nosuch.example"]), min_size=1, max_size=4)
_flags = {
    name: st.booleans() for name in ("login_suspended", "incoming_suspended", "outgoing_suspended", "outgoing_held")
}
_tasks = st.one_of(
    st.fixed_dictionaries(
        {"addresses": _some, "password": st.just(PASSWORD), "quota": st.sampled_from([0, 1, 7])}, optional=_flags
    ),
    st.fixed_dictionaries({"addresses": _some, "state": st.just("absent"), "allow_data_loss": st.just(True)}),
)
_mailbox = st.one_of(
    st.just({"gone": True}),
    st.fixed_dictionaries(
        {
            "quota": st.sampled_from([0, MIB, 7 * MIB]),
            "suspended_login": st.booleans(),
            "suspended_incoming": st.booleans(),
            "outgoing_suspended": st.booleans(),
            "hold": st.booleans(),
        }
    ),
)


def _changes(boxes: dict[str, Any]) -> dict[str, Any]:
    accounts: dict[str, Any] = {}
    for address, box in boxes.items():
        user = next(user for user, domain in chance.DOMAINS.items() if domain == address.partition("@")[2])
        accounts.setdefault(user, {"mailboxes": {}})["mailboxes"][address] = box
    return {"accounts": accounts}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    addresses = {*_ADDRESSES, *(address for account in state.accounts.values() for address in account.addresses())}
    for address in sorted(addresses):
        yield ("mailbox", address), seen(state, address)
        for kind, lines in (("hold line", state.hold_list), ("suspended line", state.suspended_list)):
            if address in lines:
                yield (kind, address), True


def _shown(address: str, shown: Picture) -> dict[str, Any] | None:
    found = shown.get(("mailbox", address))
    if found is None:
        return None
    quota, login, incoming = found
    return {
        "quota": quota // MIB,
        "login_suspended": login,
        "incoming_suspended": incoming,
        "outgoing_suspended": ("suspended line", address) in shown,
        "outgoing_held": ("hold line", address) in shown,
    }


def _agrees(address: str, row: Row, shown: Picture) -> bool:
    there = _shown(address, shown)
    if there is None:
        return row["state"] == "absent" and row["quota"] is None
    return row["state"] == "present" and all(row[name] == value for name, value in there.items())


def _reached(address: str, options: Options, shown: Picture) -> bool:
    there = _shown(address, shown)
    if there is None or options.get("state") == "absent":
        return there is None and options.get("state") == "absent"
    return all(value == options[name] for name, value in there.items() if name in options)


SUBJECT = Subject(
    situations=(
        Situation({"addresses": [INFO, NEW], "password": PASSWORD, "quota": 5}),
        Situation({"email_accounts": [{"address": NEW, "password": PASSWORD}]}, check_mode=True),
        Situation({"addresses": [NEW, "x@nosuch.example"], "password": PASSWORD}, True),
        Situation({"addresses": [INFO], "quota": 5, "api_batch_size": 1}, True, forbidding("uapi_cpanel")),
        Situation({"addresses": []}),
        Situation({"addresses": [NEW], "quota": 5}, True),
    ),
    sends=(
        Situation({"addresses": [NEW], "password": PASSWORD, "outgoing_held": True, "login_suspended": True}),
        Situation({"addresses": [INFO], "incoming_suspended": True, "outgoing_suspended": True, "quota": 7}),
        Situation({"addresses": [INFO], "password": PASSWORD, "update_password": "always"}),
        Situation(
            {"addresses": [SALES], "outgoing_held": False, "delete_held_messages": True, "allow_data_loss": True}
        ),
        Situation({"addresses": [INFO], "state": "absent", "allow_data_loss": True}),
        Situation({"addresses": ["x@nosuch.example"], "password": PASSWORD, "ignore_missing": True}),
        Situation(
            {"addresses": [INFO], "login_suspended": False, "incoming_suspended": False, "outgoing_suspended": False},
            prepare=lambda box: box.patch(
                {
                    "accounts": {
                        "alice": {
                            "mailboxes": {
                                "info": {
                                    "suspended_login": True,
                                    "suspended_incoming": True,
                                    "outgoing_suspended": True,
                                }
                            }
                        }
                    }
                }
            ),
        ),
    ),
    scenarios=(
        Scenario(
            "email_account",
            {"accounts": {}},
            {"addresses": [INFO, BOX, CAROL], "quota": 9, "incoming_suspended": True},
            _view,
            (INFO, BOX, CAROL),
            "alice",
            owner="alice",
            lenient=(READ, BACK),
            more=(
                {"email_accounts": [{"address": INFO, "outgoing_held": True, "incoming_suspended": True}]},
                {"addresses": [NEW], "password_hash": "$6$salt$hash", "outgoing_suspended": True},
                {"addresses": [INFO], "password": PASSWORD, "update_password": "always", "login_suspended": True},
                {"addresses": [SALES], "outgoing_held": False, "delete_held_messages": True, "allow_data_loss": True},
                {"addresses": [INFO], "state": "absent", "allow_data_loss": True},
            ),
        ),
    ),
    opposites=(
        {"addresses": [INFO, BOX], "login_suspended": True},
        {"addresses": [INFO, BOX], "login_suspended": False},
    ),
    properties=Properties(
        "email_account",
        tasks=_tasks,
        changes=st.dictionaries(st.sampled_from(_ADDRESSES), _mailbox, min_size=2, max_size=6).map(_changes),
        picture=_picture,
        keys=lambda address: [("mailbox", address), ("hold line", address), ("suspended line", address)],
        agrees=_agrees,
        reached=_reached,
        beside=lambda options: ("messages", "hold line", "suspended line"),
        stepwise=True,
        unforeseen=("used", "held_messages"),
    ),
)
