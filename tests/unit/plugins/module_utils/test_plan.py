# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Repairs,
    Sets,
    Shrinks,
    Step,
    Unreadable,
    diff,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound
from hypothesis import given
from hypothesis import strategies as st

HOLD = Step(Call("hold", {"user": "a", "key": "s3cret"}), "a", Sets({"hold": True}))
SHOWS = [
    # state of a, whether the effect shows
    ({"a": {"hold": True, "other": 1}}, HOLD, True),
    ({"a": {"hold": False}}, HOLD, False),
    ({"a": {}}, HOLD, False),
    ({}, HOLD, False),
    ({"a": NotFound("no")}, HOLD, False),
    ({"b": {"hold": True}}, HOLD, False),
    ({"a": {"hold": True}}, Step(Call("hold"), "a", Repairs()), False),
    ({"a": {"x": 1, "y": 2}}, Step(Call("f"), "a", Sets({"x": 1, "y": 3})), False),
    ({"a": {"x": 1}}, Step(Call("f"), "a", Sets({"x": 1, "y": None})), True),
    ({"a": {"x": 1}}, Step(Call("f"), "a", Unreadable({"x": 1})), False),
    ({"a": {"n": 4}}, Step(Call("f"), "a", Shrinks("n", 5)), True),
    ({"a": {"n": 5}}, Step(Call("f"), "a", Shrinks("n", 5)), False),
    ({"a": {"n": None}}, Step(Call("f"), "a", Shrinks("n", 5)), True),
    ({}, Step(Call("f"), "a", Shrinks("n", 5)), False),
]


@pytest.mark.parametrize(("current", "step", "shows"), SHOWS)
def test_whether_an_effect_shows(current: dict[str, Any], step: Step, shows: bool) -> None:
    assert step.shows_in(current) is shows


def test_parameters_do_not_show() -> None:
    assert "s3cret" not in repr(HOLD)
    assert "s3cret" not in repr(make_plan({"a": {"hold": False}}, [HOLD]))


states = st.dictionaries(st.sampled_from("abcd"), st.dictionaries(st.sampled_from("xyz"), st.integers(0, 2)))
fields = st.dictionaries(st.sampled_from("xyz"), st.integers(0, 2))
effects = st.one_of(
    st.builds(Sets, fields), st.builds(Unreadable, fields), st.builds(Repairs), st.builds(Shrinks, st.sampled_from("xyz"), st.integers(0, 2))
)  # fmt: skip
steps = st.lists(st.builds(Step, st.just(Call("f")), st.sampled_from("abcde"), effects))


@given(states, steps)
def test_after_is_before_with_the_effects(before: dict[str, Any], planned: list[Step]) -> None:
    original = {name: dict(state) for name, state in before.items()}
    plan = make_plan(before, iter(planned))
    assert before == original
    assert plan.before == original
    assert plan.steps == tuple(planned)
    assert plan.changed is bool(planned)
    assert set(plan.after) == set(before)
    for name, state in plan.after.items():
        last = {key: value for step in planned if step.item == name for key, value in step.effect.fields.items()}
        assert state == {**original[name], **last}


@given(states, states)
def test_a_diff_holds_what_differs_and_nothing_else(before: dict[str, Any], after: dict[str, Any]) -> None:
    shown = diff(before, after)
    patched = {name: dict(state) for name, state in before.items()}
    for name, fields in shown["after"].items():
        patched.setdefault(name, {}).update(fields)
        assert list(fields) == list(shown["before"][name])
        assert all(shown["before"][name][key] != value for key, value in fields.items())
    for name, state in patched.items():
        known = after.get(name, {})
        assert {key: value for key, value in state.items() if value is not None} == known
    assert diff(before, before) == {"before": {}, "after": {}}
