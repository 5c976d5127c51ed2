# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carry out a plan and find out what really happened.

A write whose answer was lost is settled by reading the state: what shows there was done, what does not is sent again,
and only if the catalogue says that repeating it is safe.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Callable

from ansible_collections.whm.mail.plugins.module_utils import _functions
from ansible_collections.whm.mail.plugins.module_utils._client import Client, Outcome, pause_after
from ansible_collections.whm.mail.plugins.module_utils._envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._errors import (
    AccessDenied,
    AuthenticationFailed,
    NotEffective,
    NotFound,
    NotTried,
    Refused,
    UnexpectedAnswer,
    UnknownOutcome,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._plan import Call, Current, Plan, State, Verdict

#: Seconds between reads of the state after changes, before a server that said OK is called a liar: between four and six in
#: all, because each is made up to half as long again, so that a fleet does not read in step.
_PAUSES = (0.25, 0.5, 1.25, 2.0)

#: Characters of a value in a message.
_BRIEF = 80

Read = Callable[[], Current]
Agrees = Callable[[Call, Current], bool]

_READ_FIRST = "Read the state before repeating the task."


@dataclass
class Progress:
    """How far a plan got.

    :param done: calls that worked, as the server said or the state shows.
    :param errors: identity to the first error of that item.
    :param doubts: function and item of calls that worked, to what the server complained of all the same.
    :param stopped: the error that ended the run early; nothing more is sent after it.
    """

    done: list[Call] = field(default_factory=list)
    errors: dict[str, WhmError] = field(default_factory=dict)
    doubts: dict[tuple[str, str], WhmError] = field(default_factory=dict)
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
            progress.fail(part, _not_tried(progress.stopped, client.host))
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


def _apply_part(client: Client, read: Read, part: Sequence[Call], progress: Progress, answered: bool = False) -> None:
    """Send one request's worth of calls. Tries count only while nothing is gained: a server that always answers half a
    batch gets there too.

    :param answered: the server gave usable answers to other calls of the same request.
    """
    pending, tries = part, 0
    while True:
        lost, unclear = _send(client, pending, progress)
        if lost is None:
            return
        again = _settle(client, read, unclear, lost, progress, pause_after(tries, lost))
        if not again:
            return
        gained = len(again) < len(pending)
        answered = answered or gained
        if not gained and tries and len(again) > 1 and lost.kind == UnexpectedAnswer.kind:
            _in_halves(client, read, again, lost, progress, answered)
            return
        tries = 0 if gained else tries + 1
        pending = again
        if tries > client.retries:
            _give_up(client, read, pending, lost, progress, answered)
            return


def _in_halves(
    client: Client, read: Read, calls: Sequence[Call], lost: WhmError, progress: Progress, answered: bool
) -> None:
    """A server that cannot answer a batch of this size may answer smaller ones, at last a single call.

    What is left over when it cannot was tried all the same: the state did not show it, where a state can.
    """
    middle = len(calls) // 2
    for part in (calls[:middle], calls[middle:]):
        if progress.stopped:
            for call in part:
                progress.fail([call], lost if call.effect else _unknown(call, lost, client.host))
        else:
            _apply_part(client, read, part, progress, answered)


def _not_tried(stopped: WhmError, host: str) -> WhmError:
    return NotTried(f"not tried after an earlier error ({stopped.reason})", host=host)


def _send(client: Client, calls: Sequence[Call], progress: Progress) -> tuple[WhmError | None, Sequence[Call]]:
    """Send these calls once.

    :returns: why it is not known what became of some of them, and these.
    """
    try:
        outcomes: list[Outcome] = client.one_batch(calls)
    except WhmError as exc:
        if exc.outcome_unknown:
            return exc, calls
        progress.fail(calls, exc)
        progress.stopped = exc if exc.fatal else None
        return None, []
    unclear = _note(client, calls, outcomes, progress)
    return (unclear[0][1] if unclear else None), [call for call, _error in unclear]


def _note(
    client: Client, calls: Sequence[Call], outcomes: Sequence[Outcome], progress: Progress
) -> list[tuple[Call, WhmError]]:
    """File the outcomes; return the calls that neither worked nor failed, and why that is not known."""
    unclear: list[tuple[Call, WhmError]] = []
    for call, outcome in zip(calls, outcomes):
        error = outcome if isinstance(outcome, WhmError) else _judge(client, call, outcome, progress)
        if error is None:
            progress.done.append(call)
        elif error.outcome_unknown:
            unclear.append((call, error))
        else:
            progress.fail([call], error)
    return unclear


def _judge(client: Client, call: Call, answer: Answer, progress: Progress) -> WhmError | None:
    """What the call's own verdict makes of the answer; None when it worked, maybe with a complaint that the state decides."""
    verdict = call.verdict(answer) if call.verdict else Verdict()
    for remark in verdict.remarks:
        client.warn(f"{call.function}: {client.hidden(call, remark)}")
    if verdict.unclear and not verdict.refused:
        return UnexpectedAnswer(client.hidden(call, verdict.unclear), call.function, client.host)
    reason = verdict.refused or verdict.doubt
    if not reason:
        return None
    error = Refused(client.hidden(call, reason), call.function, client.host, remedy=call.remedy)
    if verdict.refused or not call.effect:
        return error
    progress.doubts[call.function, call.item] = error
    return None


def _settle(
    client: Client, read: Read, calls: Sequence[Call], lost: WhmError, progress: Progress, pause: float
) -> list[Call]:
    """Decide by the state which of these calls worked; return those to send again.

    What may be sent again is, as soon as the state does not show it. For the rest the state is all there is to know, so it is
    given the time that reading back would give it.
    """
    once = [call for call in calls if call.effect and not _repeatable(call)]
    look = _look(client, read, once) if client.pause(pause) else Look(failure=client.out_of_time())
    progress.stopped = look.failure  # what was seen before it holds all the same
    again = []
    for place, call in enumerate(calls):
        if call.shows_in(look.current) or _led_to(call, calls[place + 1 :], look.current):
            progress.done.append(call)
        elif _repeatable(call) and not look.failure:
            again.append(call)
        else:
            progress.fail([call], _unknown(call, lost, client.host, look.failure))
    return again


def _led_to(call: Call, later: Sequence[Call], current: Current) -> bool:
    """A call that shows nowhere was carried out when a later one for the same item shows: the server keeps their order."""
    return not call.changes and any(other.item == call.item and other.shows_in(current) for other in later)


def _give_up(
    client: Client, read: Read, calls: Sequence[Call], lost: WhmError, progress: Progress, answered: bool
) -> None:
    """A server that keeps failing is left alone; one that answers other calls is not. What it may have done all the same is
    looked at a last time; what cannot be seen is unknown."""
    visible = [call for call in calls if call.effect]
    look = _look(client, read, visible) if visible else Look()
    progress.stopped = look.failure or (None if answered else lost)
    for call in calls:
        state = look.current.get(call.item)
        if call.shows_in(look.current):
            progress.done.append(call)
        elif isinstance(state, NotFound):
            progress.fail([call], state)
        else:
            known = call.effect and state is not None and not isinstance(state, WhmError) and not look.failure
            progress.fail([call], lost if known else _unknown(call, lost, client.host, look.failure))


def _repeatable(call: Call) -> bool:
    return _functions.resolve(call.function, call.params).repeat_safe


def _unknown(call: Call, lost: WhmError, host: str, failure: WhmError | None = None) -> WhmError:
    """
    :param failure: why the state, which would have told, could not be read.
    """
    told = "the answer does not tell" if lost.kind == UnexpectedAnswer.kind else "the answer was lost"
    why = "the state does not tell whether the change was made"
    if failure:
        where = f"{failure.function}: " if failure.function else ""
        why = f"the state could not be read to settle whether the change was made ({where}{failure.reason.rstrip('.')})"
    status = failure.http_status if failure else lost.http_status
    reason = f"{told} ({lost.reason.rstrip('.')}), and {why}"
    return UnknownOutcome(reason, call.function, host, status, _before_repeating(failure))


def _before_repeating(failure: WhmError | None) -> str:
    """Whoever repeats the task after a refused login is refused once more, until the address is locked out."""
    login = failure.remedy if isinstance(failure, (AccessDenied, AuthenticationFailed)) else None
    return f"{login} {_READ_FIRST}" if login else _READ_FIRST


@dataclass
class Look:
    """What looking at the state after changes found.

    :param current: the state as last read; empty when it never was.
    :param late: the calls that do not show in it.
    :param failure: why it could not be looked at, or not long enough.
    """

    current: Current = field(default_factory=dict)
    late: list[Call] = field(default_factory=list)
    failure: WhmError | None = None


def _look(client: Client, read: Read, calls: Sequence[Call], agrees: Agrees = Call.shows_in) -> Look:
    """Read the state until these calls show in it, or for as long as a server may need a moment.

    An answer that cannot be read is no reason to stop looking; one that the client has already tried again is.

    :param agrees: what counts as showing.
    """
    look = Look(late=list(calls))
    for pause in (0.0, *_PAUSES):
        if pause and not client.pause(pause * random.uniform(1.0, 1.5)):  # noqa: S311 (nothing secret)
            look.failure = client.out_of_time()
            break
        try:
            look.current, look.failure = read(), None
        except WhmError as exc:
            look.failure = exc
            if _stays(exc):
                break
            continue
        look.late = [call for call in calls if not agrees(call, look.current)]
        if all(_stays(look.current.get(call.item)) for call in look.late):
            break
    return look


def _stays(state: State | WhmError | None) -> bool:
    """An error that reading once more does not mend. One answer that makes no sense says nothing about the next."""
    return isinstance(state, WhmError) and (state.fatal or state.retryable or not state.outcome_unknown)


def read_back(client: Client, read: Read, plan: Plan, progress: Progress) -> Current:
    """The state after the changes; calls that did not take effect move from done to errors.

    Allows for a server that needs a moment. After a run that was stopped, what the server confirmed before is read back
    too, if that is possible still (it is not after a refused login, nor when the time is over); else the state is the
    planned one for calls that the server confirmed, and the former one for the rest.
    """
    confirmed = _confirmed(plan, progress)
    visible = [call for call in progress.done if call.effect]
    if progress.stopped and not visible:
        return confirmed

    def agrees(call: Call, current: Current) -> bool:
        return call.shows_in(current) if (call.function, call.item) in progress.doubts else call.stands_in(current)

    look = _look(client, read, visible, agrees)
    if progress.stopped and not look.current:
        client.warn(
            "the server confirmed the changes of %d items and could not be read again; its word is taken for them"
            % len({call.item for call in visible})
        )
        for key, error in progress.doubts.items():
            progress.fail([call for call in visible if (call.function, call.item) == key], error)
        return confirmed
    final = {**confirmed, **look.current}
    without = {
        (call.function, call.item) for call in look.late if _not_done(client, call, look, progress, confirmed, final)
    }
    progress.done = [call for call in progress.done if (call.function, call.item) not in without]
    for (function, item), error in progress.doubts.items():
        if item not in progress.errors:
            client.warn(f"{function}: {error.reason}")
    return final


def _not_done(
    client: Client, call: Call, look: Look, progress: Progress, confirmed: Current, final: dict[str, State | WhmError]
) -> bool:
    """File why a call's effect does not show; whether that means that it did not work, and not only that nobody can see it."""
    error = _unreadable(call.item, look)
    if error and not isinstance(error, NotFound):
        progress.fail([call], _unverified(call, error, client.host))
        final[call.item] = confirmed.get(call.item, {})
        return False
    doubt = progress.doubts.get((call.function, call.item))
    progress.fail([call], error or doubt or _without_effect(call, look.current.get(call.item), client.host))
    return True


def _unreadable(item: str, look: Look) -> WhmError | None:
    """Why the item's state cannot be read; where its name has two parts (address, mailbox) the first may stand for it."""
    for identity in (item, item.partition(" ")[0]):
        state = look.current.get(identity)
        if isinstance(state, WhmError):
            return state
    if item in look.current or look.failure:
        return look.failure
    return UnexpectedAnswer("what was read does not mention it")


def _confirmed(plan: Plan, progress: Progress) -> dict[str, State | WhmError]:
    """The states as far as the server's answers tell: what nobody knows stands as its error, and not as it was before."""
    states: dict[str, dict[str, object]] = {identity: dict(state) for identity, state in plan.before.items()}
    unknown = {item: error for item, error in progress.errors.items() if isinstance(error, UnknownOutcome)}
    counted = [call for call in plan.calls if call.happened and call.item in unknown]
    for call in [*progress.done, *counted]:
        if call.item in states:
            states[call.item].update({**call.effect, **call.unseen})
    for call in counted:
        unknown.pop(call.item, None)  # its null says so
    return {**states, **{item: unknown[item] for item in states if item in unknown}}


def _unverified(call: Call, exc: WhmError, host: str) -> WhmError:
    return UnknownOutcome(
        f"the server confirmed the change, but reading it back failed ({exc.reason.rstrip('.')})",
        exc.function or call.function,
        host,
        exc.http_status,
        _before_repeating(exc),
    )


def _without_effect(call: Call, state: State | WhmError | None, host: str) -> WhmError:
    return NotEffective(
        f"the server said OK, but seconds later its state is not the wanted one ({_difference(call, state)})",
        call.function,
        host,
        remedy=call.remedy
        or "Look at the server's disk space and at the error log of cPanel, and whether somebody else changes it back.",
    )


def undone(call: Call, state: State | WhmError | None, host: str) -> WhmError:
    """The error of an item that was as wanted when the task began, and is not any more.

    :param call: what would have to be asked of it now.
    """
    return NotEffective(
        f"it was as wanted and somebody else changed it during the task ({_difference(call, state)})",
        host=host,
        remedy="Find out who, and run the task again.",
    )


def _difference(call: Call, state: State | WhmError | None) -> str:
    known = {} if state is None or isinstance(state, WhmError) else state
    wanted = ", ".join(f"{name}: {_brief(value)}" for name, value in call.effect.items())
    found = ", ".join(f"{name}: {_brief(known.get(name))}" for name in call.effect)
    return f"wanted {wanted}, found {found}"


def _brief(value: object) -> str:
    """A value of the state in a message: a DNS record would fill the screen."""
    text = str(value)
    return text if len(text) <= _BRIEF else text[:_BRIEF] + "…"
