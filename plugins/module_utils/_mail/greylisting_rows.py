# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What greylisting knows beside what can be set: blocks of addresses, the hosts of mail providers, and who is deferred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import answered
from ansible_collections.whm.mail.plugins.module_utils._mail.greylisting import objects_in
from ansible_collections.whm.mail.plugins.module_utils._mail.hosts import listed_host
from ansible_collections.whm.mail.plugins.module_utils._mail.listings import Listing, Record, whole
from ansible_collections.whm.mail.plugins.module_utils._mail.times import both
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import Fields, as_list, to_int, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import Refused, UnexpectedAnswer, WhmError

NETBLOCKS = "cpgreylist_is_server_netblock_trusted"
ENTRIES = "cpgreylist_list_entries_for_common_mail_provider"
DEFERRED = "read_cpgreylist_deferred_entries"

_DEFERRED_ROWS = "greylist_deferred_entries"

# field of a result: field of the server's row
_TIMES = {
    "created": "create_time",
    "blocked_until": "block_exp_time",
    "retry_by": "must_retry_by",
    "expires": "record_exp_time",
}


def netblocks_of(client: Client, outcome: Outcome) -> list[dict[str, Any]]:
    """The blocks of addresses in which the server's own are, by address."""
    found = answered(outcome).get("ip_blocks")
    if found == []:  # an empty map, as some programs write it
        found = {}
    if not isinstance(found, dict):
        raise UnexpectedAnswer("the answer has no map of blocks in data.ip_blocks", NETBLOCKS)
    fields = Fields(NETBLOCKS)
    places = sorted((listed_host(str(text))[1], str(text)) for text in found)
    rows = [{"netblock": listed_host(text)[0], "trusted": fields.flag(found, text)} for _order, text in places]
    client.tell(fields)
    return rows


def with_hosts(client: Client, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The providers with their hosts, or with the reason why the server did not tell them."""
    if not rows:
        return rows
    answer = client.call(ENTRIES, provider=[row["provider"] for row in rows])
    fields = Fields(ENTRIES)
    told, failed = (_map(answer, name) for name in ("providers", "providers_failed"))
    found = []
    for row in rows:
        hosts = _hosts(fields, told.get(row["provider"]), to_text(failed.get(row["provider"])))
        found.append({**row, "error": hosts} if isinstance(hosts, WhmError) else {**row, "hosts": hosts})
    client.tell(fields)
    return found


def _map(answer: Answer, name: str) -> Mapping[str, Any]:
    value = answer.get(name)
    return value if isinstance(value, dict) else {}


def _hosts(fields: Fields, told: Any, reason: str | None) -> list[dict[str, Any]] | WhmError:
    """Of one provider. The reference says that ``ips`` is an object, its example that it is a list of these."""
    if reason:
        return Refused(reason, ENTRIES)
    records: list[Any] = as_list(told.get("ips")) if isinstance(told, dict) and "ips" in told else [None]
    if not all(isinstance(record, dict) and isinstance(record.get("host_ip"), str) for record in records):
        return UnexpectedAnswer("the answer does not tell the hosts of the provider", ENTRIES)
    places = sorted(((listed_host(record["host_ip"])[::-1], record) for record in records), key=lambda place: place[0])
    return [
        {"host": name, "listed": record["host_ip"], "trusted": fields.flag(record, "is_trusted")}
        for (_order, name), record in places
    ]


class Deferred(Listing):
    """What is deferred, on its way in. The function says how many rows there are beside those that it returns, and is told of no way to ask
    for the others; ``api.chunk`` is what works elsewhere."""

    def __init__(self) -> None:
        super().__init__(DEFERRED, {}, _identity, key=_DEFERRED_ROWS)
        self.total = 0

    def take(self, answer: Answer) -> None:
        objects_in(answer, _DEFERRED_ROWS, DEFERRED)
        self.total = max(self.total, to_int(answer.get("total_rows")) or 0)
        super().take(answer)


def _identity(record: Record) -> Any:
    number = to_int(record.get("id"))
    return whole(record) if number is None else number


def deferred_rows(client: Client, deferred: Deferred) -> dict[str, Any]:
    """``deferred`` and ``truncated``, once the pages behind the first one are read."""
    while not deferred.done:
        (page,) = client.batch([deferred.call()])
        deferred.take(answered(page))
    fields = Fields(DEFERRED)
    rows = [_deferred_row(fields, record) for record in deferred.records]
    rows.sort(key=lambda row: (row["created_epoch"] or 0, row["id"] or 0, str(row)))
    client.tell(fields)
    missing = deferred.total - len(rows)
    if missing > 0 or deferred.overflowed:
        client.warn(
            f"{DEFERRED} returned {len(rows)} rows of {max(deferred.total, len(rows))} and there is no way to ask it for the others."
        )
    return {"deferred": rows, "truncated": missing > 0 or deferred.overflowed}


def _deferred_row(fields: Fields, record: Record) -> dict[str, Any]:
    return {
        "id": fields.whole(record, "id"),
        "sender_ip": fields.text(record, "sender_ip"),
        "sender": fields.text(record, "from_addr"),
        "recipient": fields.text(record, "to_addr"),
        "deferred_count": fields.whole(record, "deferred_count"),
        "accepted_count": fields.whole(record, "accepted_count"),
        **{
            key: value
            for name, source in _TIMES.items()
            for key, value in both(name, fields.moment(record, source)).items()
        },
    }
