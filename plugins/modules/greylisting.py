#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greylisting
short_description: Switch greylisting on or off, and set how it works
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that greylisting is on or off for the server, and that its settings are those given.
  - Greylisting defers the first message of a sender, recipient and address that the server has not seen together. Most programs that send
    spam do not come back.
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
options:
  enabled:
    description:
      - Whether greylisting is on. Left alone when omitted, as all other options.
      - This is the switch of the server. The owners of accounts switch it for their domains.
    type: bool
  child_timeout_secs:
    description:
      - After how many seconds the daemon gives up one of its children.
    type: int
  initial_block_time_mins:
    description:
      - For how many minutes a new sender is deferred, at most 240.
    type: int
  max_child_procs:
    description:
      - Most children of the daemon.
    type: int
  must_try_time_mins:
    description:
      - Within how many minutes, counted from its first try, a new sender must come back. At most 1440.
      - Must be longer than O(initial_block_time_mins), or nobody can come back in time. A warning says so.
    type: int
  purge_interval_mins:
    description:
      - After how many minutes each the daemon deletes what has expired.
    type: int
  record_exp_time_mins:
    description:
      - After how many minutes a sender that came back is new again, at most 43200.
    type: int
  spf_bypass:
    description:
      - Whether mail that a domain's SPF record allows is never deferred.
    type: bool
  autotrust_new_common_mail_providers:
    description:
      - Whether mail providers that the vendor adds to its list later are trusted at once.
      - For one that is there already, see M(whm.mail.greylisting_provider).
    type: bool
notes:
  - WHM's function for the settings takes some of them and keeps the others. That is how it is documented; this module sends the others along
    as it read them, so that a version that resets what it is not given does no harm. What somebody else changes in that moment is set back.
  - "Reads: C(cpgreylist_status), C(load_cpgreylist_config), C(cpgreylist_load_common_mail_providers_config). Writes: C(enable_cpgreylist),
    C(disable_cpgreylist), C(save_cpgreylist_config), C(cpgreylist_save_common_mail_providers_config)."
  - The reference does not name a privilege for these functions.
seealso:
  - module: whm.mail.greylisting_info
  - module: whm.mail.greylisting_provider
  - module: whm.mail.greylisting_trusted_host
"""

EXAMPLES = r"""
- name: Greylisting is on, and mail that SPF allows is not deferred
  whm.mail.greylisting:
    enabled: true
    spf_bypass: true

- name: A new sender waits five minutes and has four hours to come back
  whm.mail.greylisting:
    initial_block_time_mins: 5
    must_try_time_mins: 240

- name: New mail providers are not trusted before somebody has looked at them
  whm.mail.greylisting:
    autotrust_new_common_mail_providers: false
"""

RETURN = r"""
greylisting:
  description: The settings. In check mode, as they would be. Null for one that the server does not tell.
  returned: when the server could be read
  type: dict
  contains:
    enabled:
      description: Whether greylisting is on.
      type: bool
      sample: true
    exim_enabled:
      description: Whether Exim is on. This module does not change it.
      type: bool
      sample: true
    child_timeout_secs:
      description: After how many seconds the daemon gives up one of its children.
      type: int
      sample: 5
    initial_block_time_mins:
      description: For how many minutes a new sender is deferred.
      type: int
      sample: 5
    max_child_procs:
      description: Most children of the daemon.
      type: int
      sample: 5
    must_try_time_mins:
      description: Within how many minutes a new sender must come back.
      type: int
      sample: 240
    purge_interval_mins:
      description: After how many minutes each the daemon deletes what has expired.
      type: int
      sample: 60
    record_exp_time_mins:
      description: After how many minutes a sender that came back is new again.
      type: int
      sample: 4320
    spf_bypass:
      description: Whether mail that a domain's SPF record allows is never deferred.
      type: bool
      sample: true
    autotrust_new_common_mail_providers:
      description: Whether mail providers that the vendor adds later are trusted at once.
      type: bool
      sample: true
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.greylisting import (
    CONFIG_CALLS,
    NEW_PROVIDERS,
    NUMBERS,
    SAVE_PROVIDERS,
    SETTINGS,
    config_of,
)
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Sets,
    State,
    States,
    Step,
    in_the_end,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, UnexpectedAnswer, WhmError

