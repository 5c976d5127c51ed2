# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""controller_file: a file on the controller, whoever the task runs for, and its text nowhere else."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import Simulator

from .conftest import Play


def task(**options: Any) -> dict[str, Any]:
    return {
        "name": "write",
        "whm.mail.controller_file": {"content": "SECRETQ7Z1 {{ inventory_hostname }}\n", **options},
    }


def test_it_predicts_writes_and_then_leaves_alone(play: Play, sim: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "new/folder/evidence.txt"
    wanted = [task(path=str(file), mode="0640", folder_mode="0750")]
    assert play(wanted, "--check", hosts="whm1").result("write")["changed"]
    assert not file.parent.exists()
    done = play(wanted, "-vvvv", "--diff", hosts="whm1")
    assert (done.result("write")["changed"], done.result("write")["path"]) == (True, str(file))
    assert file.read_text(encoding="utf-8") == "SECRETQ7Z1 whm1\n"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent, file.parent.parent)] == [
        0o640,
        0o750,
        0o750,
    ]
    assert "SECRETQ7Z1 whm1" not in done.stdout + done.stderr
    again = play([{**wanted[0], "delegate_to": "nowhere.invalid"}], hosts="whm1")
    assert again.result("write")["changed"] is False
    assert len(sim["whm1"].log) == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"path": "/proc/nowhere/x"}, "/proc/nowhere/x cannot be written: "),
        (
            {"path": "x", "mode": 0o640},
            'mode: 416 is no mode; it is a zero and three octal digits, in quotes, such as "0640".',
        ),
        ({"path": "x", "folder_mode": "rwx"}, "folder_mode: rwx is no mode"),
        ({}, "path"),
        ({"path": "x", "dest": "y"}, "dest"),
    ],
)
def test_it_says_what_is_wrong(play: Play, options: dict[str, Any], sentence: str) -> None:
    played = play([task(**options)], hosts="whm1")
    assert played.code != 0
    assert sentence in played.result("write")["msg"]
