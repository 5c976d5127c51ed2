# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts of deliveries, from the three functions that count them, in one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Union

from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import named_account
from ansible_collections.whm.mail.plugins.module_utils._mail.listings import (
    FEW,
    Listing,
    filters,
    ordered,
    read,
    read_each,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import can_be_account
from ansible_collections.whm.mail.plugins.module_utils._mail.times import Window
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import Fields, as_list, to_int, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    PermissionRefused,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.isolate import read_alike

SERVER, ACCOUNTS, ACCOUNT = "emailtrack_stats", "emailtrack_user_stats", "EmailTrack::stats"
_SIZE = "TOTALSIZE"
COUNTS = {
    "sent": "SENDCOUNT",
    "succeeded": "SUCCESSCOUNT",
    "failed": "FAILCOUNT",
    "deferred": "DEFERCOUNT",
    "defer_fails": "DEFERFAILCOUNT",
    "in_progress": "INPROGRESSCOUNT",
    "total_size": _SIZE,
}

Row = dict[str, Any]
Times = Mapping[str, Union[int, None]]


def stats_window(window: Window) -> Times:
    """The window as all three functions take it."""
    return {"starttime": window.since or None, "endtime": window.end}


def whole_server(client: Client, times: Times) -> Row:
    """The total of all accounts that the caller may see.

    :param times: ``starttime`` and ``endtime``, which mean "from the first" and "until now" when they are None.
    """
    return server_total(client, client.call(SERVER, **times))


def server_total(client: Client, answer: Answer) -> Row:
    """The answer of SERVER."""
    return _only(client, answer.records("records"), None, SERVER)


def all_accounts(client: Client, times: Times) -> list[Row]:
    """By name. Whether accounts that sent nothing are among them is the server's choice."""
    return by_name(_listed(client, times))


def by_name(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (str(row["user"]), str(row["domain"])))


def named_accounts(client: Client, times: Times, users: Sequence[str]) -> list[Row]:
    """These accounts, in their order; ``error`` is the WhmError of one that the server refuses.

    The list of all accounts comes first: one request tells what would else take a call an account. The accounts that are not
    in it are asked by cPanel API 2, and all of them where this server or this caller has no such list.
    """
    found: dict[str | None, list[Row]] = {}
    try:
        for row in _listed(client, times, users if len(users) <= FEW else ()) if users else []:
            found.setdefault(row["user"], []).append(row)
    except (Unsupported, PermissionRefused):
        found = {}
    missing = [user for user in users if user not in found]
    # When the server makes nothing of the whole request, what is known of other accounts is not lost by it.
    outcomes = read_alike(client, [_api2(user, times) for user in missing], (UnexpectedAnswer,))
    for user, outcome in zip(missing, outcomes):
        found[user] = [_single(client, user, outcome)]
    return [row for user in users for row in found[user]]


def _listed(client: Client, times: Times, users: Sequence[str] = ()) -> list[Row]:
    """All accounts, or a few: then what the list does not tell of one is asked in the other way."""
    if not users:
        everybody = account_listing(times)
        read(client, [everybody])
        return account_rows(client, [everybody])
    listings = [account_listing(times, filters(("USER", "eq", user))) for user in users]
    errors = read_each(client, listings)
    return account_rows(client, [listing for listing, error in zip(listings, errors) if not error])


def account_listing(times: Times, question: Mapping[str, Any] | None = None) -> Listing:
    """The list of accounts, on its way in.

    :param question: filters.
    """
    return Listing(ACCOUNTS, {**times, **ordered("USER"), **(question or {})}, _identity)


def account_rows(client: Client, listings: Sequence[Listing]) -> list[Row]:
    """What lists of accounts hold, each account once; ``error`` is the WhmError of one whose counts cannot be read."""
    records = {identity: record for listing in listings for identity, record in listing.found.items()}
    fields = Fields(ACCOUNTS)
    rows = [_row_or_error(record, to_text(record.get("USER")), fields) for record in records.values()]
    client.tell(fields)
    return rows


def _row_or_error(record: Mapping[str, Any], user: str | None, fields: Fields) -> Row:
    try:
        return _row(record, user, fields)
    except UnexpectedAnswer as exc:
        return {"user": user, "domain": to_text(record.get("DOMAIN")), "error": exc}


def _identity(record: Mapping[str, Any]) -> tuple[str, str]:
    return str(record.get("USER")), str(record.get("DOMAIN"))


def _api2(user: str, times: Times) -> Call:
    module, function = ACCOUNT.split("::")
    target = {"cpanel_jsonapi_user": user, "cpanel_jsonapi_apiversion": 2}
    return Call("cpanel", {**target, "cpanel_jsonapi_module": module, "cpanel_jsonapi_func": function, **times})


def _single(client: Client, user: str, outcome: Answer | WhmError) -> Row:
    outcome = named_account(client, outcome, user)
    if isinstance(outcome, WhmError):
        return {"user": user, "error": outcome}
    result = outcome.get("cpanelresult")
    try:
        return _only(client, as_list(result.get("data")) if isinstance(result, dict) else [], user, ACCOUNT)
    except UnexpectedAnswer as exc:
        return {"user": user, "error": exc}


def _only(client: Client, records: Sequence[Any], user: str | None, source: str) -> Row:
    if not records or not isinstance(records[0], dict):
        raise UnexpectedAnswer("the answer holds no record", source)
    fields = Fields(source)
    row = _row(records[0], user, fields)
    client.tell(fields)
    return row


def _row(record: Mapping[str, Any], user: str | None, fields: Fields) -> Row:
    return {
        "user": user,
        "is_account": can_be_account(user),
        "domain": to_text(record.get("DOMAIN")),
        "primary_domain": to_text(record.get("PRIMARY_DOMAIN")),
        "owner": to_text(record.get("OWNER")),
        **{name: _count(record, key, fields) for name, key in COUNTS.items()},
        "reached_max_emails": fields.reached(record, "REACHED_MAXEMAILS"),
        "reached_max_defer_fails": fields.reached(record, "REACHED_MAXDEFERFAIL"),
        "source": fields.source,
    }


def _count(record: Mapping[str, Any], key: str, fields: Fields) -> int | None:
    """A null is the sum over an empty database, and thus 0; a count that the function does not make is null.

    :raises UnexpectedAnswer: it is no number. To whoever looks for accounts above a limit, null would be none; the size of all
        messages is no such count.
    """
    if key not in record:
        return None
    count = 0 if record[key] in (None, "") else fields.whole(record, key) if key == _SIZE else to_int(record[key])
    if count is None and key != _SIZE:
        raise UnexpectedAnswer(f"{key} is no number but {str(record[key])[:40]!r}", fields.source)
    return count
