# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays that really run beside each other on one server, and plays that are interrupted in the middle of 1,000 accounts.

Every place at which somebody can interfere, in every state module, is in tests/faults/test_interference.py.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.profiles import checksum_of
from ansible_collections.whm.mail.tests.simulator import Box, Simulator

from .conftest import Play, Played

MANY = 1000
BATCH = 100
CALLERS = {"ann": True, "ben": False}  # who wants all accounts held, and who wants none held
USERS = [f"user{number}" for number in range(1, 31)]  # some of which begin others, which WHM confuses


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    callers = {name: {"token": f"{name.upper()}TOKEN", "privileges": ["all"]} for name in CALLERS}
    servers = {
        "whm1": {"generate": {"accounts": len(USERS), "prefix": "user", "held_every": 2}, "callers": callers},
        "whm2": {"generate": {"accounts": MANY, "prefix": "user", "mailboxes": 1}},
    }
    with Simulator({"servers": servers}) as simulator:
        yield simulator


def held(box: Box) -> dict[str, bool]:
    with box.lock:
        return {user: bool(account.hold) for user, account in box.state.accounts.items()}


def asked(box: Box, caller: str | None = None) -> list[str]:
    """The accounts that the server was asked to hold or to release, as often as it was."""
    found: list[str] = []
    for entry in box.log.writes():
        calls = entry.commands or [{"params": entry.params}]
        if caller in (None, entry.caller):
            found += [dict(call["params"])["user"] for call in calls]
    return found


def assert_nothing_is_half(box: Box) -> None:
    """The account's own file and the list that Exim obeys are two places; a hold is in both or in none."""
    assert {user: user in box.state.hold_list for user in box.state.accounts} == held(box)


