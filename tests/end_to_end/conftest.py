# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks that really run: ansible-playbook against the simulator, results collected task by task."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.benchmarks.playbook import ordinary_collection
from ansible_collections.whm.mail.tests.simulator import Simulator

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent
ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")

Play = Callable[..., "Played"]


@dataclass
class Played:
    """What a run of ansible-playbook left."""

    code: int
    stdout: str
    stderr: str
    lines: list[dict[str, Any]]

    def results(self, task: str | None = None, host: str | None = None) -> list[dict[str, Any]]:
        """Results of the tasks in order, one a host."""
        return [
            line["result"]
            for line in self.lines
            if line["outcome"] != "start" and task in (None, line["task"]) and host in (None, line["host"])
        ]

    def stats(self) -> dict[str, Any]:
        """What tasks left by set_stats: the artifacts of a job of AWX."""
        shown = [line for line in self.stdout.splitlines() if line.startswith("\tRUN: ")]
        found: dict[str, Any] = json.loads(shown[0].removeprefix("\tRUN: ")) if shown else {}
        return found

    def result(self, task: str, host: str | None = None) -> dict[str, Any]:
        (result,) = self.results(task, host)
        return result


@pytest.fixture(scope="session")
def collections_path() -> Path:
    """The folder with ansible_collections that this test was imported from."""
    import ansible_collections.whm.mail.tests.simulator as package

    return Path(package.__file__).absolute().parents[5]


@pytest.fixture(scope="session")
def without_action_plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ordinary_collection(tmp_path_factory.mktemp("collections"))


@pytest.fixture
def inventory(sim: Simulator) -> dict[str, Any]:
    """The simulated servers as a group of hosts that have no SSH, each with its own token."""
    hosts = {
        name: {"ansible_host": box.host, "ansible_port": 1, "whm_port": box.port, "whm_token": box.token}
        for name, box in sim.boxes.items()
    }
    return {"whm_servers": {"hosts": hosts}}


@pytest.fixture
def defaults(sim: Simulator) -> dict[str, Any]:
    """module_defaults for the group: everything but api_host."""
    options = {"api_port": "{{ whm_port }}", "api_token": "{{ whm_token }}", "ca_path": str(sim.ca_path)}
    return {"group/whm.mail.whm": options}


def interpreter(folder: Path) -> Path:
    """This Python under a name without spaces: Ansible cannot start ordinary modules with one that has some."""
    if " " not in sys.executable:
        return Path(sys.executable)
    program = folder / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    program.chmod(0o700)
    return program


def environment(folder: Path) -> dict[str, str]:
    """This process's, without the settings of the machine, for a run of ansible-playbook that leaves its files in the folder."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "WHM_"))}
    settings = {
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "plugins/callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "collect",
        "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "plugins/connection"),
        "ANSIBLE_ASYNC_DIR": str(folder / "async"),  # below ~ it depends on who is asked what ~ is
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_SHOW_CUSTOM_STATS": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_PYTHON_INTERPRETER": str(interpreter(folder)),
        "PYTHONHASHSEED": "0",  # messages that list a set list it in one order
        "COLLECT_FILE": str(folder / "results"),
    }
    return {**clean, **settings}


@pytest.fixture
def play(tmp_path: Path, inventory: dict[str, Any], defaults: dict[str, Any]) -> Play:
    """play(tasks, hosts=…, env=…, collections=…, files=…, vaulted=…, **keywords of the play) runs one play.

    ``vaulted`` are texts of the play with what they are in an inline vault.

    Each leads a process group of its own, as one that was started in a terminal does. ``play.running`` are those that were begun.
    """
    count = itertools.count(1)
    running: list[subprocess.Popen[str]] = []

    def run(
        tasks: list[dict[str, Any]],
        *arguments: str,
        hosts: str = "whm_servers",
        env: dict[str, str] | None = None,
        collections: Path | None = None,
        extra_hosts: dict[str, Any] | None = None,
        files: dict[str, str] | None = None,
        vaulted: dict[str, str] | None = None,
        **keywords: Any,
    ) -> Played:
        folder = tmp_path / str(next(count))
        folder.mkdir()
        book = {"hosts": hosts, "gather_facts": False, "module_defaults": defaults, **keywords, "tasks": tasks}
        for name, text in (files or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        text = json.dumps([book])
        for secret, hidden in (vaulted or {}).items():  # JSON is YAML, but for its tags
            text = text.replace(json.dumps(secret), f"!vault {json.dumps(hidden)}")
        (folder / "play.yml").write_text(text, encoding="utf-8")
        (folder / "inventory.yml").write_text(
            json.dumps({**inventory, "others": {"hosts": extra_hosts or {}}}), encoding="utf-8"
        )
        settings = environment(folder)
        if collections:
            settings["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
        process = subprocess.Popen(
            [str(ANSIBLE_PLAYBOOK), "-i", str(folder / "inventory.yml"), *arguments, str(folder / "play.yml")],
            env={**settings, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        try:
            stdout, stderr = process.communicate(timeout=600)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        file = folder / "results"
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
        return Played(process.returncode, stdout, stderr, lines)

    run.running = running  # type: ignore[attr-defined]
    return run
