# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties of every plan: it converges, is idempotent and predicted honestly, touches nobody else's things, does not depend
on an order, says no secret. Tasks and states are made at random, on a server that behaves, in all its dialects."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.tests.subjects import PROPERTIES
from ansible_collections.whm.mail.tests.subjects.kinds import Picture, Properties
from hypothesis import given
from hypothesis import strategies as st

from . import checks
from .picture import take
from .profiles import cases, count
from .world import MODULES, Server

#: Ways in which servers differ, and no result may.
DIALECTS = [
    {}, {"string_results": True, "string_numbers": True}, {"translated": True, "warnings_in_metadata": True}, {"prefix_hazard": False},
    {"mailbox_strings": False, "old_words": True}, {"exim_failure_is_1": True, "exim_flat": True, "exim_invalid_fails": True},
]  # fmt: skip


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return Server(tmp_path_factory.mktemp("server"))


def test_every_module_that_changes_something_has_its_properties() -> None:
    assert sorted(PROPERTIES) == sorted(MODULES)


@pytest.mark.parametrize("name", sorted(MODULES))
@cases(quick=25, long=400)
@given(data=st.data())
def test_properties(server: Server, name: str, data: st.DataObject) -> None:
    count()
    subject = PROPERTIES[name]
    options = {**data.draw(subject.tasks, "options"), "api_batch_size": data.draw(st.sampled_from([100, 2, 1]))}
    world = [data.draw(subject.changes, "state"), {"quirks": data.draw(st.sampled_from(DIALECTS))}]
    server.prepare(*world)
    predicted = server.run(name, options, check_mode=True)
    checks.check_check_mode(predicted)
    real = server.run(name, options)
    server.settle()
    real.after.update(_now(server))
    again = server.run(name, options)
    for ran in (predicted, real, again):
        checks.check_silence(ran)
        checks.check_neighbours(subject, options, ran)
    checks.check_truth(subject, options, real)
    checks.check_prediction(subject, predicted, real)
    checks.check_reached(subject, options, real)
    checks.check_idle(subject, options, real, again)
    checks.check_idle(subject, options, real, server.run(name, options, check_mode=True))
    _check_order(server, subject, world, options, data)


@pytest.mark.parametrize("name", [name for name, subject in PROPERTIES.items() if subject.shows])
@cases(quick=10, long=200)
@given(data=st.data())
def test_effects_that_come_late(server: Server, name: str, data: st.DataObject) -> None:
    """Up to four seconds are waited for, after six nobody waits any more, and in between it may be either."""
    count()
    subject = PROPERTIES[name]
    options = {**data.draw(subject.tasks.filter(lambda task: not subject.blind(task)), "options"), "api_batch_size": 2}
    seconds = data.draw(st.sampled_from([0.1, 1.0, 3.9, 5.0, 6.1, 60.0]))
    state = data.draw(subject.changes, "state")
    server.prepare(state)
    punctual = subject.rows(server.run(name, options).result)
    server.prepare(state, {"quirks": {"late_effect": {"seconds": seconds}}})
    ran = server.run(name, options)
    checks.check_truth(subject, options, ran)
    checks.check_neighbours(subject, options, ran)
    assert sum(ran.pauses) <= 6
    if seconds < 4:
        checks.check_reached(subject, options, ran)
        rows = subject.rows(ran.result)
        assert subject.stepwise or [dict(row) for row in rows.values()] == [dict(row) for row in punctual.values()]
    if seconds > 6 and any(step.visible for plan in ran.plans for step in plan.steps):
        assert ran.result["failed"]
        assert not any(row["changed"] for row in subject.rows(ran.result).values())


def _now(server: Server) -> Picture:
    return take(server.box.state, server.folder)


def _reordered(value: Any, draw: Any) -> Any:
    """The same options with every list and every mapping in another order."""
    if isinstance(value, dict):
        return {key: _reordered(value[key], draw) for key in draw(st.permutations(list(value)))}
    if isinstance(value, list):
        return [_reordered(item, draw) for item in draw(st.permutations(value))]
    return value


def _check_order(server: Server, subject: Properties, world: list[Any], options: Any, data: st.DataObject) -> None:
    """The same options in another order leave the same state, and say the same of each item."""

    def outcome(given: Any) -> tuple[Any, Any]:
        server.prepare(*world)
        ran = server.run(subject.module, given)
        server.settle()
        rows = {name: {**row, "diff": None, "msg": None} for name, row in subject.rows(ran.result).items()}
        return _now(server), rows

    assert outcome(options) == outcome(_reordered(options, data.draw))
