# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments in, result dictionary out: read, plan, stop in check mode, apply, read back, report.

The only imperative place, and the only ``except`` for our errors. It names no function and no resource, and needs no
Ansible: a module's process and the controller's own process run the same code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Callable, Union

from ansible_collections.whm.mail.plugins.module_utils._apply import Progress, apply, read_back, undone
from ansible_collections.whm.mail.plugins.module_utils._client import Client
from ansible_collections.whm.mail.plugins.module_utils._connection import open_client
from ansible_collections.whm.mail.plugins.module_utils._errors import (
    AccessDenied,
    AuthenticationFailed,
    NotEffective,
    NotTried,
    TooManyChanges,
    UnknownOutcome,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._plan import Call, Current, Plan, State, diff, make_plan
from ansible_collections.whm.mail.plugins.module_utils._subjects import Subjects

Params = Mapping[str, Any]
Result = dict[str, Any]
Opener = Callable[[Params, bool], AbstractContextManager[Client]]

_NAMED = 5  # items that a message names before it only counts


def _as_given(params: Params) -> Params:
    return params


def _nothing(calls: Sequence[Call], current: Current, errors: Mapping[str, WhmError]) -> Result:
    return {}


def _no_damage(plan: Plan, carried: Sequence[Call], final: Current) -> Sequence[Call]:
    return ()


@dataclass(frozen=True)
class StateModule:
    """A module that converges items to a desired state.

    :param items: key of the result's list, e.g. ``accounts``.
    :param key: the items' identity, e.g. ``user``. Empty where a server has one such thing: then ``read`` gives its state under
        the empty identity, and its fields stand under ``items`` or, when that is empty too, in the result itself.
    :param facts: fields of an item that are shown but are no part of what is desired; they stay out of the diff.
    :param row: pure; an item in the result from its identity and its states before and after (empty where not known), where
        that is more than ``key`` and the state after.
    :param options: argument specification without the connection options.
    :param constraints: ``required_one_of`` and the like.
    :param check: normalises the options; raises InvalidInput before anything is sent.
    :param read: the present state of the items, in the order of the result.
    :param plan: pure; what to send.
    :param summary: pure; further result keys from the calls that worked, the final state and the errors.
    :param aftermath: pure; calls that repair what the plan did to others, as far as only the state read back shows it. It gets
        the plan, those of its calls that the server carried out or may have carried out, and that state.
    :param subjects: the accounts, domains or addresses that the items are named by; None where they have no such name.
    """

    items: str
    key: str
    read: Callable[[Client, Params], Current]
    plan: Callable[[Current, Params], Plan]
    options: Mapping[str, Any]
    constraints: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Params], Params] = _as_given
    summary: Callable[[Sequence[Call], Current, Mapping[str, WhmError]], Result] = _nothing
    facts: tuple[str, ...] = ()
    row: Callable[[str, State, State], Result] | None = None
    aftermath: Callable[[Plan, Sequence[Call], Current], Sequence[Call]] = _no_damage
    subjects: Subjects | None = None

    def reads_only(self, params: Params, check_mode: bool) -> bool:
        return check_mode

    def nothing(self, params: Params) -> Result | None:
        """The result where these options ask for nothing, so that nothing is sent; else None."""
        if self.subjects is None or self.subjects.asked(params):
            return None
        return {**self._report(make_plan({}, []), {}, {}, Progress(), set()), "missing": []}

    def run(self, client: Client, params: Params, check_mode: bool) -> Result:
        if self.subjects is None:
            return self._converge(client, params, check_mode)
        missing = self.subjects.missing(client, params)
        rest = self.subjects.without(params, missing) if missing else params
        result = self.nothing(rest) or self._converge(client, rest, check_mode)
        return {**result, "missing": missing}

    def _converge(self, client: Client, params: Params, check_mode: bool) -> Result:
        current = self.read(client, params)
        errors = {identity: state for identity, state in current.items() if isinstance(state, WhmError)}
        plan = self.plan(current, params)
        _check_size(plan, params.get("max_changes"), client.host)
        if check_mode:
            final: Current = {**current, **plan.after}
            progress = Progress(done=list(plan.calls), errors=errors)
        else:
            progress, final = apply(client, lambda: self.read(client, params), plan, errors), current
            if plan.changed:
                final = read_back(client, lambda: self.read(client, params), plan, progress)
                progress.errors.update(self._meddled(plan, final, params, client.host))
        changed = _changed(plan, final, progress) | _half_changed(plan, final, progress, self.facts)
        if plan.calls and not (check_mode or progress.stopped):
            self._repair(client, params, self.aftermath(plan, _carried(plan, progress), final), progress)
        result = self._report(plan, current, final, progress, changed)
        if not progress.errors:
            return result
        if not self.key or current.keys().isdisjoint(progress.errors):
            result.update(_failed(next(iter(progress.errors.values()))))
        else:
            total, others = len(result[self.items]), progress.errors.keys() - current.keys()
            result.update(_partial(progress, changed, self.items, total, others, client.host, check_mode))
        if isinstance(progress.stopped, (AccessDenied, AuthenticationFailed)):  # the next try would be refused, too
            result["error"] = progress.stopped.as_dict()
        return result

    def _repair(self, client: Client, params: Params, calls: Sequence[Call], progress: Progress) -> None:
        repaired = apply(client, lambda: self.read(client, params), make_plan({}, calls), {})
        progress.done += repaired.done
        progress.errors = {**repaired.errors, **progress.errors}

    def _meddled(self, plan: Plan, final: Current, params: Params, host: str) -> dict[str, WhmError]:
        """Items that were as wanted, so that nothing was asked of them, and that somebody else changed in the meantime."""
        asked = {call.item for call in plan.calls}
        seen = {item: final[item] for item in plan.before if item in final and item not in asked}
        if all(seen[item] == plan.before[item] for item in seen):
            return {}
        errors = {item: state for item, state in seen.items() if isinstance(state, WhmError)}
        calls = [call for call in self.plan(final, params).calls if call.item in seen and call.effect]
        return {**{call.item: undone(call, final[call.item], host) for call in calls}, **errors}

    def _report(self, plan: Plan, current: Current, final: Current, progress: Progress, changed: set[str]) -> Result:
        unseen: dict[str, Result] = {}
        for call in progress.done:
            unseen.setdefault(call.item, {}).update(call.unseen)
        rows = []
        after: dict[str, State] = {}
        shown: dict[str, State] = {}
        for identity in current:
            error = progress.errors.get(identity)
            if identity not in plan.before and not error:
                continue
            state = final.get(identity)
            known = state is not None and not isinstance(state, WhmError)
            if state is None or isinstance(state, WhmError):
                state = dict.fromkeys(plan.before.get(identity, {}))  # what it was before is no fact any more
            state = {**state, **unseen.get(identity, {})}
            shown[identity] = state
            if known or identity in unseen:
                after[identity] = state
            row = {**self._row(identity, plan.before.get(identity, {}), state), "changed": identity in changed}
            rows.append({**row, "error": error.as_dict()} if error else row)
        asked = {call.item: plan.before[call.item] for call in plan.calls if call.item in plan.before}
        changes = diff(asked, {identity: after.get(identity, before) for identity, before in asked.items()}, self.facts)
        return {
            "changed": bool(changed),
            **({self.items: rows, "diff": changes} if self.key else self._single(shown.get("", {}), changes)),
            **self.summary(progress.done, final, progress.errors),
        }

    def _row(self, identity: str, before: State, after: State) -> Result:
        return self.row(identity, before, after) if self.row else {self.key: identity, **after}

    def _single(self, state: State, changes: Mapping[str, Mapping[str, State]]) -> Result:
        """The only thing of its kind needs no name, neither in the result nor in the diff."""
        shown = {self.items: dict(state)} if self.items else dict(state)
        return {**shown, "diff": {side: dict(states.get("", {})) for side, states in changes.items()}}


