#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_configuration_repair
short_description: Repair owners and permissions of the mail files of cPanel accounts
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Has WHM put the owners and permissions of the mail files of cPanel accounts in order, for example after files were copied or restored.
  - It is an action, not a state. No function tells whether anything is out of order, and the server does not say what it mended.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: full
    details:
      - Says for which accounts the server would be asked, and which do not exist.
  diff_mode:
    support: none
    details:
      - No function tells what is out of order.
  idempotent:
    support: none
    details:
      - The server is asked every time, and does not say whether there was anything to repair.
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
    are, with C(myprivs) where one is not found. Writes: C(normalize_user_email_configuration), one call an account, in batches. Servers
    before version 88 do not have it."
  - A call whose answer is lost is sent again, because to put in order what is in order does no harm.
  - An account with very many files may take the server long. Then give a larger O(api_timeout), or a smaller O(api_batch_size).
  - The reference does not name a privilege for this function, nor does it say whether resellers may call it.
seealso:
  - module: whm.mail.mailbox_info
"""

EXAMPLES = r"""
- name: Repair the mail files of an account that was restored
  whm.mail.mail_configuration_repair:
    user: alice

- name: Repair those of several accounts
  whm.mail.mail_configuration_repair:
    users:
      - alice
      - bob

- name: Repair those of an account, on whichever server it is
  whm.mail.mail_configuration_repair:
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
    changed:
      description:
        - Whether the server said that it did the repair. In check mode, whether it would be asked to. It does not say whether there was
          anything to repair.
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
      description: Repaired.
      type: list
      elements: str
      sample: [alice]
    failed:
      description: Not repaired, or not known.
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

FUNCTION = "normalize_user_email_configuration"

OPTIONS = {"users": {"type": "list", "elements": "str", "required": True, "aliases": ["user"]}, **IGNORE_MISSING}


def check(params: Params) -> Params:
    return {**params, "users": account_names("users", params["users"], refused=["root", "nobody"])}


def read(client: Client, params: Params) -> Current:
    """Which of the accounts there are; what is out of order cannot be read."""
    found = find_users(client, params["users"], [])
    return {user: record if isinstance(record, WhmError) else {} for user, record in found.items()}


def plan(states: States, params: Params) -> Plan:
    """The function calls the account by another name than all others do."""
    return make_plan(
        states, [Step(Call(FUNCTION, {"username": user}), user, Unreadable({"repaired": True})) for user in states]
    )


def row(user: str, before: State, after: State) -> dict[str, Any]:
    return {"user": user}


MODULE = StateModule(
    items="accounts",
    key="user",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    row=row,
    incidental=("repaired",),
    subjects=Subjects("users", absent_users),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
