# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be said of a module in its file here. Every part is a small record; :class:`Subject` holds them together."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Module
from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

# Places: the reads before the first write, the writes, the reads after one. WHOLE: from the first request to the last.
READ, WRITE, BACK, WHOLE = "read", "write", "read-back", "whole"
# How often: at the first request of the place, or at all of them.
FIRST, ALL = "once", "always"

HTTPS, CLI = "https", "cli"

Options = Mapping[str, Any]
Row = Mapping[str, Any]
#: Identity to what the server really has, read from the simulator itself.
View = Callable[[Box], dict[str, Any]]
#: In a picture of the server, what it is and whose: ("dkim", "example.com").
Key = tuple[str, str]
Picture = dict[Key, Any]


def load(module: str) -> Module:
    return importlib.import_module(f"ansible_collections.whm.mail.plugins.modules.{module}").MODULE  # type: ignore[no-any-return]


def by_key(row: Row, key: str) -> str:
    return str(row[key])


@dataclass(frozen=True)
class Situation:
    """One task whose result is compared with the documented one, and whose requests are compared with the contract.

    :param options: of the task.
    :param fails: whether the task fails.
    :param prepare: what is done to the simulated server before.
    """

    options: dict[str, Any] = field(default_factory=dict)
    fails: bool = False
    prepare: Callable[[Any], Any] = lambda box: None
    check_mode: bool = False


@dataclass(frozen=True)
class Scenario:
    """One task of a state module that has something to do for each of its items.

    :param seed: laid over the simulator's test state, in its format.
    :param options: of the task.
    :param view: what is viewed and not among ``names`` are neighbours, which must never change.
    :param names: the items, as the module names them.
    :param victim: the parameter value by which the item is known that single faults hit; empty for all calls.
    :param owner: the account behind it, for the simulator's quirks. Without one the victim is what they know it by.
    :param title: tells several scenarios of a module apart; the main one has none.
    :param lacks: places that do not occur, because the module reads nothing.
    :param identify: an item's identity from its row.
    :param bulk: reads all items in one answer, so that the server cannot refuse one of them.
    :param lenient: places where it reads the same in two ways or once more, so that it can do without one of them.
    :param thorough: faults that take long come always here, elsewhere once.
    :param brief: over HTTPS and with every fault once only: a further scenario of a module that has its full share.
    :param wait: seconds for which the server's queue is given time before the state is looked at.
    :param more: further option sets for check mode, so that together every option of the module is given.
    :param blind: no function reads the effect, so that nothing tells the module that somebody undid it. Its documentation says so.
    :param together: to read its items takes long, so that they are never asked for one by one.
    """

    module: str
    seed: Mapping[str, Any]
    options: Options
    view: View
    names: tuple[str, ...]
    victim: str
    owner: str | None = None
    title: str = ""
    lacks: frozenset[str] = frozenset()
    identify: Callable[[Row, str], str] = by_key
    bulk: bool = False
    lenient: tuple[str, ...] = ()
    thorough: bool = False
    brief: bool = False
    wait: float = 0.0
    more: tuple[Options, ...] = ()
    blind: bool = False
    together: bool = False

    def tolerates(self, refusals: int, place: str, often: str) -> bool:
        """Whether it makes no difference that reads were refused."""
        return (self.bulk and not refusals) or (place in self.lenient and often == FIRST)

    def has(self, transport: str, place: str, often: str) -> bool:
        return place not in self.lacks and (not self.brief or (transport == HTTPS and often == FIRST))

    @property
    def id(self) -> str:
        return f"{self.module} {self.title}".strip()


def _never(options: Options) -> bool:
    return False


def always(options: Options) -> bool:
    return True


@dataclass(frozen=True)
class Properties:
    """Tasks made at random, what others may change under them, and how the module's words are held against a picture.

    :param tasks: options.
    :param changes: what others change, as patches of the world of ``chance.py``.
    :param picture: the part of the picture that the module can change: from the server's state, and the controller's folder.
    :param keys: what of the picture belongs to an item.
    :param agrees: whether an item's row says what the picture shows.
    :param reached: whether an item without an error is as the options want it.
    :param beside: kinds of things that a task may change besides its items, and says so in its documentation.
    :param acts: whether the task acts every time.
    :param blind: whether no function shows what the task does, so that the server's word is all there is.
    :param counted: its effect is known from counting before and after; there is no state that an item could be in.
    :param shows: every effect shows by itself, so that one that comes late can be waited for.
    :param stepwise: an item may need two steps, and the second is refused as long as the first does not show (the guide says so).
    :param unforeseen: fields of a row that check mode cannot know.
    :param identify: an item's identity from its row and the module's key.
    """

    module: str
    tasks: st.SearchStrategy[dict[str, Any]]
    changes: st.SearchStrategy[dict[str, Any]]
    picture: Callable[[Server, Path], Iterator[tuple[Key, Any]]]
    keys: Callable[[str], list[Key]]
    agrees: Callable[[str, Row, Picture], bool]
    reached: Callable[[str, Options, Picture], bool]
    beside: Callable[[Options], tuple[str, ...]] = lambda options: ()
    acts: Callable[[Options], bool] = _never
    blind: Callable[[Options], bool] = _never
    counted: bool = False
    shows: bool = True
    stepwise: bool = False
    unforeseen: tuple[str, ...] = ()
    identify: Callable[[Row, str], str] = by_key

    def rows(self, result: Mapping[str, Any]) -> dict[str, Row]:
        """Identity to row; the task's own result where it has no items. Empty when it could not say anything."""
        module = load(self.module)
        items, key = getattr(module, "items", ""), getattr(module, "key", "")
        if not key:
            return {"": result} if "diff" in result else {}
        return {self.identify(row, key): row for row in result.get(items, [])}


@dataclass(frozen=True)
class Subject:
    """All that tests need to know of one module.

    :param situations: tasks that together return every documented key; the first one succeeds.
    :param sends: further tasks, where the module sends differently from case to case.
    :param scenarios: of a state module: tasks that every fault hits, that others disturb, and that check mode foretells.
    :param opposites: of a state module: two option sets that want the opposite of one another for the same items.
    :param properties: of a module that changes something: its random tasks.
    :param check_mode: of an action module: option sets that check mode is tried with; it is told a folder for files.
    :param hostile: parameters as the module gets them, for servers that answer with data of any shape.
    :param hostile_keys: names that stand in such data, because the module looks for them.
    :param value: of a state module that a rule of the audit carries out: options to the value of the policy's variable that means the same.
    :param without: which of these the module has not, and why.
    """

    situations: tuple[Situation, ...]
    sends: tuple[Situation, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    opposites: tuple[Options, Options] | tuple[()] = ()
    properties: Properties | None = None
    check_mode: Callable[[Path], list[Options]] | None = None
    hostile: tuple[Options, ...] = ()
    hostile_keys: tuple[str, ...] = ()
    value: Callable[[Options], Any] | None = None
    without: Mapping[str, str] = field(default_factory=dict)