@dataclass(frozen=True)
class InfoModule:
    """A module that only reads. An item of the list ``items`` that carries an ``error`` fails the task.

    :param items: key of the result's list, e.g. ``accounts``.
    :param key: the items' identity, e.g. ``user``; of several keys the first that is not null.
    :param read: the result; ``error`` of an item is a WhmError.
    :param lists: options that name what is asked for, in groups. Of a group that is given and names nothing, nothing is asked.
    :param empty: pure; the result then.
    """

    read: Callable[[Client, Params], Result]
    options: Mapping[str, Any]
    items: str = ""
    key: tuple[str, ...] = ()
    constraints: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Params], Params] = _as_given
    lists: tuple[tuple[str, ...], ...] = ()
    empty: Callable[[Params], Result] | None = None

    def reads_only(self, params: Params, check_mode: bool) -> bool:
        return True

    def nothing(self, params: Params) -> Result | None:
        """The result where these options ask for nothing, so that nothing is sent; else None."""
        for group in self.lists:
            given = [params[name] for name in group if params[name] is not None]
            if given and not any(given) and self.empty:
                return {"changed": False, **self.empty(params)}
        return None

    def run(self, client: Client, params: Params, check_mode: bool) -> Result:
        result = {"changed": False, **self.read(client, params)}
        rows = result.get(self.items, [])
        errors = {self._identity(row): row["error"] for row in rows if "error" in row}
        if not errors:
            return result
        result[self.items] = [{**row, "error": row["error"].as_dict()} if "error" in row else row for row in rows]
        return {**result, **failed_items(self.items, len(rows), errors, client.host)}

    def _identity(self, row: Mapping[str, Any]) -> str:
        return next((str(row[name]) for name in self.key if row.get(name)), "one without a name")


@dataclass(frozen=True)
class ActionModule:
    """A module that does something that is no state.

    :param act: does it; in check mode says what it would do.
    :param writes: whether these options ask for a write.
    """

    act: Callable[[Client, Params, bool], Result]
    writes: Callable[[Params], bool]
    options: Mapping[str, Any]
    constraints: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Params], Params] = _as_given

    def reads_only(self, params: Params, check_mode: bool) -> bool:
        return check_mode or not self.writes(params)

    def nothing(self, params: Params) -> Result | None:
        return None

    def run(self, client: Client, params: Params, check_mode: bool) -> Result:
        return self.act(client, params, check_mode)