SERVER = ""  # the only item: a server has one greylisting

SWITCHES = {True: "enable_cpgreylist", False: "disable_cpgreylist"}

OPTIONS = {
    "enabled": {"type": "bool"},
    **{name: {"type": "int"} for name in NUMBERS},
    "spf_bypass": {"type": "bool"},
    NEW_PROVIDERS: {"type": "bool"},
}


def check(params: Params) -> Params:
    if all(params[name] is None for name in OPTIONS):
        raise InvalidInput("No option of greylisting is given: say what to set.")
    for name, highest in NUMBERS.items():
        if params[name] is not None and not _sound(name, params[name]):
            limits = f"from 1 to {highest}" if highest else "from 1"
            raise InvalidInput(f"{name}: {params[name]} is out of bounds; give a whole number {limits}.")
    return params


def _sound(name: str, value: int) -> bool:
    return 1 <= value <= (NUMBERS[name] or value)


def read(client: Client, params: Params) -> Current:
    return _current(config_of(client, *client.batch(CONFIG_CALLS)), params)


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    return _current(facts["greylisting"]["config"], params)


def _current(config: State, params: Params) -> Current:
    unread = [name for name in OPTIONS if params[name] is not None and config[name] is None]
    if unread:
        return {SERVER: UnexpectedAnswer(f"the answer does not tell {', '.join(unread)}")}
    return {SERVER: config}


def plan(states: States, params: Params) -> Plan:
    """The settings first, so that greylisting begins with them."""
    steps = [step for state in states.values() for step in _steps(state, params)]
    return make_plan(states, steps)


def _steps(before: State, params: Params) -> list[Step]:
    wanted = {name: params[name] for name in OPTIONS if params[name] is not None and params[name] != before[name]}
    steps = []
    settings = {name: wanted[name] for name in SETTINGS if name in wanted}
    if settings:
        call = Call("save_cpgreylist_config", {**_kept(before), **settings})
        steps.append(Step(call, SERVER, Sets(settings)))
    if NEW_PROVIDERS in wanted:
        switch = {NEW_PROVIDERS: wanted[NEW_PROVIDERS]}
        steps.append(Step(Call(SAVE_PROVIDERS, switch), SERVER, Sets(switch)))
    if "enabled" in wanted:
        steps.append(Step(Call(SWITCHES[wanted["enabled"]]), SERVER, Sets({"enabled": wanted["enabled"]})))
    given = {name: params[name] for name in OPTIONS if params[name] is not None}
    return in_the_end(steps, given)


def _kept(before: State) -> dict[str, Any]:
    """The settings as they are. One that is out of bounds stays out, because the server could refuse the others for it."""
    told = {name: before[name] for name in SETTINGS if before[name] is not None}
    return {name: value for name, value in told.items() if name not in NUMBERS or _sound(name, value)}


TOO_SHORT = "must_try_time_mins (%d) is not longer than initial_block_time_mins (%d): a new sender is deferred until it is too late to come back."


def warnings(steps: Sequence[Step], final: States, errors: Mapping[str, WhmError]) -> dict[str, Any]:
    state = final.get(SERVER, {})
    tries, block = state.get("must_try_time_mins"), state.get("initial_block_time_mins")
    return {"warnings": [TOO_SHORT % (tries, block)]} if tries and block and tries <= block else {}


MODULE = StateModule(
    items="greylisting",
    key="",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    from_facts=from_facts,
    summary=warnings,
    incidental=("exim_enabled",),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
