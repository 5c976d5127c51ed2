# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading accounts: shared by the modules that manage or report them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._client import Client
from ansible_collections.whm.mail.plugins.module_utils._convert import Fields, as_list, to_text
from ansible_collections.whm.mail.plugins.module_utils._envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._errors import NotFound, Refused, UnexpectedAnswer, WhmError
from ansible_collections.whm.mail.plugins.module_utils._plan import Call

Record = Mapping[str, Any]

_NO_USER = re.compile("User parameter is invalid or was not supplied|You do not have a user named")

#: Up to this many accounts are asked for by name; listaccts makes the server read every account's file and the quota
#: report, accountsummary only the account's own.
FEW = 20


# Key of an item: field of the account.
_TEXTS = {"domain": "domain", "owner": "owner", "plan": "plan", "mailbox_format": "mailbox_format"}
_FLAGS = {"suspended": "suspended", "hold": "outgoing_mail_hold", "outgoing_suspended": "outgoing_mail_suspended"}
_LIMITS = {
    "max_mailboxes": "maxpop",
    "max_mailbox_quota": "max_emailacct_quota",
    "max_email_per_hour": "max_email_per_hour",
    "max_defer_fail_percentage": "max_defer_fail_percentage",
}

#: The fields that make an item.
WANT = [*_TEXTS.values(), *_FLAGS.values(), *_LIMITS.values(), "email", "suspendreason"]


def listing(want: Sequence[str]) -> Call:
    """Asks for all accounts that the caller may see.

    :param want: fields; an answer for thousands of accounts shrinks to what is needed.
    """
    return Call("listaccts", {"want": ",".join(["user", *want])})


def listed(answer: Answer) -> dict[str, Record]:
    """The answer to :func:`listing`: records by the name of the account."""
    return {str(record["user"]): record for record in answer.listing("acct") if record.get("user")}


def list_accounts(client: Client, want: Sequence[str]) -> dict[str, Record]:
    """All accounts that the caller may see, by name, in one request."""
    call = listing(want)
    return listed(client.call(call.function, **call.params))


def account_items(client: Client, records: Mapping[str, Record]) -> list[dict[str, Any]]:
    """The accounts as they stand in results, in the order given; a warning names fields that cannot be understood."""
    fields = Fields("listaccts")
    items = [_item(user, record, fields) for user, record in records.items()]
    client.tell(fields)
    return items


def _item(user: str, record: Record, fields: Fields) -> dict[str, Any]:
    account: dict[str, Any] = {"user": user}
    account.update({key: fields.text(record, field) for key, field in _TEXTS.items()})
    account.update({key: fields.flag(record, field) for key, field in _FLAGS.items()})
    account.update({key: fields.limit(record, field) for key, field in _LIMITS.items()})
    emails = [email.strip() for text in as_list(record.get("email")) for email in str(text).split(",")]
    account["contact_emails"] = [email for email in emails if to_text(email)]
    # An active account carries the text "not suspended" here.
    account["suspend_reason"] = to_text(record.get("suspendreason")) if account["suspended"] else None
    return account


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
    if not records and outcome.get("acct"):
        return UnexpectedAnswer(f"the answer for {name} is no account", "accountsummary", host)
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


def named_account(outcome: Answer | WhmError, user: str, host: str) -> Answer | WhmError:
    """What a call for an account ended in; NotFound where the server says that there is none, which ``cpanel`` does without a name."""
    absent = isinstance(outcome, Refused) and outcome.kind == Refused.kind and _NO_USER.search(outcome.reason)
    return no_account("user", user, host) if absent else outcome


def no_account(by: str, name: str, host: str) -> NotFound:
    what = f"no account owns the domain {name}" if by == "domain" else f"there is no account {name}"
    return NotFound(what, host=host, remedy="It may also belong to another reseller; check the name.")