#: What :func:`execute` runs.
Module = Union[StateModule, InfoModule, ActionModule]


def execute(module: Module, params: Params, check_mode: bool, opener: Opener = open_client) -> Result:
    """Run a module.

    :param params: validated options, the connection's among them.
    :param opener: gives the client; replaced where connections are kept.
    :returns: what the module returns: with ``failed`` and ``msg`` when it failed, with ``warnings`` when there are any.
    """
    warnings: list[str] = []
    host: str | None = None
    try:
        desired = module.check(params)
        idle = module.nothing(desired)
        if idle is not None:
            return idle
        with opener(params, module.reads_only(desired, check_mode)) as client:
            warnings, host = client.warnings, client.host
            result = module.run(client, desired, check_mode)
    except WhmError as exc:
        exc.host = exc.host or host  # a plan is pure: it knows no server
        result = {"changed": False, **_failed(exc)}
    if warnings:
        result["warnings"] = [*result.get("warnings", []), *warnings]
    return result


def _failed(error: WhmError) -> Result:
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
    open_first = sorted(errors.items(), key=lambda pair: pair[1].kind != UnknownOutcome.kind)
    named = [f"{identity} ({_short(error)})" for identity, error in open_first[:_NAMED]]
    if len(errors) > _NAMED:
        named.append("and %d more" % (len(errors) - _NAMED))
    failed = len(errors.keys() - set(others))
    message = "%d of %d %s failed on %s: %s." % (failed, total, items, host, "; ".join(named))
    return {"failed": True, "msg": message + rest, "error": first.as_dict()}


def _short(error: WhmError) -> str:
    text = f"{error.function}: {error.explanation}" if error.function else error.explanation
    return text.rstrip(".")


def _carried(plan: Plan, progress: Progress) -> list[Call]:
    """Calls that worked, and those of which nobody can say that they did not."""
    done = {(call.function, call.item) for call in progress.done}
    open_ends = {item for item, error in progress.errors.items() if isinstance(error, (UnknownOutcome, NotEffective))}
    return [call for call in plan.calls if (call.function, call.item) in done or call.item in open_ends]


def _changed(plan: Plan, final: Current, progress: Progress) -> set[str]:
    """Items that were changed. Where an effect cannot be foretold the state tells, also of a call that failed half way."""
    tried = [call for call in plan.calls if not isinstance(progress.errors.get(call.item), NotTried)]
    found = {call.item for call in tried if call.happened and call.shows_in(final)}
    return found | {call.item for call in progress.done if call.changes and not call.happened}


def _half_changed(plan: Plan, final: Current, progress: Progress, facts: Collection[str]) -> set[str]:
    """Items of which one call worked and another failed, as far as their state shows it.

    A call that the server confirmed need not count as done: enable_dkim publishes the former key after a new one was refused.
    """
    found = set()
    done = {call.item for call in progress.done}
    calls = Counter(call.item for call in plan.calls)
    tried = {item for item, error in progress.errors.items() if error.kind != "not_tried"}
    for item in tried.intersection(plan.before):
        if item not in done and calls[item] < 2:
            continue  # nothing was asked, or what was asked was refused
        before, after = plan.before[item], final.get(item)
        if after is None or isinstance(after, WhmError):
            continue
        if any(after.get(name) != value for name, value in before.items() if name not in facts):
            found.add(item)
    return found


def _partial(
    progress: Progress,
    changed: set[str],
    items: str,
    total: int,
    others: Collection[str],
    host: str,
    check_mode: bool,
) -> Result:
    failed = [name for name in progress.errors if progress.errors[name].kind != "not_tried"]
    not_tried = [name for name in progress.errors if progress.errors[name].kind == "not_tried"]
    sound = changed.difference(progress.errors)
    done = list(dict.fromkeys(call.item for call in progress.done if call.item in sound))
    rest = " %s: %d. Not tried: %d." % ("Would change" if check_mode else "Changed", len(done), len(not_tried))
    real = {name: progress.errors[name] for name in failed}
    result = failed_items(items, total, real or progress.errors, host, rest if done or not_tried else "", others)
    return {**result, "progress": {"done": done, "failed": failed, "not_tried": not_tried}}


def _check_size(plan: Plan, max_changes: int | None, host: str) -> None:
    changing = list(dict.fromkeys(call.item for call in plan.calls if call.changes))
    if max_changes is None or len(changing) <= max_changes:
        return
    names = ", ".join(changing[:_NAMED]) + (", …" if len(changing) > _NAMED else "")
    raise TooManyChanges(
        "%d items would change (%s), max_changes allows %d; nothing was changed." % (len(changing), names, max_changes),
        host=host,
        remedy="Check the list, or raise max_changes.",
    )
