#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_limit
short_description: Limit the outgoing mail and the mailbox quotas of cPanel accounts
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Sets how many messages an account may send in an hour, at which share of failed messages its sending stops, and how large the quota of one
    of its mailboxes may be.
  - A limit that is not given is left alone. At least one must be given.
  - The accounts of one server are read in one request and changed in batches, and the state is read back.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  users:
    description:
      - Names of the cPanel accounts, which all get the same limits.
      - An account that does not exist fails by itself, unless O(ignore_missing=true). The others are still processed.
      - An empty list is nothing to do.
    type: list
    elements: str
    required: true
    aliases: [user]
  max_email_per_hour:
    description:
      - Most messages an hour and domain. A whole number from 1, or V(unlimited).
      - V(0) is refused, because servers differ in what they take it for. So for all limits.
    type: raw
  max_defer_fail_percentage:
    description:
      - Share of failed and deferred messages at which sending stops, in percent. A whole number from 1, or V(unlimited).
    type: raw
  max_emailacct_quota:
    description:
      - Largest quota that a mailbox of the account may get, in MiB. A whole number from 1, or V(unlimited).
      - M(whm.mail.account_info) calls it C(max_mailbox_quota). The quotas of mailboxes that there are
        already stay as they are.
    type: raw
notes:
  - WHM ignores the names of parameters that it does not know, and a server may store another number than the one it was given. The limits are
    therefore read back. Where they are not the wanted ones the account fails, and the error names what was wanted and what was found.
  - When the package of an account changes, the limits of the package replace these.
  - "Reads: C(accountsummary) for up to 20 accounts, else C(listaccts); with O(ignore_missing=true) these also tell which accounts there
    are, with C(myprivs) where one is not found. Writes: C(massmodifyacct), one call an account, in batches, so that each account has an
    outcome of its own. Servers before version 88 do not have it."
  - The reference does not name a privilege for C(massmodifyacct), nor does it say whether resellers may call it.
seealso:
  - module: whm.mail.account_info
  - module: whm.mail.outgoing_mail
"""

EXAMPLES = r"""
- name: Two accounts may send 200 messages an hour
  whm.mail.mail_limit:
    users:
      - alice
      - bob
    max_email_per_hour: 200

- name: Sending stops when half of the messages fail, and mailboxes may have 2 GiB
  whm.mail.mail_limit:
    user: alice
    max_defer_fail_percentage: 50
    max_emailacct_quota: 2048

- name: These accounts have no limit, on whichever server of the fleet they are
  whm.mail.mail_limit:
    users: [alice, zoe]
    max_email_per_hour: unlimited
    ignore_missing: true
"""

RETURN = r"""
accounts:
  description: The accounts, in the order given.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    user:
      description: Name of the account.
      type: str
      sample: alice
    max_email_per_hour:
      description:
        - Most messages an hour and domain. Null for unlimited. In check mode, as it would be. So for all limits.
        - V(0) where the server says so. What a server takes that for is not known.
        - Not there where the server does not tell it. Null, too, where RV(accounts[].error) says that it is not known any more.
      type: int
      sample: 200
    max_defer_fail_percentage:
      description: Share of failed and deferred messages at which sending stops, in percent.
      type: int
      sample: 50
    max_emailacct_quota:
      description: Largest quota of a mailbox in MiB.
      type: int
      sample: 2048
    changed:
      description: Whether this account was changed.
      type: bool
      sample: true
    error:
      description: Why this account failed. Absent when it did not.
      type: dict
      sample:
        {kind: not_found, function: null, reason: there is no account alise, host: "whm1.example.com:2087", http_status: null}
missing:
  description: The accounts that this server does not have and that O(ignore_missing) left out, in the order given. Empty otherwise.
  returned: when the server could be read, or nothing was asked of it
  type: list
  elements: str
  sample: [zoe]
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
progress:
  description: How far the task got, by account.
  returned: when some accounts failed
  type: dict
  contains:
    done:
      description: Changed, and read back.
      type: list
      elements: str
      sample: [bob]
    failed:
      description: Not changed, or not known.
      type: list
      elements: str
      sample: [alise]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import find_users
from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_users
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Sets,
    State,
    States,
    Step,
    Verdict,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, to_flag, to_int, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer, clean_reason
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    InvalidInput,
    NotFound,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
)

FUNCTION = "massmodifyacct"

