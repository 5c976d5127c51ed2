# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading mailboxes: which addresses an account has, and what lies in the mailboxes of an address."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import no_account
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, to_int, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    Refused,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.isolate import read_alike

MAIN = "_mainaccount"
LIST = "get_mailbox_status_list"

#: The account's own mailbox also shows the folders of the account's addresses, as INBOX.user@example_com.
_OTHER_ADDRESS = re.compile(r"INBOX\.[^@]+@[^.@]*_[^.@]*(?:\.|\Z)")

Mailbox = Mapping[str, Any]


@dataclass(frozen=True)
class Address:
    """One address to look at, with the account that owns it when that is known."""

    address: str
    user: str | None = None

    @property
    def is_main(self) -> bool:
        """The account's own (default) mailbox."""
        return self.address.partition("@")[0] == MAIN


@dataclass(frozen=True)
class Contents:
    """The mailboxes of one address.

    :param mailboxes: ``{mailbox, guid, messages, vsize}`` by name; a number that the server does not give is None.
    :param others: mailboxes of other addresses that the account's own mailbox shows too.
    :param listed: the server has get_mailbox_status_list, so it is of version 64 or later.
    :param unnamed: how many rows of the answer name no mailbox.
    """

    mailboxes: tuple[Mailbox, ...]
    others: tuple[Mailbox, ...] = ()
    listed: bool = True
    unnamed: int = 0

    @property
    def left_out(self) -> int:
        return len(self.others)


#: An address to read, or a row of the result for an account that has none to give.
Entry = Union[Address, dict[str, Any]]


def addresses_of(client: Client, users: Sequence[str]) -> dict[str, list[Address] | WhmError]:
    """All addresses of these accounts, the account's own mailbox first. One batch."""
    calls = [Call("accountsummary", {"user": user}) for user in users]
    calls += [Call("list_pops_for", {"user": user}) for user in users]
    outcomes = client.batch(calls)
    found: dict[str, list[Address] | WhmError] = {}
    for user, summary, pops in zip(users, outcomes[: len(users)], outcomes[len(users) :]):
        found[user] = _addresses(client, user, summary, pops)
    return found


def _addresses(
    client: Client, user: str, summary: Answer | WhmError, pops: Answer | WhmError
) -> list[Address] | WhmError:
    if isinstance(summary, Refused) and isinstance(pops, Refused) and not isinstance(pops, Unsupported):
        return no_account("user", user, client)
    if isinstance(pops, WhmError):
        return pops
    if isinstance(summary, WhmError):
        return summary
    records = summary.records("acct")
    if not records:
        return UnexpectedAnswer(f"the answer for {user} holds no account", "accountsummary")
    return own_addresses(user, to_text(records[0].get("domain")), pops)


def texts_of(answer: Answer, key: str) -> list[str] | UnexpectedAnswer:
    """The texts in the list ``data[key]``, where nothing may be missing without a word."""
    values = as_list(answer.get(key))
    there = answer.data is None or (isinstance(answer.data, dict) and key in answer.data)
    if there and all(isinstance(value, str) for value in values):
        return [value for value in values if to_text(value)]
    return UnexpectedAnswer(f"the answer has no list of texts in data.{key}", answer.metadata.get("command"))


def own_addresses(user: str, domain: str | None, pops: Answer) -> list[Address] | UnexpectedAnswer:
    """The addresses of an account, its own mailbox first; an error where one of them would be left out.

    :param domain: its main domain, if it is known.
    :param pops: the answer of list_pops_for.
    """
    addresses = texts_of(pops, "pops")
    if isinstance(addresses, UnexpectedAnswer):
        return addresses
    if not domain:
        return UnexpectedAnswer(f"the answer for {user} does not name its main domain, so not its own mailbox")
    return [Address(address, user) for address in (f"{MAIN}@{domain}", *sorted(addresses))]


def owners_of(client: Client, addresses: Sequence[str]) -> dict[str, str | None]:
    """Address to the account that owns its domain; None where the server does not say. One batch."""
    domains = sorted({address.rpartition("@")[2] for address in addresses})
    outcomes = client.batch([Call("accountsummary", {"domain": domain}) for domain in domains])
    owners: dict[str, str | None] = {}
    for domain, outcome in zip(domains, outcomes):
        records = [] if isinstance(outcome, WhmError) else outcome.records("acct")
        owners[domain] = to_text(records[0].get("user")) if records else None
    return {address: owners[address.rpartition("@")[2]] for address in addresses}


