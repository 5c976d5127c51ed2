#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: email_autoresponder
short_description: Autoresponders of addresses
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that addresses have an autoresponder as given, or none.
  - Only what is given is compared. What is not given stays as it is where there is an autoresponder already.
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
    details:
      - Texts are compared as the server keeps them. It ends a body with exactly one newline, and drops C(<address>) of O(autoresponders[].from).
      - A relative time is another one in each run.
options:
  autoresponders:
    description:
      - Addresses and their autoresponders. One that fails does not stop the others.
      - An address of a domain that no account owns fails, unless O(ignore_missing=true).
    type: list
    elements: dict
    aliases: [autoresponder]
    required: true
    suboptions:
      address:
        description: The address. Capitals in the part before the @ are lowered. It need not be a mailbox.
        type: str
        required: true
      from:
        description:
          - The name of the sender, as in V(Example Sales). It is a name and no address.
          - An autoresponder that is made without it gets the part of its address before the @.
        type: str
      subject:
        description: The subject. Needed where there is no autoresponder yet.
        type: str
      body:
        description: The text. Needed where there is no autoresponder yet.
        type: str
      interval:
        description:
          - How many hours pass until the same sender is answered again. V(0) answers every message.
          - An autoresponder that is made without it gets V(8).
        type: int
      is_html:
        description: Whether the text is HTML. It is not, where an autoresponder is made without this.
        type: bool
      start:
        description:
          - From when messages are answered. Epoch seconds, ISO 8601 or relative to now, such as V(24h) for a day ago. V(0) is at once.
        type: str
      stop:
        description:
          - Until when messages are answered, in the same forms. V(0) is without end. It has to be after O(autoresponders[].start).
        type: str
  state:
    description:
      - V(present) makes an autoresponder that is missing. One that exists is changed only where it differs from what is given.
      - V(absent) removes it, whatever else is given.
    type: str
    choices: [present, absent]
    default: present
notes:
  - The function that sets an autoresponder replaces the whole of one that exists, without a word. This module sends what is not given as it was
    read.
  - "Reads: C(accountsummary), one request for 100 domains; C(Email::list_auto_responders), once a domain; C(Email::get_auto_responder) for each
    address that has one; both through C(uapi_cpanel), 100 in a request; with O(ignore_missing=true) also C(myprivs) and C(gethostname) where
    a domain is not found. Writes: C(Email::add_auto_responder) and C(Email::delete_auto_responder), through C(uapi_cpanel), one call an address,
    in batches."
  - Needs cPanel & WHM 86 or later, and the server's role MailReceive. Root manages every account, a reseller with the privilege C(cpanel-api)
    those that it owns.
seealso:
  - module: whm.mail.email_account
"""

EXAMPLES = r"""
- name: Somebody is away
  whm.mail.email_autoresponder:
    autoresponders:
      - address: info@example.com
        from: Example Sales
        subject: We are away
        body: We answer from Monday on.
        interval: 24
        start: "2026-12-24T12:00:00Z"
        stop: "2027-01-02"

- name: The one that exists ends later, and says the same
  whm.mail.email_autoresponder:
    autoresponders:
      - address: info@example.com
        stop: "2027-01-09"

- name: No autoresponders any more, on whichever server has these addresses
  whm.mail.email_autoresponder:
    autoresponders:
      - address: info@example.com
      - address: sales@example.info
    state: absent
    ignore_missing: true
"""

RETURN = r"""
autoresponders:
  description: The addresses, in the order given.
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
    from:
      description: The name of the sender, as the server keeps it. Null, like all that follows, where there is no autoresponder.
      type: str
      sample: Example Sales
    subject:
      description: The subject.
      type: str
      sample: We are away
    body:
      description: The text. It ends with exactly one newline.
      type: str
      sample: "We answer from Monday on.\n"
    interval:
      description: How many hours pass until the same sender is answered again. V(0) answers every message.
      type: int
      sample: 24
    is_html:
      description: Whether the text is HTML.
      type: bool
      sample: false
    start:
      description: From when messages are answered. Null where that is not limited.
      type: str
      sample: "2026-12-24T12:00:00Z"
    start_epoch:
      description: The same in seconds since 1970.
      type: int
      sample: 1798113600
    stop:
      description: Until when messages are answered. Null where that is not limited.
      type: str
      sample: "2027-01-02T00:00:00Z"
    stop_epoch:
      description: The same in seconds since 1970.
      type: int
      sample: 1798848000
    changed:
      description: Whether this autoresponder was changed.
      type: bool
      sample: true
    error:
      description: Why this address failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: uapi_cpanel
        reason: The disk is full.
        host: whm1.example.com:2087
        http_status: 200
