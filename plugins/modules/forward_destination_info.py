#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: forward_destination_info
short_description: Read where the mail of root and other system accounts goes
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns the addresses to which the mail of system accounts is forwarded. System accounts are C(root), C(nobody), C(cpanel) and the
    system users of cPanel accounts.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  users:
    description:
      - The system accounts.
      - C(root) and all cPanel accounts that the caller may see when omitted.
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    aliases: [user]
notes:
  - "Reads: C(get_user_email_forward_destination), and C(list_users) when O(users) is omitted."
  - The reference does not name a privilege for these functions. C(root), C(nobody) and C(cpanel) need a root-level caller. On some
    versions the role MailReceive must be enabled.
seealso:
  - module: whm.mail.forward_destination
"""

EXAMPLES = r"""
- name: Where does root's mail go
  whm.mail.forward_destination_info:
    user: root
  register: mail

- name: Fail when it goes nowhere
  ansible.builtin.assert:
    that: mail.forwards[0].destinations | length > 0
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
      description: Where its mail goes, sorted. Empty when it is not forwarded.
      type: list
      elements: str
      sample: [team@example.com]
    error:
      description: Why the server refused this account. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: get_user_email_forward_destination
        reason: "You do not have a user named \"rooot\"."
        host: whm1.example.com:2087
        http_status: 200
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.forwards import forward_items, read_forwards, users_of
from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client

OPTIONS = {"users": {"type": "list", "elements": "str", "aliases": ["user"]}}


def check(params: Params) -> Params:
    return params if params["users"] is None else {**params, "users": account_names("users", params["users"])}


def read(client: Client, params: Params) -> dict[str, Any]:
    users = params["users"]
    if users is None:
        users = users_of(client.call("list_users"))
    return {"forwards": forward_items(read_forwards(client, users))}


def nothing(params: Params) -> dict[str, Any]:
    return {"forwards": []}


MODULE = InfoModule(
    items="forwards", key=("user",), options=OPTIONS, check=check, read=read, lists=(("users",),), empty=nothing
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
