#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_info
short_description: Read the mailboxes of accounts and addresses
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns the mailboxes (folders) of mail addresses with their GUIDs, numbers of messages and sizes, and totals for each address.
  - The addresses of O(users) are found by the server. An account's own mailbox is the address C(_mainaccount@domain).
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  users:
    description:
      - Names of cPanel accounts, all of whose addresses are read.
      - An empty list asks for nothing. Nothing is sent when no name is given in O(users) and O(addresses) together.
    type: list
    elements: str
    aliases: [user]
  addresses:
    description:
      - Mail addresses. C(_mainaccount@example.com) is the own mailbox of the account with that domain.
      - An empty list asks for nothing. Nothing is sent when no name is given in O(users) and O(addresses) together.
    type: list
    elements: str
    aliases: [address]
notes:
  - "Reads: C(accountsummary), C(list_pops_for), C(get_mailbox_status_list), on servers before version 64 C(get_mailbox_status). One
    call an address, in batches."
  - The own mailbox of an account also shows the folders of the account's addresses, as C(INBOX.user@example_com). They are left
    out there, so that nothing counts twice, and RV(addresses[].left_out) says how many.
  - Resellers read the accounts that they own. The reference does not name a privilege for these functions. The role MailReceive must be enabled.
  - An address or account that was named and that the server refuses fails the task. The others are returned all the same.
seealso:
  - module: whm.mail.mail_configuration_repair
"""

EXAMPLES = r"""
- name: Read all mailboxes of an account
  whm.mail.mailbox_info:
    user: alice
  register: mail

- name: Say which addresses keep more than a gigabyte
  ansible.builtin.debug:
    msg: "{{ mail.addresses | selectattr('vsize', 'gt', 1024 ** 3) | map(attribute='address') }}"

- name: Read two addresses
  whm.mail.mailbox_info:
    addresses:
      - info@example.com
      - _mainaccount@example.com
"""

RETURN = r"""
mailboxes:
  description: The mailboxes, by address and name.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    user:
      description: The account that owns the address. Null when the server does not say.
      type: str
      sample: alice
    address:
      description: The address.
      type: str
      sample: info@example.com
    mailbox:
      description: Name of the mailbox.
      type: str
      sample: INBOX.Drafts
    guid:
      description: Its GUID.
      type: str
      sample: d8e1a6f4b3c25960a7d14e2f9b80c3a1
    messages:
      description: Number of messages. Null when the server does not tell it.
      type: int
      sample: 12
    vsize:
      description: Size in bytes, line ends counted as two. Null when the server does not tell it.
      type: int
      sample: 48213
addresses:
  description: Totals of each address; those of O(users), then O(addresses).
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    user:
      description: The account that owns the address. Null when the server does not say.
      type: str
      sample: alice
    address:
      description: The address. Null when the account itself could not be read.
      type: str
      sample: info@example.com
    mailboxes:
      description: Number of its mailboxes.
      type: int
      sample: 4
    messages:
      description: Number of messages, without those of RV(addresses[].uncounted).
      type: int
      sample: 120
    vsize:
      description: Size in bytes, without those of RV(addresses[].uncounted).
      type: int
      sample: 5120344
    uncounted:
      description: Mailboxes of which the server tells no name, number of messages or size. A warning names the address then.
      type: int
      sample: 0
    left_out:
      description: Mailboxes of other addresses that the account's own mailbox shows, and that are not counted here.
      type: int
      sample: 0
    error:
      description: Why the server refused this address. Absent when it did not; then there are no totals.
      type: dict
      sample:
        kind: refusal
        function: get_mailbox_status_list
        reason: '"nobody@example.com" has no owner!'
        host: whm1.example.com:2087
        http_status: 200
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.mailboxes import (
    Address,
    Entry,
    addresses_of,
    owners_of,
    read_mailboxes,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names, addresses
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, WhmError

OPTIONS = {
    "users": {"type": "list", "elements": "str", "aliases": ["user"]},
    "addresses": {"type": "list", "elements": "str", "aliases": ["address"]},
}


def check(params: Params) -> Params:
    if params["users"] is None and params["addresses"] is None:
        raise InvalidInput("Neither users nor addresses is given: say whose mailboxes to read.")
    return {
        **params,
        "users": account_names("users", params["users"] or [], refused=["root"]),
        "addresses": addresses("addresses", params["addresses"] or []),
    }


def read(client: Client, params: Params) -> dict[str, Any]:
    return read_mailboxes(client, _entries(client, params))


def _entries(client: Client, params: Params) -> list[Entry]:
    """The addresses to read, in the order of the result; a row with an error for an account that has none to give."""
    entries: list[Entry] = []
    for user, found in (addresses_of(client, params["users"]) if params["users"] else {}).items():
        entries += [{"user": user, "address": None, "error": found}] if isinstance(found, WhmError) else found
    known = {entry.address for entry in entries if isinstance(entry, Address)}
    others = [address for address in params["addresses"] if address not in known]
    owners = owners_of(client, others) if others else {}
    return entries + [Address(address, owners[address]) for address in others]


def nothing(params: Params) -> dict[str, Any]:
    return {"mailboxes": [], "addresses": []}


MODULE = InfoModule(
    items="addresses",
    key=("address", "user"),
    options=OPTIONS,
    check=check,
    read=read,
    lists=(("users", "addresses"),),
    empty=nothing,
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
