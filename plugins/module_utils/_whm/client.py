# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls and batches on one server: retries, read-only guard, typed errors. Knows no Ansible and no resource."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Callable, TypeVar, Union
from urllib.parse import quote, urlencode

from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue
from ansible_collections.whm.mail.plugins.module_utils._whm.call import INDEXED, Call, Function, values_of
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import Fields
from ansible_collections.whm.mail.plugins.module_utils._whm.denial import access_denied
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer, decode, decode_document
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    Abandoned,
    AccessDenied,
    AuthenticationFailed,
    DeadlineReached,
    InvalidInput,
    ReadOnly,
    Refused,
    ServerError,
    UnexpectedAnswer,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.masking import forms, hide
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply, Transport

#: One element of a batch: its answer, or the error that it ended in.
Outcome = Union[Answer, WhmError]

_BACKOFF_SECONDS = 0.5
_BACKOFF_LIMIT = 30.0

_LOOK_UP = 0.5  # seconds; a signal that comes just before Python begins to wait is seen only when it looks up
_NAMED = 5  # functions that a message names before it only counts

#: A read for which a caller needs no privilege.
PROOF = "myprivs"

#: Name of the threads that have requests in flight beside others.
CREW = "whm.mail reads"

#: Of a thread that has requests in flight beside others: ``stop``, which ends them.
_crew = threading.local()

T = TypeVar("T")


