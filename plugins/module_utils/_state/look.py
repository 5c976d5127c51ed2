# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the state after changes, for as long as a server may need a moment."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Callable

from ansible_collections.whm.mail.plugins.module_utils._state.plan import Current, State, Step
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError

#: Seconds between reads of the state after changes, before a server that said OK is called a liar: between four and six in
#: all, because each is made up to half as long again, so that a fleet does not read in step.
_PAUSES = (0.25, 0.5, 1.25, 2.0)

Read = Callable[[], Current]
Agrees = Callable[[Step, Current], bool]


@dataclass
class Look:
    """What looking at the state after changes found.

    :param current: the state as last read; empty when it never was.
    :param late: the steps that do not show in it.
    :param failure: why it could not be looked at, or not long enough.
    """

    current: Current = field(default_factory=dict)
    late: Sequence[Step] = ()
    failure: WhmError | None = None


def look(client: Client, read: Read, steps: Sequence[Step], agrees: Agrees = Step.shows_in) -> Look:
    """Read the state until these steps show in it, or for as long as a server may need a moment.

    An answer that cannot be read is no reason to stop looking; one that the client has already tried again is.

    :param agrees: what counts as showing.
    """
    seen = Look(late=steps)
    for pause in (0.0, *_PAUSES):
        if pause and not client.pause(pause * random.uniform(1.0, 1.5)):  # noqa: S311 (nothing secret)
            seen.failure = client.out_of_time()
            break
        try:
            seen.current, seen.failure = read(), None
        except WhmError as exc:
            seen.failure = exc
            if _stays(exc):
                break
            continue
        seen.late = [step for step in steps if not agrees(step, seen.current)]
        if all(_stays(seen.current.get(step.item)) for step in seen.late):
            break
    return seen


def _stays(state: State | WhmError | None) -> bool:
    """An error that reading once more does not mend. One answer that makes no sense says nothing about the next."""
    return isinstance(state, WhmError) and (state.fatal or state.retryable or not state.outcome_unknown)