missing:
  description: The addresses of domains that this server does not have and that O(ignore_missing) left out, in the order given. Empty otherwise.
  returned: when the server could be read, or nothing was asked of it
  type: list
  elements: str
  sample: [sales@example.info]
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

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.autoresponders import (
    ABSENT,
    TEXTS,
    TIMES,
    autoresponders_of,
    normal_body,
    normal_from,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.email import domain_of, local_part, uapi
from ansible_collections.whm.mail.plugins.module_utils._mail.names import addresses
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_by_domain
from ansible_collections.whm.mail.plugins.module_utils._mail.times import both, iso, parse
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

OPTIONS: dict[str, dict[str, Any]] = {
    "autoresponders": {
        "type": "list",
        "elements": "dict",
        "aliases": ["autoresponder"],
        "required": True,
        "options": {
            "address": {"type": "str", "required": True},
            **{name: {"type": "str"} for name in TEXTS},
            "interval": {"type": "int"},
            "is_html": {"type": "bool"},
            **{name: {"type": "str"} for name in TIMES},
        },
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **IGNORE_MISSING,
}

#: What is compared: fields of a state.
COMPARED = (*TEXTS, "interval", "is_html", "start_epoch", "stop_epoch")
#: Of one that is made, where nothing else is given. The interval is our choice: 0 would answer every message, those of other machines too.
USUAL = {"interval": 8, "is_html": False, "start_epoch": None, "stop_epoch": None}

_OPTION = "autoresponders"


def check(params: Params) -> Params:
    """Adds ``wanted``: address to what is given of COMPARED, as the server would keep it."""
    now = int(time.time())
    wanted: dict[str, dict[str, Any]] = {}
    for given in params[_OPTION]:
        address = addresses(_OPTION, [given["address"]])[0].lower()
        row = _normal(address, given, now)
        if wanted.setdefault(address, row) != row:
            raise InvalidInput(f"{_OPTION}: {address} stands twice with different options; leave one of them.")
    return {**params, "wanted": wanted}


def _normal(address: str, given: Mapping[str, Any], now: int) -> dict[str, Any]:
    row: dict[str, Any] = {name: _text(address, name, given[name]) for name in TEXTS if given.get(name) is not None}
    for name in ("interval", "is_html"):
        if given.get(name) is not None:
            row[name] = given[name]
    for name in TIMES:
        if given.get(name) is not None:
            row[f"{name}_epoch"] = parse(f"{_OPTION}: {name} of {address}", given[name], now) or None
    if row.get("interval", 0) < 0:
        raise InvalidInput(
            f"{_OPTION}: interval: {row['interval']} of {address} is no number of hours; give 0 to answer every message, or 1 and more."
        )
    why = _order(address, row)
    if why:
        raise InvalidInput(why)
    return row


def _text(address: str, name: str, value: str) -> str:
    if name == "body":
        text = normal_body(value)
    else:
        text = normal_from(value) if name == "from" else value.strip()
        if any(ord(char) < ord(" ") for char in text):
            raise InvalidInput(f"{_OPTION}: {name} of {address} has to be one line; take line ends and tabs out of it.")
    if text.strip():
        return text
    if name == "from" and value.strip():
        raise InvalidInput(
            f"{_OPTION}: from: {value.strip()} of {address} is only an address, which the server drops; give a name."
        )
    raise InvalidInput(f"{_OPTION}: the {name} of {address} is empty; check the variable it comes from.")


def _order(address: str, fields: Mapping[str, Any]) -> str:
    """Why the times cannot be so; an empty text where they can."""
    start, stop = fields.get("start_epoch"), fields.get("stop_epoch")
    if start is None or stop is None or start < stop:
        return ""
    return f"{_OPTION}: stop of {address} ({iso(stop)}) is not after its start ({iso(start)}); give a later one, or 0 for no end."


def read(client: Client, params: Params) -> Current:
    return dict(autoresponders_of(client, list(params["wanted"])))


def plan(states: States, params: Params) -> Plan:
    """One that may not be made keeps all from being sent."""
    if params["state"] == "absent":
        steps = [_removed(address, state) for address, state in states.items() if state["state"] == "present"]
        return make_plan(states, steps)
    targets = {address: _target(address, state, params["wanted"][address]) for address, state in states.items()}
    refused = [_refusal(address, states[address], fields) for address, fields in targets.items()]
    if any(refused):
        raise InvalidInput(" ".join(why for why in refused if why))
    return make_plan(
        states,
        [
            _set(address, states[address], fields)
            for address, fields in targets.items()
            if any(states[address][name] != value for name, value in fields.items())
        ],
    )


def _target(address: str, state: State, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the whole of it has to be: the function replaces everything."""
    if state["state"] == "present":
        return {name: given.get(name, state[name]) for name in COMPARED}
    return {"from": local_part(address), **USUAL, **given}


def _refusal(address: str, state: State, fields: Mapping[str, Any]) -> str:
    """Why nothing may be sent for the address; an empty text where it may."""
    lacking = [name for name in ("subject", "body") if name not in fields]
    if lacking:
        verb = "is" if len(lacking) == 1 else "are"
        return f"{address} has no autoresponder yet, and {' and '.join(lacking)} {verb} not given; give both to have one made."
    changed = any(state[name] != value for name, value in fields.items())
    return _order(address, fields) if changed else ""


def _set(address: str, state: State, fields: Mapping[str, Any]) -> Step:
    """Times that are not limited are sent as 0: documented as required, and 0 was seen to mean none."""
    params = {
        "email": local_part(address),
        "domain": domain_of(address),
        **{name: fields[name] for name in (*TEXTS, "interval")},
        "is_html": int(fields["is_html"]),
        **{name: fields[f"{name}_epoch"] or 0 for name in TIMES},
    }
    if state["charset"]:
        params["charset"] = state["charset"]
    shown = {name: text for part in TIMES for name, text in both(part, fields[f"{part}_epoch"]).items()}
    return Step(
        uapi(state["user"], "add_auto_responder", params), address, Sets({"state": "present", **fields, **shown})
    )


def _removed(address: str, state: State) -> Step:
    call = uapi(state["user"], "delete_auto_responder", {"email": address})
    return Step(call, address, Sets({name: value for name, value in ABSENT.items() if name != "charset"}))


def row(address: str, before: State, after: State) -> dict[str, Any]:
    """Without what is only there to be sent again."""
    return {"address": address, **{name: value for name, value in after.items() if name != "charset"}}


MODULE = StateModule(
    items=_OPTION,
    key="address",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    row=row,
    incidental=("user", "charset"),
    subjects=Subjects("wanted", absent_by_domain),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
