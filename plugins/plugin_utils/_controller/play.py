# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a play has got with its hosts, seen from a task of one of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from ansible.executor.play_iterator import IteratingStates, PlayIterator


@dataclass(frozen=True)
class Hosts:
    """The hosts of a play.

    :param all: in the order of the play, whatever ``serial`` is.
    :param batch: those of the present batch that are still in the play.
    :param lost: an earlier task failed for them or could not reach them.
    :param ended: an earlier task ended the play for them.
    :param inventory: every host that the inventory has, in this play or not.
    :param play: identifies the play, and is the same for all of its batches.
    :param in_step: each task is done for the whole batch before the next one begins: not so with the strategies free and host_pinned.
    :param in_order: batches follow each other in the order of ``all``.
    """

    all: Sequence[str]
    batch: Sequence[str]
    lost: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()
    inventory: frozenset[str] = frozenset()
    play: str = ""
    in_step: bool = True
    in_order: bool = True

    def to_come(self, done: Iterable[str]) -> list[str]:
        """Hosts whose turn has not come, as far as a task can know.

        :param done: those of this run that it has come to.
        """
        past = {*done, *self.lost, *self.ended, *(self.batch if self.in_step else ())}
        begun = {*self.batch, *self.lost, *self.ended}
        last = max((place for place, name in enumerate(self.all) if name in begun), default=-1)
        later = self.all[last + 1 :] if self.in_order else self.all
        waiting = set(later) if self.in_step else {*later, *self.batch}
        return [name for name in self.all if name in waiting and name not in past]


def hosts_of(variables: Mapping[str, Any]) -> Hosts:
    """The hosts of the play whose task sees these variables."""
    everybody = [str(name) for name in variables.get("ansible_play_hosts_all") or []]
    active = {str(name) for name in variables.get("ansible_play_hosts") or []}
    removed = [name for name in everybody if name not in active]
    iterator, unreachable = _strategy()
    # With strategies that do not keep step, Ansible's variables go on to name hosts that were lost on the way.
    gone = {*(iterator.get_failed_hosts() if iterator else ()), *unreachable}
    ended = frozenset(name for name in removed if iterator is not None and _ended(iterator, name))
    play = None if iterator is None else iterator._play
    strategy = str(getattr(play, "strategy", "linear"))
    return Hosts(
        all=everybody,
        batch=[str(name) for name in variables.get("ansible_play_batch") or []],
        lost=(frozenset(removed) - ended) | (gone & set(everybody)),
        ended=ended,
        inventory=frozenset(str(name) for name in (variables.get("groups") or {}).get("all") or []),
        play=str(getattr(play, "_uuid", "")),
        in_step=not strategy.endswith(("free", "host_pinned")),
        in_order=getattr(play, "order", None) in (None, "inventory"),
    )


def _ended(iterator: PlayIterator, name: str) -> bool:
    """Whether end_host or end_batch took the host out, and no failure: Ansible's variables do not tell these apart."""
    state = iterator.get_state_for_host(name)
    return bool(state.run_state == IteratingStates.COMPLETE) and name not in iterator.get_failed_hosts()


def _strategy() -> tuple[PlayIterator | None, Iterable[str]]:
    """What Ansible keeps of the play, and the hosts that it could not reach. A worker is forked by the strategy, which holds both, so that
    they are further up the stack; where they are not, hosts that left the play count as lost, and the play as linear."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        found = frame.f_locals.get("iterator")
        if isinstance(found, PlayIterator):
            queue = getattr(frame.f_locals.get("self"), "_tqm", None)
            return found, tuple(getattr(queue, "_unreachable_hosts", ()))
        frame = frame.f_back
    return None, ()
