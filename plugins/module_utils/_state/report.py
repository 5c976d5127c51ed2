# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task returns: rows, diff, and sentences about what failed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._state.judge import Judgement
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Result, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    State,
    States,
    Unreadable,
    diff,
    readable,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    AccessDenied,
    AuthenticationFailed,
    NotTried,
    UnknownOutcome,
    WhmError,
)

_NAMED = 5  # items that a message names before it only counts


def state_result(
    module: StateModule, plan: Plan, before: Current, judgement: Judgement, host: str, check_mode: bool = False
) -> Result:
    """The result of a state module.

    :param before: what was read before anything was sent.
    """
    errors = judgement.errors
    sent = _sent(judgement)
    states = {item: _shown(item, plan, judgement, sent) for item in before if item in plan.before or item in errors}
    before_it = _before(plan, judgement)
    asked = {step.item: before_it[step.item] for step in plan.steps if step.item in before_it}
    told = readable(judgement.final).keys() | sent.keys()
    after = {item: states[item] if item in told else state for item, state in asked.items()}
    changes = diff(asked, after, module.incidental)
    rows = [
        {**_row(module, item, before_it.get(item, {}), state), "changed": item in judgement.changed, **_error(errors.get(item))}
        for item, state in states.items()
    ]  # fmt: skip
    result: Result = {
        "changed": bool(judgement.changed),
        **({module.items: rows, "diff": changes} if module.key else _single(module, states.get("", {}), changes)),
        **module.summary(judgement.done, readable(judgement.final), errors),
    }
    if errors:
        if not module.key or before.keys().isdisjoint(errors):
            result.update(failure(next(iter(errors.values()))))
        else:
            others = errors.keys() - before.keys()
            result.update(_partial(judgement, module.items, len(rows), others, host, check_mode))
        if isinstance(judgement.stopped, (AccessDenied, AuthenticationFailed)):  # the next try would be refused, too
            result["error"] = judgement.stopped.as_dict()
    return result


def _before(plan: Plan, judgement: Judgement) -> States:
    """The states before the plan, with what only the answers told of them."""
    told = {
        item: {**state, **judgement.former[item]} for item, state in plan.before.items() if item in judgement.former
    }
    return {**plan.before, **told} if told else plan.before


def _sent(judgement: Judgement) -> dict[str, State]:
    """Fields that no function reads, by item, as the steps that worked have set them."""
    sent: dict[str, State] = {}
    for step in judgement.done:
        if isinstance(step.effect, Unreadable):
            sent[step.item] = {**sent.get(step.item, {}), **step.effect.fields}
    return sent


def _shown(item: str, plan: Plan, judgement: Judgement, sent: States) -> State:
    """The item's state: null for what is not known any more."""
    state = judgement.final.get(item)
    if state is None or isinstance(state, WhmError):
        state = dict.fromkeys(plan.before.get(item, {}))  # what it was before is no fact any more
    return {**state, **sent[item]} if item in sent else state


def _row(module: StateModule, item: str, before: State, after: State) -> Result:
    return module.row(item, before, after) if module.row else {module.key: item, **after}


def _error(error: WhmError | None) -> Result:
    return {"error": error.as_dict()} if error else {}


def _single(module: StateModule, state: State, changes: Mapping[str, Mapping[str, State]]) -> Result:
    """The only thing of its kind needs no name, neither in the result nor in the diff."""
    shown = {module.items: dict(state)} if module.items else dict(state)
    return {**shown, "diff": {side: dict(states.get("", {})) for side, states in changes.items()}}


def info_result(module: InfoModule, read: Result, host: str) -> Result:
    """The result of an info module.

    :param read: what it read; errors of items are WhmErrors.
    """
    result = {"changed": False, **read}
    rows = result.get(module.items, [])
    errors = {_identity(module, row): row["error"] for row in rows if "error" in row}
    if not errors:
        return result
    result[module.items] = [{**row, "error": row["error"].as_dict()} if "error" in row else row for row in rows]
    return {**result, **failed_items(module.items, len(rows), errors, host)}


def _identity(module: InfoModule, row: Mapping[str, Any]) -> str:
    return next((str(row[name]) for name in module.key if row.get(name)), "one without a name")


def failure(error: WhmError) -> Result:
    return {"failed": True, "msg": str(error), "error": error.as_dict()}


def failed_items(
    items: str, total: int, errors: Mapping[str, WhmError], host: str, rest: str = "", others: Collection[str] = ()
) -> Result:
    """``failed``, ``msg`` and ``error`` for a task in which some items failed. Those of which the outcome is open come first.

    :param items: what they are called, e.g. ``accounts``.
    :param rest: a sentence on those that did not fail.
    :param others: what failed beside the items, e.g. a rebuild: named, but not counted.
    """
    first = next(iter(errors.values()))
    open_first = sorted(errors.items(), key=lambda pair: not isinstance(pair[1], UnknownOutcome))
    named = [f"{identity} ({_short(error)})" for identity, error in open_first[:_NAMED]]
    if len(errors) > _NAMED:
        named.append(f"and {len(errors) - _NAMED} more")
    failed = len(errors.keys() - set(others))
    message = f"{failed} of {total} {items} failed on {host}: {'; '.join(named)}."
    return {"failed": True, "msg": message + rest, "error": first.as_dict()}


def _short(error: WhmError) -> str:
    text = f"{error.function}: {error.explanation}" if error.function else error.explanation
    return text.rstrip(".")


def _partial(
    judgement: Judgement, items: str, total: int, others: Collection[str], host: str, check_mode: bool
) -> Result:
    errors = judgement.errors
    not_tried = [item for item, error in errors.items() if isinstance(error, NotTried)]
    failed = [item for item in errors if item not in not_tried]
    sound = set(judgement.changed).difference(errors)
    done = list(dict.fromkeys(step.item for step in judgement.done if step.item in sound))
    rest = f" {'Would change' if check_mode else 'Changed'}: {len(done)}. Not tried: {len(not_tried)}."
    real = {item: errors[item] for item in failed}
    result = failed_items(items, total, real or errors, host, rest if done or not_tried else "", others)
    return {**result, "progress": {"done": done, "failed": failed, "not_tried": not_tried}}
