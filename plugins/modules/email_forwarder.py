#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: email_forwarder
short_description: Forwarders of the addresses of cPanel accounts
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that mail to addresses is forwarded to destinations, or is not.
  - Addresses of many accounts are one task. An address may forward to any number of destinations, and those that are not named stay, unless
    O(exclusive=true).
  - An address with forwarders need not have a mailbox. One that has a mailbox keeps getting the mail itself.
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
  forwarders:
    description:
      - Addresses with destinations of their own.
      - Give either this or O(addresses).
    type: list
    elements: dict
    aliases: [forwarder]
    suboptions:
      address:
        description: The address whose mail is forwarded. Capitals are lowered.
        type: str
        required: true
      destinations:
        description: As O(destinations).
        type: list
        elements: str
        aliases: [destination]
  addresses:
    description:
      - Addresses that all forward to O(destinations).
      - An address of a domain that no account owns fails, unless O(ignore_missing=true).
    type: list
    elements: str
    aliases: [address]
  destinations:
    description:
      - Where the mail goes.
      - A destination is an address, the name of a system user, C(|) and the path of a program, C(:blackhole:), which drops the mail, or C(:fail:) and a
        text, with which the mail is refused.
      - The domain of an address is compared in lower case, and quotes around a destination do not count. The rest is compared letter by letter.
      - Other forms that a server has, such as a file, can be named to keep them or to take them away. No function adds them.
      - An empty list is nothing to do. With O(state=absent) an omitted one means all destinations of the address.
    type: list
    elements: str
    aliases: [destination]
  exclusive:
    description:
      - Whether each address has exactly these destinations, so that others of the same address are taken away.
      - Addresses that are not named are left alone.
    type: bool
    default: false
  state:
    description:
      - V(present) adds destinations that are missing.
      - V(absent) takes away the destinations that are named, or all of the address where none are named.
    type: str
    choices: [present, absent]
    default: present
notes:
  - What is missing is added before anything is taken away.
  - The path of a program may be stored in another form than it was given. Then the task fails and tells what is there; give that form.
  - That a forwarder to take away is gone already, which a server may refuse, is no failure.
  - Forwarders of whole domains are another thing and are not read.
  - "Reads: C(accountsummary), one request for 100 domains; C(Email::list_forwarders) once a domain, through C(uapi_cpanel), 100 in a request; with
    O(ignore_missing=true) also C(myprivs) and C(gethostname) where a domain is not found. Writes: C(Email::add_forwarder),
    C(Email::delete_forwarder), once for each destination, through C(uapi_cpanel), 100 addresses in a request."
  - Needs cPanel & WHM 86 or later. Root manages every account, a reseller with the privilege C(cpanel-api) those that it owns.
seealso:
  - module: whm.mail.email_default_address
  - module: whm.mail.email_account
  - module: whm.mail.forward_destination
"""

EXAMPLES = r"""
- name: Mail to an address also goes to two others
  whm.mail.email_forwarder:
    address: sales@example.com
    destinations: [ann@example.net, ben@example.org]

- name: Exactly these destinations
  whm.mail.email_forwarder:
    forwarders:
      - address: sales@example.com
        destinations: [ann@example.net]
      - address: gone@example.com
        destinations: [":fail: Ann has left; write to sales@example.com"]
    exclusive: true

- name: No destination at a foreign provider any more
  whm.mail.email_forwarder:
    address: sales@example.com
    destinations: [ben@example.org]
    state: absent

- name: One list for all servers, of which each has some of the domains
  whm.mail.email_forwarder:
    forwarders: "{{ customer_forwarders }}"
    ignore_missing: true

- name: No forwarder at all
  whm.mail.email_forwarder:
    addresses: [sales@example.com, gone@example.com]
    state: absent
