# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which accounts, domains and addresses a server certainly does not have.

Only a caller with all privileges is told of every account. To others a server answers of somebody else's account as of one
that does not exist, so of theirs nothing is known to be missing. Nor is it after a refusal, or an answer that cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Callable, Union

from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import Record, find_users, summaries
from ansible_collections.whm.mail.plugins.module_utils._mail.mailboxes import MAIN
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, to_flag, to_text, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound, Refused, WhmError

#: Users of every system that have mail and are no cPanel accounts.
SYSTEM_USERS = ("root", "nobody", "cpanel")

_NAMED = 5  # items that a warning names before it only counts

Found = Mapping[str, Union[Record, WhmError]]


def absent_users(client: Client, users: Sequence[str], tell: bool = True) -> set[str]:
    """Those that are neither accounts nor users of every system."""
    names = [user for user in users if user not in SYSTEM_USERS]
    return _proven(client, tell, _not_found(_known(lambda: find_users(client, names, []))))


def absent_domains(client: Client, domains: Sequence[str], tell: bool = True) -> set[str]:
    """Those that no account owns, and that are not the server's own name."""
    gone = _proven(client, tell, _not_found(_known(lambda: summaries(client, "domain", domains))))
    own = _host_name(client) if gone else None
    return gone - {own} if own else set()


def absent_by_domain(client: Client, addresses: Sequence[str]) -> set[str]:
    """Those of domains that no account owns."""
    gone = absent_domains(client, unique([_domain(address) for address in addresses]))
    return {address for address in addresses if _domain(address) in gone}


def absent_addresses(client: Client, addresses: Sequence[str], tell: bool = True) -> set[str]:
    """Those of domains that no account owns, and those that the account does not have."""
    domains = unique([_domain(address) for address in addresses])
    found = _known(lambda: summaries(client, "domain", domains))
    owners = {
        domain: to_text(record.get("user")) for domain, record in found.items() if not isinstance(record, WhmError)
    }
    users = unique([user for user in owners.values() if user])
    outcomes = client.batch([Call("list_pops_for", {"user": user}) for user in users])
    pops = {user: _pops(outcome) for user, outcome in zip(users, outcomes)}
    gone = _not_found(found)
    return _proven(
        client,
        tell,
        {
            address
            for address in addresses
            if _domain(address) in gone or _unlisted(address, owners.get(_domain(address)), pops)
        },
    )


def _unlisted(address: str, owner: str | None, pops: Mapping[str, set[str] | None]) -> bool:
    """Whether the account that owns the domain has no such address. Its own mailbox does not stand in its list."""
    listed = pops.get(owner or "")
    own = address.rpartition("@")[0] in (MAIN, owner)
    return listed is not None and not own and address.lower() not in listed


def _pops(outcome: Outcome) -> set[str] | None:
    """The addresses of an account in lower case; None where they were not told."""
    if isinstance(outcome, WhmError) or outcome.get("pops") is None:
        return None
    rows = as_list(outcome.get("pops"))
    return {row.lower() for row in rows} if all(isinstance(row, str) for row in rows) else None


def _known(read: Callable[[], Found]) -> Found:
    """What a question tells; nothing where the caller may not ask it."""
    try:
        return read()
    except Refused as exc:
        if exc.fatal:
            raise
        return {}


def _not_found(found: Found) -> set[str]:
    return {name for name, record in found.items() if isinstance(record, NotFound)}


def _proven(client: Client, tell: bool, gone: set[str]) -> set[str]:
    """These, if the caller is told of every account.

    :param tell: whether to warn that it is not.
    """
    if not gone or _sees_all(client):
        return gone
    if tell:
        _warn(client, gone)
    return set()


def _warn(client: Client, gone: set[str]) -> None:
    names = ", ".join(sorted(gone)[:_NAMED]) + (", …" if len(gone) > _NAMED else "")
    client.warn(
        f"whether {names} exist is not known, because this login does not have all privileges and is not told of "
        "every account; ignore_missing does not apply to what somebody else may own"
    )


def _sees_all(client: Client) -> bool:
    try:
        rows = as_list(client.call("myprivs").get("privileges"))
    except Refused:
        return False
    return any(to_flag(row.get("all")) is True for row in rows if isinstance(row, dict))


def _host_name(client: Client) -> str | None:
    """The server's own name, which is no account's and has keys and records all the same."""
    try:
        name = to_text(client.call("gethostname").get("hostname"))
    except Refused:
        return None
    return name.lower() if name else None


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
