#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: email_default_address
short_description: What becomes of mail to addresses of a domain that do not exist
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Sets the default address of domains. It gets all mail to addresses that do not exist, which is often spam, and refusing it is what most want.
  - Domains of many accounts are one task.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: full
    details:
      - The text of O(action=fail) without O(fail_message) is the server's own, and check mode does not know it.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  domains:
    description:
      - The domains.
      - One that no account owns fails, unless O(ignore_missing=true).
    type: list
    elements: str
    required: true
    aliases: [domain]
  action:
    description:
      - V(account) delivers the mail to the mailbox of the account that owns the domain. A new account has it so.
      - V(forward) sends it to O(destination).
      - V(fail) refuses it, with O(fail_message).
      - V(blackhole) drops it, and the sender is not told.
    type: str
    choices: [account, forward, fail, blackhole]
    required: true
  destination:
    description: The address that gets the mail. Needed with O(action=forward), and for nothing else. Its domain is compared in lower case.
    type: str
  fail_message:
    description:
      - What the sender is told, with O(action=fail). Without it a text that the server has already stays, and else the server's own is taken.
      - C(message) is understood as well. It is not listed as an alias, because Ansible keeps that name for itself.
    type: str
notes:
  - What is none of the four, such as a program, is shown as V(other), and it can be replaced.
  - "Reads: C(accountsummary), one request for 100 domains; C(Email::list_default_address) once an account, through C(uapi_cpanel), 100 in a
    request; with O(ignore_missing=true) also C(myprivs) and C(gethostname) where a domain is not found. Writes:
    C(Email::set_default_address) for each domain, through C(uapi_cpanel), 100 in a request."
  - Needs cPanel & WHM 86 or later. Root manages every account, a reseller with the privilege C(cpanel-api) those that it owns.
seealso:
  - module: whm.mail.email_forwarder
  - module: whm.mail.email_account
"""

EXAMPLES = r"""
- name: Mail to addresses that do not exist is refused
  whm.mail.email_default_address:
    domains: [example.com, example.org]
    action: fail

- name: The same, with a text
  whm.mail.email_default_address:
    domain: example.com
    action: fail
    fail_message: There is no such person here

- name: Mail to addresses that do not exist goes to one that does
  whm.mail.email_default_address:
    domain: example.com
    action: forward
    destination: sales@example.com

- name: One list for all servers, of which each has some of the domains
  whm.mail.email_default_address:
    domains: "{{ customer_domains }}"
    action: fail
    ignore_missing: true
"""

RETURN = r"""
domains:
  description: The domains, in the order given.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    domain:
      description: The domain.
      type: str
      sample: example.com
    user:
      description: The account that owns it.
      type: str
      sample: alice
    action:
      description: V(account), V(forward), V(fail), V(blackhole), or V(other). In check mode, as it would be.
      type: str
      sample: fail
    destination:
      description: With V(forward) the address. With V(other) the server's text, such as C(|/home/alice/bin/sort.pl). Null otherwise.
      type: str
      sample: sales@example.com
    message:
      description: With V(fail) what the sender is told. Null otherwise, and in check mode where it would be the server's own.
      type: str
      sample: No Such User Here
    changed:
      description: Whether this domain was changed.
      type: bool
      sample: true
    error:
      description: Why this domain failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: Email::set_default_address
        reason: the destination is not valid
        host: whm1.example.com:2087
        http_status: 200
missing:
  description: The domains that this server does not have and that O(ignore_missing) left out, in the order given. Empty otherwise.
  returned: when the server could be read, or nothing was asked of it
  type: list
  elements: str
  sample: [example.net]
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
progress:
  description: How far the task got, by domain.
  returned: when some domains failed
  type: dict
  contains:
    done:
      description: Changed, and read back.
      type: list
      elements: str
      sample: [example.com]
    failed:
      description: Not changed, or not known.
      type: list
      elements: str
      sample: [example.org]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.email import uapi
from ansible_collections.whm.mail.plugins.module_utils._mail.email_default_addresses import (
    ACCOUNT,
    BLACKHOLE,
    FAIL,
    FORWARD,
    default_addresses_of,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import addresses, domain_names
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_domains
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
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

OPTIONS = {
    "domains": {"type": "list", "elements": "str", "required": True, "aliases": ["domain"]},
    "action": {"type": "str", "choices": [ACCOUNT, FORWARD, FAIL, BLACKHOLE], "required": True},
    "destination": {"type": "str"},
    "fail_message": {"type": "str"},
    **IGNORE_MISSING,
}


def check(params: Params) -> Params:
    """Normalises domains, destination and message."""
    action, destination, message = params["action"], params["destination"], params["fail_message"]
    if (destination is None) == (action == FORWARD):
        what = "missing; give the address that gets the mail" if action == FORWARD else f"not used by action: {action}"
        raise InvalidInput(f"destination is {what}.")
    if message is not None:
        _check_message(action, message)
    return {
        **params,
        "domains": domain_names("domains", params["domains"]),
        "destination": None if destination is None else addresses("destination", [destination])[0],
        "message": None if message is None else message.strip(),
    }


def _check_message(action: str, message: str) -> None:
    if action != FAIL:
        raise InvalidInput(f"fail_message is not used by action: {action}; leave it out, or set action: fail.")
    if not message.strip():
        raise InvalidInput("fail_message is empty; give a text, or leave it out for the server's own.")
    if "\n" in message.strip() or '"' in message:
        what = "a quotation mark" if '"' in message else "several lines"
        raise InvalidInput(f"fail_message: {message} has {what}, which the server cannot keep; give one line without.")


def read(client: Client, params: Params) -> Current:
    return default_addresses_of(client, params["domains"])


def plan(states: States, params: Params) -> Plan:
    wanted = _wanted(params)
    steps = [
        Step(_call(domain, state, params), domain, Sets(wanted))
        for domain, state in states.items()
        if any(state[name] != value for name, value in wanted.items())
    ]
    return make_plan(states, steps)


def _wanted(params: Params) -> State:
    """Without the message where the server's is good enough."""
    fields = {name: params[name] for name in ("action", "destination", "message")}
    if fields["action"] == FAIL and fields["message"] is None:
        del fields["message"]
    return fields


def _call(domain: str, state: State, params: Params) -> Any:
    """Without ``domain`` the account's main one would be changed. To the account is forwarding to its name."""
    action, user = params["action"], state["user"]
    given: dict[str, Any] = {"domain": domain, "fwdopt": action}
    if action in (ACCOUNT, FORWARD):
        given.update(fwdopt="fwd", fwdemail=user if action == ACCOUNT else params["destination"])
    elif params["message"] is not None:
        given["failmsgs"] = params["message"]
    return uapi(user, "set_default_address", given)


MODULE = StateModule(
    items="domains",
    key="domain",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    incidental=("user",),
    subjects=Subjects("domains", absent_domains),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
