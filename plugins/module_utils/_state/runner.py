# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments in, result dictionary out: read, plan, stop in check mode, apply, read back, judge, report.

The only imperative place, and the only ``except`` for our errors. It names no function and no resource, and needs no
Ansible: a module's process and the controller's own process run the same code.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Callable

from ansible_collections.whm.mail.plugins.module_utils._state.apply import Done, apply
from ansible_collections.whm.mail.plugins.module_utils._state.connection import open_client
from ansible_collections.whm.mail.plugins.module_utils._state.judge import (
    Judgement,
    agrees,
    carried,
    foretold,
    judge,
    meddled,
    worth_a_look,
)
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import (
    InfoModule,
    Module,
    Params,
    Result,
    StateModule,
    TaskModule,
)
from ansible_collections.whm.mail.plugins.module_utils._state.look import Look, Read, look
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Current, Plan, make_plan, readable, unread
from ansible_collections.whm.mail.plugins.module_utils._state.report import failure, info_result, state_result
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import TooManyChanges, WhmError, stamped

Opener = Callable[[Params, bool], AbstractContextManager[Client]]

_NAMED = 5  # items that a message names before it only counts


def execute(
    module: Module, params: Params, check_mode: bool, opener: Opener = open_client, diff_mode: bool = True
) -> Result:
    """Run a module.

    :param params: validated options, the connection's among them.
    :param opener: gives the client; replaced where connections are kept.
    :param diff_mode: whether a diff is wanted. In check mode it always is: there it says what would change.
    :returns: what the module returns: with ``failed`` and ``msg`` when it failed, with ``warnings`` when there are any.
    """
    warnings: list[str] = []
    host: str | None = None
    try:
        desired = module.check(params)
        idle = nothing_to_do(module, desired)
        if idle is not None:
            return idle if diff_mode or check_mode else {key: idle[key] for key in idle if key != "diff"}
        with opener(params, module.reads_only(desired, check_mode)) as client:
            warnings, host = client.warnings, client.host
            result = _run(module, client, desired, check_mode)
    except WhmError as exc:
        result = {"changed": False, **failure(stamped(exc, host))}
    if warnings:
        result["warnings"] = [*result.get("warnings", []), *warnings]
    if not (diff_mode or check_mode):
        result.pop("diff", None)
    return result


def nothing_to_do(module: Module, params: Params) -> Result | None:
    """The result where these options ask for nothing, so that nothing is sent; else None."""
    if isinstance(module, StateModule) and module.subjects and not module.subjects.asked(params):
        idle = state_result(module, make_plan({}, []), {}, Judgement({}), "")
        return {**idle, "missing": []} if module.subjects.absent else idle
    if isinstance(module, InfoModule) and module.empty:
        for group in module.lists:
            given = [params[name] for name in group if params[name] is not None]
            if given and not any(given):
                return {"changed": False, **module.empty(params)}
    return None


def _run(module: Module, client: Client, params: Params, check_mode: bool) -> Result:
    if isinstance(module, TaskModule):
        return module.act(client, params, check_mode)
    if isinstance(module, InfoModule):
        return info_result(module, _read_rows(module, client, params), client.host)
    if module.subjects is None or module.subjects.absent is None:
        return _converge(module, client, params, check_mode)
    missing = module.subjects.missing(client, params)
    rest = module.subjects.without(params, missing) if missing else params
    result = nothing_to_do(module, rest) or _converge(module, client, rest, check_mode)
    return {**result, "missing": missing}


def _read_rows(module: InfoModule, client: Client, params: Params) -> Result:
    """What an info module reads; the errors in its rows name the server."""
    found = module.read(client, params)
    for row in found.get(module.items, []):
        if "error" in row:
            stamped(row["error"], client.host)
    return found


def _read_states(module: StateModule, client: Client, params: Params, known: Collection[str] = ()) -> Current:
    """What a state module reads; all errors name the server, also one that is raised and caught by who looks at the state.

    :param known: items that were read before.
    """
    try:
        current = module.read(client, params)
    except WhmError as exc:
        stamped(exc, client.host)
        raise
    for error in unread(current).values():
        stamped(error, client.host)
    return current if module.unlisted is None else {**dict.fromkeys(known, module.unlisted), **current}


def _converge(module: StateModule, client: Client, params: Params, check_mode: bool) -> Result:
    before = _read_states(module, client, params)
    read = partial(_read_states, module, client, params, before)
    for item in module.needed(params):
        error = before.get(item)
        if isinstance(error, WhmError):
            raise error
    plan = module.plan(readable(before), params)
    _check_size(plan, params.get("max_changes"))
    if check_mode:
        judgement = foretold(plan, before)
    elif plan.changed:
        judgement = carry_out(client, read, plan, before, module.incidental)
        interference = meddled(plan, judgement.final, lambda states: module.plan(states, params), client.host)
        judgement = replace(judgement, errors={**judgement.errors, **interference})
        if not judgement.stopped:
            judgement = _repaired(module, client, read, plan, judgement)
    else:
        judgement = Judgement(before, errors=unread(before))
    for remark in judgement.remarks:
        client.warn(remark)
    return state_result(module, plan, before, judgement, client.host, check_mode)


def carry_out(client: Client, read: Read, plan: Plan, before: Current, incidental: Collection[str] = ()) -> Judgement:
    """Send a plan's steps, read the state back and judge."""
    applied = apply(client, read, plan)
    visible = worth_a_look(plan, applied)
    seen = Look() if applied.stopped and not visible else look(client, read, visible, partial(agrees, applied))
    return judge(plan, before, applied, seen, client.host, incidental)


def _repaired(module: StateModule, client: Client, read: Read, plan: Plan, judgement: Judgement) -> Judgement:
    """What the plan did to others, as only the state read back shows it, is put right."""
    steps = module.aftermath(plan, carried(plan, judgement), readable(judgement.final))
    if not steps:
        return judgement
    outcomes = apply(client, read, make_plan({}, steps)).outcomes
    done = [step for step, outcome in outcomes.items() if isinstance(outcome, Done)]
    errors = {step.item: outcome for step, outcome in outcomes.items() if isinstance(outcome, WhmError)}
    return replace(judgement, done=[*judgement.done, *done], errors={**errors, **judgement.errors})


def _check_size(plan: Plan, max_changes: int | None) -> None:
    changing = list(dict.fromkeys(step.item for step in plan.steps if step.changes))
    if max_changes is None or len(changing) <= max_changes:
        return
    names = ", ".join(changing[:_NAMED]) + (", …" if len(changing) > _NAMED else "")
    raise TooManyChanges(
        f"{len(changing)} {'item' if len(changing) == 1 else 'items'} would change ({names}), max_changes allows {max_changes}; nothing was changed.",
        remedy="Check the list, or raise max_changes.",
    )
