# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of every filter run in one play."""

from __future__ import annotations

import json
from typing import Any

import yaml
from ansible_collections.whm.mail.tests.simulator import Simulator

from .conftest import CHECKOUT, Play


def examples() -> list[tuple[str, dict[str, Any]]]:
    """(filter, task)"""
    files = sorted((CHECKOUT / "plugins/filter").glob("*.yml"))
    documents = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in files}
    return [(name, task) for name, said in documents.items() for task in yaml.safe_load(said["EXAMPLES"])]


def test_examples_of_filters_run(play: Play, sim: Simulator) -> None:
    found = examples()
    assert all(any(f"whm.mail.{name}" in json.dumps(task) for of, task in found if of == name) for name, _task in found)
    tasks = [{**task, "name": f"{name}: {task['name']}"} for name, task in found]
    played = play(tasks, "--check", hosts="whm1")
    assert played.code == 0, played.stdout
    ended = {line["task"]: line["result"] for line in played.lines if line["outcome"] == "ok"}
    assert list(ended) == [task["name"] for task in tasks]
