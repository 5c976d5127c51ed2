# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fault matrix: every kind of fault, at every place, for every state module, over both transports.

The cells come from ``table.py`` and the scenarios in tests/subjects alone. What must hold is checked in one place, :func:`judge`.
"""

from __future__ import annotations

import collections
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Shrinks, Step
from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue
from ansible_collections.whm.mail.tests.simulator.faults import KINDS
from ansible_collections.whm.mail.tests.simulator.quirks import QUIRKS
from ansible_collections.whm.mail.tests.subjects import SCENARIOS, module_names
from ansible_collections.whm.mail.tests.subjects.kinds import BACK, CLI, HTTPS, WHOLE, WRITE, Scenario, load

from .harness import RETRIES, Bench, Ran
from .table import (
    BLIND,
    COUNTED,
    EITHER,
    FAMILIES,
    OK,
    ONCE_ONLY,
    PLACES,
    REACHED,
    ROWS,
    SILENT,
    STEPWISE,
    UNTOUCHED,
    VICTIM,
    Expect,
    Row,
    Traits,
)

GUIDE = Path(__file__).parents[2] / "docs/when-things-go-wrong.md"

Known = dict[tuple[str, str], Ran]


def cells() -> list[Any]:
    """Every cell there is. Places that a module does not have are not cells; test_places proves that it lacks them."""
    found = []
    for scenario in SCENARIOS:
        for row in ROWS:
            if row.only and scenario.id not in row.only:
                continue
            for transport in row.transports:
                for place, often in row.cells(scenario.thorough):
                    if scenario.has(transport, place, often):
                        name = f"{scenario.id}-{transport}-{row.name}-{place}-{often}"
                        found.append(pytest.param(scenario, transport, row, place, often, id=name))
    return found


CELLS = cells()

#: The scenarios whose cells are all run each time: one for each shape of a plan. Of each other one every fourth cell is run, beginning
#: at another place in each, so that each fault meets several of them; ``FAULTS_WHOLE=1`` runs them all.
EACH_CELL = {
    "outgoing_mail",
    "mailbox_messages",
    "dkim_key",
    "email_forwarder",
    "exim_config",
    "greylisting_provider",
    "spf",
}
OF_THE_OTHERS = 4


def chosen(found: Sequence[Any], whole: bool) -> list[Any]:
    """The cells that a run tries."""
    number = {scenario.id: place for place, scenario in enumerate(SCENARIOS)}
    return [
        cell
        for place, cell in enumerate(found)
        if whole or cell.values[0].id in EACH_CELL or (place + number[cell.values[0].id]) % OF_THE_OTHERS == 0
    ]


TRIED = chosen(CELLS, os.environ.get("FAULTS_WHOLE") == "1")


@pytest.fixture(scope="session")
def clean(bench: Bench) -> Known:
    """Every scenario without a fault."""
    found = {}
    for scenario in SCENARIOS:
        for transport in (HTTPS, CLI):
            found[scenario.id, transport] = bench.run(scenario, transport)
    return found


def test_every_state_module_has_a_scenario() -> None:
    state_modules = {name for name in module_names() if isinstance(load(name), StateModule)}
    assert state_modules
    assert {scenario.module for scenario in SCENARIOS} == state_modules


def test_every_fault_and_quirk_has_a_row() -> None:
    assert {row.fault["kind"] for row in ROWS if row.fault} == set(KINDS)
    assert {row.quirk["name"] for row in ROWS if row.quirk} == set(QUIRKS)


def test_each_fault_meets_every_place_and_each_scenario_many_faults() -> None:
    """What a run leaves out, another scenario has met."""
    tried = chosen(CELLS, whole=False)
    assert {scenario.id for scenario in SCENARIOS} >= EACH_CELL
    assert _met(tried) == _met(CELLS)
    count = collections.Counter(cell.values[0].id for cell in tried)
    assert min(count[scenario.id] for scenario in SCENARIOS) >= 10
    assert len(chosen(CELLS, whole=True)) == len(CELLS) > len(tried)


def _met(found: Sequence[Any]) -> set[tuple[str, ...]]:
    return {
        (transport, row.name, place, often) for _scenario, transport, row, place, often in (c.values for c in found)
    }


def test_the_table_is_sound() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    for name, family in FAMILIES.items():
        assert any(row.family == name for row in ROWS), name
        complete = {(place, often) for place in PLACES for often in ("once", "always")}
        assert set(family) in (complete, {("write", "once"), ("write", "always")}, {(WHOLE, "always")}), name


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
@pytest.mark.parametrize("transport", [HTTPS, CLI])
def test_places(clean: Known, scenario: Scenario, transport: str) -> None:
    """Without a fault all items change, each write is carried out once, and the places are those that the scenario says."""
    ran = clean[scenario.id, transport]
    assert "failed" not in ran.result, ran.result
    assert ran.places == set(PLACES) - scenario.lacks
    assert changed(scenario, ran.result) == dict.fromkeys(scenario.names, True)
    for name, value in ran.after.items():
        assert (value != ran.before[name]) is (name in scenario.names), name


def test_the_guide_tells_the_size_and_what_stays_unknown(record_property: Any) -> None:
    """Every family that may end in an unknown outcome, or in something that nobody could see, is named in the guide."""
    record_property("cells", len(CELLS))
    assert len(chosen(CELLS, whole=False)) > 4000
    guide = GUIDE.read_text(encoding="utf-8")
    assert "more than 4,000 cells" in guide
    tables = [{(name, *cell): expect for name, family in FAMILIES.items() for cell, expect in family.items()}]
    for table in [*tables, ONCE_ONLY, SILENT, STEPWISE, BLIND, COUNTED]:
        for (family, _place, _often), expect in table.items():
            if "unknown_outcome" in expect.kinds or not expect.honest:
                assert f"`{family}`" in guide, family


@pytest.mark.parametrize(("scenario", "transport", "row", "place", "often"), TRIED)
def test_cell(bench: Bench, clean: Known, scenario: Scenario, transport: str, row: Row, place: str, often: str) -> None:
    ideal = clean[scenario.id, transport]
    ran = bench.run(scenario, transport, row, place, often)
    expect = row.expect((place, often), traits(ideal))
    if row.act == "refuse" and place != WRITE and scenario.tolerates(ran.refusals, place, often):
        expect = OK
    try:
        judge(bench, scenario, row, expect, ideal, ran)
    except AssertionError as exc:
        lines = [f"{entry.function} {entry.fault} {entry.http_status}" for entry in bench.box.log]
        shown = json.dumps(ran.result, indent=1, default=str)[:6000]
        raise AssertionError(f"{exc}\n{ran.sent}\n{lines}\n{shown}") from None


def traits(ideal: Ran) -> Traits:
    assert ideal.plan
    steps = ideal.plan.steps
    return Traits(
        once_only=any(not catalogue.resolve(step.call.function, step.call.params).repeat_safe for step in steps),
        silent=any(not step.visible and not _followed(steps, place) for place, step in enumerate(steps)),
        blind=not any(step.visible for step in steps),
        stepwise=any(_followed(steps, place) for place in range(len(steps))),
        counted=any(isinstance(step.effect, Shrinks) for step in steps),
        joined=sum(bool(step.joins) for step in steps) > 1,
    )


def _followed(steps: Sequence[Step], place: int) -> bool:
    """A later step for the same item shows in its state, so that this one must have been carried out before."""
    return any(later.item == steps[place].item and later.visible for later in steps[place + 1 :])


def judge(bench: Bench, scenario: Scenario, row: Row, expect: Expect, ideal: Ran, ran: Ran) -> None:
    judge_outcome(scenario, row, expect, ran, bench)
    judge_state(scenario, expect, ideal, ran)
    if expect.honest:
        judge_truth(scenario, ideal, ran)
    judge_requests(bench, row, expect, ran)
    judge_text(bench, row, ran)


def judge_outcome(scenario: Scenario, row: Row, expect: Expect, ran: Ran, bench: Bench) -> None:
    kind = ran.result["error"]["kind"] if ran.result.get("failed") else ""
    allowed = expect.kinds or {""}
    assert kind in allowed, f"ended with {kind or 'success'}, allowed: {sorted(allowed)}"
    if not ran.result.get("failed"):
        return
    errors = [each["error"]["kind"] for each in rows(scenario, ran.result) if "error" in each]
    assert set(errors) - {"not_tried"} <= allowed | {""}, errors
    message = ran.result["msg"]
    assert (ran.result["error"]["host"] or "") in message, message
    assert (ran.result["error"]["function"] or "") in message, message
    assert row.says in message.lower(), message
    assert str(bench.box.port) in message or "whmapi1" in message, message


def judge_state(scenario: Scenario, expect: Expect, ideal: Ran, ran: Ran) -> None:
    hit = (
        scenario.names[0]
        if scenario.names[0] == ""
        else next(name for name in scenario.names if scenario.victim in name)
    )
    for name, value in ran.after.items():
        if name not in scenario.names:
            assert value == ran.before[name] or name in named_in(ran.result), f"the neighbour {name} changed"
        elif expect.state == REACHED or (expect.state == VICTIM and name != hit):
            assert value == ideal.after[name], f"{name} is {value}"
        elif expect.state in (UNTOUCHED, VICTIM):
            assert value == ran.before[name], f"{name} is {value}"
        else:
            assert expect.state == EITHER


def rows(scenario: Scenario, result: dict[str, Any]) -> list[dict[str, Any]]:
    module = load(scenario.module)
    assert isinstance(module, StateModule)
    return list(result.get(module.items, [])) if module.key else [result]


def identities(scenario: Scenario, result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    module = load(scenario.module)
    assert isinstance(module, StateModule)
    if not module.key:
        return {"": result}
    return {scenario.identify(row, module.key): row for row in rows(scenario, result)}


def changed(scenario: Scenario, result: dict[str, Any]) -> dict[str, bool]:
    return {name: row["changed"] for name, row in identities(scenario, result).items()}


def named_in(result: dict[str, Any]) -> set[str]:
    """Items beyond the ones asked for that the result says something about."""
    return {str(name) for name in result.get("progress", {}).get("failed", [])}


def judge_truth(scenario: Scenario, ideal: Ran, ran: Ran) -> None:
    """What a row says agrees with the server, and what is not known is called unknown."""
    found = identities(scenario, ran.result)
    for name in scenario.names:
        row = found.get(name) or found.get(name.split(" ")[0])
        kind = row.get("error", {}).get("kind") if row else ran.result["error"]["kind"]
        if kind == "unknown_outcome":
            assert name.split(" ")[0] in json.dumps(ran.result["msg"]) or not name
            continue
        moved = ran.after[name] != ran.before[name]
        said = bool(row["changed"]) if row else ran.result["changed"]
        assert said is moved, (
            f"{name}: changed is {said}, the server's state {'changed' if moved else 'did not change'}"
        )
        if not kind and moved:
            assert ran.after[name] == ideal.after[name], f"{name} is {ran.after[name]} and no error"
    if "failed" not in ran.result:
        assert ran.result["changed"] is any(ran.after[name] != ran.before[name] for name in scenario.names)


def judge_requests(bench: Bench, row: Row, expect: Expect, ran: Ran) -> None:
    """How often each write was carried out, how often a login was refused, and that nobody is pestered."""
    carried: collections.Counter[str] = collections.Counter()
    arrived: collections.Counter[str] = collections.Counter()
    for entry in bench.box.log:
        calls = [(one["function"], one["params"]) for one in entry.commands] or [(entry.function, entry.params)]
        for function, params in calls:
            given = _given(params)
            found = catalogue.resolve(function, given)
            if found.writes:
                key = f"{function} {sorted(params)}"
                arrived[key] += not found.repeat_safe
                carried[key] += entry.applied
    assert max(arrived.values(), default=0) <= 1, f"not safe to repeat, sent again: {arrived}"
    assert max(carried.values(), default=0) <= expect.sends, carried
    denied = [entry for entry in bench.box.log if entry.http_status in (401, 403)]
    assert len(denied) <= 1
    if denied:
        assert [sent.troubled for sent in ran.sent].index(True) == len(ran.sent) - 1, (
            "something was sent after a refusal"
        )
    assert len(ran.sent) <= 40 * (1 + RETRIES)
    assert not bench.elsewheres.heard, "a redirect was followed"


def _given(params: Any) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for key, value in params:
        given.setdefault(key, []).append(value)
    return given


def judge_text(bench: Bench, row: Row, ran: Ran) -> None:
    text = json.dumps(ran.result)
    assert "Traceback" not in text
    assert "exception" not in ran.result
    for secret in (bench.box.token, bench.box.password, "PRIVATE KEY"):
        assert secret not in text
    if row.name == "retry_after" and any(sent.place == BACK for sent in ran.sent):
        assert not [pause for pause in ran.pauses if pause > 30]
