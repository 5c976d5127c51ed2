# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Default addresses of domains: what becomes of mail to addresses that do not exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.email import (
    Known,
    ask_each,
    owners,
    rows_of,
    uapi,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import is_address, normal_address, normal_domain
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError

LIST = "list_default_address"
ACCOUNT, FORWARD, FAIL, BLACKHOLE, OTHER = "account", "forward", "fail", "blackhole", "other"


def default_address(user: str, value: str) -> dict[str, Any]:
    """``{user, action, destination, message}`` from the server's text, which may have quotes inside. A program, and what else is none of the
    four actions, is ``other`` with the text as destination."""
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    if text.startswith(":fail:"):
        return _row(user, FAIL, message=text[len(":fail:") :].strip())
    if text.startswith(":blackhole:"):
        return _row(user, BLACKHOLE)
    if text == user:
        return _row(user, ACCOUNT)
    return _row(user, FORWARD, normal_address(text)) if is_address(text) else _row(user, OTHER, text)


def _row(user: str, action: str, destination: str | None = None, message: str | None = None) -> dict[str, Any]:
    return {"user": user, "action": action, "destination": destination, "message": message}


def default_addresses_of(client: Client, domains: Sequence[str]) -> dict[str, Known[Mapping[str, Any]]]:
    """The default address of each domain, in the order given. An account is asked once, however many domains it has."""
    own = owners(client, domains)
    found = listings(client, unique([user for user in own.values() if isinstance(user, str)]))
    return {domain: _of_domain(domain, own[domain], found) for domain in domains}


def _of_domain(
    domain: str, user: Known[str], found: Mapping[str, Known[Mapping[str, Mapping[str, Any]]]]
) -> Known[Mapping[str, Any]]:
    if isinstance(user, WhmError):
        return user
    rows = found[user]
    if isinstance(rows, WhmError):
        return rows
    return rows.get(domain) or UnexpectedAnswer(f"the answer about {user} does not mention {domain}", f"Email::{LIST}")


def listings(client: Client, users: Sequence[str]) -> dict[str, Known[dict[str, Mapping[str, Any]]]]:
    """The default addresses of each account, by domain: all its domains. One call an account."""
    calls = {user: uapi(user, LIST, {"user": user}) for user in users}
    return {user: _listing(user, outcome) for user, outcome in ask_each(client, calls).items()}


def _listing(user: str, outcome: Outcome) -> Known[dict[str, Mapping[str, Any]]]:
    rows = rows_of(outcome, LIST)
    if isinstance(rows, WhmError):
        return rows
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        domain, value = row.get("domain"), row.get("defaultaddress")
        if not (isinstance(domain, str) and isinstance(value, str) and domain.strip() and value.strip()):
            text = f"the answer about {user} has rows without domain and default address"
            return UnexpectedAnswer(text, f"Email::{LIST}")
        found[normal_domain(domain)] = default_address(user, value)
    return found


def of_accounts(client: Client, users: Sequence[str]) -> dict[str, Known[list[dict[str, Any]]]]:
    """The default addresses of each account, as ``{domain, user, action, destination, message}`` by domain. One call an account."""
    found = listings(client, unique(list(users)))
    return {
        user: rows if isinstance(rows, WhmError) else [{"domain": domain, **rows[domain]} for domain in sorted(rows)]
        for user, rows in found.items()
    }
