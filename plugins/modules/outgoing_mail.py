#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: outgoing_mail
short_description: Hold or suspend the outgoing mail of cPanel accounts
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Sets whether the outgoing mail of cPanel accounts is held, suspended, both, or neither.
  - A hold defers mail to other servers until it is released. A suspension rejects it and fails what is queued, so mail is lost.
  - Exim does not keep held mail for ever. With its usual retry rule a message that is over four days old bounces to its sender.
  - Both flags are independent of each other and of the suspension of the account itself.
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
      - Names of the cPanel accounts.
      - An account that does not exist fails by itself, unless O(ignore_missing=true). The others are still processed.
      - An empty list is nothing to do. With O(exclusive=true) it means that no account is to be held or suspended.
    type: list
    elements: str
    required: true
    aliases: [user]
  hold:
    description:
      - Whether outgoing mail is held. Left alone when omitted.
    type: bool
  suspended:
    description:
      - Whether outgoing mail is suspended. Left alone when omitted.
    type: bool
  exclusive:
    description:
      - With V(true), O(users) are exactly the accounts of this server that are held or suspended. All others are released.
      - Needs O(max_changes), and O(hold) or O(suspended) must be V(true) and none V(false).
      - Nothing is changed when one of O(users) does not exist, because a misspelt name would release the account that was meant.
      - With O(ignore_missing=true) it is left out as everywhere, so that a misspelt name does release the account that was meant, and
        nobody stays held where none of O(users) exists. O(max_changes) is what bounds that.
    type: bool
    default: false
  max_changes:
    description:
      - Refuse to start when more accounts than this would change.
    type: int
notes:
  - >-
    WHM removes an account from the list that Exim reads by deleting every line that begins with its name. Releasing C(bob) thus lets
    the mail of a held C(bobby) out, although WHM still reports C(bobby) as held. This module holds such accounts again in
    the same request, and after reading back also those that somebody else has held since, and reports them in RV(repaired).
    Holds of single mailboxes (C(bob@example.com)) suffer too and are not repaired.
  - "Reads: C(accountsummary) for up to 20 accounts that are only held or suspended; C(listaccts) for more, to release any, and for
    O(exclusive=true); with O(ignore_missing=true) these also tell which accounts there are, with C(myprivs) where one is not found.
    Writes: C(hold_outgoing_email), C(release_outgoing_email), C(suspend_outgoing_email), C(unsuspend_outgoing_email)."
  - Resellers manage the accounts that they own. The reference does not name a privilege for these functions. The role MailSend must be enabled.
seealso:
  - module: whm.mail.account_info
  - module: whm.mail.mail_limit
"""

EXAMPLES = r"""
- name: Hold the outgoing mail of two accounts
  whm.mail.outgoing_mail:
    users:
      - alice
      - bob
    hold: true

- name: Release one account
  whm.mail.outgoing_mail:
    user: alice
    hold: false
    suspended: false

- name: Exactly these accounts are held, and no more than ten may change
  whm.mail.outgoing_mail:
    users: "{{ held_accounts | default([]) }}"
    hold: true
    exclusive: true
    max_changes: 10

- name: These accounts are held, on whichever server of the fleet they are
  whm.mail.outgoing_mail:
    users: [alice, bob, zoe]
    hold: true
    ignore_missing: true
  register: held
"""

RETURN = r"""
accounts:
  description:
    - The accounts that were named, in that order, then those that O(exclusive) released.
    - When the task fails it names every account all the same.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    user:
      description: Name of the account.
      type: str
      sample: alice
    hold:
      description: Whether outgoing mail is held. In check mode, whether it would be.
      type: bool
      sample: true
    suspended:
      description: Whether outgoing mail is suspended. In check mode, whether it would be.
      type: bool
      sample: false
    changed:
      description: Whether this account was changed.
      type: bool
      sample: true
    error:
      description: Why this account failed. Absent when it did not.
      type: dict
      sample:
        {kind: not_found, function: null, reason: there is no account alise, host: "whm1.example.com:2087", http_status: null}
