# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that answer with result 1 and data of any shape: a module ends in a result or in a failure, never in a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.tests.subjects import SUBJECTS
from ansible_collections.whm.mail.tests.subjects.kinds import load
from ansible_collections.whm.mail.tests.unit.plugins.builders import HOST, batch, ok, wire
from hypothesis import example, given, settings
from hypothesis import strategies as st

#: What the modules look for, and their tasks.
KEYS = sorted({key for subject in SUBJECTS.values() for key in subject.hostile_keys})
TASKS = [(name, params) for name, subject in SUBJECTS.items() for params in subject.hostile]
words = st.sampled_from(["", "1", "alice", "a@b", "unlimited"])
leaves = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.floats(allow_nan=False), words)
data = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)),
    max_leaves=8,
)


class Hostile:
    """Every call gets the next of these data, over and over."""

    host = HOST

    def __init__(self, answers: list[Any]) -> None:
        self.answers = answers
        self.given = 0

    def _next(self) -> dict[str, Any]:
        self.given += 1
        return ok(self.answers[self.given % len(self.answers)])

    def send(self, function: str, pairs: Any, secret: bool = False) -> Reply:
        return Reply(200, wire(batch(*(self._next() for _pair in pairs)) if function == "batch" else self._next()))

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("name", "params"), TASKS)
@settings(max_examples=50, deadline=None)
@given(
    answers=st.lists(st.one_of(data, st.dictionaries(st.sampled_from(KEYS), data, min_size=1)), min_size=1, max_size=5)
)
@example(answers=[{"privileges": ["all"]}])
@example(answers=[{"privileges": [1, {"all": "1"}], "pops": [None, 1, "a@b.example"]}])
@example(answers=[{"acct": [{"domain": "a.example"}]}])
@example(answers=[{"users": ["", None, "alice"]}])
@example(answers=[{"payload": {"record": "1"}}])
@example(answers=[{"payload": {"record": ["1"]}}])
@example(answers=[{"payload": ["record"]}])
def test_any_data_ends_in_a_result(name: str, params: dict[str, Any], answers: list[Any]) -> None:
    @contextmanager
    def opener(given: Any, read_only: bool) -> Iterator[Client]:
        yield Client(Hostile(answers), read_only, retries=1, sleep=lambda seconds: None)

    result = execute(load(name), params, False, opener)
    assert '"host": null' not in json.dumps(result), "an error does not name the server"
    assert result.get("failed") in (None, True)
    assert isinstance(result["changed"], bool)
