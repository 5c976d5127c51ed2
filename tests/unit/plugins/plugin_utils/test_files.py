# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the controller: replaced as a whole, with the modes that were asked for."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._controller.files import differs, make_folder, replace


@pytest.fixture(autouse=True)
def wide_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_folders_that_are_missing_are_made(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir(mode=0o755)
    make_folder(there / "a/b", 0o750)
    assert [mode(path) for path in (there, there / "a", there / "a/b")] == [0o755, 0o750, 0o750]
    make_folder(there / "a/b", 0o700)
    assert mode(there / "a/b") == 0o750


def test_a_file_differs_by_its_text_or_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "report"
    assert differs(file, "x", 0o640)
    replace(file, "x\r\n", 0o640)
    assert (file.read_bytes(), mode(file)) == (b"x\r\n", 0o640)
    assert not differs(file, "x\r\n", 0o640)
    assert differs(file, "x\n", 0o640)
    assert differs(file, "x\r\n", 0o600)


def test_what_is_no_file_differs_whatever_it_leads_to(tmp_path: Path) -> None:
    replace(tmp_path / "report", "x", 0o640)
    (tmp_path / "link").symlink_to("report")
    (tmp_path / "astray").symlink_to("nowhere")
    assert not differs(tmp_path / "report", "x", 0o640)
    assert differs(tmp_path / "link", "x", 0o640)
    assert differs(tmp_path / "astray", "x", 0o640)
    assert differs(tmp_path, "x", mode(tmp_path))


def test_a_failure_leaves_the_old_file_and_no_rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report"
    replace(file, "old")

    def fail(*_arguments: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="the disk is full"):
        replace(file, "new")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert file.read_text(encoding="utf-8") == "old"


def test_half_a_character_is_written_as_an_escape(tmp_path: Path) -> None:
    file = tmp_path / "report"
    replace(file, json.dumps({"name": "\ud800"}, ensure_ascii=False))
    assert json.loads(file.read_text(encoding="utf-8")) == {"name": "\ud800"}
    assert not differs(file, json.dumps({"name": "\ud800"}, ensure_ascii=False), 0o600)