repaired:
  description:
    - Accounts that were held or suspended again because a release that worked, or may have worked, may have dropped them from Exim's list.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    user:
      description: Name of the account.
      type: str
      sample: bobby
    hold:
      description: Whether outgoing mail is held.
      type: bool
      sample: true
    suspended:
      description: Whether outgoing mail is suspended.
      type: bool
      sample: false
    changed:
      description: Whether the release behind which the flag was set again is known to have worked.
      type: bool
      sample: true
missing:
  description: The accounts that this server does not have and that O(ignore_missing) left out, in the order given. Empty otherwise.
  returned: when the server could be read, or nothing was asked of it
  type: list
  elements: str
  sample: [zoe]
error:
  description: What failed first.
  returned: on failure
  type: dict
  contains:
    kind:
      description:
        - One of C(invalid_input), C(connection), C(authentication), C(permission), C(refusal), C(unsupported), C(unexpected_answer),
          C(server_error), C(configuration), C(not_found), C(not_effective), C(unknown_outcome), C(not_tried), C(deadline),
          C(too_many_changes), C(read_only), C(abandoned).
      type: str
      sample: not_found
    function:
      description: The WHM function that failed.
      type: str
      sample: hold_outgoing_email
    reason:
      description: What happened.
      type: str
      sample: there is no account alise
    host:
      description: The server.
      type: str
      sample: whm1.example.com:2087
    http_status:
      description: Status of the HTTP answer, if there was one.
      type: int
      sample: 200
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

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import find_users, list_accounts, named
from ansible_collections.whm.mail.plugins.module_utils._mail.exclusive import EXCLUSIVE, check_max_changes
from ansible_collections.whm.mail.plugins.module_utils._mail.name_prefixes import families
from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_users
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Repairs,
    Sets,
    State,
    States,
    Step,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_flag
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    InvalidInput,
    NotFound,
    UnexpectedAnswer,
    UnknownOutcome,
    Unsupported,
    WhmError,
)

OPTIONS = {
    "users": {"type": "list", "elements": "str", "required": True, "aliases": ["user"]},
    "hold": {"type": "bool"},
    "suspended": {"type": "bool"},
    **EXCLUSIVE,
    **IGNORE_MISSING,
}

# flag of the result: (field of the account, function that sets it, function that clears it)
FLAGS = {
    "hold": ("outgoing_mail_hold", "hold_outgoing_email", "release_outgoing_email"),
    "suspended": ("outgoing_mail_suspended", "suspend_outgoing_email", "unsuspend_outgoing_email"),
}
FIELDS = [field for field, _set, _clear in FLAGS.values()]


def check(params: Params) -> Params:
    wanted = [params["hold"], params["suspended"]]
    users = account_names("users", params["users"], refused=["root"])
    if wanted == [None, None]:
        raise InvalidInput("Neither hold nor suspended is given: say what the accounts' outgoing mail should be.")
    check_max_changes(params, "accounts")
    if params["exclusive"] and False in wanted:
        raise InvalidInput(
            "exclusive: true says which accounts are held or suspended; hold: false or suspended: false do not go with it."
        )
    return {**params, "users": users}


def read(client: Client, params: Params) -> Current:
    """Whoever releases must know all accounts: others may be held under a longer name."""
    users = params["users"]
    if not params["exclusive"] and False not in (params["hold"], params["suspended"]):
        return {user: _state(record) for user, record in find_users(client, users, FIELDS).items()}
    records = list_accounts(client, FIELDS, whole=params["exclusive"])
    current = {user: _state(record) for user, record in named(client, users, records).items()}
    for user in sorted(set(records) - set(users)):
        state = _state(records[user])
        if params["exclusive"] or not isinstance(state, WhmError):
            current[user] = state
    return current


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    accounts = {str(row["user"]): row for row in facts["accounts"]}
    users = (
        [*params["users"], *sorted(set(accounts) - set(params["users"]))] if params["exclusive"] else params["users"]
    )
    return {user: _of_facts(user, accounts.get(user)) for user in users}


