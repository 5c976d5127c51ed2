# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger in the store: no line is lost, none is there twice, and each has its history."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._containment.containment_action import _adopt
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import Store, StoreError, open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import Place, place_of
from ansible_collections.whm.mail.tests.postgresql import PostgreSQL
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.holds import NOW, entry


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store)


def test_lines_are_added_and_replaced_and_found(ledger: Ledger) -> None:
    planned = [
        entry(user, "planned", server=server, id=f"{server}/{user}") for user, server in (("a", "x"), ("b", "y"))
    ]
    ledger.write(planned)
    ledger.write([{**planned[0], "status": "held"}])
    assert [(line["user"], line["status"]) for line in ledger.entries()] == [("a", "held"), ("b", "planned")]
    assert [line["user"] for line in ledger.entries("y")] == ["b"]
    assert ledger.entries("y", user=["a"]) == []
    assert [line["user"] for line in ledger.entries(status=["held", "gone"])] == ["a"]
    assert ledger.entries(incident=["spring"], user=["b"])[0] == planned[1]
    assert [row["status"] for row in ledger.history(["x/a"])["x/a"]] == ["planned", "held"]


def test_an_account_cannot_be_held_by_two_lines(ledger: Ledger) -> None:
    ledger.write([entry("a", id="1")])
    other = entry("a", "planned", id="2")
    with pytest.raises(StoreError):
        ledger.write([entry("b", id="3"), other])
    assert [line["id"] for line in ledger.entries()] == ["1"], "all of them or none"
    ledger.write([entry("a", "released", id="1"), other, entry("a", id="4", server="whm2")])
    assert len(ledger.entries()) == 3


def test_names_that_no_database_can_hold_as_they_are(ledger: Ledger) -> None:
    strange = entry("a", why=["\0 \ud800 \u202e 'quoted' \\"], by="\0\ud800")
    ledger.write([strange])
    assert ledger.entries() == [strange]


def test_evidence_is_kept_with_its_line_and_replaced(ledger: Ledger) -> None:
    one = entry("a")
    ledger.write([one])
    for number in (1, 2):
        ledger.keep_evidence(one, {"deliveries": [{"subject": "\0\ud800", "number": number}]})
    assert ledger.evidence([one["id"]]) == {one["id"]: {"deliveries": [{"subject": "\0\ud800", "number": 2}]}}


def test_only_lines_that_ended_are_forgotten(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = ["held", "planned", "releasing", "released", "gone", "failed", "abandoned"]
    ended = {"ended_at_epoch": NOW}
    lines = [entry(status, status, **({} if status in statuses[:3] else ended)) for status in statuses]
    ledger.write(lines)
    for line in lines:
        ledger.keep_evidence(line, {})
    monkeypatch.setattr(time, "time", lambda: NOW + 11 * 86400)
    ledger.forget(0)
    ledger.forget(12)
    assert len(ledger.entries()) == 7
    ledger.forget(10)
    assert [line["status"] for line in ledger.entries()] == sorted(statuses[:3])
    assert len(ledger.evidence([line["id"] for line in lines])) == 3


def test_the_ledger_of_an_earlier_version_is_taken_over_once(ledger: Ledger, tmp_path: Path) -> None:
    old = tmp_path / "ledger.json"
    held, ended = entry("a"), entry("b", "released")
    old.write_text(json.dumps({"schema": 1, "entries": [held, ended]}), encoding="utf-8")
    ledger.write([{**held, "status": "gone"}])
    _adopt(ledger, old)
    _adopt(ledger, old)
    assert {line["user"]: line["status"] for line in ledger.entries()} == {"a": "gone", "b": "released"}
    assert (tmp_path / "ledger.json.adopted").is_file()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"schema": 2, "entries": []}', '{"schema": 1}', '{"schema": 1, "entries": [{"id": "x"}]}', "\xff"],
)
def test_what_is_no_ledger_is_refused_and_left_as_it_is(
    tmp_store: Callable[[], Store], tmp_path: Path, text: str
) -> None:
    old = tmp_path / "ledger.json"
    old.write_text(text, encoding="latin-1")
    with pytest.raises(StoreError, match="earlier version of this collection cannot be taken over: "):
        _adopt(Ledger(tmp_store()), old)
    assert old.read_text(encoding="latin-1") == text


WRITER = """
import sys
from pathlib import Path
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import StoreError, open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import place_of
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.holds import entry

url, name, most = sys.argv[1:]
ledger = None
for number in range(int(most)):
    user = f"{name}x{number}"
    while True:
        try:
            if ledger is None or not number % 10:  # as often as tasks do
                ledger = Ledger(open_store(place_of("store", url, {}, Path("/"))))
            ledger.write([entry(user, "planned", id=user)])
            print(user, flush=True)  # it was told that this is written
            ledger.write([entry(user, "held", id=user)])
            break
        except StoreError:
            ledger = None
"""


def writers(place: Place, names: int, lines: int) -> list[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", WRITER, str(place.path or place.url)]
    return [
        subprocess.Popen([*argv, f"w{name}", str(lines)], stdout=subprocess.PIPE, text=True) for name in range(names)
    ]


def test_many_processes_write_at_once_and_nothing_is_lost(place: Place, ledger: Ledger) -> None:
    """A thousand lines: SQLite from 30 forks of one controller, PostgreSQL from ten plays of several."""
    number, lines = (30, 34) if place.path else (10, 100)
    processes = writers(place, number, lines)
    told = [line for process in processes for line in process.communicate(timeout=600)[0].split()]
    assert [process.returncode for process in processes] == [0] * number
    assert len(told) == number * lines
    assert {line["user"]: line["status"] for line in ledger.entries()} == dict.fromkeys(told, "held")


def test_a_killed_writer_leaves_whole_lines_and_nobody_waits_for_it(place: Place, ledger: Ledger) -> None:
    processes = writers(place, 4, 10_000)
    outputs = []
    for process in processes:
        assert process.stdout is not None
        outputs.append([process.stdout.readline().strip() for _number in range(5)])
        os.kill(process.pid, signal.SIGKILL)
        outputs[-1] += process.communicate()[0].split()
    found = {line["user"] for line in ledger.entries()}
    assert {user for told in outputs for user in told} <= found, "what a process was told is there"
    ledger.write([entry("after")])


def test_a_database_that_crashes_loses_no_line_that_was_told(postgresql: PostgreSQL, database_url: str) -> None:
    place = place_of("store", database_url, {}, Path("/"))
    ledger = Ledger(open_store(place))
    processes = writers(place, 3, 60)
    for _crash in range(3):
        time.sleep(0.7)
        postgresql.kill()
        postgresql.restart()
    told = [line for process in processes for line in process.communicate(timeout=300)[0].split()]
    lines = ledger.entries()
    assert set(told) == {line["user"] for line in lines}
    assert len(lines) == 180
    assert {line["status"] for line in lines} == {"held"}
