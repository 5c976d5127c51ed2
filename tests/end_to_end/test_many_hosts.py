# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thirty servers: one wrong token for all of them, and a different fault for each. The whole matrix is in tests/faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import Fault, Simulator
from ansible_collections.whm.mail.tests.simulator.faults import CLI_KINDS, HTTP_KINDS

from .conftest import Play

HOSTS = [f"whm{number}" for number in range(1, 31)]
HOLD = {"users": ["alice", "bob", "carol"], "hold": True}
ACCOUNTS = {user: {"domain": f"{user}.example.com"} for user in HOLD["users"]}


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator({"servers": {name: {"accounts": ACCOUNTS} for name in HOSTS}}) as simulator:
        yield simulator


def hold(**keywords: Any) -> list[dict[str, Any]]:
    return [{"name": "hold", "whm.mail.outgoing_mail": HOLD, **keywords}]


WRONG = {"whm_token": "WRONG-TOKEN"}


def test_each_host_sees_one_bad_login(play: Play, sim: Simulator) -> None:
    played = play(hold(), "--forks", "10", vars=WRONG)
    assert played.code != 0
    results = played.results("hold")
    assert len(results) == len(HOSTS)
    for result in results:
        assert result["error"]["kind"] == "authentication"
        assert "serial: [1, 100%] and any_errors_fatal: true" in result["msg"]
        assert "WRONG-TOKEN" not in str(result)
    assert [[entry.http_status for entry in sim[name].log] for name in HOSTS] == [[403]] * len(HOSTS)


def test_the_items_of_a_loop_share_it(play: Play, sim: Simulator) -> None:
    looped = [{"name": "loop", "whm.mail.outgoing_mail": {"user": "{{ item }}", "hold": True}, "loop": HOLD["users"]}]
    played = play(looped, "--forks", "10", vars=WRONG)
    assert played.code != 0
    assert [[entry.http_status for entry in sim[name].log] for name in HOSTS] == [[403]] * len(HOSTS)


@pytest.mark.parametrize("role", ["audit", "policy", "containment"])
def test_the_roles_do_not_try_again(play: Play, sim: Simulator, tmp_path: Path, role: str) -> None:
    """The audit goes on after a host that refuses, because it belongs into the report; without a second login."""
    settings = {
        "audit_folder": str(tmp_path / "audit"),
        "containment_folder": str(tmp_path / "containment"),
        "containment_recipients": 0,
        "policy_outgoing_mail": [HOLD],
        "policy_forwards": [{"user": "root", "destinations": ["ops@example.com"]}],
    }
    task = {"name": role, "ansible.builtin.include_role": {"name": f"whm.mail.{role}"}, "vars": settings}
    played = play([task], hosts=",".join(HOSTS[:3]), vars=WRONG)
    assert [[entry.http_status for entry in sim[name].log] for name in HOSTS[:3]] == [[403]] * 3, played.stdout


def test_the_hint_stops_the_rest(play: Play, sim: Simulator) -> None:
    """What the message says to do: one host first, and no other when that one fails."""
    played = play(hold(), "--forks", "10", vars=WRONG, serial=[1, "100%"], any_errors_fatal=True)
    assert played.code != 0
    assert sum(len(sim[name].log) for name in HOSTS) == 1


#: Kinds of which the task must fail: the server was not reached, or did nothing and will not.
FAILS = {"forbidden", "unauthorized", "redirect_307", "not_root"}


def _fault(kind: str, function: str | None) -> Fault:
    seconds = {"stall_before": 4.0, "stall_after": 4.0, "hangs": 8.0, "drip": 0.0005, "retry_after": 1.0}.get(kind)
    times = 0 if kind in FAILS else 1
    return Fault(kind, function=function, times=times, seconds=seconds)


@pytest.mark.parametrize("transport", ["https", "cli"])
def test_a_fault_of_its_own_for_each_host(play: Play, sim: Simulator, transport: str) -> None:
    """Every kind of fault in one play, at the write: what a row says is what the server has."""
    kinds = list(HTTP_KINDS if transport == "https" else CLI_KINDS)
    assert len(kinds) <= len(HOSTS)
    troubled = dict(zip(HOSTS, kinds, strict=False))
    for name, kind in troubled.items():
        sim[name].faults.add(_fault(kind, "hold_outgoing_email"))
    options: dict[str, Any] = {"api_timeout": 2, "api_retries": 1}
    if transport == "cli":
        options |= {"transport": "cli", "whmapi1_path": "{{ folder }}/whmapi1"}
    hosts = {name: {"folder": str(sim.cli_dir(name)), "ansible_connection": "local"} for name in troubled}
    tasks = [{"name": "hold", "whm.mail.outgoing_mail": {**HOLD, **options}}]
    folders = {name: values["folder"] for name, values in hosts.items()}
    vars_ = {"folders": folders, "folder": "{{ folders[inventory_hostname] }}", "ansible_connection": "local"}
    played = play(tasks, "--forks", "10", hosts=",".join(troubled), vars=vars_)
    for name, kind in troubled.items():
        result = played.result("hold", host=name)
        state = {user: bool(account.hold) for user, account in sim[name].state.accounts.items()}
        assert {row["user"]: row["changed"] for row in result["accounts"]} == state, (kind, result)
        assert ("error" in result) is (kind in FAILS), (kind, result)
        assert all(state.values()) is (kind not in FAILS), kind
        assert "Traceback" not in str(result)
        assert sim[name].token not in str(result)
