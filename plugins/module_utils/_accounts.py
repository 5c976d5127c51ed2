# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading accounts: shared by the modules that manage or report them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._client import Client
from ansible_collections.whm.mail.plugins.module_utils._envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._errors import NotFound, Refused, UnexpectedAnswer, WhmError
from ansible_collections.whm.mail.plugins.module_utils._plan import Call

Record = Mapping[str, Any]

#: Up to this many accounts are asked for by name; listaccts makes the server read every account's file and the quota
#: report, accountsummary only the account's own.
FEW = 20


def list_accounts(client: Client, want: Sequence[str]) -> dict[str, Record]:
    """All accounts that the caller may see, by name, in one request.

    :param want: fields; an answer for thousands of accounts shrinks to what is needed.
    """
    answer = client.call("listaccts", want=",".join(["user", *want]))
    return {str(record["user"]): record for record in answer.records("acct") if record.get("user")}


def summaries(client: Client, by: str, names: Sequence[str]) -> dict[str, Record | WhmError]:
    """The accounts with these names, or those that own these domains.

    :param by: ``user`` or ``domain``.
    :returns: name as given to record; NotFound where there is no such account.
    """
    outcomes = client.batch([Call("accountsummary", {by: name}, name) for name in names])
    return {name: _summary(outcome, by, name, client.host) for name, outcome in zip(names, outcomes)}


def find_users(client: Client, users: Sequence[str], want: Sequence[str]) -> dict[str, Record | WhmError]:
    """Records of these accounts, read in the cheaper way; NotFound where there is no such account."""
    if len(users) <= FEW:
        return summaries(client, "user", users)
    records = list_accounts(client, want)
    return {user: records.get(user) or no_account("user", user, client.host) for user in users}


def _summary(outcome: Answer | WhmError, by: str, name: str, host: str) -> Record | WhmError:
    if isinstance(outcome, Refused):
        return no_account(by, name, host) if _is_absent(outcome) else outcome
    if isinstance(outcome, WhmError):
        return outcome
    records = outcome.records("acct")
    if not records:
        return no_account(by, name, host)
    if by == "domain" and not records[0].get("user"):
        return UnexpectedAnswer(f"the answer for {name} does not name the account", "accountsummary", host)
    if by == "user" and records[0].get("user", name) != name:
        return UnexpectedAnswer(
            "asked for {}, the server answered for {}".format(name, records[0].get("user")), "accountsummary", host
        )
    return records[0]


def _is_absent(refusal: Refused) -> bool:
    """accountsummary tells "no such account" by a null ``acct`` beside the refusal; the text only where that is left out."""
    if isinstance(refusal.data, dict) and "acct" in refusal.data:
        return not refusal.data["acct"]
    return refusal.kind == Refused.kind and "does not exist" in refusal.reason


def no_account(by: str, name: str, host: str) -> NotFound:
    what = f"no account owns the domain {name}" if by == "domain" else f"there is no account {name}"
    return NotFound(what, host=host, remedy="It may also belong to another reseller; check the name.")
