# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``ansible-playbook --check`` cannot write: every state module, and one with a bug that writes while it reads.

Every option of every module in several states is in tests/faults/test_check_mode.py.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.tests.simulator import Simulator
from ansible_collections.whm.mail.tests.subjects import SCENARIOS

from .conftest import CHECKOUT, Play

BUGGY = '''
"""A module whose author forgot check mode: it writes where it should only read."""
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.plan import make_plan
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import StateModule


def read(client, params):
    client.call("hold_outgoing_email", user="alice")
    return {"alice": {"hold": True}}


MODULE = StateModule(items="accounts", key="user", options={}, read=read, plan=lambda current, params: make_plan(current, []))

if __name__ == "__main__":
    run(MODULE)
'''


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
def test_every_state_module(play: Play, sim: Simulator, check: bool) -> None:
    """The tasks that write for real when they may; in check mode they foretell changes and send nothing but reads."""
    box = sim["whm1"]
    for scenario in SCENARIOS:
        box.patch({key: value for key, value in scenario.seed.items() if key != "version"})
    tasks = [
        {"name": str(number), f"whm.mail.{scenario.module}": dict(options), "ignore_errors": True}
        for number, scenario in enumerate(SCENARIOS)
        for options in (scenario.options, *scenario.more)
    ]
    played = play(tasks, "-vvv", *["--check"] * check, hosts="whm1")
    assert played.stdout.count("runs in this process") == len(tasks)
    assert bool(box.log.writes()) is not check
    assert any(entry.mutated for entry in box.log) is not check
    changed = {scenario.module for number, scenario in enumerate(SCENARIOS)
               if any(result["changed"] for result in played.results(str(number)))}  # fmt: skip
    assert changed >= {scenario.module for scenario in SCENARIOS} - {"mail_sni"}, "SNI is always on in this version"
    assert "read_only" not in str(played.lines)


@pytest.mark.parametrize("routed", [True, False], ids=["action plugin", "ordinary module"])
def test_a_module_with_a_bug_is_refused(play: Play, sim: Simulator, tmp_path: Path, routed: bool) -> None:
    copy = tmp_path / "collections/ansible_collections/whm/mail"
    shutil.copytree(CHECKOUT / "plugins", copy / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "plugins/modules/buggy.py").write_text(BUGGY, encoding="utf-8")
    runtime = yaml.safe_load((CHECKOUT / "meta/runtime.yml").read_text(encoding="utf-8"))
    runtime["action_groups"]["whm"].append("buggy")
    if routed:
        runtime["plugin_routing"]["modules"]["buggy"] = {"action_plugin": "whm.mail.api"}
    (copy / "meta").mkdir()
    (copy / "meta/runtime.yml").write_text(yaml.safe_dump(runtime), encoding="utf-8")
    box = sim["whm1"]
    tasks: list[dict[str, Any]] = [
        {"name": "check", "whm.mail.buggy": {"api_host": box.host}, "check_mode": True, "ignore_errors": True},
        {"name": "real", "whm.mail.buggy": {"api_host": box.host}},
    ]
    played = play(tasks, "-vvv", hosts="whm1", connection="local", collections=tmp_path / "collections")
    result = played.result("check")
    assert result["error"]["kind"] == "read_only"
    assert "refused to send a function that writes" in result["msg"]
    assert played.code == 0, "and for real it does write"
    assert [entry.function for entry in box.log] == ["hold_outgoing_email"]
    assert ("runs in this process" in played.stdout) is routed
