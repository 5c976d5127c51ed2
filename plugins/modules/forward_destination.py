#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: forward_destination
short_description: Set where the mail of root and other system accounts goes
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Sets the addresses to which the mail of a system account is forwarded. System accounts are C(root), C(nobody), C(cpanel) and the
    system users of cPanel accounts.
  - The list replaces what is set. Order and repetitions do not count, and domains do not tell cases apart.
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
      - System accounts that all get O(destinations).
      - An account that does not exist fails by itself, unless O(ignore_missing=true). The others are still processed.
      - Give either this with O(destinations), or O(forwards).
    type: list
    elements: str
    aliases: [user]
  destinations:
    description:
      - Where their mail goes. Each item is an address, the name of a local user, or a command that begins with V(|).
      - An empty list switches forwarding off.
    type: list
    elements: str
    aliases: [destination]
  forwards:
    description:
      - System accounts with destinations of their own.
    type: list
    elements: dict
    aliases: [forward]
    suboptions:
      user:
        description: The system account.
        type: str
        required: true
      destinations:
        description: Where its mail goes, as in O(destinations).
        type: list
        elements: str
        required: true
        aliases: [destination]
notes:
  - "Reads: C(get_user_email_forward_destination); with O(ignore_missing=true) also C(accountsummary) for up to 20 accounts, else
    C(listaccts), and C(myprivs) where one is not found. Writes: C(set_user_email_forward_destination)."
  - The reference does not name a privilege for these functions. C(root), C(nobody) and C(cpanel) need a root-level caller. On some
    versions the role MailReceive must be enabled.
seealso:
  - module: whm.mail.email_forwarder
  - module: whm.mail.forward_destination_info
  - module: whm.mail.manual_mx
"""

EXAMPLES = r"""
- name: Root's mail goes to the team
  whm.mail.forward_destination:
    user: root
    destinations:
      - team@example.com

- name: Several system accounts, each with its own destinations
  whm.mail.forward_destination:
    forwards:
      - user: root
        destinations: [team@example.com, pager@example.org]
      - user: nobody
        destinations: [root]

- name: Mail of nobody is no longer forwarded
  whm.mail.forward_destination:
    user: nobody
    destinations: []

- name: Mail of these accounts goes to the team, on whichever server they are
  whm.mail.forward_destination:
    users: [alice, zoe]
    destinations: [team@example.com]
    ignore_missing: true
"""

RETURN = r"""
forwards:
  description: The system accounts, in the order given.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    user:
      description: The system account.
      type: str
      sample: root
    destinations:
      description: Where its mail goes, sorted. In check mode, where it would go. Empty when it is not forwarded.
      type: list
      elements: str
      sample: [team@example.com]
    changed:
      description: Whether this account was changed.
      type: bool
      sample: true
    error:
      description: Why this account failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: get_user_email_forward_destination
        reason: "You do not have a user named \"rooot\"."
        host: whm1.example.com:2087
        http_status: 200
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
      sample: [root]
    failed:
      description: Not changed, or not known.
      type: list
      elements: str
      sample: [rooot]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.forwards import (
    check_destinations,
    joined,
    normal_destinations,
    read_forwards,
)
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
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, UnexpectedAnswer, WhmError

OPTIONS = {
    "users": {"type": "list", "elements": "str", "aliases": ["user"]},
    "destinations": {"type": "list", "elements": "str", "aliases": ["destination"]},
    "forwards": {
        "type": "list",
        "elements": "dict",
        "aliases": ["forward"],
        "options": {
            "user": {"type": "str", "required": True},
            "destinations": {"type": "list", "elements": "str", "required": True, "aliases": ["destination"]},
        },
    },
    **IGNORE_MISSING,
}
CONSTRAINTS = {
    "mutually_exclusive": [["users", "forwards"], ["destinations", "forwards"]],
    "required_one_of": [["users", "forwards"]],
    "required_together": [["users", "destinations"]],
}


def check(params: Params) -> Params:
    """Adds ``wanted``: user to destinations."""
    if params["users"] is None and params["forwards"] is None:
        raise InvalidInput("users and forwards are both missing: give one of them; an empty list is nothing to do.")
    wanted: dict[str, list[str]] = {}
    for item in params["forwards"] or []:
        (user,) = account_names("forwards", [item["user"]])
        destinations = check_destinations("forwards", item["destinations"])
        if wanted.setdefault(user, destinations) != destinations:
            raise InvalidInput(f"forwards: {user} stands twice with different destinations; put them in one item.")
    for user in account_names("users", params["users"] or []):
        wanted[user] = check_destinations("destinations", params["destinations"])
    return {**params, "wanted": wanted}


def read(client: Client, params: Params) -> Current:
    return read_forwards(client, list(params["wanted"]))


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    rows = {str(row["user"]): row for row in facts["forwards"]}
    return {user: _of_facts(user, rows.get(user)) for user in params["wanted"]}


def _of_facts(user: str, row: Mapping[str, Any] | None) -> State | WhmError:
    if row is None or row.get("error"):
        reason = ((row or {}).get("error") or {}).get("reason") or "it was not asked"
        return UnexpectedAnswer(f"where the mail of {user} goes is not known ({reason})")
    return {"destinations": normal_destinations(str(value) for value in row["destinations"])}


def plan(states: States, params: Params) -> Plan:
    wanted = params["wanted"]
    steps = [
        Step(
            Call("set_user_email_forward_destination", {"user": user, "forward_to": joined(wanted[user])}),
            user,
            Sets({"destinations": wanted[user]}),
        )
        for user, state in states.items()
        if state["destinations"] != wanted[user]
    ]
    return make_plan(states, steps)


MODULE = StateModule(
    items="forwards",
    key="user",
    options=OPTIONS,
    constraints=CONSTRAINTS,
    check=check,
    read=read,
    plan=plan,
    from_facts=from_facts,
    subjects=Subjects("wanted", absent_users),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
