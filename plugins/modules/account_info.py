#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: account_info
short_description: Read the mail state of cPanel accounts
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns for each account whether its outgoing mail is held or suspended, whether the account itself is suspended and
    why, and its mail limits, with typed values.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  users:
    description:
      - Names of the cPanel accounts.
      - All accounts that the caller may see when neither this nor O(domains) is given.
      - An account that does not exist is not in the result.
      - An empty list asks for nothing. Nothing is sent when no name is given in O(users) and O(domains) together.
    type: list
    elements: str
    aliases: [user]
  domains:
    description:
      - Domains whose accounts to read. Useful because logs name the domain where WHM takes the account.
      - A domain that no account owns is not in the result.
      - An empty list asks for nothing. Nothing is sent when no name is given in O(users) and O(domains) together.
    type: list
    elements: str
    aliases: [domain]
notes:
  - "Reads: C(accountsummary) in one batch for up to 20 accounts and for O(domains), else one C(listaccts)."
  - Resellers see the accounts that they own. The reference does not name a privilege for these functions.
seealso:
  - module: whm.mail.outgoing_mail
  - module: whm.mail.mail_limit
"""

EXAMPLES = r"""
- name: Read all accounts of the server
  whm.mail.account_info:
  register: mail

- name: Say who is held
  ansible.builtin.debug:
    msg: "{{ mail.accounts | selectattr('hold') | map(attribute='user') }}"

- name: Find the account behind a domain
  whm.mail.account_info:
    domain: example.com
"""

RETURN = r"""
accounts:
  description: The accounts; those of O(users), then those of O(domains), else all by name. Empty when there are none.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    user:
      description: Name of the account.
      type: str
      sample: alice
    domain:
      description: Its main domain.
      type: str
      sample: example.com
    owner:
      description: The reseller that owns it.
      type: str
      sample: root
    plan:
      description: Its package.
      type: str
      sample: default
    contact_emails:
      description: Where the account's owner is reached.
      type: list
      elements: str
      sample: [owner@example.com]
    suspended:
      description: Whether the account itself is suspended.
      type: bool
      sample: false
    suspend_reason:
      description: Why it is suspended.
      type: str
      sample: null
    hold:
      description:
        - Whether outgoing mail is held. Null when the server does not say, or says it in a form that is not known. Then a warning names
          the field. So for all fields.
      type: bool
      sample: false
    outgoing_suspended:
      description: Whether outgoing mail is suspended. Null when the server does not say.
      type: bool
      sample: false
    mailbox_format:
      description: Format of its mailboxes.
      type: str
      sample: maildir
    max_mailboxes:
      description: Most mailboxes, or V(unlimited). Null when the server does not say. So for all limits.
      type: raw
      sample: unlimited
    max_mailbox_quota:
      description: Largest quota of a mailbox in MiB.
      type: raw
      sample: unlimited
    max_email_per_hour:
      description: Most messages an hour and domain.
      type: raw
      sample: 500
    max_defer_fail_percentage:
      description: Share of failed and deferred messages at which sending stops, in percent.
      type: raw
      sample: unlimited
    error:
      description:
        - Why this account could not be read. Absent when it could; otherwise nothing else but RV(accounts[].user) is there, or
          RV(accounts[].domain) when it was asked for by its domain.
      type: dict
      sample:
        kind: unexpected_answer
        function: accountsummary
        reason: the answer is not an object but int
        host: whm1.example.com:2087
        http_status: 200
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: listaccts, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import (
    WANT,
    Record,
    account_items,
    find_users,
    list_accounts,
    summaries,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names, domain_names
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound, WhmError

OPTIONS = {
    "users": {"type": "list", "elements": "str", "aliases": ["user"]},
    "domains": {"type": "list", "elements": "str", "aliases": ["domain"]},
}


def check(params: Params) -> Params:
    users = None if params["users"] is None else account_names("users", params["users"])
    domains = None if params["domains"] is None else domain_names("domains", params["domains"])
    return {**params, "users": users, "domains": domains}


def read(client: Client, params: Params) -> dict[str, Any]:
    users, domains = params["users"], params["domains"]
    if users is None and domains is None:
        return {"accounts": account_items(client, dict(sorted(list_accounts(client, WANT).items())))}
    found: dict[str, Record | WhmError] = dict(find_users(client, users, WANT)) if users else {}
    unread: dict[str, WhmError] = {}
    for domain, record in (summaries(client, "domain", domains) if domains else {}).items():
        if isinstance(record, WhmError):
            unread[domain] = record
        else:
            found.setdefault(str(record.get("user")), record)
    read_ones = {user: record for user, record in found.items() if not isinstance(record, WhmError)}
    rows = {row["user"]: row for row in account_items(client, read_ones)}
    items = [
        {"user": user, "error": record} if isinstance(record, WhmError) else rows[user]
        for user, record in found.items()
        if not isinstance(record, NotFound)
    ]
    items += [{"domain": name, "error": error} for name, error in unread.items() if not isinstance(error, NotFound)]
    return {"accounts": items}


def nothing(params: Params) -> dict[str, Any]:
    return {"accounts": []}


MODULE = InfoModule(
    items="accounts",
    key=("user", "domain"),
    options=OPTIONS,
    check=check,
    read=read,
    lists=(("users", "domains"),),
    empty=nothing,
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
