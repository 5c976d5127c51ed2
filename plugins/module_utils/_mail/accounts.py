# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading accounts: shared by the modules that manage or report them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import Fields, as_list, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound, Refused, UnexpectedAnswer, WhmError

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


class Listed(dict[str, Record]):
    """Accounts by name.

    :param unnamed: how many rows of the answer name none: what is not in the list may be there all the same.
    """

    unnamed = 0


def listed(answer: Answer) -> Listed:
    """The answer to :func:`listing`. A server without accounts may send no data at all.

    :raises UnexpectedAnswer: it has data, but no list of accounts in it.
    """
    names = [(_name(row), row) for row in answer.listing("acct") if row]
    found = Listed((name, row) for name, row in names if name)
    found.unnamed = len(names) - len([name for name, _row in names if name])
    return found


def _name(row: Any) -> str | None:
    user = row.get("user") if isinstance(row, dict) else None
    return str(user) if user and isinstance(user, (str, int)) and not isinstance(user, bool) else None


def list_accounts(client: Client, want: Sequence[str], whole: bool = False) -> Listed:
    """All accounts that the caller may see, by name, in one request.

    :param whole: a list with rows that name no account is of no use; otherwise a warning tells of them.
    :raises UnexpectedAnswer: there is no list, or not a whole one.
    """
    call = listing(want)
    found = listed(client.call(call.function, **call.params))
    if found.unnamed and whole:
        raise UnexpectedAnswer("%d rows of the answer do not name their account" % found.unnamed, "listaccts")
    warn_of_unnamed(client, found)
    return found


def warn_of_unnamed(client: Client, found: Listed) -> None:
    if found.unnamed:
        client.warn("listaccts: %d rows do not name their account and are left out" % found.unnamed)


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
    outcomes = client.batch([Call("accountsummary", {by: name}) for name in names])
    return {name: _summary(client, outcome, by, name) for name, outcome in zip(names, outcomes)}


def find_users(client: Client, users: Sequence[str], want: Sequence[str]) -> dict[str, Record | WhmError]:
    """Records of these accounts, read in the cheaper way; NotFound where there is no such account."""
    if len(users) <= FEW:
        return summaries(client, "user", users)
    return named(client, users, list_accounts(client, want))


def named(client: Client, users: Sequence[str], records: Listed) -> dict[str, Record | WhmError]:
    """These accounts out of a list of all. A list without any is believed only after asking for them by name: an answer that
    has lost its data looks the same."""
    if not records and users:
        return summaries(client, "user", users)
    return {user: records.get(user) or _not_listed(client, user, records) for user in users}


def _not_listed(client: Client, user: str, records: Listed) -> WhmError:
    if records.unnamed:
        text = f"whether there is an account {user} is not known: the list has rows that do not name their account"
        return UnexpectedAnswer(text, "listaccts")
    return no_account("user", user, client)


def _summary(client: Client, outcome: Answer | WhmError, by: str, name: str) -> Record | WhmError:
    if isinstance(outcome, Refused):
        return no_account(by, name, client) if _is_absent(outcome) else outcome
    if isinstance(outcome, WhmError):
        return outcome
    records = outcome.records("acct")
    if not records:  # an account that is not there is a refusal, and not a success without accounts
        return UnexpectedAnswer(f"the answer for {name} holds no account", "accountsummary")
    user = _name(records[0])
    if not user:
        return UnexpectedAnswer(f"the answer for {name} does not name the account", "accountsummary")
    if by == "user" and user != name:
        return UnexpectedAnswer(f"asked for {name}, the server answered for {user}", "accountsummary")
    return records[0]


def _is_absent(refusal: Refused) -> bool:
    """accountsummary tells "no such account" by a null ``acct`` beside the refusal; the text only where that is left out."""
    if refusal.kind != Refused.kind:
        return False  # the caller may not ask: that is no answer
    if isinstance(refusal.data, dict) and "acct" in refusal.data:
        return not refusal.data["acct"]
    return "does not exist" in refusal.reason


def named_account(client: Client, outcome: Answer | WhmError, user: str) -> Answer | WhmError:
    """What a call for an account ended in; NotFound where the server says that there is none, which ``cpanel`` does without a name."""
    absent = isinstance(outcome, Refused) and outcome.kind == Refused.kind and _NO_USER.search(outcome.reason)
    return no_account("user", user, client) if absent else outcome


def no_account(by: str, name: str, client: Client) -> NotFound:
    """What is not there for root is not there. What is not there for a reseller may be somebody else's."""
    what = f"no account owns the domain {name}" if by == "domain" else f"there is no account {name}"
    if client.username == "root":
        return NotFound(what, remedy="Check the name.")
    return NotFound(
        f"{what} that {client.username} may see", remedy="It may belong to another reseller; check the name."
    )
