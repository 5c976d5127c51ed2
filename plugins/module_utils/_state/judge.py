# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each item: from the plan, from what came of its steps, and from the state read back. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Callable

from ansible_collections.whm.mail.plugins.module_utils._state.apply import Applied, Done, before_repeating
from ansible_collections.whm.mail.plugins.module_utils._state.look import Look
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Repairs,
    Shrinks,
    State,
    States,
    Step,
    Told,
    overlaid,
    readable,
    unread,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import brief
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    NotEffective,
    NotFound,
    NotTried,
    UnexpectedAnswer,
    UnknownOutcome,
    WhmError,
)

#: Characters of a value in a message: a DNS record would fill the screen.
_BRIEF = 80


@dataclass(frozen=True)
class Judgement:
    """What is true of the items of a plan.

    :param final: identity to state, as far as anybody knows; an error where nobody does.
    :param done: the steps that worked.
    :param errors: identity to the first error of that item, those of items among them that could not be read in the first place.
    :param changed: items that are not any more as they were.
    :param stopped: the error after which nothing more was sent.
    :param remarks: warnings.
    :param former: identity to fields that no function reads, as an answer says that they were before.
    """

    final: Current
    done: Sequence[Step] = ()
    errors: Mapping[str, WhmError] = field(default_factory=dict)
    changed: Collection[str] = ()
    stopped: WhmError | None = None
    remarks: Sequence[str] = ()
    former: States = field(default_factory=dict)


def foretold(plan: Plan, before: Current) -> Judgement:
    """In check mode: every step works."""
    changed = {step.item for step in plan.steps if step.changes}
    untold = len({step.item for step in plan.steps if isinstance(step.effect, Told)})
    remarks = [_UNTOLD % untold] if untold else []
    return Judgement({**before, **plan.after}, plan.steps, unread(before), changed, remarks=remarks)


_UNTOLD = (
    "no function tells which of the %d items in question are as wanted already, so that check mode counts each of them as a change; "
    "only the answer to the change itself tells"
)


def worth_a_look(plan: Plan, applied: Applied) -> list[Step]:
    """The steps that count as done and that the state can show."""
    return [step for step in plan.steps if step.visible and isinstance(applied.outcomes.get(step), Done)]


def agrees(applied: Applied, step: Step, current: Current) -> bool:
    """The state read back confirms the step; where the server complained of it, only by showing it."""
    outcome = applied.outcomes.get(step)
    doubted = isinstance(outcome, Done) and outcome.doubt
    return step.shows_in(current) if doubted else step.stands_in(current)


def judge(
    plan: Plan, before: Current, applied: Applied, seen: Look, host: str, incidental: Collection[str] = ()
) -> Judgement:
    """
    :param before: what was read before anything was sent.
    :param seen: the state read back, with the steps of :func:`worth_a_look` that do not show in it. After a run that was stopped it
        may be impossible to read; then what the server confirmed counts.
    :param incidental: fields that are shown with an item but are no part of what is desired.
    """
    outcomes = applied.outcomes
    done = [step for step in plan.steps if isinstance(outcomes.get(step), Done)]
    confirmed = {step.item for step in done}
    doubts = {step: outcome.doubt for step, outcome in outcomes.items() if isinstance(outcome, Done) and outcome.doubt}
    errors = unread(before)
    for step, outcome in outcomes.items():
        if isinstance(outcome, WhmError):
            errors.setdefault(step.item, outcome)
    final = _confirmed(plan, done, errors)
    remarks: list[str] = []
    if applied.stopped and not seen.current:
        shown = {step.item for step in done if step.visible}
        if shown:
            remarks.append(_WORD % len(shown))
        for step, doubt in doubts.items():
            errors.setdefault(step.item, doubt)
    else:
        known = dict(final)
        final.update(seen.current)
        without_effect: set[Step] = set()
        for step in seen.late:
            hidden = _hidden(step, seen)
            if hidden and not isinstance(hidden, NotFound):
                errors.setdefault(step.item, _unverified(step, hidden, host))
                final[step.item] = known.get(step.item, {})
            else:
                without_effect.add(step)
                state = seen.current.get(step.item)
                errors.setdefault(step.item, hidden or doubts.get(step) or _without_effect(step, state, host))
        done = [step for step in done if step not in without_effect]
        remarks += [
            f"{step.call.function}: {doubt.reason}" for step, doubt in doubts.items() if step.item not in errors
        ]
    former = _former(done, applied)
    changed = _changed(plan, done, errors, final, former) | _half_changed(plan, confirmed, errors, final, incidental)
    changed |= _left_damaged(plan, done)
    return Judgement(final, done, errors, changed, applied.stopped, remarks, former)


_WORD = "the server confirmed the changes of %d items and could not be read again; its word is taken for them"


def _confirmed(plan: Plan, done: Sequence[Step], errors: Mapping[str, WhmError]) -> dict[str, State | WhmError]:
    """The states as far as the server's answers tell: what nobody knows stands as its error, and not as it was before."""
    unknown = {item: error for item, error in errors.items() if isinstance(error, UnknownOutcome)}
    counted = [step for step in plan.steps if isinstance(step.effect, Shrinks) and step.item in unknown]
    for step in counted:
        unknown.pop(step.item, None)  # its null says so
    states = overlaid(plan.before, [*done, *counted])
    return {**states, **{item: unknown[item] for item in states if item in unknown}}


