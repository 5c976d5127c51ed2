#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: email_account
short_description: Mailboxes of cPanel accounts, with quota, password and restrictions
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that mailboxes are there, or are not, and that their quota, password and restrictions are as given.
  - Mailboxes of many accounts are one task. What is not given is left as it is.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: full
    details:
      - Whether the server takes a password, because it may find it too weak, shows only when it is set.
  diff_mode:
    support: full
    details:
      - Of a password only whether it is the one given.
  idempotent:
    support: partial
    details:
      - A password can be compared only with O(update_password=always). A O(password_hash) never, and it is used only where a mailbox is made.
options:
  email_accounts:
    description:
      - Mailboxes with values of their own.
      - Give either this or O(addresses).
    type: list
    elements: dict
    aliases: [email_account]
    suboptions:
      address:
        description: The address. Capitals in the part before the @ are lowered, as the server does.
        type: str
        required: true
      password:
        description: As O(password).
        type: str
      password_hash:
        description: As O(password_hash).
        type: str
      quota:
        description: As O(quota).
        type: int
      login_suspended:
        description: As O(login_suspended).
        type: bool
      incoming_suspended:
        description: As O(incoming_suspended).
        type: bool
      outgoing_suspended:
        description: As O(outgoing_suspended).
        type: bool
      outgoing_held:
        description: As O(outgoing_held).
        type: bool
  addresses:
    description:
      - Mailboxes that all get the options below.
      - An address of a domain that no account owns fails, unless O(ignore_missing=true).
    type: list
    elements: str
    aliases: [address]
  password:
    description:
      - The password. Needed to make a mailbox, unless O(password_hash) is given.
      - That of a mailbox which exists is changed only with O(update_password=always).
    type: str
  password_hash:
    description: A crypt hash instead of the password. It is used only where a mailbox is made.
    type: str
  update_password:
    description:
      - V(on_create) leaves the password of a mailbox alone that exists.
      - V(always) asks the server whether the mailbox has this password, and changes it where it has another.
    type: str
    choices: [on_create, always]
    default: on_create
  quota:
    description:
      - How much the mailbox may hold, in whole MiB. V(0) is unlimited.
      - One that is made without it gets the server's default.
      - A quota above the most that the account allows a mailbox is refused before anything is changed, because the server would lower it without a word.
    type: int
  login_suspended:
    description: Whether nobody may log in to the mailbox. Mail still arrives.
    type: bool
  incoming_suspended:
    description: Whether mail to the mailbox is refused.
    type: bool
  outgoing_suspended:
    description: Whether mail from the mailbox is refused. Logging in stays possible.
    type: bool
  outgoing_held:
    description:
      - Whether mail from the mailbox is kept in the queue. Mail to addresses of the same server is not held.
      - Releasing it delivers what is held. Look at RV(email_accounts[].held_messages), or set O(delete_held_messages=true), where that is spam.
    type: bool
  delete_held_messages:
    description: Whether held messages are deleted, before anything else is done with the mailbox. They are gone for good. Needs O(allow_data_loss=true).
    type: bool
    default: false
  state:
    description:
      - V(present) makes a mailbox that is missing.
      - V(absent) deletes it with all its mail. One that holds mail is refused, unless O(allow_data_loss=true).
    type: str
    choices: [present, absent]
    default: present
  allow_data_loss:
    description: Whether mailboxes that hold mail may be deleted, and held messages too.
    type: bool
    default: false
notes:
  - A mailbox that is made by the function behind this module cannot use Reset Password in webmail. So says the vendor.
  - To release C(info@example.com) may release C(info@example.com.au) as well, because servers delete every line of Exim's list that begins with
    the name (see M(whm.mail.outgoing_mail)). This module does not know the mailboxes of other accounts, and cannot repair that.
  - To make a mailbox must not be sent twice. Where the answer was lost, the module looks whether the mailbox is there.
  - Passwords travel in the body of a request, or on standard input of C(whmapi1), never in a URL or on a command line.
  - "Reads: C(accountsummary), one request for 100 domains; C(Email::list_pops_with_disk), once an account; C(Email::get_held_message_count) for each
    mailbox; C(Email::get_max_email_quota_mib) once an account with O(quota); C(Email::verify_password) with O(update_password=always); all of
    them through C(uapi_cpanel), 100 in a request; with O(ignore_missing=true) also C(myprivs) and C(gethostname) where a domain is not found.
    Writes: C(Email::add_pop), C(Email::delete_pop), C(Email::passwd_pop), C(Email::edit_pop_quota),
    C(Email::suspend_login), C(Email::unsuspend_login), C(Email::suspend_incoming), C(Email::unsuspend_incoming), C(Email::suspend_outgoing),
    C(Email::unsuspend_outgoing), C(Email::hold_outgoing), C(Email::release_outgoing), C(Email::delete_held_messages); all through
    C(uapi_cpanel)."
  - Needs cPanel & WHM 86 or later. Root manages every account, a reseller with the privilege C(cpanel-api) those that it owns.
