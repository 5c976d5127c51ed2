#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_sessions
short_description: End the IMAP and POP3 sessions of cPanel accounts
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Asks the server to end all mailbox sessions of cPanel accounts, those of each address of an account and of its own mailbox.
  - The server only queues this. That the task worked means that the sessions end soon, not that they are gone.
  - It is an action, not a state. Clients may log in again at once unless something keeps them out, for example a new password.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: full
    details:
      - Says which accounts the server would be asked for, and which do not exist.
  diff_mode:
    support: none
    details:
      - No function tells which sessions there are.
  idempotent:
    support: none
    details:
      - The server is asked every time, and does not say whether there were any sessions.
options:
  users:
    description:
      - Names of the cPanel accounts.
      - An account that does not exist fails by itself, unless O(ignore_missing=true). The others are still processed.
    type: list
    elements: str
    required: true
    aliases: [user]
notes:
  - "Reads: C(accountsummary) for up to 20 accounts, else C(listaccts); with O(ignore_missing=true) these also tell which accounts there
    are, with C(myprivs) where one is not found. Writes: C(terminate_cpuser_mailbox_sessions), one call an account, in batches. Servers
    before version 90 do not have it."
  - A call whose answer is lost is sent again, because asking twice does no harm.
  - Resellers manage the accounts that they own. The reference does not name a privilege for this function. The role MailReceive must be enabled.
seealso:
  - module: whm.mail.outgoing_mail
"""

EXAMPLES = r"""
- name: End the sessions of an account whose password was changed
  whm.mail.mailbox_sessions:
    user: alice

- name: End those of several accounts
  whm.mail.mailbox_sessions:
    users:
      - alice
      - bob

- name: End those of an account, on whichever server it is
  whm.mail.mailbox_sessions:
    user: zoe
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
    queued:
      description: Whether the server has put it on its list to end the sessions. In check mode, whether it would be asked to.
      type: bool
      sample: true
    changed:
      description: The same as RV(accounts[].queued), because the server does not say whether there were any sessions.
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
      description: Queued.
      type: list
      elements: str
      sample: [alice]
    failed:
      description: Not queued, or not known.
      type: list
      elements: str
      sample: [alise]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import find_users
from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_users
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    State,
    States,
    Step,
    Unreadable,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError

FUNCTION = "terminate_cpuser_mailbox_sessions"

OPTIONS = {"users": {"type": "list", "elements": "str", "required": True, "aliases": ["user"]}, **IGNORE_MISSING}


def check(params: Params) -> Params:
    return {**params, "users": account_names("users", params["users"], refused=["root", "nobody"])}


def read(client: Client, params: Params) -> Current:
    """Which of the accounts there are; their sessions cannot be read."""
    found = find_users(client, params["users"], [])
    return {user: record if isinstance(record, WhmError) else {"queued": False} for user, record in found.items()}


def plan(states: States, params: Params) -> Plan:
    queued = Unreadable({"queued": True})
    return make_plan(states, [Step(Call(FUNCTION, {"username": user}), user, queued) for user in states])


def row(user: str, before: State, after: State) -> dict[str, Any]:
    return {"user": user, "queued": bool(after.get("queued"))}


MODULE = StateModule(
    items="accounts",
    key="user",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    row=row,
    incidental=("queued",),
    subjects=Subjects("users", absent_users),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
