# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tasks would change, told from facts instead of from the server: by the modules' own check, plan and diff. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import State, diff, readable, unread
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError


@dataclass(frozen=True)
class Foreseen:
    """
    :param before: identity to the fields that would change, as they are.
    :param after: the same as they would be.
    :param unread: identity to the reason why the facts do not tell its state.
    """

    before: Mapping[str, State]
    after: Mapping[str, State]
    unread: Mapping[str, WhmError]


def foresee(module: StateModule, facts: Mapping[str, Any], tasks: Sequence[Params]) -> Foreseen:
    """What these tasks would change together, one after the other, as ``--check --diff`` says of a single one.

    :param module: one that facts can serve.
    :param facts: as ``mail_facts`` returns them.
    :param tasks: options as a playbook gives them.
    :raises InvalidInput: one of the tasks would be refused.
    """
    if module.from_facts is None:
        raise TypeError("facts do not tell what this module would do")
    first: dict[str, State] = {}
    now: dict[str, State] = {}
    hidden: dict[str, WhmError] = {}
    for task in tasks:
        params = module.check({name: task.get(name, option.get("default")) for name, option in module.options.items()})
        current = module.from_facts(facts, params)
        hidden.update(unread(current))
        for item, state in readable(current).items():
            first.setdefault(item, state)
            now.setdefault(item, state)
        states = {item: now[item] for item in readable(current)}
        if states and not any(item in hidden for item in module.needed(params)):
            plan = module.plan(states, params)
            now.update({step.item: plan.after[step.item] for step in plan.steps if step.item in plan.after})
    changes = diff(first, now, module.incidental)
    return Foreseen(changes["before"], changes["after"], hidden)
