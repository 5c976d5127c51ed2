# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mail queue: typed messages, selections, counts. Pure but for the one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.names import (
    can_be_account,
    domain_names,
    is_address,
    normal_address,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.times import both
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import Fields, as_list, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, UnexpectedAnswer

Message = Mapping[str, Any]
Row = dict[str, Any]

QUEUE = "fetch_mail_queue"

#: How bounces are named among the senders: as SMTP writes the empty sender.
BOUNCES = "<>"

#: Lower limits of the classes of age, in seconds: an hour, six hours, a day, three days.
_AGES = (0, 3600, 6 * 3600, 86400, 3 * 86400)


def read_queue(client: Client, now: float) -> list[Row]:
    """The whole queue, oldest first; messages whose time is not known come last.

    :param now: the present time, which the ages count from.
    """
    return queue_of(client, client.call(QUEUE), now)


def queue_of(client: Client, answer: Answer, now: float) -> list[Row]:
    """The answer of QUEUE, as :func:`read_queue` returns it; a warning names fields that cannot be understood."""
    records = answer.get("records")
    if not isinstance(records, (list, dict)) or records == {}:
        raise UnexpectedAnswer("the answer has no records", QUEUE)
    fields = Fields(QUEUE)
    messages = [_message(record, now, fields) for record in answer.listing("records") if record]
    client.tell(fields)
    return sorted(messages, key=lambda row: (row["time"] is None, row["time_epoch"] or 0, row["msgid"] or ""))


def _message(record: Message, now: float, fields: Fields) -> Row:
    sender = fields.text(record, "sender")
    if sender == BOUNCES:
        sender = None
    times = both("time", fields.whole(record, "time"))
    epoch = times["time_epoch"]
    return {
        "msgid": fields.text(record, "msgid"),
        "sender": normal_address(sender) if sender else None,
        "domain": sender.rpartition("@")[2].lower() if sender and "@" in sender else None,
        "recipients": [str(recipient) for recipient in as_list(record.get("recipients"))],
        "user": fields.text(record, "user"),
        "is_account": can_be_account(fields.text(record, "user")),
        "size": fields.whole(record, "size"),
        **times,
        "age": None if epoch is None else max(0, int(now) - epoch),
        "frozen": False if to_text(record.get("frozen")) is None else fields.flag(record, "frozen"),
    }


def check_senders(values: Iterable[str]) -> list[str]:
    """Senders to select by: addresses, domains, or ``<>`` for bounces; domains in lower case.

    :raises InvalidInput: one of them is none of these.
    """
    found = []
    for value in values:
        text = str(value).strip()
        if text == BOUNCES:
            found.append(text)
        elif "@" in text and not text.startswith("@"):
            if not is_address(normal_address(text)):
                raise InvalidInput(f"senders: {text} is not an address such as info@example.com.")
            found.append(normal_address(text))
        elif not text:
            raise InvalidInput(f"senders: a sender is empty; bounces are given as {BOUNCES}.")
        else:
            found += domain_names("senders", [text.lstrip("@")])
    return found


def select(
    messages: Sequence[Row],
    users: Sequence[str] | None,
    senders: Sequence[str] | None,
    frozen: bool | None,
    before: int | None,
) -> list[Row]:
    """The messages that meet every condition that is given.

    :param before: epoch seconds; those whose time is not known do not count as older.
    """
    return [
        row
        for row in messages
        if (users is None or row["user"] in users)
        and (senders is None or _sent_by(row, senders))
        and (frozen is None or row["frozen"] is frozen)
        and (before is None or (row["time_epoch"] is not None and row["time_epoch"] < before))
    ]


def _sent_by(row: Row, senders: Sequence[str]) -> bool:
    if row["sender"] is None:
        return BOUNCES in senders
    return row["sender"] in senders or row["domain"] in senders


def summarise(selected: Sequence[Row], messages: Sequence[Row]) -> Row:
    """Counts over the selection, and ``total`` over the whole queue."""
    return {
        **_counts(selected),
        "by_user": [{**row, "is_account": can_be_account(row["user"])} for row in _by("user", selected)],
        "by_domain": _by("domain", selected),
        "by_age": _by_age(selected),
        "total": _counts(messages),
    }


def _counts(messages: Sequence[Row]) -> Row:
    return {
        "messages": len(messages),
        "frozen": sum(row["frozen"] is True for row in messages),
        "size": sum(row["size"] or 0 for row in messages),
    }


def _by(key: str, messages: Sequence[Row]) -> list[Row]:
    """One row per value, most messages first."""
    groups: dict[Any, list[Row]] = {}
    for row in messages:
        groups.setdefault(row[key], []).append(row)
    rows = [{key: value, **_counts(group)} for value, group in groups.items()]
    return sorted(rows, key=lambda row: (-row["messages"], row[key] or ""))


def _by_age(messages: Sequence[Row]) -> list[Row]:
    rows = []
    for low, high in zip(_AGES, (*_AGES[1:], None)):
        group = [
            row
            for row in messages
            if row["age"] is not None and low <= row["age"] and (high is None or row["age"] < high)
        ]
        rows.append({"from": low, "to": high, **_counts(group)})
    return rows
