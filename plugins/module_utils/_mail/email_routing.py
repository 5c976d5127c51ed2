# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mail routing of domains: whether their mail is delivered here, or handed on to another server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.email import Known, ask_each, owners, rows_of, uapi
from ansible_collections.whm.mail.plugins.module_utils._mail.names import normal_domain
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_flag, to_text, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound, UnexpectedAnswer, WhmError

LIST = "list_mxs"
ROUTINGS = ("auto", "local", "secondary", "remote")

#: In a listing, why nothing is known of a domain that is not in it.
UNNAMED = ""

#: ``{user, routing, detected}``, or why it is not known.
Routing = Known[Mapping[str, Any]]


def routing_of(client: Client, domains: Sequence[str]) -> dict[str, Routing]:
    """The routing of each domain. An account is asked once, however many domains it has."""
    own = owners(client, domains)
    listed = listings(client, unique([user for user in own.values() if isinstance(user, str)]))
    return {domain: _of_domain(domain, own[domain], listed) for domain in domains}


def _of_domain(domain: str, user: Known[str], listed: Mapping[str, Known[dict[str, Routing]]]) -> Routing:
    if isinstance(user, WhmError):
        return user
    rows = listed[user]
    if isinstance(rows, WhmError):
        return rows
    absent = NotFound(f"{domain} is not among the domains of {user} that have a mail routing", f"Email::{LIST}")
    return rows.get(domain) or rows.get(UNNAMED) or absent


def of_accounts(client: Client, users: Sequence[str]) -> dict[str, Known[list[dict[str, Any]]]]:
    """The rows of each account, ``{domain, user, routing, detected}`` by domain; ``error`` in one that could not be understood. One call an
    account. A listing that names something which cannot be told is an error as a whole."""
    return {user: _rows(user, listing) for user, listing in listings(client, unique(users)).items()}


def _rows(user: str, listing: Known[dict[str, Routing]]) -> Known[list[dict[str, Any]]]:
    if isinstance(listing, WhmError):
        return listing
    unnamed = listing.get(UNNAMED)
    if isinstance(unnamed, WhmError):
        return unnamed
    return [_row(domain, user, routing) for domain, routing in sorted(listing.items())]


def _row(domain: str, user: str, routing: Routing) -> dict[str, Any]:
    if isinstance(routing, WhmError):
        return {"domain": domain, "user": user, "routing": None, "detected": None, "error": routing}
    return {"domain": domain, **routing}


def listings(client: Client, users: Sequence[str]) -> dict[str, Known[dict[str, Routing]]]:
    """The routing of each account's domains. The parameter ``domain`` is not used, because it did not limit the answer (seen on 134)."""
    calls = {user: uapi(user, LIST) for user in users}
    return {user: _listing(user, outcome) for user, outcome in ask_each(client, calls).items()}


def _listing(user: str, outcome: Outcome) -> Known[dict[str, Routing]]:
    rows = rows_of(outcome, LIST)
    if isinstance(rows, WhmError):
        return rows
    named = {normal_domain(row["domain"]): row for row in rows if isinstance(row.get("domain"), str) and row["domain"]}
    found = {domain: _routing(user, domain, row) for domain, row in named.items()}
    if len(named) < len(rows):
        found[UNNAMED] = UnexpectedAnswer(f"the answer about {user} has rows that name no domain", f"Email::{LIST}")
    return found


def _routing(user: str, domain: str, row: Mapping[str, Any]) -> Routing:
    """``mxcheck`` is what was set; ``detected`` is only what ``auto`` comes to."""
    if to_flag(row.get("status")) is False:
        said = to_text(row.get("statusmsg")) or "no reason given"
        return UnexpectedAnswer(f"the server cannot tell the mail routing of {domain} ({said})", f"Email::{LIST}")
    routing, detected = row.get("mxcheck"), row.get("detected")
    if routing not in ROUTINGS:
        return UnexpectedAnswer(f"the answer does not tell the mail routing of {domain}", f"Email::{LIST}")
    return {"user": user, "routing": routing, "detected": detected if isinstance(detected, str) and detected else None}
