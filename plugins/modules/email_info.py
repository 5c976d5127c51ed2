#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: email_info
short_description: Read the mail of cPanel accounts
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns the mailboxes, forwarders, default addresses, autoresponders and mail routing of accounts.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  users:
    description:
      - The accounts. All that the caller may see when neither this nor O(domains) is given.
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    aliases: [user]
  domains:
    description:
      - Domains. What belongs to them is returned, and nothing else of their accounts.
      - One that no account owns fails the task after the others were read.
    type: list
    elements: str
    aliases: [domain]
  gather_subset:
    description: What to read. Everything when omitted.
    type: list
    elements: str
    choices: [email_accounts, forwarders, default_addresses, autoresponders, routing]
notes:
  - An account is asked once for each of O(gather_subset), and once more for each of its domains for forwarders and autoresponders, 100 calls in a
    request (O(api_batch_size)).
  - "Reads: C(listaccts) for all accounts; C(accountsummary) for O(domains); C(get_domain_info) for autoresponders;
    through C(uapi_cpanel) C(Email::list_pops_with_disk),
    C(Email::get_held_message_count) where outgoing mail is held, C(Email::list_default_address), C(Email::list_forwarders),
    C(Email::list_auto_responders), C(Email::get_auto_responder) and C(Email::list_mxs)."
  - Needs cPanel & WHM 86 or later. Root reads every account, a reseller with the privilege C(cpanel-api) those that it owns.
seealso:
  - module: whm.mail.email_account
  - module: whm.mail.email_forwarder
  - module: whm.mail.email_default_address
  - module: whm.mail.email_autoresponder
  - module: whm.mail.email_routing
"""

EXAMPLES = r"""
- name: Everything of an account
  whm.mail.email_info:
    user: alice
  register: mail

- name: Mailboxes of all accounts
  whm.mail.email_info:
    gather_subset: [email_accounts]
  register: boxes

- name: Name those that have a quota
  ansible.builtin.debug:
    msg: "{{ boxes.email_accounts | rejectattr('quota', 'equalto', 0) | map(attribute='address') }}"
"""

RETURN = r"""
email_accounts:
  description:
    - The mailboxes, each as in RV(whm.mail.email_account#module:email_accounts), without C(changed).
    - C(held_messages) is counted where outgoing mail is held, and null elsewhere.
  returned: when O(gather_subset) names it
  type: list
  elements: dict
  sample: [{address: info@example.com, user: alice, state: present, quota: 2048, used: 1048576, outgoing_held: false}]
forwarders:
  description: The forwarders, each as in RV(whm.mail.email_forwarder#module:forwarders), without C(changed).
  returned: when O(gather_subset) names it
  type: list
  elements: dict
  sample: [{address: sales@example.com, user: alice, destinations: [ann@example.net]}]
default_addresses:
  description: What becomes of mail to addresses that do not exist, each as in RV(whm.mail.email_default_address#module:domains), without C(changed).
  returned: when O(gather_subset) names it
  type: list
  elements: dict
  sample: [{domain: example.com, user: alice, action: fail, destination: null, message: No Such User Here}]
autoresponders:
  description: The autoresponders, each as in RV(whm.mail.email_autoresponder#module:autoresponders), without C(changed).
  returned: when O(gather_subset) names it
  type: list
  elements: dict
  sample: [{address: info@example.com, user: alice, state: present, subject: Away, interval: 8}]
routing:
  description: Where the mail of domains is delivered, each as in RV(whm.mail.email_routing#module:domains), without C(changed).
  returned: when O(gather_subset) names it
  type: list
  elements: dict
  sample: [{domain: example.com, user: alice, routing: auto, detected: local}]
accounts:
  description: The accounts that were read, by name.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    user:
      description: The account. Null for a domain whose account is not known.
      type: str
      sample: alice
    domain:
      description: The domain whose account is not known. Absent otherwise.
      type: str
      sample: example.net
    error:
      description: Why it, or one of its parts, could not be read. Absent when it could.
      type: dict
      sample:
        kind: not_found
        function: accountsummary
        reason: no account owns the domain example.net
        host: whm1.example.com:2087
        http_status: null
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import list_accounts
from ansible_collections.whm.mail.plugins.module_utils._mail.email import domain_of, owners
from ansible_collections.whm.mail.plugins.module_utils._mail.email_parts import PARTS, Rows, parts_of
from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names, domain_names
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, WhmError

OPTIONS = {
    "users": {"type": "list", "elements": "str", "aliases": ["user"]},
    "domains": {"type": "list", "elements": "str", "aliases": ["domain"]},
    "gather_subset": {"type": "list", "elements": "str", "choices": list(PARTS)},
}


def check(params: Params) -> Params:
    if params["gather_subset"] == []:
        raise InvalidInput("gather_subset is empty: name at least one, or leave it out for all.")
    users, domains = params["users"], params["domains"]
    return {
        **params,
        "users": None if users is None else account_names("users", users, refused=["root"]),
        "domains": None if domains is None else domain_names("domains", domains),
    }


def read(client: Client, params: Params) -> dict[str, Any]:
    own = owners(client, params["domains"] or [])
    users = _users(client, params, own)
    parts, errors = parts_of(client, users, params["gather_subset"] or list(PARTS))
    named = set(params["users"] or [])
    if params["domains"] is not None:
        parts = {
            name: [row for row in rows if row["user"] in named or _domain(row) in own] for name, rows in parts.items()
        }
    return {**parts, "accounts": [*_rows(users, errors), *_unowned(own)]}


def _users(client: Client, params: Params, own: Mapping[str, str | WhmError]) -> list[str]:
    if params["users"] is None and params["domains"] is None:
        return sorted(list_accounts(client, ["user"]))
    return unique([*(params["users"] or []), *(user for user in own.values() if isinstance(user, str))])


def _domain(row: Mapping[str, Any]) -> str:
    return str(row["domain"]) if "domain" in row else domain_of(str(row["address"]))


def _rows(users: Sequence[str], errors: Mapping[str, WhmError]) -> Rows:
    return [{"user": user, "error": errors[user]} if user in errors else {"user": user} for user in users]


def _unowned(own: Mapping[str, str | WhmError]) -> Rows:
    """Domains whose account is not known stand for one that could not be read."""
    return [
        {"user": None, "domain": domain, "error": error} for domain, error in own.items() if isinstance(error, WhmError)
    ]


def nothing(params: Params) -> dict[str, Any]:
    return {**{name: [] for name in params["gather_subset"] or PARTS}, "accounts": []}


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
