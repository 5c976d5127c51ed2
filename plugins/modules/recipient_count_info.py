#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: recipient_count_info
short_description: Count to how many different recipients accounts wrote
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns how many different recipients each account, or each sender of an account, wrote to in a time.
  - A sudden rise is the plainest sign of a mailbox that was broken into.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  users:
    description:
      - Names of the cPanel accounts whose senders to count one by one.
      - When omitted, each account that the caller may see is counted as a whole.
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    aliases: [user]
  since:
    description:
      - Beginning of the time.
      - Epoch seconds, ISO 8601 (UTC where it names no offset), or how long ago, such as V(90s), V(30m), V(24h) or V(7d).
    type: str
    default: 24h
  until:
    description:
      - End of the time, written like O(since).
      - Now when omitted.
    type: str
notes:
  - "Reads: C(get_unique_sender_recipient_count_per_user), or with O(users) C(get_unique_recipient_count_per_sender_for_user), one call an
    account, in batches."
  - Both functions need version 80 of cPanel & WHM.
  - The two ways do not count the same. An account as a whole counts pairs of sender and recipient, so that two of its addresses that
    write to the same recipient count twice.
  - Relative times are counted back from the clock of the machine that makes the request, not from that of the server.
  - Resellers count the accounts that they own. The reference does not name a privilege for these functions. The role MailSend must be
    enabled.
  - An account that was named and that the server refuses fails the task. The others are returned all the same.
seealso:
  - module: whm.mail.delivery_stats_info
  - module: whm.mail.outgoing_mail
"""

EXAMPLES = r"""
- name: Count for all accounts in the last 24 hours
  whm.mail.recipient_count_info:
  register: recipients

- name: Name who wrote to more than 1000 recipients
  ansible.builtin.debug:
    msg: "{{ recipients.counts | selectattr('count', 'gt', 1000) | map(attribute='user') }}"

- name: Hold the accounts among them, without root, nobody and -remote-, which are none
  whm.mail.outgoing_mail:
    users: "{{ recipients.counts | selectattr('is_account') | selectattr('count', 'gt', 1000) | map(attribute='user') }}"
    hold: true

- name: Which of the addresses of an account was it
  whm.mail.recipient_count_info:
    user: alice
    since: 1h
"""

RETURN = r"""
counts:
  description:
    - The counts, the highest first. With O(users), account by account in their order.
    - Who wrote to nobody is not among them. Users of the system, and C(-remote-) for what came from other servers, may be; see
      RV(counts[].is_account).
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    user:
      description: The account.
      type: str
      sample: alice
    is_account:
      description:
        - Whether this can be a cPanel account, and so be given to modules that take accounts. False for C(root), C(nobody), C(-remote-) and
          whatever else is no account's name.
      type: bool
      sample: true
    sender:
      description: Its address that wrote. Null when the account is counted as a whole.
      type: str
      sample: info@example.com
    count:
      description: With O(users), different recipients of the sender. Else different pairs of sender and recipient of the account.
      type: int
      sample: 51
    error:
      description: Why the server refused this account. Absent when it did not; then there is no count.
      type: dict
      sample:
        kind: refusal
        function: get_unique_recipient_count_per_sender_for_user
        reason: You do not have a user named "nosuch".
        host: whm1.example.com:2087
        http_status: 200
window:
  description: The time that was counted.
  returned: when the server could be read
  type: dict
  contains:
    since:
      description: Its beginning, in ISO 8601 UTC.
      type: str
      sample: "2026-01-30T12:00:00Z"
    since_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769774400
    until:
      description: Its end, in ISO 8601 UTC. The time of the request when O(until) is omitted.
      type: str
      sample: "2026-01-31T12:00:00Z"
    until_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769860800
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

import time
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names
from ansible_collections.whm.mail.plugins.module_utils._mail.recipients import (
    PER_ACCOUNT,
    count_window,
    counts_of,
    counts_of_senders,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.times import Clock, window
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client

OPTIONS = {
    "users": {"type": "list", "elements": "str", "aliases": ["user"]},
    "since": {"type": "str", "default": "24h"},
    "until": {"type": "str"},
}


def check(params: Params, clock: Clock = time.time) -> Params:
    users = params["users"]
    return {
        **params,
        "users": None if users is None else account_names("users", users),
        "window": window(params["since"], params["until"], clock),
    }


def read(client: Client, params: Params) -> dict[str, Any]:
    users, times = params["users"], count_window(params["window"])
    rows = counts_of(client.call(PER_ACCOUNT, **times)) if users is None else counts_of_senders(client, users, times)
    return {"counts": rows, "window": params["window"].as_dict()}


def nothing(params: Params) -> dict[str, Any]:
    return {"counts": [], "window": params["window"].as_dict()}


MODULE = InfoModule(
    items="counts", key=("user",), options=OPTIONS, check=check, read=read, lists=(("users",),), empty=nothing
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
