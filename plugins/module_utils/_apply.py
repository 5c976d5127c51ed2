# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carry out a plan and find out what really happened.

A write whose answer was lost is settled by reading the state: what shows there was done, what does not is sent again,
and only if the catalogue says that repeating it is safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Callable

from ansible_collections.whm.mail.plugins.module_utils import _functions
from ansible_collections.whm.mail.plugins.module_utils._client import Client, Outcome, backoff
from ansible_collections.whm.mail.plugins.module_utils._errors import (
    NotEffective,
    NotTried,
    Refused,
    UnknownOutcome,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._plan import Call, Current, Plan, State

#: Reads of the state after the changes, before a server that said OK is called a liar: about four seconds in all.
_READ_BACKS = 5

#: Characters of a value in a message.
_BRIEF = 80

Read = Callable[[], Current]


@dataclass
class Progress:
    """How far a plan got.

    :param done: calls that worked, as the server said or the state shows.
    :param errors: identity to the first error of that item.
    :param stopped: the error that ended the run early; nothing more is sent after it.
    """

    done: list[Call] = field(default_factory=list)
    errors: dict[str, WhmError] = field(default_factory=dict)
    stopped: WhmError | None = None

    def fail(self, calls: Sequence[Call], error: WhmError) -> None:
        for call in calls:
            self.errors.setdefault(call.item, error)


def apply(client: Client, read: Read, plan: Plan, errors: dict[str, WhmError]) -> Progress:
    """Send a plan's calls in batches.

    :param read: the present state of the items.
    :param errors: items that could not be read; they stay failed.
    """
    progress = Progress(errors=dict(errors))
    for part in _parts(plan.calls, client.batch_size):
        if progress.stopped:
            progress.fail(
                part, NotTried(f"not tried after an earlier error ({progress.stopped.reason})", host=client.host)
            )
        else:
            _apply_part(client, read, part, progress)
    return progress


def _parts(calls: Sequence[Call], size: int) -> Iterator[list[Call]]:
    """The calls in order, in parts of at most ``size`` items: what belongs to one item travels together where it can."""
    part: list[Call] = []
    items: set[str] = set()
    for call in calls:
        if call.item not in items and len(items) == size:
            yield part
            part, items = [], set()
        part.append(call)
        items.add(call.item)
    if part:
        yield part


def _apply_part(client: Client, read: Read, part: Sequence[Call], progress: Progress) -> None:
    """Send one request's worth of calls. Tries count only while nothing is gained: a server that always answers half a
    batch gets there too."""
    pending, tries = part, 0
    while True:
        try:
            outcomes: list[Outcome] = client.one_batch(pending)
        except WhmError as exc:
            if not exc.outcome_unknown:
                progress.fail(pending, exc)
                progress.stopped = exc if exc.fatal else None
                return
            lost, unclear = exc, pending
        else:
            unclear = _note(client, pending, outcomes, progress)
            if not unclear:
                return
            lost = next(o for o in outcomes if isinstance(o, WhmError) and o.outcome_unknown)
        client.sleep(backoff(tries))
        again = _settle(client, read, unclear, lost, progress)
        if not again:
            return
        tries = 0 if len(again) < len(pending) else tries + 1
        pending = again
        if tries > client.retries:
            progress.fail(pending, lost)
            progress.stopped = lost  # a server that keeps failing is left alone
            return


def _note(client: Client, calls: Sequence[Call], outcomes: Sequence[Outcome], progress: Progress) -> list[Call]:
    """File the outcomes; return the calls that neither worked nor failed."""
    unclear = []
    for call, outcome in zip(calls, outcomes):
        if isinstance(outcome, WhmError):
            if outcome.outcome_unknown:
                unclear.append(call)
            else:
                progress.fail([call], outcome)
            continue
        reason = call.verdict(outcome) if call.verdict else None
        if reason is None:
            progress.done.append(call)
        else:
            reason = client.hidden(call, reason)
            progress.fail([call], Refused(reason, call.function, client.host, remedy=call.remedy))
    return unclear


def _settle(client: Client, read: Read, calls: Sequence[Call], lost: WhmError, progress: Progress) -> list[Call]:
    """Decide by the state which of these calls worked; return those to send again."""
    unknown = UnknownOutcome(
        f"the answer was lost ({lost.reason}) and the state does not tell whether the change was made",
        calls[0].function,
        client.host,
        lost.http_status,
        "Read the state before repeating the task.",
    )
    try:
        current = read()
    except WhmError as exc:
        progress.fail(calls, unknown)
        progress.stopped = exc
        return []
    again = []
    for call in calls:
        if call.shows_in(current):
            progress.done.append(call)
        elif _functions.resolve(call.function, call.params).repeat_safe:
            again.append(call)
        else:
            progress.fail([call], unknown)
    return again


def read_back(client: Client, read: Read, plan: Plan, progress: Progress) -> Current:
    """The state after the changes; calls that did not take effect move from done to errors.

    Allows for a server that needs a moment. After a run that was stopped nothing more is sent: the state is then the
    planned one for calls that the server confirmed, and the former one for the rest.
    """
    if progress.stopped:
        return _confirmed(plan, progress)
    current: Current = {}
    late: list[Call] = []
    for attempt in range(_READ_BACKS):
        if attempt:
            client.sleep(backoff(attempt - 1) / 2)
        try:
            current = read()
        except WhmError as exc:
            progress.fail([call for call in progress.done if call.effect], _unverified(exc))
            return _confirmed(plan, progress)
        late = [call for call in progress.done if call.effect and not call.shows_in(current)]
        if all(isinstance(current.get(call.item), WhmError) for call in late):
            break
    for call in late:
        state = current.get(call.item)
        progress.fail([call], state if isinstance(state, WhmError) else _without_effect(call, state, client.host))
    missing = {(call.function, call.item) for call in late}
    progress.done = [call for call in progress.done if (call.function, call.item) not in missing]
    return current


def _confirmed(plan: Plan, progress: Progress) -> Current:
    states: dict[str, dict[str, object]] = {identity: dict(state) for identity, state in plan.before.items()}
    for call in progress.done:
        if call.item in states:
            states[call.item].update({**call.effect, **call.unseen})
    return states


def _unverified(exc: WhmError) -> WhmError:
    return UnknownOutcome(
        f"the server confirmed the change, but reading it back failed ({exc.reason})",
        exc.function,
        exc.host,
        exc.http_status,
    )


def _without_effect(call: Call, state: State | None, host: str) -> WhmError:
    wanted = ", ".join(f"{name}: {_brief(value)}" for name, value in call.effect.items())
    found = ", ".join(f"{name}: {_brief((state or {}).get(name))}" for name in call.effect)
    return NotEffective(
        f"the server said OK, but its state did not change (wanted {wanted}, found {found})",
        call.function,
        host,
        remedy=call.remedy or "Look at the server's disk space and at the error log of cPanel.",
    )


def _brief(value: object) -> str:
    """A value of the state in a message: a DNS record would fill the screen."""
    text = str(value)
    return text if len(text) <= _BRIEF else text[:_BRIEF] + "…"