def contents_of(client: Client, addresses: Sequence[Address]) -> list[Contents | WhmError]:
    """What lies in the mailboxes of these addresses, in that order. One call an address, in batches."""
    outcomes = read_alike(client, _calls(LIST, addresses), (Unsupported,))
    listed = not outcomes or not all(isinstance(outcome, Unsupported) for outcome in outcomes)
    if not listed:  # servers before version 64
        outcomes = client.batch(_calls("get_mailbox_status", addresses))
    return [_contents(address, outcome, listed) for address, outcome in zip(addresses, outcomes)]


def _calls(function: str, addresses: Sequence[Address]) -> list[Call]:
    return [Call(function, {"account": item.address}) for item in addresses]


def _contents(address: Address, outcome: Answer | WhmError, listed: bool) -> Contents | WhmError:
    if isinstance(outcome, WhmError):
        return outcome
    rows = _rows(outcome, listed)
    if rows is None:
        return UnexpectedAnswer(f"the answer for {address.address} holds no mailboxes")
    named = [box for box in map(_mailbox, rows) if box["mailbox"] is not None]
    mailboxes = sorted(named, key=lambda box: str(box["mailbox"]))
    others = [box for box in mailboxes if address.is_main and _OTHER_ADDRESS.match(str(box["mailbox"]))]
    own = tuple(box for box in mailboxes if box not in others)
    return Contents(own, tuple(others), listed, len(rows) - len(named))


def _mailbox(row: Any) -> Mailbox:
    """A row of the answer. Whatever text a name is, it is that mailbox's name."""
    row = row if isinstance(row, dict) else {}
    name = row.get("mailbox")
    number = isinstance(name, int) and not isinstance(name, bool)
    return {
        "mailbox": str(name) if number or (name and isinstance(name, str)) else None,
        "guid": to_text(row.get("guid")),
        "messages": _count(row.get("messages")),
        "vsize": _count(row.get("vsize")),
    }


def _count(value: Any) -> int | None:
    number = None if isinstance(value, bool) else to_int(value)
    return None if number is None or number < 0 else number


def _rows(answer: Answer, listed: bool) -> list[Any] | None:
    """Rows of either form: a list of mailboxes, or an object keyed by mailbox. None when it is neither."""
    data = answer.data
    if not isinstance(data, dict):
        return None
    if isinstance(data.get("mailboxes"), list):
        return list(data["mailboxes"])
    if data.get("mailboxes") == "":
        return []
    keyed = [{**(row if isinstance(row, dict) else {}), "mailbox": name} for name, row in data.items()]
    if listed and not (keyed and all("guid" in row or "messages" in row for row in keyed)):
        return None
    return keyed


def read_mailboxes(client: Client, entries: Sequence[Entry]) -> dict[str, list[dict[str, Any]]]:
    """What lies in these addresses, as it stands in results; ``error`` is the WhmError of one that was refused."""
    wanted = [entry for entry in entries if isinstance(entry, Address)]
    contents = dict(zip(wanted, contents_of(client, wanted)))
    mailboxes: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for entry in entries:
        if not isinstance(entry, Address):
            rows.append(entry)
            continue
        identity = {"user": entry.user, "address": entry.address}
        found = contents[entry]
        if isinstance(found, WhmError):
            rows.append({**identity, "error": found})
            continue
        mailboxes += [{**identity, **mailbox} for mailbox in found.mailboxes]
        rows.append({**identity, **_totals(found)})
        if rows[-1]["uncounted"]:
            client.warn("%d mailboxes of %s are not in its totals: the server does not tell their names, messages or sizes"
                        % (rows[-1]["uncounted"], entry.address))  # fmt: skip
    return {"mailboxes": mailboxes, "addresses": rows}


def _totals(contents: Contents) -> dict[str, int]:
    """Of the mailboxes whose numbers the server tells, and how many others there are."""
    known = [box for box in contents.mailboxes if None not in (box["messages"], box["vsize"])]
    return {
        "mailboxes": len(contents.mailboxes) + contents.unnamed,
        "messages": sum(box["messages"] for box in known),
        "vsize": sum(box["vsize"] for box in known),
        "uncounted": len(contents.mailboxes) + contents.unnamed - len(known),
        "left_out": contents.left_out,
    }
