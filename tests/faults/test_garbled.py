# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One field of one answer is garbled: missing, null, of another type, one list too many. What cannot be read is unknown, and where the
state tells it decides: no garbling makes a refusal, an absence or a success of what was none.

The fields are taken from the answers themselves, so a module that reads a new one is tested without anybody thinking of it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.connection import build_client, build_transport
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.tests.subjects import SCENARIOS
from ansible_collections.whm.mail.tests.subjects.kinds import HTTPS, Scenario, load

from .harness import Bench, Ran
from .test_matrix import identities

MISSING = object()
#: What a field becomes. A text is none of them: a server that gives another name or verdict than the true one lies, and cannot be found out.
GARBLINGS = {
    "missing": lambda value: MISSING,
    "null": lambda value: None,
    "list": lambda value: [value],
    "object": lambda value: {"odd": value},
    "number": lambda value: 7.5,
}

#: An answer may end in these for an item whose state could not be read, or whose outcome could not.
OPEN = {"unexpected_answer", "unknown_outcome", "unsupported", "not_tried"}

Path = tuple[Any, ...]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """To every field, of lists only into the first element: the others are alike."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from paths(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield (*path, 0)
        yield from paths(value[0], (*path, 0))


def garbled(document: Any, path: Path, how: str) -> Any:
    document = copy.deepcopy(document)
    place = document
    for step in path[:-1]:
        place = place[step]
    value = GARBLINGS[how](place[path[-1]])
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


@dataclass
class Garbling:
    """A transport that garbles one field of the answer with this number, once or from then on; without a path it keeps all answers."""

    inner: Any
    number: int = -1
    path: Path = ()
    how: str = ""
    often: bool = False
    seen: list[Any] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.inner.host  # type: ignore[no-any-return]

    def send(self, function: str, pairs: Any, secret: bool = False) -> Any:
        reply = self.inner.send(function, pairs, secret)
        document = json.loads(reply.body)
        self.seen.append((function, document))
        number = len(self.seen) - 1
        same = self.often and number > self.number and function == self.seen[self.number][0]
        if number != self.number and not same:
            return reply
        try:
            body = json.dumps(garbled(document, self.path, self.how)).encode()
        except (KeyError, IndexError, TypeError):
            return reply  # a later answer that has no such field
        return Reply(reply.status, body, reply.headers)

    def close(self) -> None:
        self.inner.close()


def carry_out(bench: Bench, scenario: Scenario, number: int = -1, path: Path = (), how: str = "", often: bool = False) -> tuple[Ran, Garbling]:  # fmt: skip
    bench.prepare(scenario.seed)
    module = load(scenario.module)
    params = bench.validated(module, HTTPS, scenario.options)
    transport = Garbling(build_transport(params), number, path, how, often)

    @contextmanager
    def opener(given: Any, read_only: bool) -> Iterator[Client]:
        client = build_client(given, transport, read_only)
        client.sleep = bench.clock.sleep
        yield client
        client.close()

    before = scenario.view(bench.box)
    result = execute(module, params, False, opener)
    json.dumps(result)
    bench.box.state.settle(bench.clock() + scenario.wait)
    return Ran(result, before, scenario.view(bench.box), [], 0, None, []), transport


def fields(answers: Sequence[tuple[str, Any]]) -> list[tuple[int, Path]]:
    """Of each kind of answer the first and the last that came; what stands beside data is the decoder's business."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for number, (function, document) in enumerate(answers):
        kind = f"{function} {sorted(str(path) for path in paths(document.get('data')))}"
        first.setdefault(kind, number)
        last[kind] = number
    numbers = sorted({*first.values(), *last.values()})
    return [(number, path) for number in numbers for path in paths(answers[number][1]) if path[0] == "data"]


def cases(answers: Sequence[tuple[str, Any]], names: Sequence[str]) -> Iterator[tuple[int, Path, str, bool]]:
    """Every field, garbled in two of the five ways in turn, once the one and always the other: in all, each field of each kind of answer."""
    ways = list(GARBLINGS)
    for turn, (number, path) in enumerate(fields(answers)):
        for how, often in ((ways[turn % len(ways)], False), (ways[(turn + 2) % len(ways)], True)):
            # a list that is one shorter is a list, and so is a map of items by name
            if how != "missing" or (isinstance(path[-1], str) and path[-1] not in names):
                yield number, path, how, often


@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if not each.brief], ids=lambda scenario: scenario.id)
def test_a_garbled_field_is_no_verdict(bench: Bench, scenario: Scenario) -> None:
    ideal, listened = carry_out(bench, scenario)
    assert not ideal.result.get("failed"), ideal.result
    for number, path, how, often in cases(listened.seen, scenario.names):
        ran, _field = carry_out(bench, scenario, number, path, how, often)
        told = f"answer {number} ({listened.seen[number][0]}), {path} {how}{' from then on' if often else ''}"
        try:
            judge(scenario, ideal, ran)
        except AssertionError as exc:
            raise AssertionError(f"{told}: {exc}\n{json.dumps(ran.result, indent=1)[:3000]}") from None


def judge(scenario: Scenario, ideal: Ran, ran: Ran) -> None:
    found = identities(scenario, ran.result)
    for name in scenario.names:
        row = found.get(name) or found.get(name.split(" ")[0]) or ran.result
        kind = (row.get("error") or {}).get("kind", "")
        moved = ran.after[name] != ran.before[name]
        assert kind in {"", *OPEN}, f"{name} ended with {kind}"
        if not kind and scenario.module != "mailbox_messages":
            assert ran.after[name] == ideal.after[name], f"{name} is {ran.after[name]} and no error"
        if kind != "unknown_outcome":
            assert bool(row["changed"]) is moved, f"{name}: changed is {row['changed']}, moved: {moved}"
        if kind == "unknown_outcome" and not row["changed"]:
            shown = {
                key: value
                for key, value in row.items()
                if key in ("hold", "suspended", "destinations", "state", "records", "enabled")
            }
            assert not any(shown.values()) or ran.after[name] != ideal.after[name], f"{name} shows {shown}"
    assert ran.result["changed"] or not any(row["changed"] for row in found.values())
