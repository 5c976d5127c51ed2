# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger's file: replaced as a whole, by one process at a time, readable by its owner only."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._controller import json_ledger
from ansible_collections.whm.mail.plugins.plugin_utils._controller.json_ledger import LedgerError, merged, read, update


def entry(number: int, status: str = "held") -> dict[str, Any]:
    return {"id": f"i/{number}", "server": "whm1", "user": f"u{number}", "status": status}


def test_entries_are_replaced_by_id_or_appended(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.json"
    assert read(path) == []
    assert update(path, [entry(1), entry(2)]) == ([], [entry(1), entry(2)])
    before, after = update(path, [entry(1, "released"), entry(3)])
    assert before == [entry(1), entry(2)]
    assert after == read(path) == [entry(1, "released"), entry(2), entry(3)]


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.json"
    update(path, [entry(1)])
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (path.parent, *path.parent.iterdir())}
    assert modes == {"new": 0o700, "ledger.json": 0o600, "ledger.json.lock": 0o600}


def test_nothing_is_written_when_nothing_changes(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    update(path, [entry(1)])
    inode = path.stat().st_ino
    update(path, [entry(1)])
    assert path.stat().st_ino == inode
    update(path, [entry(2)])
    assert path.stat().st_ino != inode


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_while_writing_leaves_the_old_ledger_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "ledger.json"
    update(path, [entry(1)])

    def fail(*_arguments: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(LedgerError, match="cannot be written: the disk is full"):
        update(path, [entry(2)])
    monkeypatch.undo()
    assert read(path) == [entry(1)]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["ledger.json", "ledger.json.lock"]


def test_the_new_text_is_on_the_disk_before_it_takes_the_place_of_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real = {"fsync": os.fsync, "replace": os.replace}
    for name, function in real.items():
        monkeypatch.setattr(os, name, lambda *given, n=name, f=function: (steps.append(n), f(*given))[1])
    update(tmp_path / "ledger.json", [entry(1)])
    assert steps == ["fsync", "replace", "fsync"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    update(real, [entry(1)])
    link.symlink_to(real)
    update(link, [entry(2)])
    assert link.is_symlink()
    assert read(real) == [entry(1), entry(2)]


def _append(path: Path, first: int) -> None:
    for number in range(first, first + 10):
        update(path, [entry(number)])


def test_parallel_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    workers = [multiprocessing.get_context("fork").Process(target=_append, args=(path, 10 * n)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert {row["id"] for row in read(path)} == {f"i/{number}" for number in range(40)}


def test_a_lock_that_is_not_given_up_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    descriptor = os.open(tmp_path / "ledger.json.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(LedgerError, match=r"Another process has kept .* locked"):
            update(path, [entry(1)], timeout=0.1)
    finally:
        os.close(descriptor)
    assert not path.exists()
    update(path, [entry(1)], timeout=0.1)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"schema": 2, "entries": []}', '{"schema": 1}', '{"schema": 1, "entries": [{"id": "x"}]}', "\xff"],
)
def test_what_is_no_ledger_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ledger.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(LedgerError):
        update(path, [entry(1)])
    assert path.read_text(encoding="latin-1") == text


def test_an_entry_without_identity_is_refused() -> None:
    with pytest.raises(LedgerError, match="needs id, server, user, status"):
        merged([], [{"id": "x", "server": "whm1", "user": None, "status": "held"}])


def test_the_file_is_json_that_people_can_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    update(path, [entry(1)])
    text = path.read_text(encoding="utf-8")
    assert json.loads(text) == {"schema": json_ledger.SCHEMA, "entries": [entry(1)]}
    assert text.count("\n") > 5
