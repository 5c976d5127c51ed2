# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody else is at work on the same server: before every single request of a task, in every state module.

What a task says must be true of what it saw last. Where reading back takes several requests, what changes between them can
go unseen (``Quiet.torn``). Plays that really run beside each other are in
tests/end_to_end/test_interference.py.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.subjects import PROPERTIES, SCENARIOS, SUBJECTS
from ansible_collections.whm.mail.tests.subjects.kinds import BACK, HTTPS, READ, Options, Scenario, load

from .harness import Bench
from .test_check_mode import run

Result = dict[str, Any]


def one_by_one(scenario: Scenario) -> Scenario:
    """The same task with a request for each item, so that more can happen in between."""
    if scenario.together:
        return scenario
    return replace(scenario, options={**scenario.options, "api_batch_size": 1, "api_concurrency": 1})


WIDE = [one_by_one(scenario) for scenario in SCENARIOS if not scenario.brief]
OWNED = [scenario for scenario in WIDE if scenario.owner]


def ids(scenario: Scenario) -> str:
    return scenario.id


def disturbed(bench: Bench, scenario: Scenario, place: int, act: Callable[[], None]) -> Result:
    """Run a scenario's task with something that happens just before its request number ``place``."""
    bench.prepare(scenario.seed)
    seen: list[str] = []

    def before(caller: str, function: str, args: Any) -> None:
        seen.append(function)
        if len(seen) == place + 1:
            bench.box.before = lambda *asked: None  # what it does is not disturbed in turn
            act()
            bench.box.before = before

    bench.box.before = before
    result = run(bench, load(scenario.module), HTTPS, scenario.options, False)
    bench.box.before = lambda *asked: None
    return {**result, "requests": len(seen)}


def beside(bench: Bench, scenario: Scenario, place: int, options: Options) -> tuple[Result, Result]:
    """Run a scenario's task, and a whole one of somebody else, of the same module, just before its request number ``place``.

    Returns what the one and what the other says.
    """
    others: list[Result] = []
    module = load(scenario.module)
    result = disturbed(bench, scenario, place, lambda: others.append(run(bench, module, HTTPS, options, False)))
    (other,) = others
    return result, other


@dataclass(frozen=True)
class Quiet:
    """The task when nobody disturbs it: its requests, how many of these read back, and what the server has before and after."""

    count: int
    reads: int
    before: dict[str, Any]
    done: dict[str, Any]

    def torn(self, place: int) -> bool:
        """Whether an act at this place falls between the requests that read back."""
        return place > self.count - self.reads


def undisturbed(bench: Bench, scenario: Scenario) -> Quiet:
    bench.prepare(scenario.seed)
    before = scenario.view(bench.box)
    run(bench, load(scenario.module), HTTPS, scenario.options, True)
    reads = len(bench.box.log)
    count = disturbed(bench, scenario, -1, lambda: None)["requests"]
    bench.box.state.settle(bench.clock() + scenario.wait)
    return Quiet(count, reads, before, scenario.view(bench.box))


def rows_of(scenario: Scenario, result: Result) -> dict[str, Result]:
    """Identity to row, whatever the module calls them."""
    module = load(scenario.module)
    if not module.key:
        return {"": result}
    return {scenario.identify(row, module.key): row for row in result.get(module.items, [])}


def sound(scenario: Scenario, result: Result) -> set[str]:
    """The items that the result says are as they were asked to be. Expunging has no such state: there it is those that it
    says it made smaller."""
    if not load(scenario.module).key:
        return set() if result.get("failed") else {""}
    rows = rows_of(scenario, result)
    acts = PROPERTIES[scenario.module].counted
    listed = {name for name, row in rows.items() if "error" not in row and (row["changed"] or not acts)}
    return listed & set(scenario.names)


def still_wanted(bench: Bench, scenario: Scenario) -> set[str]:
    """The items to which the same task would do something now."""
    result = run(bench, load(scenario.module), HTTPS, scenario.options, True)
    rows = rows_of(scenario, result)
    return {name for name, row in rows.items() if row["changed"]}


@pytest.mark.parametrize("scenario", WIDE, ids=ids)
def test_somebody_else_does_the_same(bench: Bench, scenario: Scenario) -> None:
    """Two controllers with one aim: whenever the second one comes, both are content and it is done once."""
    quiet = undisturbed(bench, scenario)
    for place in range(quiet.count):
        result, other = beside(bench, scenario, place, scenario.options)
        bench.box.state.settle(bench.clock() + scenario.wait)
        assert scenario.view(bench.box) == quiet.done, place
        assert not other.get("failed"), (place, other)
        assert not result.get("failed"), (place, result)


@pytest.mark.parametrize("scenario", WIDE, ids=ids)
def test_somebody_else_undoes_it(bench: Bench, scenario: Scenario) -> None:
    """Before each request everything becomes what it was. What the task then says was done is there; what is not, it does
    not call done. Nobody else is touched."""
    quiet = undisturbed(bench, scenario)
    before, done = quiet.before, quiet.done
    for place in range(quiet.count):
        bench.prepare(scenario.seed)
        former = copy.deepcopy(vars(bench.box.state))
        result = disturbed(bench, scenario, place, lambda kept=former: restore(bench, kept))
        bench.box.state.settle(bench.clock() + scenario.wait)
        after = scenario.view(bench.box)
        assert {name: after[name] for name in after if name not in scenario.names} == neighbours(before, scenario)
        assert set(map(repr, after.values())) <= set(map(repr, [*before.values(), *done.values()])), "nothing is half"
        if not scenario.blind and not quiet.torn(place):
            assert {name for name in sound(scenario, result) if after[name] != done[name]} == set(), (place, result)


