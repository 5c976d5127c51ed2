#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: spamd_config
short_description: Set the options of the spamd daemon
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Sets with which options WHM starts spamd, the daemon of Apache SpamAssassin. This is not the filter of an account.
  - WHM's function deletes every option that it is not given, and restarts Exim every time. No function tells what is set.
  - With O(transport=cli) this module reads the file behind the function, keeps what is not named, and writes only where something
    differs.
  - With O(transport=https) it cannot. Every run writes, and all options must be given, or O(reset_others=true).
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
attributes:
  check_mode:
    support: full
  diff_mode:
    support: partial
    details:
      - With O(transport=https) the options before the change are not known. They are shown as null.
  idempotent:
    support: partial
    details:
      - Full with O(transport=cli). None with O(transport=https), where every run reports a change and restarts Exim.
options:
  allowedips:
    description:
      - Who may connect to spamd. Each is an address, a network such as V(10.0.0.0/8), or the beginning of an address such as V(192.168.).
      - Must include V(127.0.0.1), because the server itself uses spamd.
      - An empty list lets every address connect. That never happens by leaving the option out.
    type: list
    elements: str
  maxconnperchild:
    description:
      - After how many connections a child process ends.
    type: int
  maxchildren:
    description:
      - Most child processes.
    type: int
  pidfile:
    description:
      - File for the process id. Its folder must exist.
      - Where systemd runs spamd, the C(PIDFile) of its unit must say the same, or spamd fails to start.
    type: str
  timeouttcp:
    description:
      - After how many seconds spamd gives up a connection that sends no headers.
      - V(0), which spamd takes for never, cannot be set, because WHM deletes an option that is V(0).
    type: int
  timeoutchild:
    description:
      - After how many seconds a child process gives up a message.
      - V(0) cannot be set. See O(timeouttcp).
    type: int
  reset_others:
    description:
      - Delete the options that are not given, so that spamd uses its defaults.
      - O(allowedips) is never deleted in this way. Give it, as an empty list if every address may connect.
    type: bool
    default: false
notes:
  - "Reads: nothing, because no function tells the options. With O(transport=cli) the file C(/etc/cpspamd.conf). Writes:
    C(save_spamd_config)."
  - Nobody has compared the file's format with a live server yet.
  - The reference does not name a privilege for this function. The role SpamFilter must be enabled.
"""

EXAMPLES = r"""
- name: More children, on the server itself, where the other options are kept
  whm.mail.spamd_config:
    maxchildren: 10
    transport: cli
  become: true

- name: All options, from afar
  whm.mail.spamd_config:
    allowedips: [127.0.0.1, 192.0.2.10]
    maxconnperchild: 200
    maxchildren: 5
    pidfile: /var/run/spamd.pid
    timeouttcp: 30
    timeoutchild: 300

- name: Two options, and the defaults of spamd for the rest
  whm.mail.spamd_config:
    allowedips: [127.0.0.1]
    maxchildren: 5
    reset_others: true
"""

RETURN = r"""
options:
  description:
    - The options. In check mode, as they would be.
    - With O(transport=https) this is what was sent, because it cannot be read back.
  returned: when the server could be read
  type: dict
  contains:
    allowedips:
      description: Who may connect, sorted. Empty when every address may. Null when not known.
      type: list
      elements: str
      sample: [127.0.0.1]
    maxconnperchild:
      description: After how many connections a child process ends. Null for spamd's default, as in all others below.
      type: int
      sample: 200
    maxchildren:
      description: Most child processes.
      type: int
      sample: 5
    pidfile:
      description: File for the process id.
      type: str
      sample: /var/run/spamd.pid
    timeouttcp:
      description: After how many seconds spamd gives up a connection that sends no headers.
      type: int
      sample: 30
    timeoutchild:
      description: After how many seconds a child process gives up a message.
      type: int
      sample: 300
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample:
    kind: refusal
    function: save_spamd_config
    reason: "\"/nowhere/spamd.pid\" is not a valid value for \"pidfile\"."
    host: whm1.example.com:2087
    http_status: 200
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail import spamd as _spamd
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
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, WhmError

OPTIONS = {
    "allowedips": {"type": "list", "elements": "str"},
    "maxconnperchild": {"type": "int"},
    "maxchildren": {"type": "int"},
    "pidfile": {"type": "str"},
    "timeouttcp": {"type": "int"},
    "timeoutchild": {"type": "int"},
    "reset_others": {"type": "bool", "default": False},
}

SERVER = ""  # the only item: there is one spamd

UNSET: dict[str, Any] = {"allowedips": [], **dict.fromkeys(_spamd.OPTIONS[1:])}

BLIND = (
    "Nothing tells over HTTPS which options spamd has: this task sends all of them, restarts Exim and reports a change every time. "
    "With transport: cli on the server it would not."
)
OPEN = "allowedips is empty: spamd takes connections from every address."


def check(params: Params) -> Params:
    given = {name: _spamd.check_value(name, params[name]) for name in _spamd.OPTIONS if params[name] is not None}
    missing = [name for name in _spamd.OPTIONS if name not in given]
    if not given:
        raise InvalidInput("No option of spamd is given: say what to set.")
    if params["transport"] == "https" and missing and not params["reset_others"]:
        raise InvalidInput(
            "{} not given: over HTTPS WHM deletes what it is not given, and does not tell what is set. Give all six options, or set "
            "reset_others: true to have spamd's defaults for the rest, or use transport: cli on the server, which keeps it.".format(
                ", ".join(missing)
            )
        )
    if params["transport"] == "https" and "allowedips" in missing:
        raise _opens("allowedips is not given")
    return {**params, "given": given}


def _opens(why: str) -> InvalidInput:
    return InvalidInput(
        f"{why}: with reset_others: true every address could connect to spamd. Give the addresses, or an empty list if that is meant."
    )


def read(client: Client, params: Params) -> Current:
    if params["transport"] != "cli":
        return {SERVER: dict.fromkeys(_spamd.OPTIONS)}
    return {SERVER: _spamd.typed(_spamd.read_file(_spamd.file_beside(params["whmapi1_path"])))}


def plan(states: States, params: Params) -> Plan:
    before = dict(states[SERVER])
    given = params["given"]
    readable = params["transport"] == "cli"
    wanted = {**(before if readable and not params["reset_others"] else UNSET), **given}
    if readable and wanted == before:
        return make_plan({SERVER: before}, [])
    if readable and before["allowedips"] and "allowedips" not in given and not wanted["allowedips"]:
        raise _opens("allowedips is set and not given")
    for name in (name for name in _spamd.OPTIONS if name not in given and wanted[name] is not None):
        _spamd.check_value(name, wanted[name], f"In {_spamd.FILE}, ")
    effect = Sets(wanted) if readable else Unreadable(wanted)
    return make_plan({SERVER: before}, [Step(Call("save_spamd_config", _spamd.as_params(wanted)), SERVER, effect)])


def warnings(steps: Sequence[Step], final: States, errors: Mapping[str, WhmError]) -> dict[str, Any]:
    found = [BLIND] if any(isinstance(step.effect, Unreadable) for step in steps) else []
    if any("allowedips" not in step.call.params for step in steps):
        found.append(OPEN)
    return {"warnings": found} if found else {}


MODULE = StateModule(items="options", key="", options=OPTIONS, check=check, read=read, plan=plan, summary=warnings)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