def _hidden(step: Step, seen: Look) -> WhmError | None:
    """Why the item's state cannot be read."""
    for identity in (step.item, step.whole):
        state = seen.current.get(identity)
        if isinstance(state, WhmError):
            return state
    if step.item in seen.current or seen.failure:
        return seen.failure
    return UnexpectedAnswer("what was read does not mention it")


def _former(done: Sequence[Step], applied: Applied) -> dict[str, State]:
    """What answers told of the time before, by item; of several the first one knows best."""
    former: dict[str, State] = {}
    for step in done:
        outcome = applied.outcomes[step]
        if isinstance(outcome, Done) and outcome.former is not None:
            former[step.item] = {**outcome.former, **former.get(step.item, {})}
    return former


def _was_so(step: Step, former: States) -> bool:
    """An answer told that the fields had the wanted values before."""
    told = former.get(step.item)
    if told is None or not isinstance(step.effect, Told):
        return False
    return all(name in told and told[name] == value for name, value in step.effect.fields.items())


def _changed(
    plan: Plan, done: Sequence[Step], errors: Mapping[str, WhmError], final: Current, former: States
) -> set[str]:
    """Items that were changed. Where an effect cannot be foretold the state tells, also of a step that failed half way. Where it cannot be
    read, an answer may have told that it was so before."""
    tried = [step for step in plan.steps if not isinstance(errors.get(step.item), NotTried)]
    found = {step.item for step in tried if isinstance(step.effect, Shrinks) and step.shows_in(final)}
    sure = [step for step in done if step.changes and not isinstance(step.effect, Shrinks)]
    return found | {step.item for step in sure if not _was_so(step, former)}


def _left_damaged(plan: Plan, done: Sequence[Step]) -> set[str]:
    """Items that other steps did something to, and that were not put right again."""
    worked = {step.item for step in done}
    repairs = [step for step in plan.steps if isinstance(step.effect, Repairs) and step not in done]
    return {
        step.item for step in repairs if isinstance(step.effect, Repairs) and worked.intersection(step.effect.behind)
    }


def _half_changed(
    plan: Plan, confirmed: Collection[str], errors: Mapping[str, WhmError], final: Current, incidental: Collection[str]
) -> set[str]:
    """Items of which one step worked and another failed, as far as their state shows it.

    :param confirmed: items with a step that the server confirmed. It need not count as done: it may have had another effect than the
        planned one, be it on some of the fields only.
    """
    found = set()
    steps = Counter(step.item for step in plan.steps)
    tried = {item for item, error in errors.items() if not isinstance(error, NotTried)}
    for item in tried.intersection(plan.before):
        if item not in confirmed and steps[item] < 2:
            continue  # nothing was asked, or what was asked was refused
        before, after = plan.before[item], final.get(item)
        if after is None or isinstance(after, WhmError):
            continue
        if any(after.get(name) != value for name, value in before.items() if name not in incidental):
            found.add(item)
    return found


def carried(plan: Plan, judgement: Judgement) -> list[Step]:
    """Steps that worked, and those of which nobody can say that they did not."""
    open_ends = {item for item, error in judgement.errors.items() if isinstance(error, (UnknownOutcome, NotEffective))}
    done = set(judgement.done)
    return [step for step in plan.steps if step in done or step.item in open_ends]


def meddled(plan: Plan, final: Current, replan: Callable[[States], Plan], host: str) -> dict[str, WhmError]:
    """Items that were as wanted, so that nothing was asked of them, and that somebody else changed in the meantime.

    :param replan: the plan that states call for.
    """
    asked = {step.item for step in plan.steps}
    seen = {item: final[item] for item in plan.before if item in final and item not in asked}
    if all(seen[item] == plan.before[item] for item in seen):
        return {}
    found: dict[str, WhmError] = {}
    for step in replan(readable(final)).steps:
        if step.item in seen and step.visible:
            found.setdefault(step.item, _undone(step, final[step.item], host))
    return {**found, **unread(seen)}


def _unverified(step: Step, exc: WhmError, host: str) -> WhmError:
    return UnknownOutcome(
        f"the server confirmed the change, but reading it back failed ({exc.reason.rstrip('.')})",
        exc.function or step.call.function,
        host,
        exc.http_status,
        before_repeating(exc),
    )


def _without_effect(step: Step, state: State | WhmError | None, host: str) -> WhmError:
    return NotEffective(
        f"the server said OK, but seconds later its state is not the wanted one ({_difference(step, state)})",
        step.call.function,
        host,
        remedy=step.remedy
        or "Look at the server's disk space and at the error log of cPanel, and whether somebody else changes it back.",
    )


def _undone(step: Step, state: State | WhmError | None, host: str) -> WhmError:
    """The error of an item that was as wanted when the task began, and is not any more.

    :param step: what would have to be asked of it now.
    """
    return NotEffective(
        f"it was as wanted and somebody else changed it during the task ({_difference(step, state)})",
        host=host,
        remedy="Find out who, and run the task again.",
    )


def _difference(step: Step, state: State | WhmError | None) -> str:
    now = {} if state is None or isinstance(state, WhmError) else state
    wanted = ", ".join(f"{name}: {brief(value, _BRIEF)}" for name, value in step.effect.fields.items())
    there = ", ".join(f"{name}: {brief(now.get(name), _BRIEF)}" for name in step.effect.fields)
    return f"wanted {wanted}, found {there}"
