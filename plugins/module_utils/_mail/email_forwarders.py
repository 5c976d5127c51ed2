# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwarders of accounts: what they are listed as, what two spellings mean the same, and how one is added and taken away.

An address forwards to any number of destinations, and each pair is a forwarder. A destination is an address, the name of a user, a program
(``|/home/alice/bin/sort.pl``), ``:fail: text``, ``:blackhole:``, or what else stands in the file of aliases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.email import (
    Known,
    ask_each,
    domain_of,
    in_order,
    local_part,
    owners,
    rows_of,
    uapi,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.email_default_addresses import (
    listings as default_addresses,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import is_account, is_address, normal_address
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError

LIST = "list_forwarders"
FAIL, BLACKHOLE = ":fail:", ":blackhole:"

#: Destination, as it is compared, to the pairs of address and destination by which the server has it.
Listed = Mapping[str, Sequence[tuple[str, str]]]


def normal_destination(text: str) -> str:
    """A destination as it is compared: no quotes around, the domain of an address in lower case, one blank after ``:fail:``. Nothing else is
    touched."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    if text.startswith(FAIL):
        return f"{FAIL} {text[len(FAIL) :].strip()}".strip()
    return normal_address(text) if is_address(text) else text


def addition(user: str, address: str, destination: str) -> Call | None:
    """What adds a destination, in the form in which it is compared; None where no function does."""
    how = _method(destination)
    if how is None:
        return None
    return uapi(user, "add_forwarder", {"domain": domain_of(address), "email": local_part(address), **how})


def _method(destination: str) -> dict[str, str] | None:
    if is_address(destination):
        return {"fwdopt": "fwd", "fwdemail": destination}
    if destination.startswith(f"{FAIL} "):
        return {"fwdopt": "fail", "failmsgs": destination[len(FAIL) :].strip()}
    if destination == BLACKHOLE:
        return {"fwdopt": "blackhole"}
    if destination.startswith("|") and destination[1:].strip():
        return {"fwdopt": "pipe", "pipefwd": destination[1:].strip()}
    return {"fwdopt": "system", "fwdsystem": destination} if is_account(destination) else None


def removal(user: str, pair: tuple[str, str]) -> Call:
    """What takes a forwarder away, by the texts by which the server lists it."""
    return uapi(user, "delete_forwarder", {"address": pair[0], "forwarder": pair[1]})


def forwarders_of(client: Client, addresses: Sequence[str]) -> dict[str, Known[Mapping[str, Any]]]:
    """``{user, destinations, listed}`` of each address. A domain is asked once, however many addresses it has.

    :param addresses: in lower case.
    """
    own = owners(client, (domain_of(address) for address in addresses))
    pairs = {domain: user for domain, user in own.items() if isinstance(user, str)}
    found = listings(client, pairs)
    states: dict[str, Known[Mapping[str, Any]]] = {}
    for address in addresses:
        domain = domain_of(address)
        user, rows = own[domain], found.get(domain, {})
        if isinstance(user, WhmError) or isinstance(rows, WhmError):
            states[address] = user if isinstance(user, WhmError) else rows
        else:
            listed = rows.get(address, {})
            states[address] = {"user": user, "destinations": sorted(listed), "listed": listed}
    return in_order(addresses, states)


def listings(client: Client, domains: Mapping[str, str]) -> dict[str, Known[dict[str, Listed]]]:
    """The forwarders of each domain, by address. One call a domain.

    :param domains: domain to the account that owns it.
    """
    calls = {domain: uapi(user, LIST, {"domain": domain}) for domain, user in domains.items()}
    return {domain: _listing(domain, outcome) for domain, outcome in ask_each(client, calls).items()}


def _listing(domain: str, outcome: Outcome) -> Known[dict[str, Listed]]:
    """``dest`` is the address, ``forward`` the destination. What is not understood may be the forwarder in question."""
    rows = rows_of(outcome, LIST)
    if isinstance(rows, WhmError):
        return rows
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for row in rows:
        address, destination = row.get("dest"), row.get("forward")
        if not (isinstance(address, str) and isinstance(destination, str) and address.strip() and destination.strip()):
            text = f"the answer about {domain} has rows without address and destination"
            return UnexpectedAnswer(text, f"Email::{LIST}")
        listed = found.setdefault(address.strip().lower(), {})
        listed.setdefault(normal_destination(destination), []).append((address, destination))
    return dict(found.items())


def of_accounts(client: Client, users: Sequence[str]) -> dict[str, Known[list[dict[str, Any]]]]:
    """All forwarders of each account, as ``{address, user, destinations}`` by address. One call an account, which names its domains, and one
    a domain; where one of its domains cannot be read, the account is that error."""
    named = default_addresses(client, users)
    domains = {
        domain: user for user, rows in named.items() if not isinstance(rows, WhmError) for domain in rows if domain
    }
    found = listings(client, domains)
    return {user: _whole(user, named[user], found) for user in unique(list(users))}


def _whole(
    user: str, named: Known[Mapping[str, Any]], found: Mapping[str, Known[dict[str, Listed]]]
) -> Known[list[dict[str, Any]]]:
    if isinstance(named, WhmError):
        return named
    rows: dict[str, dict[str, Any]] = {}
    for domain in named:
        listed = found[domain]
        if isinstance(listed, WhmError):
            return listed
        for address, destinations in listed.items():
            rows[address] = {"address": address, "user": user, "destinations": sorted(destinations)}
    return [rows[address] for address in sorted(rows)]
