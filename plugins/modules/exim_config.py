#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: exim_config
short_description: Repair the Exim configuration of a server
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Checks the installed configuration of Exim, and has WHM repair it when it is not valid.
  - A valid configuration is left alone.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
attributes:
  check_mode:
    support: full
    details:
      - Whether WHM can repair the configuration shows only when it tries.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - With O(discard_edit=true) every run reports a change, because nothing tells whether there is an edit to discard.
options:
  discard_edit:
    description:
      - First remove the files that an edit of the configuration left behind that was begun and not finished.
      - An edit that somebody is working on is lost too.
    type: bool
    default: false
  state:
    description:
      - V(valid) means that the installed configuration passes the server's own checks.
    type: str
    choices: [valid]
    default: valid
notes:
  - "Reads: C(validate_exim_configuration_syntax), C(validate_current_installed_exim_config). Writes: C(exim_configuration_check), which
    repairs what it finds, C(remove_in_progress_exim_config_edit)."
  - The checks rebuild the configuration in a dry run. That takes the server a while, so O(api_timeout) may need to be longer.
  - On a server in another language than English a fault that only the dry run finds may go unnoticed. See M(whm.mail.exim_config_info).
  - A repair whose answer is lost is not sent again. The configuration is checked instead.
  - The reference does not name a privilege for these functions. The role MailSend must be enabled.
seealso:
  - module: whm.mail.exim_config_info
"""

EXAMPLES = r"""
- name: The Exim configuration is valid
  whm.mail.exim_config:
    api_timeout: 300

- name: It is, and no unfinished edit is left over
  whm.mail.exim_config:
    state: valid
    discard_edit: true
"""

RETURN = r"""
valid:
  description: Whether the configuration is valid. In check mode, whether it would be.
  returned: when the server could be read
  type: bool
  sample: true
message:
  description: What is wrong, in the server's words. Null when nothing is. In check mode, what would be repaired.
  returned: when the server could be read
  type: str
  sample: null
line:
  description: Number of the first line that is wrong, if the server tells it. In check mode, before the repair.
  returned: when the server could be read
  type: int
  sample: null
edit_discarded:
  description: Whether the server was told to discard an unfinished edit. In check mode, whether it would be.
  returned: when the server could be read
  type: bool
  sample: false
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample:
    kind: refusal
    function: exim_configuration_check
    reason: Configuration Update Failed
    host: whm1.example.com:2087
    http_status: 200
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.exim import check_installed, failed_repair
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Sets,
    States,
    Step,
    Unreadable,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer

OPTIONS = {
    "discard_edit": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["valid"], "default": "valid"},
}

SERVER = ""  # the only item: there is one configuration

REMEDY = "Look at the message in the result, and correct the configuration in WHM's Exim Configuration Manager."


def read(client: Client, params: Params) -> Current:
    found = check_installed(client)
    return {SERVER: {**{name: found[name] for name in ("valid", "message", "line")}, "edit_discarded": False}}


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    found = facts["exim"]
    if found.get("valid") is None:
        return {SERVER: UnexpectedAnswer("the server does not tell whether its Exim configuration is valid")}
    return {SERVER: {**{name: found.get(name) for name in ("valid", "message", "line")}, "edit_discarded": False}}


def plan(states: States, params: Params) -> Plan:
    state = dict(states[SERVER])
    steps = []
    if params["discard_edit"]:
        done = Unreadable({"edit_discarded": True})
        steps.append(Step(Call("remove_in_progress_exim_config_edit"), SERVER, done))
    if not state["valid"]:
        call = Call("exim_configuration_check")
        steps.append(Step(call, SERVER, Sets({"valid": True}), verdict=failed_repair, remedy=REMEDY))
    return make_plan({SERVER: state}, steps)


MODULE = StateModule(
    items="", key="", options=OPTIONS, read=read, plan=plan, from_facts=from_facts, incidental=("message", "line")
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
