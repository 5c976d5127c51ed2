# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single deliveries out of emailtrack_search: what to ask the server for, and what of its answer to believe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.listings import (
    FEW,
    Listing,
    Record,
    filters,
    newest_first,
    read,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import can_be_account
from ansible_collections.whm.mail.plugins.module_utils._mail.times import Window, both
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import Fields, to_text

FUNCTION = "emailtrack_search"

#: The server's switches. Each is off unless asked for, and with all of them off the answer is empty.
OUTCOMES = ("success", "failure", "defer", "inprogress")

#: Most records of one outcome that the server gives, whatever it is asked.
CAP = 5000

#: Beyond so many values none is asked by itself, even if the server kept something back: that would be a question for each.
MANY = 500

# What a record says of itself, to the switch that it comes with.
_OUTCOME_OF = {**{name: name for name in OUTCOMES}, "filtered": "success", "archive": "success", "rejected": "failure"}

# Field of a record, type of the filter. Accounts are compared exactly; addresses begin with what was asked for, because that
# is the narrowest test that does not tell upper from lower case.
_FILTER_OF = {"users": ("user", "eq"), "senders": ("sender", "begins"), "recipients": ("recipient", "begins")}

Delivery = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which deliveries to read.

    :param users: None for no restriction; so with senders and recipients.
    :param limit: most of them, the newest first; None for no limit.
    """

    window: Window
    users: tuple[str, ...] | None = None
    senders: tuple[str, ...] | None = None
    recipients: tuple[str, ...] | None = None
    outcomes: tuple[str, ...] = OUTCOMES
    limit: int | None = None

    def takes(self, delivery: Delivery) -> bool:
        """Whether a delivery is one of them; what the server does not say of it does not speak against it, but for names."""
        sent, outcome = delivery["sent_at_epoch"], delivery["outcome"]
        late = self.window.end is not None and sent is not None and sent > self.window.end
        if late or (sent is not None and sent < self.window.since):
            return False
        if outcome is not None and outcome not in self.outcomes:
            return False
        return all(
            _plain(delivery[_FILTER_OF[option][0]]) in {_plain(value) for value in values}
            for option, values in self.names().items()
        )

    def names(self) -> dict[str, tuple[str, ...]]:
        """The names that restrict, by option."""
        named = {"users": self.users, "senders": self.senders, "recipients": self.recipients}
        return {option: values for option, values in named.items() if values is not None}


@dataclass(frozen=True)
class Found:
    """The answer.

    :param deliveries: newest first.
    :param capped: the server may hold more than it gave.
    :param limited: there are more than ``limit``.
    """

    deliveries: list[Delivery]
    capped: bool
    limited: bool


def _plain(name: str | None) -> str | None:
    return None if name is None else name.casefold()


def search(client: Client, wanted: Wanted) -> Found:
    """Read the deliveries.

    Filters can only be ANDed. So what has one value goes to the server as a filter; of the options with several values that
    with the fewest is asked value by value; the others are checked here. Beyond a few values it is cheaper to read
    all and to check here, unless the server then keeps something back: asked value by value it gives as much for each.

    :raises WhmError: a question failed.
    """
    if not all(wanted.names().values()):
        return Found([], False, False)
    questions = _questions(wanted)
    if len(questions) > FEW:
        found = _ask(client, wanted, [_common(wanted)])
        if not found.capped or len(questions) > MANY:
            return found
    return _ask(client, wanted, questions)


def _questions(wanted: Wanted) -> list[dict[str, Any]]:
    """Parameters of each question."""
    several = {option: values for option, values in wanted.names().items() if len(values) > 1}
    if not several:
        return [_common(wanted)]
    narrowest = min(several, key=lambda option: len(several[option]))
    return [_common(wanted, (*_FILTER_OF[narrowest], value)) for value in several[narrowest]]


def _common(wanted: Wanted, *more: tuple[str, str, Any]) -> dict[str, Any]:
    """What all questions share.

    The window goes along twice. The filters are documented; the parameters, which are only described for 11.120, reach the
    server's database, so that its cap falls on what lies inside the window.
    """
    since, end = wanted.window.since, wanted.window.end
    narrow: list[tuple[str, str, Any]] = [
        (*_FILTER_OF[option], values[0]) for option, values in wanted.names().items() if len(values) == 1
    ]
    if since > 1:
        narrow.append(("sendunixtime", "gt", since - 1))
    if end is not None:
        narrow.append(("sendunixtime", "lt", end + 1))
    return {
        **{name: name in wanted.outcomes for name in OUTCOMES},
        "max_results_by_type": CAP,
        "starttime": since or None,
        "endtime": end,
        **filters(*narrow, *more),
        **newest_first("sendunixtime"),
    }


def _ask(client: Client, wanted: Wanted, questions: Sequence[dict[str, Any]]) -> Found:
    def enough(records: Iterable[Record]) -> bool:
        """One more than the limit, to know that there are more. Questions are answered newest first."""
        return wanted.limit is not None and sum(map(takes, records)) > wanted.limit

    def takes(record: Record) -> bool:
        return wanted.takes(delivery(record))

    listings = [Listing(FUNCTION, question, enough=enough) for question in questions]
    read(client, listings)
    records = {identity: record for listing in listings for identity, record in listing.found.items()}
    fields = Fields(FUNCTION)
    matching = [row for row in (delivery(record, fields) for record in records.values()) if wanted.takes(row)]
    client.tell(fields)
    matching.sort(key=_newest_first)
    limited = wanted.limit is not None and len(matching) > wanted.limit
    return Found(matching[: wanted.limit], any(map(_capped, listings)), limited)


def _capped(listing: Listing) -> bool:
    """Whether the cap was met. Where filters come after the cap only the number before filtering tells."""
    counts: dict[str | None, int] = {}
    for record in listing.records:
        outcome = _OUTCOME_OF.get(str(record.get("type")))
        counts[outcome] = counts.get(outcome, 0) + 1
    return listing.overflowed or listing.unfiltered >= CAP or max(counts.values(), default=0) >= CAP


def _newest_first(row: Delivery) -> tuple[Any, ...]:
    texts = (str(row[name]) for name in ("message_id", "recipient", "type", "delivered_to", "host", "message"))
    return (-(row["sent_at_epoch"] or 0), -(row["attempted_at_epoch"] or 0), *texts)


def delivery(record: Record, fields: Fields | None = None) -> Delivery:
    """One record, typed. Null for what the server does not know, which it says in three ways.

    :param fields: remembers what could not be understood.
    """
    found = fields or Fields(FUNCTION)

    def text(name: str) -> str | None:
        value = found.text(record, name)
        return None if value == "unknown" else value

    kind = text("type")
    return {
        "user": text("user"),
        "is_account": can_be_account(text("user")),
        "domain": text("domain"),
        "sender": text("sender"),
        "recipient": text("recipient"),
        "outcome": _OUTCOME_OF.get(kind or ""),
        "type": kind,
        "message": to_text(record.get("message")),
        "message_id": text("msgid"),
        "size": found.whole(record, "size"),
        "spam_score": found.real(record, "spamscore"),
        **both("sent_at", found.whole(record, "sendunixtime") or None),
        **both("attempted_at", found.whole(record, "actionunixtime") or None),
        "remote": found.flag(record, "transport_is_remote"),
        "host": text("host"),
        "ip": text("ip"),
        "router": text("router"),
        "transport": text("transport"),
        "delivered_to": text("deliveredto"),
        "delivery_user": text("deliveryuser"),
        "delivery_domain": text("deliverydomain"),
        "sender_host": text("senderhost"),
        "sender_ip": text("senderip"),
        "sender_auth": text("senderauth"),
    }