seealso:
  - module: whm.mail.mailbox_info
  - module: whm.mail.outgoing_mail
"""

EXAMPLES = r"""
- name: A mailbox, with a password that is set only when the mailbox is made
  whm.mail.email_account:
    address: info@example.com
    password: "{{ mailbox_password }}"
    quota: 2048

- name: A stolen mailbox - nobody logs in to it, and it sends nothing more
  whm.mail.email_account:
    address: info@example.com
    login_suspended: true
    outgoing_held: true

- name: Several mailboxes, each with its own values
  whm.mail.email_account:
    email_accounts:
      - address: info@example.com
        password: "{{ mailbox_password }}"
        quota: 1024
      - address: sales@example.org
        password: "{{ mailbox_password }}"
        quota: 0

- name: The same list for every server
  whm.mail.email_account:
    addresses: [info@example.com, info@example.info]
    login_suspended: true
    ignore_missing: true

- name: A mailbox that is no longer needed and holds no mail
  whm.mail.email_account:
    address: old@example.com
    state: absent
"""

RETURN = r"""
email_accounts:
  description: The mailboxes, in the order given.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    address:
      description: The address.
      type: str
      sample: info@example.com
    user:
      description: The account that owns its domain.
      type: str
      sample: alice
    state:
      description: V(present) or V(absent). In check mode, as it would be.
      type: str
      sample: present
    quota:
      description: How much it may hold, in MiB. V(0) is unlimited. Null for one that is absent, and in check mode for one that would get the default.
      type: int
      sample: 2048
    used:
      description: How much it holds, in bytes. Null for one that is absent.
      type: int
      sample: 1048576
    held_messages:
      description: How many messages of it are held. Null for one that is absent, and where the server does not tell.
      type: int
      sample: 0
    login_suspended:
      description: Whether nobody may log in.
      type: bool
      sample: false
    incoming_suspended:
      description: Whether mail to it is refused.
      type: bool
      sample: false
    outgoing_suspended:
      description: Whether mail from it is refused.
      type: bool
      sample: false
    outgoing_held:
      description: Whether mail from it is held.
      type: bool
      sample: false
    changed:
      description: Whether this mailbox was changed.
      type: bool
      sample: true
    error:
      description: Why this mailbox failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: Email::add_pop
        reason: the password is too weak
        host: whm1.example.com:2087
        http_status: 200
missing:
  description: The addresses of domains that this server does not have and that O(ignore_missing) left out, in the order given. Empty otherwise.
  returned: when the server could be read, or nothing was asked of it
  type: list
  elements: str
  sample: [info@example.net]
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
progress:
  description: How far the task got, by address.
  returned: when some mailboxes failed
  type: dict
  contains:
    done:
      description: Changed, and read back.
      type: list
      elements: str
      sample: [info@example.com]
    failed:
      description: Not changed, or not known.
      type: list
      elements: str
      sample: [sales@example.org]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.email import domain_of, in_order, local_part, uapi