#: Option, field of the account and key of the result, to the function's parameter. WHM tells its cases apart.
LIMITS = {
    "max_email_per_hour": "MAX_EMAIL_PER_HOUR",
    "max_defer_fail_percentage": "MAX_DEFER_FAIL_PERCENTAGE",
    "max_emailacct_quota": "MAX_EMAILACCT_QUOTA",
}

UNLIMITED = "unlimited"

OPTIONS: dict[str, Any] = {
    "users": {"type": "list", "elements": "str", "required": True, "aliases": ["user"]},
    **{name: {"type": "raw"} for name in LIMITS},
    **IGNORE_MISSING,
}

_NUMBER = re.compile(r"[1-9][0-9]{0,14}\Z", re.ASCII)


def check(params: Params) -> Params:
    """Adds ``limits``: those that are given, each a number or ``unlimited``."""
    limits = {name: _limit(name, params[name]) for name in LIMITS if params[name] is not None}
    users = account_names("users", params["users"], refused=["root", "nobody"])
    if not limits:
        raise InvalidInput(f"None of {', '.join(LIMITS)} is given: say which limit the accounts get.")
    return {**params, "users": users, "limits": limits}


def _limit(name: str, value: Any) -> int | str:
    text = str(value).strip().lower()
    if text == UNLIMITED:
        return UNLIMITED
    if _NUMBER.match(text):
        return int(text)
    if text == "0":
        raise InvalidInput(
            f"{name}: 0 is refused, because servers differ in what they take it for; give a number from 1, or unlimited."
        )
    raise InvalidInput(f"{name}: {text or 'an empty value'} is neither a whole number from 1 nor unlimited.")


def read(client: Client, params: Params) -> Current:
    found = find_users(client, params["users"], list(LIMITS))
    return {user: record if isinstance(record, WhmError) else _state(record, params) for user, record in found.items()}


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    accounts = {str(row["user"]): row for row in facts["accounts"]}
    return {user: _of_facts(user, accounts.get(user), params) for user in params["users"]}


def _of_facts(user: str, row: Mapping[str, Any] | None, params: Params) -> State | WhmError:
    """The account as account_info tells it, which has a name of its own for the quota."""
    if row is None:
        return NotFound(f"there is no account {user}")
    return _state({**row, "max_emailacct_quota": row["max_mailbox_quota"]}, params)


def _state(record: Mapping[str, Any], params: Params) -> State | WhmError:
    """The limits that the server tells. Those that are given must be among them."""
    state = {name: value for name in LIMITS if (value := _told(record.get(name))) is not None}
    for name in params["limits"]:
        if name not in state and record.get(name) is None:
            return Unsupported(f"this server does not report {name}")
        if name not in state:
            return UnexpectedAnswer(f"the answer does not tell {name}")
    return state


def _told(value: Any) -> int | str | None:
    """A limit as the server says it: a number of either type, or the word."""
    is_word = isinstance(value, str) and value.strip().lower() == UNLIMITED
    return UNLIMITED if is_word else to_int(value)


def plan(states: States, params: Params) -> Plan:
    steps = []
    for user, state in states.items():
        changes = {name: value for name, value in params["limits"].items() if state[name] != value}
        if changes:
            sent = {LIMITS[name]: value for name, value in changes.items()}
            steps.append(Step(Call(FUNCTION, {"user": user, **sent}), user, Sets(changes), partial(verdict, user)))
    return make_plan(states, steps)


def verdict(user: str, answer: Answer) -> Verdict:
    """What the answer says of this account. There may be a row for each server that has a part of it."""
    rows = [row for row in answer.records("payload") if str(row.get("user", user)) == user]
    outcomes = [to_flag(row.get("result")) for row in rows]
    failures = [row for row, outcome in zip(rows, outcomes) if outcome is False]
    remarks = tuple(f"{user}: {clean_reason(text)}" for row in rows for text in as_list(row.get("warnings")) if text)
    reason = "; ".join(unique([clean_reason(row.get("reason")) for row in failures]))
    if failures:
        return Verdict(refused="" if True in outcomes else reason, doubt=reason, remarks=remarks)
    unclear = "" if outcomes and None not in outcomes else "it does not say what became of the account"
    return Verdict(unclear=unclear, remarks=remarks)


def row(user: str, before: State, after: State) -> dict[str, Any]:
    """Null stands for no limit, so that the others are numbers."""
    return {"user": user, **{name: None if value == UNLIMITED else value for name, value in after.items()}}


MODULE = StateModule(
    items="accounts",
    key="user",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    row=row,
    from_facts=from_facts,
    subjects=Subjects("users", absent_users),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