def restore(bench: Bench, former: Mapping[str, Any]) -> None:
    with bench.box.lock:
        vars(bench.box.state).update(copy.deepcopy(former))
        bench.box.mirror()


def neighbours(view: Mapping[str, Any], scenario: Scenario) -> dict[str, Any]:
    return {name: view[name] for name in view if name not in scenario.names}


@pytest.mark.parametrize("scenario", OWNED, ids=ids)
def test_an_account_vanishes_half_way(bench: Bench, scenario: Scenario) -> None:
    """The others are done; of the one that is gone nobody says that it is as it should be, unless it was when it was seen."""
    quiet = undisturbed(bench, scenario)
    before, done = quiet.before, quiet.done
    gone = names_of(bench, scenario)
    for place in range(quiet.count):
        result = disturbed(bench, scenario, place, lambda: vanish(bench, scenario.owner))
        bench.box.state.settle(bench.clock() + scenario.wait)
        after = viewed(bench, scenario)
        others = set(scenario.names) - gone
        assert {name: after[name] for name in others} == {name: done[name] for name in others}, (place, result)
        rest = {name: value for name, value in neighbours(before, scenario).items() if name in after}
        assert {name: after[name] for name in rest} == rest
        assert "Traceback" not in str(result)
        assert sound(scenario, result) >= others, (place, result)
        if READ not in scenario.lacks and not scenario.blind and not quiet.torn(place):
            assert not sound(scenario, result) & gone, (place, result)
            assert result["failed"]


def names_of(bench: Bench, scenario: Scenario) -> set[str]:
    """The scenario's items that belong to the account that vanishes."""
    account = bench.box.state.accounts[str(scenario.owner)]
    mine = {account.user, *account.domains, *account.addresses()}
    return {name for name in scenario.names if name.partition(" ")[0] in mine}


def vanish(bench: Bench, user: str | None) -> None:
    """As `removeacct` does: the account, its domains, its lines in the lists."""
    state = bench.box.state
    with bench.box.lock:
        account = state.accounts.pop(str(user))
        state.reindex()
        for lines in (state.hold_list, state.suspended_list):
            lines.remove(account.user)
        for domain in account.domains:
            state.areas["mail_dns"].pop(domain, None)
            state.areas["mail_sni"].enabled.discard(domain)
        state.localaliases.pop(account.user, None)
        state.dot_forward.pop(account.user, None)


def viewed(bench: Bench, scenario: Scenario) -> dict[str, Any]:
    """What is left to be seen: domains that are gone have no zone."""
    try:
        return scenario.view(bench.box)
    except (KeyError, AttributeError):
        return {}


@pytest.mark.parametrize("first", [0, 1], ids=["one", "other"])
@pytest.mark.parametrize("module", [name for name, subject in SUBJECTS.items() if subject.opposites])
def test_two_controllers_want_the_opposite(bench: Bench, module: str, first: int) -> None:
    """The one runs as a whole before each request of the other. Each says what it left; the end is the will of one of both
    for each item; what the loser says failed did fail."""
    (scenario,) = [each for each in WIDE if each.module == module and not each.title]
    ours, theirs = (
        {**options, "api_batch_size": 1} for options in SUBJECTS[module].opposites[:: 1 if first == 0 else -1]
    )
    mine = replace(scenario, options=ours, names=names_in(ours))
    yours = replace(mine, options=theirs)
    quiet, lost = undisturbed(bench, mine), undisturbed(bench, yours).done
    won = quiet.done
    for place in range(quiet.count):
        result, other = beside(bench, mine, place, theirs)
        after = mine.view(bench.box)
        assert not other.get("failed"), other
        assert sound(yours, other) == set(mine.names)
        assert all(after[name] in (won[name], lost[name]) for name in mine.names), (place, after)
        assert bool(result.get("failed")) is (sound(mine, result) != set(mine.names))
        if not quiet.torn(place):
            assert sound(mine, result) == {name for name in mine.names if after[name] == won[name]}, (place, result)
            assert still_wanted(bench, mine) == set(mine.names) - sound(mine, result)


def names_in(options: Options) -> tuple[str, ...]:
    for rows, key in (("keys", "domain"), ("autoresponders", "address")):
        if rows in options:
            return tuple(row[key] for row in options[rows])
    lists = [
        options[name]
        for name in ("users", "domains", "addresses", "countries", "hosts", "providers")
        if options.get(name)
    ]
    return tuple(lists[0]) if lists else ("",)  # the only thing of its kind has no name


def test_every_state_module_is_disturbed() -> None:
    """A scenario that says it lacks a reading back and is not known to be blind would go unjudged."""
    assert all(scenario.blind for scenario in WIDE if BACK in scenario.lacks)
