# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Effects that no function reads, of which the answer tells what was there before; and what a confirmed call did instead."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.apply import WORKED, Applied, Done
from ansible_collections.whm.mail.plugins.module_utils._state.judge import foretold, judge
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.look import Look
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Effect,
    Repairs,
    Sets,
    Step,
    Told,
    Unreadable,
    Verdict,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import ConnectionFailed, Refused
from ansible_collections.whm.mail.tests.unit.plugins.builders import no, ok, scripted

HOST = "whm1.example.com:2087"
NO = Refused("no")


def step(effect: Effect, item: str = "a") -> Step:
    return Step(Call("set_manual_mx_redirects"), item, effect)


WANTED, NOTHING = {"speed": 9}, {"speed": None}
JUDGED = [
    # effect, what came of the step, whether the item was changed
    (Told(WANTED), WORKED, True),
    (Told(WANTED), Done(former={"speed": 9}), False),
    (Told(WANTED), Done(former={"speed": 9, "size": 2}), False),
    (Told(WANTED), Done(former={"speed": 8}), True),
    (Told(WANTED), Done(former={"speed": None}), True),
    (Told(WANTED), Done(former={}), True),
    (Told(WANTED), Done(former={"size": 2}), True),
    (Told(WANTED), NO, False),
    (Told(NOTHING), Done(former={"speed": None}), False),
    (Told(NOTHING), Done(former={}), True),
    (Told(NOTHING), Done(former={"speed": 9}), True),
    (Told({}), Done(former={}), False),
    # what an answer tells decides nothing of other effects
    (Unreadable(WANTED), Done(former={"speed": 9}), True),
    (Unreadable(WANTED), WORKED, True),
    (Sets(WANTED), Done(former={"speed": 9}), True),
    (Repairs(), Done(former={"speed": 9}), False),
]


@pytest.mark.parametrize(("effect", "outcome", "changed"), JUDGED, ids=str)
def test_the_answer_decides_whether_it_was_a_change(effect: Effect, outcome: Any, changed: bool) -> None:
    one, before = step(effect), {"a": {"speed": 1}}
    plan = make_plan(before, [one])
    judged = judge(plan, before, Applied({one: outcome}), Look(), HOST)
    assert ("a" in judged.changed) is changed
    assert not judged.remarks


def test_of_several_answers_the_first_knows_best() -> None:
    steps = [step(Told({"speed": 8})), step(Told({"speed": 9}))]
    outcomes = dict(
        zip(steps, (Done(former={"speed": 9, "size": 1}), Done(former={"speed": 8, "size": 2})), strict=True)
    )
    before = {"a": {"speed": None}}
    judged = judge(make_plan(before, steps), before, Applied(outcomes), Look(), HOST)
    assert judged.former == {"a": {"speed": 9, "size": 1}}
    assert judged.changed == {"a"}, "the first was a change"


@pytest.mark.parametrize(("effects", "says"), [
    ([Told(WANTED), Told(NOTHING)], ["2 items"]), ([Told(WANTED), Unreadable(WANTED)], ["1 items"]), ([Unreadable(WANTED)], []), ([Sets(WANTED)], []),
])  # fmt: skip
def test_check_mode_says_that_it_does_not_know(effects: list[Effect], says: list[str]) -> None:
    names = "ab"[: len(effects)]
    before = {name: {"speed": None} for name in names}
    plan = make_plan(before, [step(effect, name) for effect, name in zip(effects, names, strict=True)])
    judged = foretold(plan, before)
    assert judged.changed == set(names)
    assert len(judged.remarks) == len(says)
    assert all(part in text for part, text in zip(says, judged.remarks, strict=True))


# ---- through the runner

LOST = ConnectionFailed("the connection was lost", sent=True, retryable=True)


def verdict(answer: Any) -> Verdict:
    speed = answer.get("before")
    return Verdict(
        former=None if speed is None else {"speed": speed},
        refused=answer.get("no") or "",
        doubt=answer.get("but") or "",
    )


