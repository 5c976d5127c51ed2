#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_queue_info
short_description: Read the mail queue of a server
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns the messages that wait in Exim's queue, oldest first, and counts by account, by domain of the sender and by age.
  - WHM has no function that removes, delivers or unfreezes a message, so neither has this collection.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  users:
    description:
      - Only messages of these cPanel accounts. All messages when omitted.
      - Bounces and messages of the system belong to no account.
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    aliases: [user]
  senders:
    description:
      - Only messages from these senders. Each is an address, a domain, or V(<>) for bounces.
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    aliases: [sender]
  frozen:
    description:
      - Only messages that are frozen, or only those that are not. Both when omitted.
    type: bool
  older_than:
    description:
      - Only messages that were queued longer ago than this, such as V(90s), V(45m), V(2h) or V(7d).
      - Or before this time, in epoch seconds or as V(2026-01-31T09:30:00Z).
    type: str
notes:
  - "Reads: C(fetch_mail_queue). The server lists its whole queue every time. The options select from that."
  - Ages count by the clock of the machine that the module runs on.
  - The reference does not name a privilege for this function. The role MailSend must be enabled.
seealso:
  - module: whm.mail.incoming_block_info
  - module: whm.mail.delivery_info
"""

EXAMPLES = r"""
- name: What is in the queue
  whm.mail.mail_queue_info:
  register: queue

- name: Frozen bounces that are older than a day
  whm.mail.mail_queue_info:
    senders: ["<>"]
    frozen: true
    older_than: 1d

- name: Name the accounts with more than 500 messages in the queue
  ansible.builtin.debug:
    msg: "{{ queue.summary.by_user | selectattr('is_account') | selectattr('messages', 'gt', 500) | map(attribute='user') }}"
"""

RETURN = r"""
messages:
  description: The selected messages, oldest first. Empty when there are none.
  returned: success
  type: list
  elements: dict
  contains:
    msgid:
      description: Exim's id of the message, of 16 characters, or of 23 since Exim 4.97.
      type: str
      sample: 1UotX3-0002HX-Lr
    sender:
      description: Sender of the envelope. Null for a bounce.
      type: str
      sample: info@example.com
    domain:
      description: Domain of the sender. Null for a bounce.
      type: str
      sample: example.com
    recipients:
      description: Its recipients. Those it was already delivered to are among them.
      type: list
      elements: str
      sample: [someone@example.org]
    user:
      description: The cPanel account it belongs to. Null when it belongs to none.
      type: str
      sample: alice
    is_account:
      description:
        - Whether this can be a cPanel account, and so be given to modules that take accounts. False for C(root), C(nobody), C(-remote-) and
          whatever else is no account's name, and for null.
      type: bool
      sample: true
    size:
      description: Size in bytes. WHM rounds it from 1 KiB on.
      type: int
      sample: 14336
    time:
      description: When it was queued, in ISO 8601 UTC. Null when not known.
      type: str
      sample: "2013-06-18T10:53:01Z"
    time_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1371552781
    age:
      description: For how many seconds it has been in the queue. Null when not known.
      type: int
      sample: 7260
    frozen:
      description:
        - Whether it is frozen. Exim does not try to deliver it then. Null when the server says it in a form that is not known, which a
          warning names. So for RV(messages[].size) and RV(messages[].time).
      type: bool
      sample: false
summary:
  description: Counts over the selected messages.
  returned: success
  type: dict
  contains:
    messages:
      description: Number of messages.
      type: int
      sample: 1
    frozen:
      description: How many of them are frozen.
      type: int
      sample: 0
    size:
      description: Their size in bytes.
      type: int
      sample: 14336
    by_user:
      description: The same three counts for every account or other user, most messages first, and RV(messages[].is_account).
      type: list
      elements: dict
      sample: [{user: alice, is_account: true, messages: 1, frozen: 0, size: 14336}]
    by_domain:
      description: The same three counts for every domain of a sender, most messages first. Bounces have none.
      type: list
      elements: dict
      sample: [{domain: example.com, messages: 1, frozen: 0, size: 14336}]
    by_age:
      description: The same three counts for every class of age. C(from) is in it, C(to) is not, and is null for the last.
      type: list
      elements: dict
      sample: [{from: 0, to: 3600, messages: 1, frozen: 0, size: 14336}]
    total:
      description: The same three counts over the whole queue, whatever was selected. Null when a list is empty, so that nothing was asked.
      type: dict
      sample: {messages: 40, frozen: 3, size: 602112}
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample:
    kind: refusal
    function: fetch_mail_queue
    reason: Failed to launch exim to interrogate message queue
    host: whm1.example.com:2087
    http_status: 200
"""

import time
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names
from ansible_collections.whm.mail.plugins.module_utils._mail.queue import check_senders, read_queue, select, summarise
from ansible_collections.whm.mail.plugins.module_utils._mail.times import parse
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client

OPTIONS = {
    "users": {"type": "list", "elements": "str", "aliases": ["user"]},
    "senders": {"type": "list", "elements": "str", "aliases": ["sender"]},
    "frozen": {"type": "bool"},
    "older_than": {"type": "str"},
}


def check(params: Params) -> Params:
    users, senders, older_than = params["users"], params["senders"], params["older_than"]
    return {
        **params,
        "users": None if users is None else account_names("users", users),
        "senders": None if senders is None else check_senders(senders),
        "older_than": None if older_than is None else parse("older_than", older_than, int(time.time())),
    }


def read(client: Client, params: Params) -> dict[str, Any]:
    messages = read_queue(client, time.time())
    selected = select(messages, params["users"], params["senders"], params["frozen"], params["older_than"])
    return {"messages": selected, "summary": summarise(selected, messages)}


def nothing(params: Params) -> dict[str, Any]:
    return {"messages": [], "summary": {**summarise([], []), "total": None}}


MODULE = InfoModule(
    items="messages",
    key=("msgid",),
    options=OPTIONS,
    check=check,
    read=read,
    lists=(("users",), ("senders",)),
    empty=nothing,
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