def test_two_controllers_want_the_opposite_at_the_same_time(
    play: Play, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither begins to write before both have read. Each result is true about what its controller did and last saw."""
    box, real, barrier = sim["whm1"], sim["whm1"].execute, threading.Barrier(2)
    seen: dict[str, dict[str, bool]] = {}
    waited: set[str] = set()

    def execute(caller: Any, function: str, args: Any, *, legacy: bool) -> Any:
        writes = box.describe(function, args)[1]
        if writes and caller.name not in waited:
            waited.add(caller.name)
            barrier.wait(60)
        with box.lock:
            if not writes:
                seen[caller.name] = held(box)
            return real(caller, function, args, legacy=legacy)

    monkeypatch.setattr(box, "execute", execute)

    def converge(name: str) -> Played:
        options = {"users": USERS, "hold": CALLERS[name], "api_username": name, "api_token": f"{name.upper()}TOKEN"}
        return play([{"name": "hold", "whm.mail.outgoing_mail": {**options, "api_batch_size": 2}}], hosts="whm1")

    with ThreadPoolExecutor(2) as pool:
        plays = dict(zip(CALLERS, pool.map(converge, CALLERS), strict=True))
    for name, wanted in CALLERS.items():
        rows = {row["user"]: row for row in plays[name].result("hold")["accounts"]}
        assert list(rows) == USERS
        assert {user: row["hold"] for user, row in rows.items()} == seen[name]
        content = {user for user, row in rows.items() if "error" not in row}
        assert content == {user for user in USERS if seen[name][user] is wanted}
        assert all(rows[user]["error"]["kind"] == "not_effective" for user in set(USERS) - content)
        assert {user for user in content if rows[user]["changed"]} == content & set(asked(box, name))
        assert (plays[name].code != 0) is (content != set(USERS))
    assert set(asked(box, "ann")) | set(asked(box, "ben")) == set(USERS), "there was something to do for each of them"
    assert_nothing_is_half(box)


def test_ten_plays_on_one_server(play: Play, sim: Simulator) -> None:
    """Each has its own accounts and one in common with all others."""
    box = sim["whm2"]
    shares = [["user1000", *(f"user{number}" for number in range(part * 20 + 1, part * 20 + 21))] for part in range(10)]

    def converge(users: list[str]) -> Played:
        return play([{"name": "hold", "whm.mail.outgoing_mail": {"users": users, "hold": True}}], hosts="whm2")

    with ThreadPoolExecutor(10) as pool:
        for users, played in zip(shares, pool.map(converge, shares), strict=True):
            assert played.code == 0, played.stdout
            rows = {row["user"]: row for row in played.result("hold")["accounts"]}
            assert list(rows) == users
            assert all(row["hold"] for row in rows.values())
            assert all(rows[user]["changed"] for user in users[1:])
    assert {user for user, hold in held(box).items() if hold} == {user for users in shares for user in users}
    assert sorted(set(asked(box))) == sorted({user for users in shares for user in users})
    assert_nothing_is_half(box)


def interrupt(play: Any, box: Box, function: str, count: int, number: int) -> None:
    """Send a signal to the play's whole group, as a terminal does for Ctrl-C, just before a function is executed for the
    ``count``-th time. That request is still carried out, when ansible-playbook is gone."""
    left = [count]

    def before(caller: str, name: str, args: Any) -> None:
        calls, _writes = box.describe(name, args)
        if any(inner == function for inner, _params in calls):
            left[0] -= 1
            if not left[0]:
                os.killpg(play.running[-1].pid, number)
                play.running[-1].wait(60)

    box.before = before


def wait_until_carried_out(box: Box) -> None:
    """The play is gone, and its last request is in the server's hands: on a busy machine that takes a moment."""
    end = time.monotonic() + 30
    while not all(entry.applied for entry in box.log.entries()):
        assert time.monotonic() < end, "the server did not carry out what it was asked"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_play_that_is_interrupted_in_the_middle_of_1000_accounts(play: Play, sim: Simulator, number: int) -> None:
    """No worker goes on behind the operator's back, and the next run does exactly the rest: no account is asked of twice."""
    box = sim["whm2"]
    users = list(box.state.accounts)
    task = [{"name": "hold", "whm.mail.outgoing_mail": {"users": users, "hold": True, "api_batch_size": BATCH}}]
    interrupt(play, box, "hold_outgoing_email", 5, number)
    first = play(task, hosts="whm2")
    wait_until_carried_out(box)
    assert first.code in ({signal.SIGINT: 99}.get(number), -number), first.stdout
    assert first.results("hold") == []
    second = play(task, "--diff", hosts="whm2")
    assert second.code == 0, second.stdout
    result = second.result("hold")
    changed = [row["user"] for row in result["accounts"] if row["changed"]]
    assert (sorted(asked(box)), len(changed)) == (sorted(users), MANY - 5 * BATCH)
    assert asked(box)[5 * BATCH :] == changed == sorted(result["diff"]["after"], key=users.index)
    assert all(held(box).values())
    assert_nothing_is_half(box)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_profiles_are_whole_or_not_there_when_a_play_is_interrupted(
    play: Play, sim: Simulator, tmp_path: Path, number: int
) -> None:
    box, folder = sim["whm2"], tmp_path / "profiles"
    folder.mkdir()
    addresses = [account.addresses()[0] for account in list(box.state.accounts.values())[:5]]
    options = {"address": "{{ item }}", "dest": str(folder / "{{ item }}")}
    task = [{"name": "write", "whm.mail.mobileconfig": options, "loop": addresses}]
    interrupt(play, box, "generate_mobileconfig", 3, number)
    play(task, hosts="whm2")
    wait_until_carried_out(box)
    left = {path.name: checksum_of(path.read_bytes()) for path in folder.iterdir() if not path.name.startswith(".")}
    assert {*addresses[:2]} <= set(left) <= {*addresses[:3]}, "the third was under way"
    second = play(task, hosts="whm2")
    assert second.code == 0, second.stdout
    items = second.result("write")["results"]
    assert [item["changed"] for item in items][:2] == [False, False]
    assert [item["changed"] for item in items][3:] == [True, True]
    assert left.items() <= {item["item"]: item["checksum"] for item in items}.items()
    assert sorted(path.name for path in folder.iterdir()) == sorted(addresses)