from ansible_collections.whm.mail.plugins.module_utils._mail.email_accounts import (
    ABSENT,
    FLAGS,
    UNLIMITED,
    Mailbox,
    ceilings,
    mailboxes_of,
    passwords_match,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import addresses
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_by_domain
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
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, UnexpectedAnswer, WhmError

_OWN: dict[str, dict[str, Any]] = {
    "password": {"type": "str", "no_log": True},
    "password_hash": {"type": "str", "no_log": True},
    "quota": {"type": "int"},
    **{flag: {"type": "bool"} for flag in FLAGS},
}

OPTIONS = {
    "email_accounts": {
        "type": "list",
        "elements": "dict",
        "aliases": ["email_account"],
        "no_log": False,  # the passwords in it say so themselves
        "options": {"address": {"type": "str", "required": True}, **_OWN},
    },
    "addresses": {"type": "list", "elements": "str", "aliases": ["address"]},
    **_OWN,
    "update_password": {"type": "str", "choices": ["on_create", "always"], "default": "on_create", "no_log": False},
    "delete_held_messages": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "allow_data_loss": {"type": "bool", "default": False},
    **IGNORE_MISSING,
}
CONSTRAINTS = {
    "mutually_exclusive": [["email_accounts", "addresses"], *([["email_accounts", name] for name in _OWN])],
    "required_one_of": [["email_accounts", "addresses"]],
}

#: Of a password only this is known: field of a state, and what it says.
PASSWORD = "password"  # noqa: S105  (the name of a field)
AS_GIVEN = "as given"
ANOTHER = "another one"


def check(params: Params) -> Params:
    """Adds ``wanted``: address to the options that are given for it."""
    if params["email_accounts"] is None and params["addresses"] is None:
        raise InvalidInput(
            "email_accounts and addresses are both missing: give one of them; an empty list is nothing to do."
        )
    if params["delete_held_messages"] and not params["allow_data_loss"]:
        raise InvalidInput("delete_held_messages: true deletes mail for good; set allow_data_loss: true as well.")
    wanted: dict[str, dict[str, Any]] = {}
    for option, address, given in _given(params):
        row = {name: given[name] for name in _OWN if given.get(name) is not None}
        _check_row(option, address, row)
        if wanted.setdefault(address, row) != row:
            raise InvalidInput(f"{option}: {address} stands twice with different options; leave one of them.")
    return {**params, "wanted": wanted}


def _given(params: Params) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Option, address and values of each item. Mailboxes do not tell cases apart."""
    rows = [("email_accounts", row["address"], row) for row in params["email_accounts"] or []]
    rows += [("addresses", address, params) for address in params["addresses"] or []]
    return [(option, addresses(option, [address])[0].lower(), row) for option, address, row in rows]


def _check_row(option: str, address: str, row: Mapping[str, Any]) -> None:
    if "password" in row and "password_hash" in row:
        raise InvalidInput(f"{option}: {address} has a password and a password_hash; give one of them.")
    for name in ("password", "password_hash"):
        if row.get(name) == "":
            raise InvalidInput(f"{option}: the {name} of {address} is empty; check the variable it comes from.")
    if not 0 <= row.get("quota", 0) <= UNLIMITED:
        raise InvalidInput(
            f"{option}: quota: {row['quota']} of {address} is no number of MiB; give 0 for unlimited, or 1 and more."
        )


def read(client: Client, params: Params) -> Current:
    wanted = params["wanted"]
    boxes = mailboxes_of(client, list(wanted))
    users = unique(
        [box["user"] for address, box in boxes.items() if not isinstance(box, WhmError) and "quota" in wanted[address]]
    )
    most = ceilings(client, users) if params["state"] == "present" else {}
    asked = {
        address: (box["user"], wanted[address]["password"])
        for address, box in boxes.items()
        if not isinstance(box, WhmError)
        and box["state"] == "present"
        and params["state"] == "present"
        and params["update_password"] == "always"  # noqa: S105  (no password)
        and "password" in wanted[address]
    }
    match = passwords_match(client, asked)
    return in_order(
        list(wanted),
        {address: _state(box, wanted[address], match.get(address), most) for address, box in boxes.items()},
    )


def _state(
    box: Mailbox, wanted: Mapping[str, Any], matches: bool | WhmError | None, most: Mapping[str, int | None]
) -> State | WhmError:
    if isinstance(box, WhmError):
        return box
    if isinstance(matches, WhmError):
        return matches
    untold = next((flag for flag in FLAGS if box["state"] == "present" and flag in wanted and box[flag] is None), None)
    if untold:
        return UnexpectedAnswer(
            f"the server does not tell {untold.replace('_', ' ')} of mailboxes", "Email::list_pops_with_disk"
        )
    password = {} if matches is None else {PASSWORD: AS_GIVEN if matches else ANOTHER}
    return {**box, "ceiling": most.get(box["user"]), **password}


def plan(states: States, params: Params) -> Plan:
    steps: list[Step] = []
    refused: list[str] = []
    for address, state in states.items():
        wanted = params["wanted"][address]
        why = _refusal(address, state, wanted, params)
        if why:
            refused.append(why)
        elif params["state"] == "absent":
            steps += _absent(address, state, params)
        else:
            steps += _present(address, state, wanted, params)
    if refused:
        raise InvalidInput(" ".join(refused))
    made = make_plan(states, steps)
    new = {step.item for step in steps if states[step.item]["state"] == "absent"}
    return replace(made, after={**made.after, **{address: _foretold(made.after[address]) for address in new}})


def _foretold(state: State) -> State:
    """A mailbox that is made holds nothing, and nothing is restricted but what the steps restrict."""
    return {**state, "used": 0, "held_messages": 0, **{flag: bool(state[flag]) for flag in FLAGS}}


def _refusal(address: str, state: State, wanted: Mapping[str, Any], params: Params) -> str:
    """Why nothing may be sent for the mailbox; an empty text where it may."""
    there = state["state"] == "present"
    if params["state"] == "absent":
        if there and not params["allow_data_loss"] and (state["used"] or state["held_messages"]):
            held = f" and {state['held_messages']} held messages" if state["held_messages"] else ""
            return f"{address} holds {state['used'] or 0} bytes{held}; set allow_data_loss: true to delete it with its mail."
        return ""
    if not there and not {"password", "password_hash"} & wanted.keys():
        return (
            f"{address} does not exist yet, and no password is given; give password or password_hash to have it made."
        )
    quota, most = wanted.get("quota"), state["ceiling"]
    if (
        quota is not None
        and most is not None
        and (quota == 0 or quota > most)
        and (not there or state["quota"] != quota)
    ):
        said = "unlimited" if quota == 0 else f"{quota} MiB"
        return f"quota: {said} for {address} is more than {most} MiB, the most that its account {state['user']} allows a mailbox."
    return ""


def _call(function: str, address: str, state: State, **params: Any) -> Any:
    return uapi(state["user"], function, {"email": address, **params})


def _present(address: str, state: State, wanted: Mapping[str, Any], params: Params) -> list[Step]:
    steps = _without_held(address, state, params)
    if state["state"] == "absent":
        steps.append(_made(address, state, wanted))
    elif "quota" in wanted and state["quota"] != wanted["quota"]:
        call = uapi(state["user"], "edit_pop_quota", {**_parts(address), "quota": wanted["quota"]})
        remedy = "The server lowers a quota above the most that the account allows a mailbox (mail_limit sets that)."
        steps.append(Step(call, address, Sets({"quota": wanted["quota"]}), remedy=remedy))
    if state.get(PASSWORD) == ANOTHER:
        call = uapi(state["user"], "passwd_pop", {**_parts(address), "password": wanted["password"]})
        steps.append(Step(call, address, Sets({PASSWORD: AS_GIVEN})))
    for flag, (_field, set_it, clear_it) in FLAGS.items():
        if flag in wanted and bool(state[flag]) != wanted[flag]:
            function = set_it if wanted[flag] else clear_it
            steps.append(Step(_call(function, address, state), address, Sets({flag: wanted[flag]})))
    return steps


def _parts(address: str) -> dict[str, str]:
    """Without the domain many functions take the account's main one."""
    return {"email": local_part(address), "domain": domain_of(address)}


def _made(address: str, state: State, wanted: Mapping[str, Any]) -> Step:
    given = {name: wanted[name] for name in ("password", "password_hash", "quota") if name in wanted}
    effect = {
        name: wanted[name] for name in ("quota", *FLAGS) if name in wanted and not (name in FLAGS and wanted[name])
    }
    effect["state"] = "present"
    return Step(uapi(state["user"], "add_pop", {**_parts(address), **given}), address, Sets(effect))


def _absent(address: str, state: State, params: Params) -> list[Step]:
    if state["state"] == "absent":
        return []
    call = uapi(state["user"], "delete_pop", _parts(address))
    return [*_without_held(address, state, params), Step(call, address, Sets(ABSENT))]


def _without_held(address: str, state: State, params: Params) -> list[Step]:
    if not (params["delete_held_messages"] and state["held_messages"]):
        return []
    return [Step(_call("delete_held_messages", address, state), address, Sets({"held_messages": 0}))]


def row(address: str, before: State, after: State) -> dict[str, Any]:
    """Without what is only there to compare: a password, and the most that the account allows."""
    return {"address": address, **{name: value for name, value in after.items() if name not in (PASSWORD, "ceiling")}}


MODULE = StateModule(
    items="email_accounts",
    key="address",
    options=OPTIONS,
    constraints=CONSTRAINTS,
    check=check,
    read=read,
    plan=plan,
    row=row,
    incidental=("used", "ceiling", "user"),
    subjects=Subjects("wanted", absent_by_domain),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
