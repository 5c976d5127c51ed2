# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans: what to send and what it does to whom. Values only; nothing here does anything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Callable, ClassVar, Union

from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError

#: One item's state: the fields of the result, without secrets.
State = Mapping[str, Any]

#: What was read: identity to state, in the order of the result; an error where one item could not be read.
Current = Mapping[str, Union[State, WhmError]]

#: The part of it that could be read.
States = Mapping[str, State]


@dataclass(frozen=True)
class Sets:
    """Fields of the item get these values, and its state shows them."""

    fields: State = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Unreadable:
    """Fields that no function reads: what the step sets, or that it acted. They count as a change every time, and the server's
    word is all there is to go by."""

    fields: State = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Told(Unreadable):
    """Such fields of which the answer to the call tells what they were before it (``former`` of its :class:`Verdict`). What was so
    already is no change. Where no answer tells, it counts as one."""


@dataclass(frozen=True)
class Shrinks:
    """A number of the item becomes smaller, by how much nobody can foretell. That it does not is no failure."""

    name: str
    before: int

    @property
    def fields(self) -> State:
        return {self.name: None}


@dataclass(frozen=True)
class Lists:
    """A list of the item gets some values and loses others. What else stands in it says nothing about the step."""

    name: str
    gets: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()

    @property
    def fields(self) -> State:
        """For messages; :meth:`laid_over` is what the step does."""
        words = (("with", self.gets), ("without", self.loses))
        return {self.name: ", ".join(f"{word} {value}" for word, values in words for value in values)}

    def shows_in(self, state: State) -> bool:
        now = state.get(self.name)
        return now is not None and set(self.gets) <= set(now) and not set(self.loses) & set(now)

    def laid_over(self, state: State) -> State:
        now = state.get(self.name)
        return {self.name: now if now is None else sorted({*now, *self.gets} - {*self.loses})}


@dataclass(frozen=True)
class Repairs:
    """Puts right again what other steps do to this item. No change of it, and its state shows nothing.

    :param behind: the items whose steps do it.
    """

    behind: tuple[str, ...] = ()
    fields: ClassVar[State] = {}


#: What a step does to its item; ``fields`` are those of the item afterwards, null where that cannot be foretold.
Effect = Union[Sets, Unreadable, Shrinks, Lists, Repairs]


@dataclass(frozen=True)
class Verdict:
    """What the answer to a call says of it, where the envelope says 1 whatever happened. Empty: it worked.

    :param refused: why the item failed.
    :param unclear: why the answer does not tell; the state decides, as after a lost one.
    :param doubt: a complaint of something that may have worked all the same. Where the state shows the effect it is a warning,
        where it does not it is why the item failed.
    :param remarks: warnings.
    :param former: of :class:`Told`: the fields as they were before the call; None where the answer does not tell.
    """

    refused: str = ""
    unclear: str = ""
    doubt: str = ""
    remarks: tuple[str, ...] = ()
    former: State | None = None


@dataclass(frozen=True)
class Step:
    """One call for one item.

    :param item: its identity.
    :param verdict: looks at the answer of a function that says 1 outside and the truth inside.
    :param remedy: what to do when the call failed or its effect does not show.
    :param whole: identity under which an error stands that hides the item, where the item is a part of something.
    :param joins: the parameter in which the function takes a list and answers for the whole of it: what differs in nothing else may
        travel as one call. A step that joins others has no verdict.
    """

    call: Call
    item: str
    effect: Effect = Repairs()
    verdict: Callable[[Any], Verdict] | None = field(default=None, compare=False, repr=False)
    remedy: str | None = field(default=None, compare=False, repr=False)
    whole: str = field(default="", compare=False, repr=False)
    joins: str = field(default="", compare=False, repr=False)

    #: Two steps that look alike have each an outcome of their own; and a plan may have ten thousand of them.
    __hash__ = object.__hash__

    @property
    def changes(self) -> bool:
        """Whether it counts as a change of its item."""
        return not isinstance(self.effect, Repairs)

    @property
    def visible(self) -> bool:
        """Whether the item's state can show it."""
        return isinstance(self.effect, (Sets, Shrinks, Lists))

    def shows_in(self, current: Current) -> bool:
        """The item's state shows the effect."""
        state, effect = current.get(self.item), self.effect
        if state is None or isinstance(state, WhmError):
            return False
        if isinstance(effect, Shrinks):
            return state[effect.name] is None or bool(state[effect.name] < effect.before)
        if isinstance(effect, Lists):
            return effect.shows_in(state)
        return isinstance(effect, Sets) and all(state.get(name) == value for name, value in effect.fields.items())

    def stands_in(self, current: Current) -> bool:
        """The item's state does not contradict a server that says that the step worked."""
        if isinstance(self.effect, Shrinks):
            return not isinstance(current.get(self.item), (WhmError, type(None)))
        return self.shows_in(current)


@dataclass(frozen=True)
class Plan:
    """What to do.

    :param steps: in the order in which they must be sent.
    :param before: identity to state, for every item the task is about.
    :param after: the same once all steps have worked. ``before == after`` exactly when there are no steps.
    """

    steps: tuple[Step, ...]
    before: States
    after: States

    @property
    def changed(self) -> bool:
        return bool(self.steps)


def make_plan(items: States, steps: Iterable[Step]) -> Plan:
    """A plan whose ``after`` is ``before`` with the effects of the steps laid over it.

    :param items: the state of every item the task is about.
    """
    steps = tuple(steps)
    return Plan(steps, dict(items), overlaid(items, steps))


def in_the_end(steps: Sequence[Step], fields: State) -> list[Step]:
    """The steps of one item, of which the last counts as done only where all of these fields are so: also one that was as wanted before, so
    that nothing was sent for it, and that somebody else changed in the meantime.

    :param fields: all that is wanted of the item.
    """
    return [*steps[:-1], *(replace(step, effect=Sets(fields)) for step in steps[-1:])]


def overlaid(items: States, steps: Iterable[Step]) -> dict[str, State]:
    """These states with the effects of these steps; steps for other items count for nothing."""
    after = {identity: dict(state) for identity, state in items.items()}
    for step in steps:
        if step.item in after:
            state, effect = after[step.item], step.effect
            state.update(effect.laid_over(state) if isinstance(effect, Lists) else effect.fields)
    return dict(after)


def readable(current: Current) -> dict[str, State]:
    """The items whose state could be read."""
    return {identity: state for identity, state in current.items() if not isinstance(state, WhmError)}


def unread(current: Current) -> dict[str, WhmError]:
    """The items whose state could not be read, and why."""
    return {identity: state for identity, state in current.items() if isinstance(state, WhmError)}


def diff(before: States, after: States, incidental: Collection[str] = ()) -> dict[str, dict[str, State]]:
    """Ansible's ``diff``: per item the fields that differ, and nothing else.

    :param incidental: fields that are shown with an item but are no part of what is desired.
    """
    result: dict[str, dict[str, State]] = {"before": {}, "after": {}}
    for identity in sorted(set(before) | set(after)):
        old, new = before.get(identity, {}), after.get(identity, {})
        if old == new:
            continue
        fields = [name for name in sorted((set(old) | set(new)) - set(incidental)) if old.get(name) != new.get(name)]
        if fields:
            result["before"][identity] = {name: old.get(name) for name in fields}
            result["after"][identity] = {name: new.get(name) for name in fields}
    return result
