# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three kinds of module, described by what is peculiar to each; :mod:`runner` runs them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable, Union

from ansible_collections.whm.mail.plugins.module_utils._state.plan import Current, Plan, State, States, Step
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError

Params = Mapping[str, Any]
Result = dict[str, Any]


def _unchecked(params: Params) -> Params:
    return params


@dataclass(frozen=True)
class StateModule:
    """A module that converges items to a desired state.

    :param items: key of the result's list, e.g. ``accounts``.
    :param key: the items' identity, e.g. ``user``. Empty where a server has one such thing: then ``read`` gives its state under
        the empty identity, and its fields stand under ``items`` or, when that is empty too, in the result itself.
    :param read: the present state of the items, in the order of the result.
    :param plan: pure; what to send, from the states that could be read.
    :param options: argument specification without the connection options.
    :param constraints: ``required_one_of`` and the like.
    :param check: normalises the options; raises InvalidInput before anything is sent.
    :param summary: pure; further result keys from the steps that worked, the final states that could be read, and the errors.
    :param incidental: fields of an item that are shown but are no part of what is desired; they stay out of the diff.
    :param row: pure; an item in the result from its identity and its states before and after (empty where not known), where
        that is more than ``key`` and the state after.
    :param aftermath: pure; steps that repair what the plan did to others, as far as only the state read back shows it. It gets
        the plan, those of its steps that the server carried out or may have carried out, and the states that could be read.
    :param needed: items without whose state nothing is planned.
    :param from_facts: pure; what ``read`` would give, from the facts of :mod:`mail_facts`. None where these do not tell.
    :param subjects: what the options name the items by; None where they name none.
    :param unlisted: the state of an item that ``read`` no longer mentions, where it reads a list of those that are there. None where
        that would be an error.
    """

    items: str
    key: str
    read: Callable[[Client, Params], Current]
    plan: Callable[[States, Params], Plan]
    options: Mapping[str, Any]
    constraints: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Params], Params] = _unchecked
    summary: Callable[[Sequence[Step], States, Mapping[str, WhmError]], Result] = lambda steps, final, errors: {}
    incidental: tuple[str, ...] = ()
    row: Callable[[str, State, State], Result] | None = None
    aftermath: Callable[[Plan, Sequence[Step], States], Sequence[Step]] = lambda plan, carried, final: ()
    needed: Callable[[Params], Collection[str]] = lambda params: ()
    from_facts: Callable[[Mapping[str, Any], Params], Current] | None = None
    subjects: Subjects | None = None
    unlisted: State | None = None

    def reads_only(self, params: Params, check_mode: bool) -> bool:
        return check_mode


@dataclass(frozen=True)
class InfoModule:
    """A module that only reads. An item of the list ``items`` that carries an ``error`` fails the task.

    :param read: the result; ``error`` of an item is a WhmError.
    :param items: key of the result's list, e.g. ``accounts``.
    :param key: the items' identity, e.g. ``user``; of several keys the first that is not null.
    :param lists: options that name what is asked for, in groups. Of a group that is given and names nothing, nothing is asked.
    :param empty: pure; the result then.
    """

    read: Callable[[Client, Params], Result]
    options: Mapping[str, Any]
    items: str = ""
    key: tuple[str, ...] = ()
    constraints: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Params], Params] = _unchecked
    lists: tuple[tuple[str, ...], ...] = ()
    empty: Callable[[Params], Result] | None = None

    def reads_only(self, params: Params, check_mode: bool) -> bool:
        return True


@dataclass(frozen=True)
class TaskModule:
    """A module that does something that is no state.

    :param act: does it; in check mode says what it would do.
    :param writes: whether these options ask for a write.
    """

    act: Callable[[Client, Params, bool], Result]
    writes: Callable[[Params], bool]
    options: Mapping[str, Any]
    constraints: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Params], Params] = _unchecked

    def reads_only(self, params: Params, check_mode: bool) -> bool:
        return check_mode or not self.writes(params)


Module = Union[StateModule, InfoModule, TaskModule]