def module(effect: Effect) -> StateModule:
    """Has one box, a, whose speed is 1 as far as is known before, and whose size reads 1."""

    def plan(states: Any, params: Any) -> Any:
        call = Call("set_manual_mx_redirects", {"domain": "a"})
        return make_plan(states, [Step(call, name, effect, verdict) for name in states])

    return StateModule("boxes", "box", lambda client, params: {"a": {"speed": "?", "size": 1}}, plan, {})


def run(effect: Effect, *steps: Any) -> tuple[dict[str, Any], Any]:
    client, script, _pauses = scripted(*steps, retries=2)
    return execute(module(effect), {}, False, lambda params, read_only: nullcontext(client)), script


def changed(*steps: Any) -> tuple[bool, Any]:
    result, _script = run(Told(WANTED), *steps)
    assert "failed" not in result
    return result["changed"], result["diff"]["before"].get("a")


def test_the_diff_shows_what_the_answer_told() -> None:
    assert changed(ok({"before": 5})) == (True, {"speed": 5})
    assert changed(ok({"before": 9})) == (False, None)
    assert changed(ok()) == (True, {"speed": "?"})


def test_what_a_second_answer_tells_may_be_the_work_of_the_first_call() -> None:
    assert changed(LOST, ok({"before": 9})) == (True, {"speed": "?"})
    assert changed(LOST, ok({"before": 5})) == (True, {"speed": 5}), "the first call never came"
    assert changed(LOST, LOST, ok({"before": 9})) == (True, {"speed": "?"})


def test_a_refusal_inside_a_refusal_is_the_reason() -> None:
    result, _script = run(Told(WANTED), no("one or more failed", {"no": "the disk is full"}))
    assert result["boxes"][0]["error"]["reason"] == "the disk is full"
    assert not result["changed"]
    for data in (None, {}, [], "x", {"before": 9}):
        result, _script = run(Told(WANTED), no("one or more failed", data))
        assert result["boxes"][0]["error"]["reason"] == "one or more failed"
        assert not result["changed"]


def test_a_missing_privilege_stays_one() -> None:
    result, _script = run(Told(WANTED), no("Permission denied: x", {"no": "the disk is full"}))
    assert result["error"]["kind"] == "permission"
    assert "the disk is full" not in result["msg"]


def test_a_doubt_inside_a_refusal_is_settled_by_the_state() -> None:
    """Some of it worked, although the whole is called a failure."""
    answer = no("one or more failed", {"but": "the node is down"})
    result, _script = run(Sets({"size": 1}), answer)
    assert result["changed"]
    assert any("the node is down" in text for text in result["warnings"])
    result, _script = run(Sets({"size": 2}), answer)
    assert result["boxes"][0]["error"]["reason"] == "the node is down"
    result, _script = run(Told(WANTED), answer)
    assert result["boxes"][0]["error"]["reason"] == "the node is down", "nothing could show it"


@pytest.mark.parametrize(
    ("seen", "moved"), [({"x": 2, "y": 5}, True), ({"x": 1, "y": 7}, True), ({"x": 1, "y": 5}, False)]
)
def test_a_confirmed_call_that_did_something_else_is_a_failure_and_a_change(seen: dict[str, int], moved: bool) -> None:
    """The server stored another value than it was given, or only one of two."""
    one, before = step(Sets({"x": 3, "y": 7})), {"a": {"x": 1, "y": 5}}
    judged = judge(make_plan(before, [one]), before, Applied({one: WORKED}), Look({"a": seen}, [one]), HOST)
    assert judged.errors["a"].kind == "not_effective"
    assert ("a" in judged.changed) is moved


def test_a_refused_call_changes_nothing_whatever_the_state_is_now() -> None:
    one, before = step(Sets({"x": 3})), {"a": {"x": 1}}
    judged = judge(make_plan(before, [one]), before, Applied({one: NO}), Look({"a": {"x": 2}}), HOST)
    assert "a" not in judged.changed
