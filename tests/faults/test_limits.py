# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits: Retry-After, the total time of a task, and how often a server is bothered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.connection import (
    build_client,
    build_transport,
    open_client,
)
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.plugin_utils._controller import in_process
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects import SUBJECTS, module_names, situations
from ansible_collections.whm.mail.tests.subjects.kinds import FIRST, HTTPS, READ, WRITE, load

from .harness import Bench
from .table import ROWS

OUTGOING = SUBJECTS["outgoing_mail"].scenarios[0]
USERS = ["alice", "bo", "erin", "carol", "reseller1"]


@pytest.mark.parametrize("place", [READ, WRITE])
@pytest.mark.parametrize(("name", "seconds"), [("retry_after", 7), ("429 with a date", 3)])
def test_a_server_that_asks_for_a_pause_gets_it(bench: Bench, name: str, seconds: int, place: str) -> None:
    (row,) = [row for row in ROWS if row.name == name]
    ran = bench.run(OUTGOING, HTTPS, row, place, FIRST)
    assert "failed" not in ran.result
    assert ran.pauses[0] == seconds


class Slow:
    """A transport to a server that takes its time for every request."""

    def __init__(self, inner: Any, bench: Bench, seconds: float) -> None:
        self._inner, self._bench, self._seconds = inner, bench, seconds
        self.host = inner.host

    def send(self, function: str, pairs: Any, secret: bool = False) -> Any:
        self._bench.clock.now += self._seconds
        return self._inner.send(function, pairs, secret)

    def close(self) -> None:
        self._inner.close()


def limited(bench: Bench, seconds: float, **options: Any) -> dict[str, Any]:
    module = load("outgoing_mail")
    params = bench.validated(module, HTTPS, {"users": USERS, "hold": True, **options})

    @contextmanager
    def opener(given: Any, read_only: bool) -> Iterator[Client]:
        client = build_client(given, Slow(build_transport(given), bench, seconds), read_only)
        client.sleep, client._clock = bench.clock.sleep, bench.clock
        client._end = bench.clock() + given["api_deadline"]
        yield client
        client.close()

    return execute(module, params, False, opener)


def test_a_task_that_takes_too_long_says_how_far_it_got(bench: Bench) -> None:
    """A read takes 10 seconds, and so does each account: after 35 seconds two are done."""
    bench.prepare({})
    result = limited(bench, 10, api_deadline=30, api_batch_size=1, api_concurrency=1, exclusive=True, max_changes=99)
    held = {name for name in bench.box.state.accounts if bench.box.state.accounts[name].hold}
    rows = {row["user"]: row for row in result["accounts"]}
    assert {name for name, row in rows.items() if row["changed"] and row["hold"]} <= held
    assert result["error"]["kind"] == "deadline"
    assert result["failed"]
    assert result["changed"]
    assert len(bench.box.log) == 3
    done, tried = len(result["progress"]["done"]), len(result["progress"]["not_tried"])
    assert done == 2
    assert "the task may take 30 seconds (api_deadline)" in result["msg"]
    assert f"Changed: {done}. Not tried: {tried}." in result["msg"]


def test_no_time_for_the_first_request(bench: Bench) -> None:
    bench.prepare({})
    result = limited(bench, 100, api_deadline=60, api_batch_size=2, api_concurrency=1)
    assert result["error"]["kind"] == "deadline"
    assert result["changed"] is False
    assert not bench.box.log.writes()


def test_a_change_that_could_not_be_read_back_in_time_is_unknown(bench: Bench) -> None:
    bench.prepare({})
    result = limited(bench, 40, api_deadline=70)
    assert [row["error"]["kind"] for row in result["accounts"]] == ["unknown_outcome"] * len(USERS)
    assert "the server confirmed the change, but reading it back failed (nothing more was sent" in result["msg"]
    assert all(bench.box.state.accounts[user].hold for user in USERS)


def test_a_lost_answer_that_could_not_be_settled_in_time_is_unknown(bench: Bench) -> None:
    bench.prepare({})
    bench.box.faults.add(Fault("close_after", function="hold_outgoing_email", times=0))
    result = limited(bench, 40, api_deadline=79)
    assert {row["error"]["kind"] for row in result["accounts"]} == {"unknown_outcome"}
    assert len(bench.box.log.writes()) == 1


def test_a_pause_beyond_the_deadline_is_not_begun(bench: Bench) -> None:
    bench.prepare({})
    bench.box.faults.add(Fault("retry_after", times=0, seconds=3600))
    result = limited(bench, 0, api_deadline=600)
    assert result["error"]["kind"] == "server_error"
    assert "it was not tried again, because that would pass api_deadline (600 seconds)" in result["msg"]
    assert not bench.clock.pauses
    assert len(bench.box.log) == 1


def test_the_items_of_a_loop_share_one_refused_login(bench: Bench) -> None:
    """They share the worker process, and so what it learnt."""
    bench.prepare({})
    options = {"users": ["alice"], "hold": True, "api_token": "WRONG-TOKEN", **_host(bench)}
    results = [in_process.run_here("whm.mail.outgoing_mail", {**options, "users": [user]}, False) for user in USERS]
    assert [result["error"]["kind"] for result in results] == ["authentication"] * len(USERS)
    assert "not sent, because the server had refused access before" in results[-1]["msg"]
    assert "any_errors_fatal" in results[0]["msg"]
    assert len(bench.box.log) == 1
    good = in_process.run_here("whm.mail.outgoing_mail", {**options, "api_token": bench.box.token}, False)
    assert good["changed"], "other credentials are not affected"


def _host(bench: Bench) -> dict[str, Any]:
    return {"api_host": bench.box.host, "api_port": bench.box.port, "ca_path": str(bench.simulator.ca_path)}


def test_access_that_is_withdrawn_in_the_middle_costs_no_more_than_what_is_under_way(bench: Bench) -> None:
    bench.prepare({"generate": {"accounts": 18, "prefix": "user"}})
    bench.box.faults.add(Fault("forbidden", times=0, after=1))
    users = sorted(name for name in bench.box.state.accounts if name.startswith("user"))
    result = limited(bench, 0, users=users, api_batch_size=1, api_concurrency=4)
    assert result["error"]["kind"] == "authentication"
    assert sum(entry.http_status == 403 for entry in bench.box.log) <= 4


@pytest.mark.parametrize("name", module_names())
def test_a_wrong_token_is_one_bad_login_whatever_the_module(bench: Bench, name: str) -> None:
    """Also where a module asks several things and can do without one of them."""
    logins = 0
    for situation in situations(name):
        bench.prepare({})
        bench.box.faults.add(Fault("forbidden", times=0))
        options = {**situation.options, "api_concurrency": 4, "api_batch_size": 1}
        params = bench.validated(load(name), HTTPS, options)
        result = execute(load(name), params, situation.check_mode, open_client)
        assert len(bench.box.log) <= 1, situation
        assert len(bench.box.log) == 0 or result["error"]["kind"] == "authentication"
        logins += len(bench.box.log)
    assert logins, "some bad input is refused before anything is sent, but not all of it"
