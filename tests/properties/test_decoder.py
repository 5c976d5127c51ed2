# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decoder on damaged answers: one of our errors, or what the answer says; never a success that it does not say.

``oracle`` judges. A few thousand cases here, more than 100,000 with ``make fuzz``, which says how to repeat a failure.
"""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer, decode
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import Refused, WhmError
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from hypothesis import given
from hypothesis import strategies as st

from . import answers, oracle
from .profiles import cases, count

STATUSES = st.sampled_from([200] * 9 + [201, 307, 401, 403, 404, 429, 500, 503])
CALLS = [Call(function, dict(parse_qsl(query))) for function, query in answers.BATCH]


def judge(function: str, status: int, body: bytes) -> None:
    """Whatever the decoder makes of it is what the oracle reads in it."""
    count()
    says = oracle.read(function, status, body)
    try:
        outcome: Answer | WhmError = decode(function, status, {}, body)
    except WhmError as exc:
        outcome = exc
    check(outcome, says, status)


def check(outcome: Answer | WhmError, says: oracle.Reading, status: int = 200) -> None:
    if isinstance(outcome, Answer):
        assert says.verdict == oracle.YES, f"a success was invented: {outcome}"
        assert repr(outcome.data) == repr(says.data)
    else:
        check_error(outcome, says, status)
        assert says.verdict != oracle.YES, f"a success was not recognised: {outcome}"


def check_error(error: WhmError, says: oracle.Reading, status: int) -> None:
    json.dumps({**error.as_dict(), "msg": str(error)}, ensure_ascii=False).encode("utf-8")
    assert "\n" not in str(error)
    if status == 200:
        certain = isinstance(error, Refused)
        assert error.outcome_unknown is not certain
        assert not certain or says.verdict == oracle.NO, f"a refusal was invented: {error}"


@st.composite
def edited(draw: answers.Draw) -> tuple[str, dict[str, Any]]:
    """A real answer with some changes, and the function that it is taken for: mostly its own."""
    real = draw(st.sampled_from(answers.REAL))
    document = copy.deepcopy(real.document)
    for _edit in range(draw(st.integers(0, 3))):
        answers.edit(draw, document)
    return draw(st.sampled_from([real.function] * 7 + answers.FUNCTIONS)), document


@cases(quick=900, long=40_000)
@given(edited(), st.data())
def test_edited_answers(real: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    function, document = real
    body = answers.surrounded(data.draw, answers.written(data.draw, document))
    judge(function, data.draw(STATUSES), body)


@cases(quick=900, long=35_000)
@given(edited(), st.data())
def test_damaged_bytes(real: tuple[str, dict[str, Any]], data: st.DataObject) -> None:
    function, document = real
    body = answers.written(data.draw, document)
    for _cut in range(data.draw(st.integers(1, 3))):
        body = answers.cut(data.draw, body)
    judge(function, 200, body)


@cases(quick=300, long=10_000)
@given(
    st.sampled_from(answers.FUNCTIONS),
    STATUSES,
    st.lists(st.one_of(st.sampled_from(answers.PIECES), st.binary(max_size=6)), max_size=25),
)
def test_any_bytes(function: str, status: int, pieces: list[bytes]) -> None:
    judge(function, status, b"".join(pieces))


@cases(quick=300, long=10_000)
@given(st.sampled_from(answers.REAL), st.data())
def test_no_beginning_of_an_answer_is_a_verdict(real: answers.Real, data: st.DataObject) -> None:
    """However it is written down, and whatever stands before it."""
    count()
    body = data.draw(st.sampled_from(answers.BEFORE)) + answers.written(data.draw, real.document)
    broken = body[: data.draw(st.integers(0, body.rindex(b"}")))]
    with pytest.raises(WhmError) as caught:
        decode(real.function, 200, {}, broken)
    assert caught.value.outcome_unknown


class One:
    """A transport that gives one answer, and nothing after it."""

    host = "whm1.example.com:2087"

    def __init__(self, body: bytes) -> None:
        self.bodies = [body]

    def send(self, function: str, pairs: Any, secret: bool = False) -> Reply:
        if not self.bodies:
            raise WhmError("one request too many")
        return Reply(200, self.bodies.pop())

    def close(self) -> None:
        pass


def elements(body: bytes) -> tuple[str, list[Any]]:
    """What a batch's answer says as a whole, and its elements."""
    found = list(oracle.envelopes(body))
    says = oracle.read("batch", 200, body)
    data = says.data if says.verdict == oracle.YES else found[0].get("data") if says.verdict == oracle.NO else None
    result = data.get("result") if isinstance(data, dict) else None
    return says.verdict, result if isinstance(result, list) else []


@cases(quick=600, long=20_000)
@given(st.sampled_from(answers.BATCHES), st.data())
def test_each_call_of_a_batch_gets_its_own_verdict(document: dict[str, Any], data: st.DataObject) -> None:
    count()
    document = copy.deepcopy(document)
    for _edit in range(data.draw(st.integers(1, 4))):
        answers.edit(data.draw, document)
    body = answers.surrounded(data.draw, answers.written(data.draw, document))
    verdict, found = elements(body)
    client = Client(One(body), read_only=False, retries=0, sleep=lambda seconds: None)
    outcomes: list[Outcome] = []
    try:
        outcomes = client.one_batch(CALLS)
    except WhmError as exc:
        check_error(exc, oracle.read("batch", 200, body), 200)
    assert outcomes or verdict == oracle.NO or len(found) != len(CALLS), "good elements were thrown away"
    for outcome, call, element in zip(outcomes, CALLS, found, strict=bool(outcomes)):
        check(outcome, oracle.read_document(call.function, element))
