# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls whose effect nothing reads back, and modules for the one thing of its kind that a server has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Step, Unreadable, make_plan
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import ConnectionFailed, Refused
from ansible_collections.whm.mail.tests.unit.plugins.builders import no, ok, scripted

LOST = ConnectionFailed("the connection was lost", sent=True, retryable=True)


def module(items: str, key: str, identity: str) -> StateModule:
    """Writes `speed`, which nobody can read, and `size`, which is 1 on the server."""

    def read(client: Any, params: Any) -> dict[str, Any]:
        return {identity: {"size": 1, "speed": None}}

    def plan(current: Any, params: Any) -> Any:
        step = Step(Call("rebuild_mail_sni_config"), identity, Unreadable({"speed": params["speed"]}))
        return make_plan(current, [step] if params["speed"] else [])

    return StateModule(items=items, key=key, options={}, read=read, plan=plan)


def run(which: StateModule, *steps: Any, check_mode: bool = False, speed: int = 9) -> tuple[dict[str, Any], Any]:
    client, script, _pauses = scripted(*steps, read_only=check_mode)

    @contextmanager
    def opener(params: Any, read_only: bool) -> Iterator[Any]:
        yield client

    return execute(which, {"speed": speed}, check_mode, opener), script


def test_an_unseen_effect_counts_as_a_change_and_is_predicted() -> None:
    boxes = module("boxes", "box", "a")
    result, _script = run(boxes, ok())
    predicted, script = run(boxes, check_mode=True)
    assert result == predicted
    assert script.sent == []
    assert result == {
        "changed": True,
        "boxes": [{"box": "a", "size": 1, "speed": 9, "changed": True}],
        "diff": {"before": {"a": {"speed": None}}, "after": {"a": {"speed": 9}}},
    }


def test_without_a_call_nothing_is_claimed() -> None:
    result, _script = run(module("boxes", "box", "a"), speed=0)
    assert not result["changed"]
    assert result["boxes"] == [{"box": "a", "size": 1, "speed": None, "changed": False}]


def test_a_lost_answer_is_sent_again_because_nothing_can_tell() -> None:
    result, script = run(module("boxes", "box", "a"), LOST, ok())
    assert result["changed"]
    assert len(script.sent) == 2


def test_a_refused_call_shows_nothing_of_what_it_would_have_set() -> None:
    result, _script = run(module("boxes", "box", "a"), no("no"))
    assert not result["changed"]
    assert result["boxes"][0]["speed"] is None
    assert result["diff"] == {"before": {}, "after": {}}
    assert result["progress"]["failed"] == ["a"]


@pytest.mark.parametrize(("items", "shown"), [("", {"size": 1, "speed": 9}), ("box", {"box": {"size": 1, "speed": 9}})])
def test_the_only_thing_of_its_kind(items: str, shown: dict[str, Any]) -> None:
    only = module(items, "", "")
    result, _script = run(only, ok())
    assert result == {"changed": True, **shown, "diff": {"before": {"speed": None}, "after": {"speed": 9}}}
    assert run(only, check_mode=True)[0] == result


def test_the_only_thing_of_its_kind_fails_for_itself() -> None:
    result, _script = run(module("", "", ""), no("no"))
    assert result["failed"]
    assert result["msg"] == "rebuild_mail_sni_config on whm1.example.com:2087: no."
    assert result["error"]["kind"] == Refused.kind
    assert result["size"] == 1
    assert "progress" not in result


def test_a_failure_that_belongs_to_no_item_is_told_alone() -> None:
    result, _script = run(
        StateModule(
            items="boxes",
            key="box",
            options={},
            read=lambda client, params: {"a": {"size": 1}},
            plan=lambda current, params: make_plan(
                current, [Step(Call("rebuild_mail_sni_config"), "rebuild", Unreadable({"x": 1}))]
            ),
        ),
        no("no"),
    )
    assert result["boxes"] == [{"box": "a", "size": 1, "changed": False}]
    assert result["msg"].startswith("rebuild_mail_sni_config on ")
    assert not result["changed"]
