#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: default_dmarc
short_description: Set the default DMARC record of a server
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that the server's default DMARC record is the given one, or the built-in one.
  - It changes no record in DNS. M(whm.mail.dmarc) publishes records of domains.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - Which record a server has where nobody set one is not documented. With an empty O(record), an empty answer and C(v=DMARC1; p=none;)
        count as the built-in one.
options:
  record:
    description:
      - The record, such as V(v=DMARC1; p=quarantine). Its syntax is checked before anything is sent.
      - An empty text means the built-in record of the server.
    type: str
    required: true
notes:
  - Records are compared by what they mean, as M(whm.mail.dmarc) does.
  - "Reads: C(get_default_dmarc_record). Writes: C(set_default_dmarc_record)."
  - Servers have both functions since version 124. An older one fails the task, with kind V(unsupported). The reference does not name a
    privilege for them.
seealso:
  - module: whm.mail.default_dmarc_info
  - module: whm.mail.dmarc
"""

EXAMPLES = r"""
- name: New domains are to start with a record that asks for reports
  whm.mail.default_dmarc:
    record: v=DMARC1; p=none; rua=mailto:dmarc@example.com

- name: Back to the record that the server comes with
  whm.mail.default_dmarc:
    record: ""
"""

RETURN = r"""
record:
  description:
    - The default record, in normal form. In check mode, as it would be.
    - Null when the server answers with an empty one.
  returned: when the server could be read
  type: str
  sample: v=DMARC1; p=none; rua=mailto:dmarc@example.com
built_in:
  description: Whether this is the record that the server comes with.
  returned: when the server could be read
  type: bool
  sample: false
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample:
    kind: unsupported
    function: get_default_dmarc_record
    reason: this server does not have the function
    host: whm1.example.com:2087
    http_status: 200
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.default_dmarc import (
    BUILT_IN,
    FUNCTION,
    default_record,
    is_built_in,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.dmarc import BadRecord, check_record, normal
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Sets,
    State,
    States,
    Step,
    Verdict,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_flag
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, UnexpectedAnswer

OPTIONS = {"record": {"type": "str", "required": True}}

SERVER = ""  # the only item: there is one default


def check(params: Params) -> Params:
    record = params["record"].strip()
    try:
        return {**params, "record": check_record(record) if record else ""}
    except BadRecord as exc:
        raise InvalidInput(
            f"record: {record} cannot be used: {exc}. Give an empty text for the record that the server comes with."
        ) from None


def read(client: Client, params: Params) -> Current:
    return {SERVER: _state(default_record(client.call(FUNCTION)))}


def _state(record: str | None) -> State:
    return {"record": normal(record) if record else None, "built_in": is_built_in(record)}


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    server = facts["server"]
    if server.get("default_dmarc") is None:
        return {SERVER: UnexpectedAnswer("the server does not tell its default DMARC record", FUNCTION)}
    return {SERVER: _state(server["default_dmarc"] or None)}


def plan(states: States, params: Params) -> Plan:
    """Which record comes back where none is set, the reference shows only by an example."""
    foretold = _state(params["record"] or BUILT_IN)
    same = "record" if params["record"] else "built_in"
    if states[SERVER][same] == foretold[same]:
        return make_plan(states, [])
    call = Call("set_default_dmarc_record", {"record": params["record"]})
    step = Step(call, SERVER, Sets({same: foretold[same]}), verdict=_stored)
    return Plan((step,), dict(states), {SERVER: foretold})


def _stored(answer: Answer) -> Verdict:
    payload = answer.get("payload")
    success = to_flag(payload.get("success")) if isinstance(payload, dict) else None
    if success is False:
        return Verdict(refused="the server did not store the record")
    return Verdict() if success else Verdict(unclear="the answer does not say whether the record was stored")


MODULE = StateModule(
    items="",
    key="",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    from_facts=from_facts,
    incidental=("built_in",),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