def _of_facts(user: str, row: Mapping[str, Any] | None) -> State | WhmError:
    if row is None:
        return NotFound(f"there is no account {user}")
    state = {"hold": row["hold"], "suspended": row["outgoing_suspended"]}
    return UnexpectedAnswer(f"the answer does not tell {_TOLD}") if None in state.values() else state


_TOLD = "whether outgoing mail is held or suspended"


def _state(record: Mapping[str, Any] | WhmError) -> State | WhmError:
    if isinstance(record, WhmError):
        return record
    state = {flag: to_flag(record.get(field)) for flag, field in zip(FLAGS, FIELDS)}
    if None not in state.values():
        return state
    if any(field in record for field in FIELDS):
        return UnexpectedAnswer(f"the answer does not tell {_TOLD}")
    return Unsupported(f"this server does not report {_TOLD}")


def plan(states: States, params: Params) -> Plan:
    named = set(params["users"])
    steps: list[Step] = []
    for flag in FLAGS:
        if params[flag] is not None:
            steps += _flag_steps(flag, params[flag], named, states, params["exclusive"])
    shown = {*named, *(step.item for step in steps if step.changes)}
    return make_plan({user: state for user, state in states.items() if user in shown}, steps)


def needed(params: Params) -> Sequence[str]:
    """A misspelt name would release the account that was meant."""
    return params["users"] if params["exclusive"] else ()


def _flag_steps(flag: str, wanted: bool, named: set[str], states: States, exclusive: bool) -> list[Step]:
    _field, set_it, clear_it = FLAGS[flag]
    flagged = [user for user, state in states.items() if state[flag]]
    if wanted:
        add = [user for user, state in states.items() if user in named and not state[flag]]
        drop = {user for user in flagged if user not in named} if exclusive else set()
    else:
        add = []
        drop = {user for user in flagged if user in named}
    steps = []
    for released, victims in families(drop, [user for user in flagged if user not in drop]):
        steps += [Step(Call(clear_it, {"user": user}), user, Sets({flag: False})) for user in released]
        steps += [Step(Call(set_it, {"user": user}), user, Repairs(tuple(released))) for user in victims]
    return steps + [Step(Call(set_it, {"user": user}), user, Sets({flag: True})) for user in add]


def aftermath(plan: Plan, carried: Sequence[Step], final: States) -> list[Step]:
    """What somebody else held while this task released a shorter name: only the state read back shows that it was held."""
    steps: list[Step] = []
    for flag, (_field, set_it, clear_it) in FLAGS.items():
        seen_to = {step.item for step in plan.steps if step.call.function in (set_it, clear_it)}
        held = [user for user, state in final.items() if state[flag] and user not in seen_to]
        for released, victims in families((step.item for step in carried if step.call.function == clear_it), held):
            steps += [Step(Call(set_it, {"user": user}), user, Repairs(tuple(released))) for user in victims]
    return steps


def repaired(steps: Sequence[Step], final: States, errors: Mapping[str, WhmError]) -> dict[str, Any]:
    """Accounts whose flag was set again behind a release that worked, or may have worked."""
    released = {step.item for step in steps if False in step.effect.fields.values()}
    perhaps = {user for user, error in errors.items() if isinstance(error, UnknownOutcome)}
    again = sorted({step.item for step in steps if not step.changes})
    rows = [
        {"user": user, **final.get(user, {}), "changed": user.startswith(tuple(released))}
        for user in again
        if user.startswith(tuple(released | perhaps))
    ]
    return {"repaired": rows}


MODULE = StateModule(
    items="accounts",
    key="user",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    summary=repaired,
    aftermath=aftermath,
    needed=needed,
    from_facts=from_facts,
    subjects=Subjects("users", absent_users, beside=("exclusive",)),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