def slices(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, in pieces of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def halves(items: Sequence[T]) -> list[Sequence[T]]:
    """The items in order, in two pieces."""
    middle = len(items) // 2
    return [items[:middle], items[middle:]]


def backoff(attempt: int, at_least: float = 0.0) -> float:
    """Seconds to wait before attempt ``attempt + 1``: doubling, with jitter, so that a fleet does not return in step.

    :param at_least: what the server asked for; longer than any pause of our own if need be.
    """
    wait: float = _BACKOFF_SECONDS * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 (nothing secret)
    return max(min(wait, _BACKOFF_LIMIT), at_least)


def pause_after(attempt: int, error: WhmError) -> float:
    """Seconds to wait after this error."""
    return backoff(attempt, (error.retry_after or 0.0) if isinstance(error, ServerError) else 0.0)


@dataclass
class Login:
    """What the server has said about one login; shared by the items of a loop.

    :param accepted: it was accepted at least once.
    :param answered: functions that were answered: a privilege for them is there, unless it was withdrawn.
    :param refused: what it was refused with; then nothing more is sent, because five bad logins lock an address out.
    :param lacking: functions that it has no privilege for, together or alone, with the server's answer.
    """

    accepted: bool = False
    answered: set[str] = field(default_factory=set)
    refused: AuthenticationFailed | AccessDenied | None = None
    lacking: dict[frozenset[str], AccessDenied] = field(default_factory=dict)

    def lacks(self, functions: frozenset[str]) -> AccessDenied | None:
        """What a call of these was refused with before: a batch is refused when one of its functions is."""
        return next((error for known, error in self.lacking.items() if known <= functions), None)


class Client:
    """One server.

    :param transport: how to reach it.
    :param read_only: refuse every function that the catalogue does not mark as a read.
    :param retries: how often a call that may be repeated is sent again after a lost connection or HTTP 5xx.
    :param batch_size: most calls in one ``batch``.
    :param concurrency: most requests in flight for reads that take several batches. Writes go one after another.
    :param username: who calls: root sees every account, others see their own.
    :param secrets: texts that must not appear in errors or warnings.
    :param deadline: seconds from now after which nothing more is sent.
    :param sleep: for tests, as is ``clock``.
    """

    def __init__(
        self,
        transport: Transport,
        read_only: bool = True,
        retries: int = 3,
        batch_size: int = 100,
        concurrency: int = 1,
        username: str = "root",
        secrets: Sequence[str] = (),
        deadline: float = 1800.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.retries = retries
        self.batch_size = batch_size
        self.concurrency = concurrency
        self.username = username
        self.sleep = sleep
        self.warnings: list[str] = []
        #: Whether anybody still waits for the result; asked before each request.
        self.wanted: Callable[[], bool] = lambda: True
        self.login = Login()
        #: Functions that were refused as such to who reads many things (:mod:`isolate`), and whether it had a sensible answer.
        self.refused_functions: dict[str, WhmError] = {}
        self.makes_sense = False
        self._read_only = read_only
        self._transport = transport
        self._deadline = deadline
        self._clock = clock
        self._end = clock() + deadline
        self._given_secrets = secrets

    @cached_property
    def _secrets(self) -> list[str]:
        return [form for secret in self._given_secrets for form in forms(secret)]

    @property
    def host(self) -> str:
        """The server, as errors name it."""
        return self._transport.host

    @property
    def read_only(self) -> bool:
        return self._read_only

    def close(self) -> None:
        self._transport.close()

    def pause(self, seconds: float) -> bool:
        """Wait.

        :returns: False, at once, when the time that the task may take would be over by then.
        """
        if self._clock() + seconds >= self._end:
            return False
        self.sleep(seconds)
        return True

    def out_of_time(self, function: str | None = None) -> DeadlineReached:
        return DeadlineReached(
            f"nothing more was sent, because the task may take {self._deadline:g} seconds (api_deadline)",
            function,
            self.host,
            remedy="Run the task again for the rest, or raise api_deadline.",
        )

    def call(self, function: str, /, **params: Any) -> Answer:
        """Call one function.

        :param params: values are text, numbers, booleans (sent as 1/0) or lists for parameters that repeat; None is left out.
        :raises WhmError: see :mod:`_errors`. A write is sent once unless it certainly did not arrive; when its answer is
            lost the error's ``outcome_unknown`` is true and the caller decides by reading the state.
        """
        row = catalogue.resolve(function, params)
        if row.writes and self._read_only:
            raise ReadOnly(
                "refused to send a function that writes, or that is not known to be a read, in check mode or from a module that only reads",
                function,
                self.host,
            )
        unbounded = catalogue.unbounded(function, params)
        if unbounded:
            raise InvalidInput(unbounded, function, self.host)
        answer = self._heard(Call(function, params), lambda: self._exchange(row, params))
        self.login.answered.add(function)
        return answer

    def _heard(self, call: Call, ask: Callable[[], Answer]) -> Answer:
        """The answer. What the server says beside it is told; in that, and in what is raised, is no secret of the call."""
        try:
            answer = ask()
        except WhmError as exc:
            exc.host = self.host
            if exc.function in (None, call.function):
                exc.function = catalogue.refusing(call.function, call.params, exc)
            exc.reason = self.hidden(call, exc.reason)
            self._note(call, exc.warnings)
            raise
        self._note(call, answer.warnings)
        return answer

    def batch(self, calls: Sequence[Call], size: int | None = None) -> list[Outcome]:
        """Run many calls in as few requests as possible; outcomes in the order of the calls.

        :param size: most calls in one request, where each takes the server long; the client's batch size otherwise.
        :raises WhmError: a whole request failed. A call that failed by itself is an error in the list instead.
        """
        parts = list(slices(calls, min(size or self.batch_size, self.batch_size)))
        if self.concurrency == 1 or len(parts) < 3 or write_in(calls):
            return [outcome for part in parts for outcome in self.one_batch(part)]
        # The first goes alone: were the credentials bad, each request in flight would count as a bad login.
        first = self.one_batch(parts[0])
        return [*first, *self._side_by_side(parts[1:])]

    def _side_by_side(self, parts: Sequence[Sequence[Call]]) -> Iterator[Outcome]:
        """Several requests in flight. After the first one that fails no other is begun, and none is waited for.

        Nor are they when the task itself is interrupted: what has been sent by then is answered to nobody.
        """
        stop, turn = threading.Event(), iter(enumerate(parts))
        lock = threading.Lock()
        done: queue.SimpleQueue[tuple[int, list[Outcome] | BaseException]] = queue.SimpleQueue()

        def work() -> None:
            _crew.stop = stop
            while not stop.is_set():
                with lock:
                    number, part = next(turn, (None, ()))
                if number is None:
                    return
                try:
                    done.put((number, self.one_batch(part)))
                except BaseException as exc:
                    stop.set()
                    done.put((number, exc))

        try:
            for _thread in range(min(self.concurrency, len(parts))):
                # daemons: nobody waits for them, not even Python when it ends
                threading.Thread(target=work, name=CREW, daemon=True).start()
            found: dict[int, list[Outcome]] = {}
            while len(found) < len(parts):
                with suppress(queue.Empty):
                    number, outcomes = done.get(timeout=_LOOK_UP)
                    if isinstance(outcomes, BaseException):
                        raise outcomes
                    found[number] = outcomes
        finally:
            stop.set()
        for _number, outcomes in sorted(found.items()):
            yield from outcomes

    def hidden(self, call: Call, text: str) -> str:
        """A text that the server said about a call, without the call's secrets."""
        values = catalogue.secret_values(call.function, call.params)
        return hide(text, [*self._secrets, *(form for value in values for form in forms(value))])

    def one_batch(self, calls: Sequence[Call]) -> list[Outcome]:
        """Like :meth:`batch`, in a single request however many calls there are."""
        if len(calls) == 1:
            return [self._single(calls[0])]
        data: Any
        try:
            data = self.call("batch", command=[_command(call) for call in calls]).data
        except Refused as exc:  # some servers may pass an element's failure on to the whole
            data = exc.data
            if not _has_results(data):
                if len({call.function for call in calls}) == 1:
                    exc.function = calls[0].function
                raise
        results = data["result"] if _has_results(data) else []
        if len(results) != len(calls):
            return self._halves(calls, len(results))
        self.login.answered.update(call.function for call in calls)
        return [self._element(call, document) for call, document in zip(calls, results)]

    def _single(self, call: Call) -> Outcome:
        """The outcome of a call that travels alone: what fails it as an element of a batch is its own failure here, too."""
        try:
            return self.call(call.function, **call.params)
        except (Refused, UnexpectedAnswer) as exc:
            if exc.fatal or exc.retryable:  # the server as a whole, and not what it says of this item
                raise
            return exc

    def _halves(self, calls: Sequence[Call], answered: int) -> list[Outcome]:
        """Results are missing, and nothing tells which. Reads are asked again in smaller batches; a write's caller looks
        at the state."""
        if write_in(calls):
            raise UnexpectedAnswer(
                f"the batch of {len(calls)} calls was answered with {answered} results", "batch", self.host
            )
        return [outcome for half in halves(calls) for outcome in self.one_batch(half)]

    def _element(self, call: Call, document: Any) -> Outcome:
        try:
            return self._heard(call, lambda: decode_document(call.function, document, 200))
        except WhmError as exc:
            return exc

    def confirm(self) -> None:
        """After :class:`AccessDenied`: show that the login is good all the same, by a call that needs no privilege.

        Then other functions can be called; those that were denied are not sent again.

        :raises AuthenticationFailed: the login is refused altogether.
        """
        denied = self.login.refused
        if not isinstance(denied, AccessDenied):
            return
        self.login.refused, self.login.accepted = None, False
        try:
            with suppress(Refused):  # an answer for all that
                self.call(PROOF)
        except WhmError:
            self.login.refused = self.login.refused or denied
            raise
        denied.fatal = False

    def _exchange(self, row: Function, params: Mapping[str, Any]) -> Answer:
        pairs, attempt = encode(row, params), 0
        while True:
            self._check_leave(row.name, params)
            if row.writes and not row.repeat_safe:
                # A kept connection that the server closes just now could not be told from a lost answer.
                self._transport.close()
            try:
                reply: Reply = self._transport.send(row.name, pairs, bool(row.secrets))
                answer = decode(row.name, reply.status, reply.headers, reply.body)
            except WhmError as exc:
                error = self._judged(exc, row.name, params)
            else:
                self.login.accepted = True
                return answer
            may_repeat = error.retryable and not (row.writes and error.outcome_unknown)
            if not may_repeat or attempt >= self.retries:
                raise error
            if not self.pause(pause_after(attempt, error)):
                error.reason += (
                    f"; it was not tried again, because that would pass api_deadline ({self._deadline:g} seconds)"
                )
                raise error
            attempt += 1

    def _judged(self, exc: WhmError, function: str, params: Mapping[str, Any]) -> WhmError:
        """Remember what an error says of the login. One that was accepted before is good; where several requests are in flight
        that is no proof, because it could have been withdrawn for all of them."""
        if isinstance(exc, Refused):
            self.login.accepted = True
        if not isinstance(exc, (AuthenticationFailed, AccessDenied)):
            return exc
        functions = catalogue.carried(function, params)
        if isinstance(exc, AuthenticationFailed):
            alone = getattr(_crew, "stop", None) is None
            withdrawn = functions <= self.login.answered
            if withdrawn or not (exc.by_whm and exc.http_status == 403 and self.login.accepted and alone):
                self.login.refused = exc
                return exc
            exc = access_denied(_enumerated(functions), "it had accepted the login before")
        self.login.refused = self.login.lacking[functions] = exc
        return exc

    def _check_leave(self, function: str, params: Mapping[str, Any]) -> None:
        """Whether anything may be sent at all."""
        crew = getattr(_crew, "stop", None)
        if crew and crew.is_set():
            raise Abandoned("nothing more was sent, because an earlier request had ended the task", function)
        if not self.wanted():
            raise Abandoned("nothing more was sent, because the Ansible that had asked for it is gone", function)
        login = self.login
        refused = login.refused or (login.lacks(catalogue.carried(function, params)) if login.lacking else None)
        if refused:
            error = type(refused)(
                f"not sent, because the server had refused access before: {refused.reason}",
                function,
                http_status=refused.http_status,
                remedy=refused.remedy,
            )
            error.fatal = refused.fatal
            raise error
        if self._clock() >= self._end:
            raise self.out_of_time(function)

    def _note(self, call: Call, texts: Sequence[str]) -> None:
        for text in texts:
            self.warn(self.hidden(call, text))

    def tell(self, fields: Fields) -> None:
        """Name the fields that could not be understood."""
        for text in fields.warnings():
            self.warn(text)

    def warn(self, text: str) -> None:
        """Tell the task something that is no error, once however often it comes up."""
        warning = f"{self.host}: {text}"
        if warning not in self.warnings:
            self.warnings.append(warning)


def write_in(calls: Sequence[Call]) -> bool:
    return any(catalogue.resolve(call.function, call.params).writes for call in calls)


def _enumerated(functions: frozenset[str]) -> str:
    """Functions in a message."""
    names = sorted(functions)
    if len(names) == 1:
        return names[0]
    more = " and %d more" % (len(names) - _NAMED) if len(names) > _NAMED else ""
    return "one of " + ", ".join(names[:_NAMED]) + more


def _has_results(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("result"), list)


def encode(row: Function, params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Parameters as WHM wants them: booleans 1/0, None left out, lists repeated in the form the function documents."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        indexed = row.repeats.get(name) == INDEXED
        for number, item in enumerate(values_of(value)):
            if item is None:
                continue
            key = "%s-%d" % (name, number) if indexed and number else name
            text = str(int(item) if isinstance(item, bool) else item)
            pairs.append((_sendable(row, name, key), _sendable(row, name, text)))
    return pairs


def _sendable(row: Function, name: str, text: str) -> str:
    """The text, unless it holds half of a character, which JSON and YAML can carry and no request can."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        shown = name.encode("utf-8", "replace").decode("utf-8")
        raise InvalidInput(
            f"{shown} of {row.name} holds half of a character (a lone surrogate), which cannot be sent; correct the text."
        ) from None
    return text


def _command(call: Call) -> str:
    """``function?query`` for ``batch``; the query is encoded here and once more with the whole request."""
    pairs = encode(catalogue.resolve(call.function, call.params), call.params)
    return "{}?{}".format(call.function, urlencode(pairs, quote_via=quote, safe="")) if pairs else call.function
