# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mail of accounts, which root reaches through ``uapi_cpanel``: shared by the modules email_*.

Each domain belongs to an account. The owners are looked up first, then each account is asked once, 100 calls in a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, Union

from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import summaries
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_text, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError

CARRIER = "uapi_cpanel"

T = TypeVar("T")

#: Something, or why it is not known.
Known = Union[T, WhmError]


def uapi(user: str, function: str, params: Mapping[str, Any] | None = None, module: str = "Email") -> Call:
    """A call of one account. Its own parameters may not begin with ``cpanel.``."""
    names = {"cpanel.user": user, "cpanel.module": module, "cpanel.function": function}
    return Call(CARRIER, {**names, **(params or {})})


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def local_part(address: str) -> str:
    return address.rpartition("@")[0]


def owners(client: Client, domains: Iterable[str]) -> dict[str, Known[str]]:
    """Domain to the account that owns it; NotFound where no account does. One request for 100 domains."""
    records = summaries(client, "domain", unique(list(domains)))
    return {domain: _owner(domain, record) for domain, record in records.items()}


def _owner(domain: str, record: Mapping[str, Any] | WhmError) -> Known[str]:
    if isinstance(record, WhmError):
        return record
    user = to_text(record.get("user"))
    return user or UnexpectedAnswer(f"the answer about {domain} names no account", "accountsummary")


def ask_each(client: Client, calls: Mapping[T, Call]) -> dict[T, Outcome]:
    """What became of each call, by whom or what it is about. In batches."""
    return dict(zip(calls, client.batch(list(calls.values()))))


def rows_of(outcome: Outcome, function: str) -> Known[list[dict[str, Any]]]:
    """The list of objects that a call of UAPI gives; what is not understood is an error and no empty list."""
    if isinstance(outcome, WhmError):
        return outcome
    rows = data_of(outcome)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return UnexpectedAnswer("the answer is no list of objects", f"Email::{function}")
    return rows


def data_of(answer: Answer) -> Any:
    """``data`` of the UAPI call inside an answer."""
    inner = answer.get("uapi")
    return inner.get("data") if isinstance(inner, dict) else None


def in_order(addresses: Sequence[str], found: Mapping[str, Any]) -> dict[str, Any]:
    return {address: found[address] for address in addresses}