"""

RETURN = r"""
forwarders:
  description: The addresses, in the order given.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    address:
      description: The address.
      type: str
      sample: sales@example.com
    user:
      description: The account that owns its domain.
      type: str
      sample: alice
    destinations:
      description: Where its mail goes, sorted, without quotes around a destination. Empty for an address without forwarders. In check mode, as it would be.
      type: list
      elements: str
      sample: [ann@example.net, ben@example.org]
    changed:
      description: Whether something was changed of this address.
      type: bool
      sample: true
    error:
      description: Why this address failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: Email::add_forwarder
        reason: the destination is not valid
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
  returned: when some addresses failed
  type: dict
  contains:
    done:
      description: Changed, and read back.
      type: list
      elements: str
      sample: [sales@example.com]
    failed:
      description: Not changed, or not known.
      type: list
      elements: str
      sample: [gone@example.com]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.email_forwarders import (
    FAIL,
    addition,
    forwarders_of,
    normal_destination,
    removal,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import addresses, is_address
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_by_domain
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Lists,
    Plan,
    Sets,
    State,
    States,
    Step,
    Verdict,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

_DESTINATIONS = {"destinations": {"type": "list", "elements": "str", "aliases": ["destination"]}}

OPTIONS = {
    "forwarders": {
        "type": "list",
        "elements": "dict",
        "aliases": ["forwarder"],
        "options": {"address": {"type": "str", "required": True}, **_DESTINATIONS},
    },
    "addresses": {"type": "list", "elements": "str", "aliases": ["address"]},
    **_DESTINATIONS,
    "exclusive": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **IGNORE_MISSING,
}
CONSTRAINTS = {
    "mutually_exclusive": [["forwarders", "addresses"], ["forwarders", "destinations"]],
    "required_one_of": [["forwarders", "addresses"]],
}

_FORMS = "an address, the name of a user, | and a program, :blackhole:, or :fail: and a text"
_REMEDY = "Look whether the server has it in another form, and give that one."


def check(params: Params) -> Params:
    """Adds ``wanted``: address to destinations as they are compared; null for all of the address."""
    if params["forwarders"] is None and params["addresses"] is None:
        raise InvalidInput(
            "forwarders and addresses are both missing: give one of them; an empty list is nothing to do."
        )
    if params["exclusive"] and params["state"] == "absent":
        raise InvalidInput("exclusive: true says what an address has; it does not go with state: absent.")
    wanted: dict[str, list[str] | None] = {}
    for option, address, values in _given(params):
        row = None if values is None else _checked(address, values)
        _check_row(address, row, params)
        if wanted.setdefault(address, row) != row:
            raise InvalidInput(f"{option}: {address} stands twice with different destinations; leave one of them.")
    return {**params, "wanted": wanted}


def _given(params: Params) -> list[tuple[str, str, Sequence[str] | None]]:
    """Option, address and destinations of each item."""
    rows = [("forwarders", row["address"], row["destinations"]) for row in params["forwarders"] or []]
    rows += [("addresses", address, params["destinations"]) for address in params["addresses"] or []]
    return [(option, addresses(option, [address])[0].lower(), values) for option, address, values in rows]


def _checked(address: str, values: Sequence[str]) -> list[str]:
    found = unique([normal_destination(str(value)) for value in values])
    for text in found:
        if not text or "\n" in text:
            what = "is empty" if not text else "has several lines"
            raise InvalidInput(f"destinations: one of {address} {what}; a destination is {_FORMS}.")
        parts = [part.strip() for part in text.split(",")]
        if len(parts) > 1 and all(map(is_address, parts)):
            raise InvalidInput(f"destinations: {text} of {address} are several; give each as an item of the list.")
    return sorted(found)


def _check_row(address: str, row: Sequence[str] | None, params: Params) -> None:
    if params["state"] == "absent":
        return
    if row is None:
        raise InvalidInput(f"destinations of {address} are missing; say where its mail goes.")
    if params["exclusive"] and not row:
        raise InvalidInput(
            f"destinations of {address} are empty, and with exclusive: true that would take all away; use state: absent for that."
        )
    for text in row:
        if text == FAIL:
            raise InvalidInput(
                f"destinations: :fail: of {address} has no text; give one, such as :fail: No such person."
            )
        if addition("", address, text) is None and not text.startswith((":", "/")):
            raise InvalidInput(f"destinations: {text} of {address} cannot be a destination; it is {_FORMS}.")


def read(client: Client, params: Params) -> Current:
    return forwarders_of(client, list(params["wanted"]))


def plan(states: States, params: Params) -> Plan:
    steps: list[Step] = []
    refused: list[str] = []
    for address, state in states.items():
        wanted, now = params["wanted"][address], state["destinations"]
        if params["state"] == "absent":
            steps += _without(address, state, now if wanted is None else [text for text in wanted if text in now])
            continue
        calls = {text: addition(state["user"], address, text) for text in wanted if text not in now}
        refused += [f"{text} of {address}" for text, call in calls.items() if call is None]
        adding = _with(address, calls, wanted)
        others = [text for text in now if text not in wanted] if params["exclusive"] else []
        removing = _without(address, state, others)
        steps += _exactly(adding, removing, wanted) if params["exclusive"] else adding
    if refused:
        raise InvalidInput(
            f"destinations: no function adds {', '.join(refused)}; what can be added is {_FORMS}. What the server has already is kept."
        )
    return make_plan(states, steps)


def _with(address: str, calls: Mapping[str, Any], wanted: Sequence[str]) -> list[Step]:
    """The last one counts as done only where the others are there, too."""
    calls = {text: call for text, call in calls.items() if call}
    gets = [*((text,) for text in list(calls)[:-1]), tuple(wanted)]
    return [
        Step(call, address, Lists("destinations", gets=texts), remedy=_REMEDY)
        for call, texts in zip(calls.values(), gets)
    ]


def _without(address: str, state: State, destinations: Sequence[str]) -> list[Step]:
    """One that is listed in two spellings goes twice."""
    return [
        Step(removal(state["user"], pair), address, Lists("destinations", loses=(text,)), verdict=_gone)
        for text in destinations
        for pair in state["listed"][text]
    ]


def _gone(answer: Any) -> Verdict:
    """What is not there any more may be refused; the state tells."""
    inner = answer.get("uapi")
    errors = as_list(inner.get("errors")) if isinstance(inner, dict) else []
    return Verdict(doubt="; ".join(str(error) for error in errors))


def _exactly(adding: Sequence[Step], removing: Sequence[Step], wanted: Sequence[str]) -> list[Step]:
    """The steps of one address, of which one counts as done only where nothing else is there: rather one that adds, because that may be sent
    twice in any case."""
    effect = Sets({"destinations": list(wanted)})
    if adding:
        return [*adding[:-1], replace(adding[-1], effect=effect), *removing]
    return [*removing[:-1], *(replace(step, effect=effect) for step in removing[-1:])]


def row(address: str, before: State, after: State) -> dict[str, Any]:
    """Without how the server spells the destinations."""
    return {"address": address, "user": after.get("user"), "destinations": after.get("destinations")}


MODULE = StateModule(
    items="forwarders",
    key="address",
    options=OPTIONS,
    constraints=CONSTRAINTS,
    check=check,
    read=read,
    plan=plan,
    row=row,
    incidental=("listed", "user"),
    subjects=Subjects("wanted", absent_by_domain),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
