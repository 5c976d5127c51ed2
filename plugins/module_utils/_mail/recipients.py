# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""To how many different recipients accounts and senders wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.names import can_be_account
from ansible_collections.whm.mail.plugins.module_utils._mail.times import Window
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_int, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError

PER_ACCOUNT = "get_unique_sender_recipient_count_per_user"
PER_SENDER = "get_unique_recipient_count_per_sender_for_user"

Row = dict[str, Any]


def count_window(window: Window) -> dict[str, int]:
    """The window as both functions take it. Both ends are required; whether the server takes a 0 for a value is not known."""
    return {"start_time": max(1, window.since), "end_time": window.until}


def counts_of(answer: Answer) -> list[Row]:
    """The answer of PER_ACCOUNT: each account as a whole, the highest count first."""
    rows = [
        _row(to_text(record.get("user")), None, _count(record, "unique_sender_recipient_count"))
        for record in answer.listing("payload")
    ]
    return _highest_first(rows, PER_ACCOUNT)


def counts_of_senders(client: Client, users: Sequence[str], times: Mapping[str, int]) -> list[Row]:
    """The senders of these accounts one by one; ``error`` is the WhmError of an account that the server refuses."""
    outcomes = client.batch([Call(PER_SENDER, {"user": user, **times}) for user in users])
    return [row for user, outcome in zip(users, outcomes) for row in _of(user, outcome)]


def _of(user: str, outcome: Answer | WhmError) -> list[Row]:
    if isinstance(outcome, WhmError):
        return [{"user": user, "sender": None, "error": outcome}]
    try:
        rows = [
            _row(user, to_text(record.get("sender")), _count(record, "unique_recipient_count"))
            for record in outcome.listing("payload")
        ]
        return _highest_first(rows, PER_SENDER)
    except UnexpectedAnswer as exc:
        return [{"user": user, "sender": None, "error": exc}]


def _row(user: str | None, sender: str | None, count: int | None) -> Row:
    return {"user": user, "is_account": can_be_account(user), "sender": sender, "count": count}


def _count(record: Mapping[str, Any], key: str) -> int | None:
    return to_int(record.get(key))


def _highest_first(rows: list[Row], function: str) -> list[Row]:
    if any(row["count"] is None for row in rows):
        raise UnexpectedAnswer("the answer holds a count that is no number", function)
    return sorted(rows, key=lambda row: (-row["count"], str(row["user"]), str(row["sender"])))
