# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carry out a plan and note what came of each step. What that means for the items is for :mod:`judge` to say.

A write whose answer was lost is settled by reading the state: what shows there was done, what does not is sent again,
and only if the catalogue says that repeating it is safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Union

from ansible_collections.whm.mail.plugins.module_utils._state.look import Look, Read, look
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Plan, State, Step
from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, halves, pause_after
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    AccessDenied,
    AuthenticationFailed,
    NotFound,
    NotTried,
    Refused,
    UnexpectedAnswer,
    UnknownOutcome,
    Unsupported,
    WhmError,
)

_READ_FIRST = "Read the state before repeating the task."


@dataclass(frozen=True)
class Done:
    """The step worked, as the server said or the state shows.

    :param doubt: what the server complained of all the same; the state decides.
    :param former: fields that no function reads, as the answer says that they were before; None where it does not tell.
    """

    doubt: WhmError | None = None
    former: State | None = None


#: The usual outcome.
WORKED = Done()

#: What came of a step. Errors that are no refusals: NotTried, UnknownOutcome.
Outcome = Union[Done, WhmError]


@dataclass(frozen=True)
class Applied:
    """:param stopped: the error after which nothing more was sent."""

    outcomes: Mapping[Step, Outcome]
    stopped: WhmError | None = None


def apply(client: Client, read: Read, plan: Plan) -> Applied:
    """Send a plan's steps in batches.

    :param read: the present state of the items.
    """
    sender = _Sender(client, read)
    for part in _parts(plan.steps, client.batch_size):
        if sender.stopped:
            sender.note(part, NotTried(f"not tried after an earlier error ({sender.stopped.reason})", host=client.host))
        else:
            sender.send_part(part)
    return Applied(sender.outcomes, sender.stopped)


def _parts(steps: Sequence[Step], size: int) -> Iterator[list[Step]]:
    """The steps in order, in parts of at most ``size`` items: what belongs to one item travels together where it can."""
    part: list[Step] = []
    items: set[str] = set()
    for step in steps:
        if step.item not in items and len(items) == size:
            yield part
            part, items = [], set()
        part.append(step)
        items.add(step.item)
    if part:
        yield part


