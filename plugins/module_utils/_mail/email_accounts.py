# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mailboxes of accounts: their quota, what they hold, and how they are restricted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.email import (
    Known,
    ask_each,
    data_of,
    domain_of,
    owners,
    rows_of,
    uapi,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import normal_address
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_flag, to_int, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError

LIST = "list_pops_with_disk"
MIB = 2**20

#: What the server calls the largest quota where there is none, in MiB (reference).
UNLIMITED = 4294967296

#: Flag of the result: field of the list, function that sets it, function that clears it.
FLAGS = {
    "login_suspended": ("suspended_login", "suspend_login", "unsuspend_login"),
    "incoming_suspended": ("suspended_incoming", "suspend_incoming", "unsuspend_incoming"),
    "outgoing_suspended": ("suspended_outgoing", "suspend_outgoing", "unsuspend_outgoing"),
    "outgoing_held": ("hold_outgoing", "hold_outgoing", "release_outgoing"),
}

ABSENT: Mapping[str, Any] = {
    "state": "absent",
    "quota": None,
    "used": None,
    "held_messages": None,
    **dict.fromkeys(FLAGS),
}

#: In a listing, why nothing is known of a mailbox that is not in it.
UNNAMED = ""

#: One mailbox, or why nothing is known of it.
Mailbox = Known[Mapping[str, Any]]


def mailboxes_of(client: Client, addresses: Sequence[str]) -> dict[str, Mailbox]:
    """``{user, state, quota, used, held_messages, …}`` of each address. An account is asked once, however many addresses it has."""
    own = owners(client, (domain_of(address) for address in addresses))
    users = unique([user for user in own.values() if isinstance(user, str)])
    listed = listings(client, users)
    found: dict[str, Mailbox] = {}
    for address in addresses:
        user = own[domain_of(address)]
        if isinstance(user, WhmError):
            found[address] = user
            continue
        rows = listed[user]
        if isinstance(rows, WhmError):
            found[address] = rows
        else:
            found[address] = rows.get(address) or rows.get(UNNAMED) or {"user": user, **ABSENT}
    return with_held(client, found)


def listings(client: Client, users: Sequence[str]) -> dict[str, Known[dict[str, Mailbox]]]:
    """The mailboxes of each account, by address. One call an account."""
    calls = {user: uapi(user, LIST, {"get_restrictions": 1}) for user in users}
    return {user: _listing(user, outcome) for user, outcome in ask_each(client, calls).items()}


def _listing(user: str, outcome: Outcome) -> Known[dict[str, Mailbox]]:
    """The row of the account's own mailbox has words where the others have their address. Where a row names nothing, what is not listed
    is not known."""
    rows = rows_of(outcome, LIST)
    if isinstance(rows, WhmError):
        return rows
    named = {normal_address(row["email"]): row for row in rows if isinstance(row.get("email"), str) and row["email"]}
    found = {address: _mailbox(user, address, row) for address, row in named.items() if "@" in address}
    if len(named) < len(rows):
        found[UNNAMED] = UnexpectedAnswer(f"the answer about {user} has rows that name no mailbox", f"Email::{LIST}")
    return found


def _mailbox(user: str, address: str, row: Mapping[str, Any]) -> Mailbox:
    """``suspended_login`` is null where logging in is allowed (seen on 134), so null is no; a flag that is not there is not known."""
    flags = {name: to_flag(row.get(field)) for name, (field, _set, _clear) in FLAGS.items()}
    if "suspended_login" in row and row["suspended_login"] is None:
        flags["login_suspended"] = False
    quota, used = _bytes(row.get("_diskquota")), to_int(row.get("_diskused"))
    if quota is None:
        return UnexpectedAnswer(f"the answer about {address} does not tell its quota", f"Email::{LIST}")
    return {"user": user, "state": "present", "quota": quota // MIB, "used": used, "held_messages": None, **flags}


def _bytes(value: Any) -> int | None:
    """A quota in bytes: 0 and ``unlimited`` are none."""
    return 0 if value == "unlimited" else to_int(value)


def with_held(client: Client, found: Mapping[str, Mailbox]) -> dict[str, Mailbox]:
    """The same with the number of messages that wait because the mailbox's outgoing mail is held, for those that exist."""
    there = {
        address: box for address, box in found.items() if not isinstance(box, WhmError) and box["state"] == "present"
    }
    calls = {address: uapi(box["user"], "get_held_message_count", {"email": address}) for address, box in there.items()}
    counts = {
        address: None if isinstance(outcome, WhmError) else to_int(data_of(outcome))
        for address, outcome in ask_each(client, calls).items()
    }
    return {
        address: {**there[address], "held_messages": counts[address]} if address in there else box
        for address, box in found.items()
    }


def ceilings(client: Client, users: Sequence[str]) -> dict[str, int | None]:
    """Account to the largest quota that it allows a mailbox, in MiB; None where there is none, or the server does not tell."""
    outcomes = ask_each(client, {user: uapi(user, "get_max_email_quota_mib") for user in users})
    found = {user: None if isinstance(said, WhmError) else to_int(data_of(said)) for user, said in outcomes.items()}
    return {user: number if number and number < UNLIMITED else None for user, number in found.items()}


def passwords_match(client: Client, asked: Mapping[str, tuple[str, str]]) -> dict[str, Known[bool]]:
    """Whether each password is the mailbox's.

    :param asked: address to account and password.
    """
    calls = {
        address: uapi(user, "verify_password", {"email": address, "password": password})
        for address, (user, password) in asked.items()
    }
    return {address: _matches(address, outcome) for address, outcome in ask_each(client, calls).items()}


def _matches(address: str, outcome: Outcome) -> Known[bool]:
    if isinstance(outcome, WhmError):
        return outcome
    flag = to_flag(data_of(outcome))
    if flag is None:
        return UnexpectedAnswer(
            f"the answer does not tell whether it is the password of {address}", "Email::verify_password"
        )
    return flag


def of_accounts(client: Client, users: Sequence[str]) -> dict[str, Known[list[dict[str, Any]]]]:
    """All mailboxes of each account, by address, as rows of the module email_account. Held messages are counted where mail is held."""
    boxes: dict[str, Mailbox] = {}
    found: dict[str, Known[list[dict[str, Any]]]] = {}
    for user, rows in listings(client, unique(list(users))).items():
        error = (
            rows
            if isinstance(rows, WhmError)
            else next((box for box in rows.values() if isinstance(box, WhmError)), None)
        )
        found[user] = error or []
        if error is None and not isinstance(rows, WhmError):
            boxes.update(rows)
    held = with_held(client, {address: box for address, box in boxes.items() if _is_held(box)})
    for address, box in sorted({**boxes, **held}.items()):
        of_user = found[box["user"]] if not isinstance(box, WhmError) else None
        if isinstance(of_user, list) and not isinstance(box, WhmError):
            of_user.append({"address": address, **box})
    return found


def _is_held(box: Mailbox) -> bool:
    return not isinstance(box, WhmError) and bool(box["outgoing_held"])
