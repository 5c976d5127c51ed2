# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of every module run against a server that has what they name, in check mode."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.tests.simulator import Simulator

from .conftest import CHECKOUT, Play

MODULES = sorted(path.stem for path in (CHECKOUT / "plugins/modules").glob("[!_]*.py"))

# What the examples speak of, beside what tests.yml has.
WORLD = {
    "accounts": {
        "alice": {"domain": "example.com", "mailboxes": {"info": {"folders": {"INBOX": {"messages": 1, "vsize": 1}}}}},
    },
    "forwards": {"root": ["ops@example.org"], "nobody": ["root"]},
}

# Tasks that are meant to fail: (module, name of the task).
MEANT_TO_FAIL: set[tuple[str, str]] = set()


@pytest.fixture(scope="module")
def examples() -> dict[str, list[dict[str, Any]]]:
    package = "ansible_collections.whm.mail.plugins.modules"
    return {name: yaml.safe_load(importlib.import_module(f"{package}.{name}").EXAMPLES) for name in MODULES}


def test_examples_run(play: Play, sim: Simulator, examples: dict[str, list[dict[str, Any]]]) -> None:
    sim["whm1"].patch({"accounts": {"alice": None}})  # the one of tests.yml has other domains
    sim["whm1"].patch(WORLD)
    tasks = [
        {**task, "name": f"{module}: {task['name']}", "ignore_errors": True, "ignore_unreachable": True}
        for module in MODULES
        for task in examples[module]
    ]
    played = play(tasks, "--check", "--diff", hosts="whm1")
    ended = [line for line in played.lines if line["outcome"] != "start"]
    assert [line["task"] for line in ended] == [task["name"] for task in tasks], "every task ran"
    failed = {line["task"]: line["result"].get("msg") for line in ended if line["outcome"] != "ok"}
    assert set(failed) == {": ".join(row) for row in MEANT_TO_FAIL}, failed
    assert sim["whm1"].log.writes() == []