class _Sender:
    """Sends steps and keeps what came of them; nobody else writes into it."""

    def __init__(self, client: Client, read: Read) -> None:
        self.outcomes: dict[Step, Outcome] = {}
        self.stopped: WhmError | None = None
        self._client = client
        self._read = read
        #: Steps that were sent before, with an open outcome.
        self._sent_before: set[Step] = set()

    def note(self, steps: Sequence[Step], outcome: Outcome) -> None:
        self.outcomes.update(dict.fromkeys(steps, outcome))

    def send_part(self, part: Sequence[Step], answered: bool = False) -> None:
        """Send one request's worth of steps. Tries count only while nothing is gained: a server that always answers half a
        batch gets there too.

        :param answered: the server gave usable answers to other steps of the same request.
        """
        pending, tries = part, 0
        while True:
            lost, unclear = self._send(pending)
            if lost is None:
                return
            again = self._settle(unclear, lost, pause_after(tries, lost))
            if not again:
                return
            self._sent_before.update(again)
            gained = len(again) < len(pending)
            answered = answered or gained
            if not gained and tries and len(again) > 1 and lost.kind == UnexpectedAnswer.kind:
                self._in_halves(again, lost, answered)
                return
            tries = 0 if gained else tries + 1
            pending = again
            if tries > self._client.retries:
                self._give_up(pending, lost, answered)
                return

    def _in_halves(self, steps: Sequence[Step], lost: WhmError, answered: bool) -> None:
        """A server that cannot answer a batch of this size may answer smaller ones, at last a single call.

        What is left over when it cannot was tried all the same: the state did not show it, where a state can.
        """
        for part in halves(steps):
            if not self.stopped:
                self.send_part(part, answered)
                continue
            for step in part:
                self.note([step], lost if step.visible else self._unknown(step, lost))

    def _send(self, steps: Sequence[Step], apart: bool = False) -> tuple[WhmError | None, Sequence[Step]]:
        """Send these steps once. Where one of several that travelled as one call may be why it was refused, each is sent alone.

        :returns: why it is not known what became of some of them, and these.
        """
        groups = [[step] for step in steps] if apart else _groups(steps)
        try:
            answers = self._client.one_batch([_joined(group) for group in groups])
        except WhmError as exc:
            if exc.outcome_unknown:
                return exc, steps
            self.note(steps, exc)
            self.stopped = exc if exc.fatal else None
            return None, []
        unclear: list[tuple[Step, WhmError]] = []
        refused: list[Step] = []
        for group, answer in zip(groups, answers):
            if len(group) > 1 and _may_be_of_one(answer):
                refused += group
                continue
            for step in group:
                outcome = self._refused(step, answer) if isinstance(answer, WhmError) else self._heard(step, answer)
                if isinstance(outcome, WhmError) and outcome.outcome_unknown:
                    unclear.append((step, outcome))
                else:
                    self.outcomes[step] = outcome
        lost, rest = self._send(refused, apart=True) if refused else (None, [])
        return (unclear[0][1] if unclear else lost), [*(step for step, _error in unclear), *rest]

    def _heard(self, step: Step, answer: Answer) -> Outcome:
        """What the step's own verdict makes of the answer."""
        client, function = self._client, step.call.function
        if not step.verdict:
            return WORKED
        verdict = step.verdict(answer)
        for remark in verdict.remarks:
            client.warn(f"{function}: {client.hidden(step.call, remark)}")
        if verdict.unclear and not verdict.refused:
            return UnexpectedAnswer(client.hidden(step.call, verdict.unclear), function, client.host)
        reason = verdict.refused or verdict.doubt
        if not reason:
            return WORKED if verdict.former is None else Done(former=self._believed(step, verdict.former))
        error = Refused(client.hidden(step.call, reason), function, client.host, remedy=step.remedy)
        return error if verdict.refused or not step.visible else Done(doubt=error)

    def _refused(self, step: Step, error: WhmError) -> Outcome:
        """A function that fails as a whole when one of its parts does says inside which one, and why."""
        if not step.verdict or not isinstance(error, Refused) or error.kind != Refused.kind or not error.data:
            return error
        verdict = step.verdict(Answer(error.data))
        reason = verdict.refused or verdict.doubt
        if reason:
            error.reason = self._client.hidden(step.call, reason)
            error.remedy = error.remedy or step.remedy
        return Done(doubt=error) if verdict.doubt and not verdict.refused and step.visible else error

    def _believed(self, step: Step, former: State) -> State | None:
        """What the answer tells of the time before; but of a call that was sent before, whose answer was lost, that one may have
        made it so."""
        return None if step in self._sent_before and former == step.effect.fields else former

    def _settle(self, steps: Sequence[Step], lost: WhmError, pause: float) -> list[Step]:
        """Decide by the state which of these steps worked; return those to send again.

        What may be sent again is, as soon as the state does not show it. For the rest the state is all there is to know, so it
        is given the time that reading back would give it.
        """
        once = [step for step in steps if step.visible and not _repeatable(step)]
        seen = (
            look(self._client, self._read, once)
            if self._client.pause(pause)
            else Look(failure=self._client.out_of_time())
        )
        self.stopped = seen.failure  # what was seen before it holds all the same
        again = []
        for place, step in enumerate(steps):
            if step.shows_in(seen.current) or _led_to(step, steps[place + 1 :], seen):
                self.note([step], WORKED)
            elif _repeatable(step) and not seen.failure:
                again.append(step)
            else:
                self.note([step], self._unknown(step, lost, seen.failure))
        return again

    def _give_up(self, steps: Sequence[Step], lost: WhmError, answered: bool) -> None:
        """A server that keeps failing is left alone; one that answers other calls is not. What it may have done all the same is
        looked at a last time; what cannot be seen is unknown."""
        visible = [step for step in steps if step.visible]
        seen = look(self._client, self._read, visible) if visible else Look()
        self.stopped = seen.failure or (None if answered else lost)
        for step in steps:
            state = seen.current.get(step.item)
            if step.shows_in(seen.current):
                self.note([step], WORKED)
            elif isinstance(state, NotFound):
                self.note([step], state)
            else:
                told = step.visible and state is not None and not isinstance(state, WhmError) and not seen.failure
                self.note([step], lost if told else self._unknown(step, lost, seen.failure))

    def _unknown(self, step: Step, lost: WhmError, failure: WhmError | None = None) -> WhmError:
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
        return UnknownOutcome(reason, step.call.function, self._client.host, status, before_repeating(failure))


def _groups(steps: Sequence[Step]) -> list[list[Step]]:
    """The steps in order, those that may travel as one call together."""
    groups: list[list[Step]] = []
    for step in steps:
        if groups and _mates(groups[-1][-1], step):
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups


def _mates(one: Step, other: Step) -> bool:
    """Whether they differ in nothing but the value of the parameter that takes a list. What must not be repeated stays alone."""
    if not one.joins or (one.call.function, one.joins) != (other.call.function, other.joins):
        return False
    same = {**one.call.params, one.joins: ""} == {**other.call.params, one.joins: ""}
    return same and _repeatable(one)


def _joined(group: Sequence[Step]) -> Call:
    call, name = group[0].call, group[0].joins
    if len(group) == 1:
        return call
    return Call(call.function, {**call.params, name: [step.call.params[name] for step in group]})


def _may_be_of_one(answer: Answer | WhmError) -> bool:
    """Whether a single value of a list may be why the whole was refused: not where the function or the login is."""
    return isinstance(answer, Refused) and not isinstance(answer, (AccessDenied, Unsupported))


def _led_to(step: Step, later: Sequence[Step], seen: Look) -> bool:
    """A step that shows nowhere was carried out when a later one for the same item shows: the server keeps their order."""
    return not step.changes and any(other.item == step.item and other.shows_in(seen.current) for other in later)


def _repeatable(step: Step) -> bool:
    return catalogue.resolve(step.call.function, step.call.params).repeat_safe


def before_repeating(failure: WhmError | None) -> str:
    """What to do after an open outcome. Whoever repeats the task after a refused login is refused once more, until the address is
    locked out."""
    login = failure.remedy if isinstance(failure, (AccessDenied, AuthenticationFailed)) else None
    return f"{login} {_READ_FIRST}" if login else _READ_FIRST
