# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoresponders of addresses, and what a server makes of the texts of one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Union

from ansible_collections.whm.mail.plugins.module_utils._mail.domains import INFO, domain_rows
from ansible_collections.whm.mail.plugins.module_utils._mail.email import (
    Known,
    ask_each,
    data_of,
    domain_of,
    owners,
    rows_of,
    uapi,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.times import both
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_flag, to_int, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError

LIST = "list_auto_responders"
GET = "get_auto_responder"

TEXTS = ("from", "subject", "body")
TIMES = ("start", "stop")
#: What an autoresponder is made of, as it is shown.
FIELDS = (*TEXTS, "interval", "is_html", "start", "start_epoch", "stop", "stop_epoch")
ABSENT: Mapping[str, Any] = {"state": "absent", **dict.fromkeys(FIELDS), "charset": None}

#: In a listing, why nothing is known of an address that is not in it.
UNNAMED = ""

_ADDRESS_PART = re.compile(r"\s*<[^<>]*>")
_MISSING = object()

#: One autoresponder, or why nothing is known of it.
Autoresponder = Known[Mapping[str, Any]]
#: Addresses with an autoresponder, and under UNNAMED why there may be others.
_Listing = Known[dict[str, Union[str, WhmError]]]


def normal_body(text: str) -> str:
    """A server ends it with exactly one newline. That line ends are told alike is ours: one that keeps carriage returns is taken for the
    same text."""
    plain = text.replace("\r\n", "\n").rstrip("\n")
    return f"{plain}\n" if plain else ""


def normal_from(text: str) -> str:
    """The name alone: a server drops ``<address>``."""
    return _ADDRESS_PART.sub("", text).strip()


def autoresponders_of(client: Client, addresses: Sequence[str]) -> dict[str, Autoresponder]:
    """The autoresponder of each address. Each domain is listed once, because only its list tells which addresses have one."""
    own = owners(client, (domain_of(address) for address in addresses))
    named = {domain: user for domain, user in own.items() if isinstance(user, str)}
    listed = _listings(client, named)
    found: dict[str, Autoresponder] = {}
    for address in addresses:
        domain = domain_of(address)
        user = own[domain]
        found[address] = user if isinstance(user, WhmError) else _existence(address, user, listed[domain])
    return _with_content(client, found)


def _existence(address: str, user: str, listing: _Listing) -> Autoresponder:
    if isinstance(listing, WhmError):
        return listing
    unnamed = listing.get(UNNAMED)
    if address not in listing and isinstance(unnamed, WhmError):
        return unnamed
    return {"user": user, **ABSENT, "state": "present" if address in listing else "absent"}


def of_accounts(client: Client, users: Sequence[str]) -> dict[str, Known[list[dict[str, Any]]]]:
    """The rows of each account, by address: ``{address, user, state}`` and FIELDS; ``error`` in one that could not be read. Which domains an
    account has is read in one request, then there is a call for each domain, and one for each autoresponder."""
    wanted = unique(users)
    domains = _domains_of(client, wanted)
    named = {domain: user for user, its in domains.items() if not isinstance(its, WhmError) for domain in its}
    listed = _listings(client, named)
    rows: dict[str, Known[list[dict[str, Any]]]] = {}
    for user in wanted:
        its = domains[user]
        rows[user] = its if isinstance(its, WhmError) else _rows_of(user, [listed[domain] for domain in its])
    return _filled(client, rows)


def _domains_of(client: Client, users: Sequence[str]) -> dict[str, Known[list[str]]]:
    (outcome,) = client.batch([Call(INFO)]) if users else (None,)
    if outcome is None or isinstance(outcome, WhmError):
        return {} if outcome is None else dict.fromkeys(users, outcome)
    try:
        listed = domain_rows(outcome)
    except UnexpectedAnswer as exc:
        return dict.fromkeys(users, exc)
    found: dict[str, Known[list[str]]] = {}
    for user in users:
        its = [row["domain"] for row in listed if row["user"] == user]
        found[user] = its or UnexpectedAnswer(f"the list of domains names none of {user}", INFO)
    return found


def _rows_of(user: str, listings: Sequence[_Listing]) -> Known[list[dict[str, Any]]]:
    addresses: list[str] = []
    for listing in listings:
        if isinstance(listing, WhmError):
            return listing
        unnamed = listing.get(UNNAMED)
        if isinstance(unnamed, WhmError):
            return unnamed
        addresses += listing
    return [{"address": address, "user": user} for address in sorted(addresses)]


def _filled(client: Client, rows: Mapping[str, Known[list[dict[str, Any]]]]) -> dict[str, Known[list[dict[str, Any]]]]:
    """The same with what the autoresponders say."""
    there = [row for its in rows.values() if not isinstance(its, WhmError) for row in its]
    told = _with_content(client, {row["address"]: {**row, "state": "present"} for row in there})
    return {
        user: its if isinstance(its, WhmError) else [_row(row, told[row["address"]]) for row in its]
        for user, its in rows.items()
    }


def _row(row: Mapping[str, Any], found: Autoresponder) -> dict[str, Any]:
    if isinstance(found, WhmError):
        return {**row, "state": "present", **dict.fromkeys(FIELDS), "error": found}
    return {**row, "state": "present", **{name: found[name] for name in FIELDS}}


def _listings(client: Client, owned: Mapping[str, str]) -> dict[str, _Listing]:
    """:param owned: domain to the account that owns it."""
    calls = {domain: uapi(user, LIST, {"domain": domain}) for domain, user in owned.items()}
    return {domain: _listing(domain, outcome) for domain, outcome in ask_each(client, calls).items()}


def _listing(domain: str, outcome: Outcome) -> _Listing:
    """Rows of other domains are left out: whether ``domain`` limits the answer is not taken for granted."""
    rows = rows_of(outcome, LIST)
    if isinstance(rows, WhmError):
        return rows
    named = [row["email"].strip().lower() for row in rows if isinstance(row.get("email"), str) and "@" in row["email"]]
    found: dict[str, str | WhmError] = {address: address for address in named if domain_of(address) == domain}
    if len(named) < len(rows):
        found[UNNAMED] = UnexpectedAnswer(f"the answer about {domain} has rows that name no address", f"Email::{LIST}")
    return found


def _with_content(client: Client, found: Mapping[str, Autoresponder]) -> dict[str, Autoresponder]:
    """Those that exist are asked for one by one; no list tells more than the subject."""
    there = {
        address: one for address, one in found.items() if not isinstance(one, WhmError) and one["state"] == "present"
    }
    calls = {address: uapi(one["user"], GET, {"email": address}) for address, one in there.items()}
    told = {
        address: _content(address, there[address]["user"], outcome)
        for address, outcome in ask_each(client, calls).items()
    }
    return {address: told.get(address, one) for address, one in found.items()}


def _content(address: str, user: str, outcome: Outcome) -> Autoresponder:
    """Of an address without autoresponder the answer has only ``charset``."""
    if isinstance(outcome, WhmError):
        return outcome
    data = data_of(outcome)
    data = data if isinstance(data, dict) else {}
    texts: dict[str, Any] = {name: data.get(name) for name in TEXTS}
    times = {name: _moment(data.get(name, _MISSING)) for name in TIMES}
    numbers = {"interval": to_int(data.get("interval")), "is_html": to_flag(data.get("is_html"))}
    untold = [name for name, text in texts.items() if not isinstance(text, str)]
    untold += [name for name, time in times.items() if time is _MISSING]
    untold += [name for name, value in numbers.items() if value is None]
    if untold:
        said = " and ".join(untold)
        return UnexpectedAnswer(
            f"the answer about the autoresponder of {address} does not tell its {said}", f"Email::{GET}"
        )
    charset = data.get("charset")
    return {
        "user": user,
        "state": "present",
        "from": normal_from(texts["from"]),
        "subject": texts["subject"],
        "body": normal_body(texts["body"]),
        **numbers,
        **both("start", times["start"]),
        **both("stop", times["stop"]),
        "charset": charset if isinstance(charset, str) and charset else None,
    }


def _moment(value: Any) -> Any:
    """Epoch seconds; None for none, which is null, empty or 0; _MISSING where it is not told."""
    if value is None or value == "":
        return None
    number = None if isinstance(value, bool) else to_int(value)
    if number is None or number < 0:
        return _MISSING
    return number or None
