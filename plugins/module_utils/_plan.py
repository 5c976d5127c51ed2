# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans: what to send, and the state before and after. Values only; nothing here does anything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Union

from ansible_collections.whm.mail.plugins.module_utils._errors import WhmError

#: One item's state: the fields of the result, without secrets.
State = Mapping[str, Any]

#: What was read: identity to state, in the order of the result; an error where one item could not be read.
Current = Mapping[str, Union[State, WhmError]]


@dataclass(frozen=True)
class Verdict:
    """What the answer to a call says of it, where the envelope says 1 whatever happened. Empty: it worked.

    :param refused: why the item failed.
    :param unclear: why the answer does not tell; the state decides, as after a lost one.
    :param doubt: a complaint of something that may have worked all the same. Where the state shows the effect it is a warning,
        where it does not it is why the item failed.
    :param remarks: warnings.
    """

    refused: str = ""
    unclear: str = ""
    doubt: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """One call of a function for one item.

    :param function: WHM API 1 function.
    :param params: its parameters.
    :param item: identity of the item it is for.
    :param effect: fields of the item as they are once the call has worked; empty when the effect cannot be read back.
    :param unseen: fields that no function reads: what the call sets, or that it acted. They count as a change every time, and
        the server's word is all there is to go by.
    :param verdict: looks at the answer of a function that says 1 outside and the truth inside.
    :param remedy: what to do when the call failed or its effect does not show.
    :param happened: for an effect that cannot be foretold, then null in ``effect``: whether the item's state shows one. That it
        shows none is no failure.
    """

    function: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    item: str = ""
    effect: State = field(default_factory=dict)
    unseen: State = field(default_factory=dict)
    verdict: Callable[[Any], Verdict] | None = field(default=None, compare=False, repr=False)
    remedy: str | None = field(default=None, compare=False, repr=False)
    happened: Callable[[State], bool] | None = field(default=None, compare=False, repr=False)

    @property
    def changes(self) -> bool:
        """Whether it counts as a change of its item; a repair of a neighbour does not."""
        return bool(self.effect or self.unseen)

    def shows_in(self, current: Current) -> bool:
        """The item's state carries the effect. An effect that cannot be read back never shows."""
        state = current.get(self.item)
        if not self.effect or state is None or isinstance(state, WhmError):
            return False
        if self.happened:
            return self.happened(state)
        return all(state.get(name) == value for name, value in self.effect.items())

    def stands_in(self, current: Current) -> bool:
        """The item's state does not contradict a server that says that the call worked."""
        readable = not isinstance(current.get(self.item), (WhmError, type(None)))
        return readable if self.happened else self.shows_in(current)


@dataclass(frozen=True)
class Plan:
    """What to do.

    :param calls: in the order in which they must be sent.
    :param before: identity to state, for every item the task is about.
    :param after: the same once all calls have worked. ``before == after`` exactly when there are no calls.
    """

    calls: tuple[Call, ...]
    before: Mapping[str, State]
    after: Mapping[str, State]

    @property
    def changed(self) -> bool:
        return bool(self.calls)


def make_plan(items: Mapping[str, State], calls: Iterable[Call]) -> Plan:
    """A plan whose ``after`` is ``before`` with the effects of the calls laid over it.

    :param items: the state of every item the task is about.
    """
    calls = tuple(calls)
    after = {identity: dict(state) for identity, state in items.items()}
    for call in calls:
        if call.item in after:
            after[call.item].update({**call.effect, **call.unseen})
    return Plan(calls, dict(items), after)


def diff(
    before: Mapping[str, State], after: Mapping[str, State], facts: Collection[str] = ()
) -> dict[str, dict[str, State]]:
    """Ansible's ``diff``: per item the fields that differ, and nothing else.

    :param facts: fields that are shown with an item but are no part of what is desired.
    """
    result: dict[str, dict[str, State]] = {"before": {}, "after": {}}
    for identity in sorted(set(before) | set(after)):
        old, new = before.get(identity, {}), after.get(identity, {})
        if old == new:
            continue
        fields = [name for name in sorted((set(old) | set(new)) - set(facts)) if old.get(name) != new.get(name)]
        if fields:
            result["before"][identity] = {name: old.get(name) for name in fields}
            result["after"][identity] = {name: new.get(name) for name in fields}
    return result
