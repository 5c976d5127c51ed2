# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module that writes a file: on which machine, and that both ways return the same, although AnsibleModule likes to add to
results with a ``dest``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Play

Task = dict[str, Any]


def tasks(folder: Path) -> list[Task]:
    dest = str(folder / "info.mobileconfig")

    def task(name: str, options: Task, **keywords: Any) -> Task:
        given = {"address": "info@alice.example.com", "dest": dest, **options}
        return {"name": name, "whm.mail.mobileconfig": given, "ignore_errors": True, **keywords}

    return [
        task("predict", {}, check_mode=True),
        task("write", {}),
        task("again", {}),
        task("octal", {"mode": 0o640}),
        task("quoted", {"mode": "0640"}),
        task("force", {"force": True, "mode": "0640"}),
        task("no folder", {"dest": str(folder / "no" / "x")}),
        task("a folder", {"dest": str(folder)}),
        task("wrong service", {"services": ["fax"]}),
        task("no such address", {"address": "nosuch@alice.example.com"}),
    ]


@pytest.fixture
def results(
    play: Play, sim: Any, defaults: Task, collections_path: Path, without_action_plugin: Path, tmp_path: Path
) -> list[list[Task]]:
    folder = tmp_path / "profiles"
    folder.mkdir()
    found = []
    here = {"group/whm.mail.whm": {**defaults["group/whm.mail.whm"], "api_host": sim["whm1"].host}}
    for collections in (collections_path, without_action_plugin):
        for file in folder.iterdir():
            file.unlink()
        played = play(
            tasks(folder),
            "--diff",
            "-vvv",
            hosts="whm1",
            vars={"ansible_connection": "local"},
            collections=collections,
            module_defaults=here,
        )
        found.append([{key: line["result"].get(key) for key in KEYS} for line in played.lines if "result" in line])
        assert ("AnsiballZ" in played.stdout) is (collections == without_action_plugin)
        text = "".join(str(line) for line in played.lines) + played.stdout
        for piece in ("<plist", "IncomingMailServer", "PayloadType"):
            assert piece not in text
    return found


KEYS = ("changed", "dest", "checksum", "diff", "error", "msg", "uid", "gid", "owner", "group", "mode", "state", "size")


def test_both_ways_return_the_same(results: list[list[Task]]) -> None:
    here, there = results
    assert len(here) == len(there) == 10
    for one, other in zip(here, there, strict=True):
        assert one == other
    assert [result["changed"] for result in here] == [True, True, False, False, True, True, False, False, False, False]
    assert [bool(result["msg"]) for result in here] == [False, False, False, True, False, False, True, True, True, True]
    assert all(result[key] is None for result in here for key in KEYS[6:])
