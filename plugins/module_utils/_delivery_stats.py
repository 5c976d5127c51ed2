# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts of deliveries, from the three functions that count them, in one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Union

from ansible_collections.whm.mail.plugins.module_utils._client import Client
from ansible_collections.whm.mail.plugins.module_utils._convert import as_list, to_flag, to_int, to_text
from ansible_collections.whm.mail.plugins.module_utils._envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._errors import (
    PermissionRefused,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._listings import FEW, Listing, filters, ordered, read
from ansible_collections.whm.mail.plugins.module_utils._plan import Call
from ansible_collections.whm.mail.plugins.module_utils._times import Window

SERVER, ACCOUNTS, ACCOUNT = "emailtrack_stats", "emailtrack_user_stats", "EmailTrack::stats"
COUNTS = {
    "sent": "SENDCOUNT",
    "succeeded": "SUCCESSCOUNT",
    "failed": "FAILCOUNT",
    "deferred": "DEFERCOUNT",
    "defer_fails": "DEFERFAILCOUNT",
    "in_progress": "INPROGRESSCOUNT",
    "total_size": "TOTALSIZE",
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
    return server_total(client.call(SERVER, **times), client.host)


def server_total(answer: Answer, host: str) -> Row:
    """The answer of SERVER."""
    return _only(answer.records("records"), None, SERVER, host)


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
    outcomes = client.batch([_api2(user, times) for user in missing])
    for user, outcome in zip(missing, outcomes):
        found[user] = [_single(user, outcome, client.host)]
    return [row for user in users for row in found[user]]


def _listed(client: Client, times: Times, users: Sequence[str] = ()) -> list[Row]:
    """All accounts, or a few."""
    questions = [filters(("USER", "eq", user)) for user in users] or [{}]
    listings = [account_listing(times, question) for question in questions]
    read(client, listings)
    return account_rows(listings)


def account_listing(times: Times, question: Mapping[str, Any] | None = None) -> Listing:
    """The list of accounts, on its way in.

    :param question: filters.
    """
    return Listing(ACCOUNTS, {**times, **ordered("USER"), **(question or {})}, _identity)


def account_rows(listings: Sequence[Listing]) -> list[Row]:
    """What lists of accounts hold, each account once."""
    records = {identity: record for listing in listings for identity, record in listing.found.items()}
    return [_row(record, to_text(record.get("USER")), ACCOUNTS) for record in records.values()]


def _identity(record: Mapping[str, Any]) -> tuple[str, str]:
    return str(record.get("USER")), str(record.get("DOMAIN"))


def _api2(user: str, times: Times) -> Call:
    module, function = ACCOUNT.split("::")
    target = {"cpanel_jsonapi_user": user, "cpanel_jsonapi_apiversion": 2}
    return Call("cpanel", {**target, "cpanel_jsonapi_module": module, "cpanel_jsonapi_func": function, **times}, user)


def _single(user: str, outcome: Answer | WhmError, host: str) -> Row:
    if isinstance(outcome, WhmError):
        return {"user": user, "error": outcome}
    result = outcome.get("cpanelresult")
    try:
        return _only(as_list(result.get("data")) if isinstance(result, dict) else [], user, ACCOUNT, host)
    except UnexpectedAnswer as exc:
        return {"user": user, "error": exc}


def _only(records: Sequence[Any], user: str | None, source: str, host: str) -> Row:
    if not records or not isinstance(records[0], dict):
        raise UnexpectedAnswer("the answer holds no record", source, host)
    return _row(records[0], user, source)


def _row(record: Mapping[str, Any], user: str | None, source: str) -> Row:
    return {
        "user": user,
        "domain": to_text(record.get("DOMAIN")),
        "primary_domain": to_text(record.get("PRIMARY_DOMAIN")),
        "owner": to_text(record.get("OWNER")),
        **{name: _count(record, key) for name, key in COUNTS.items()},
        "reached_max_emails": to_flag(record.get("REACHED_MAXEMAILS")),
        "reached_max_defer_fails": to_flag(record.get("REACHED_MAXDEFERFAIL")),
        "source": source,
    }


def _count(record: Mapping[str, Any], key: str) -> int | None:
    """A null is the sum over an empty database, and thus 0; a count that the function does not make is null."""
    return to_int(record[key] or 0) if key in record else None
