# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of ansible-playbook, the unit in which a user waits."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
COLLECTION = Path("ansible_collections/whm/mail")

Tasks = Sequence[Mapping[str, Any]]


def linked_collection(folder: Path) -> Path:
    """A folder for ANSIBLE_COLLECTIONS_PATH with this checkout in it."""
    link = folder / "linked" / COLLECTION
    link.parent.mkdir(parents=True)
    link.symlink_to(CHECKOUT, target_is_directory=True)
    return folder / "linked"


def ordinary_collection(folder: Path) -> Path:
    """The same with a copy whose modules are ordinary ones: nothing routes them to the action plugin."""
    copy = folder / "ordinary" / COLLECTION
    shutil.copytree(CHECKOUT / "plugins", copy / "plugins", ignore=shutil.ignore_patterns("action", "__pycache__"))
    runtime = yaml.safe_load((CHECKOUT / "meta/runtime.yml").read_text(encoding="utf-8"))
    del runtime["plugin_routing"]
    (copy / "meta").mkdir()
    (copy / "meta/runtime.yml").write_text(yaml.safe_dump(runtime), encoding="utf-8")
    shutil.copy(CHECKOUT / "galaxy.yml", copy)
    return folder / "ordinary"


def hosts(number: int, **variables: Any) -> dict[str, Any]:
    """An inventory of so many hosts, all of them on this machine."""
    names = [f"host{count:03}" for count in range(1, number + 1)]
    return {"all": {"hosts": {name: {} for name in names}, "vars": {"ansible_connection": "local", **variables}}}


def uri_call(function: str, params: Mapping[str, Any], server: Mapping[str, Any]) -> dict[str, Any]:
    """What ``ansible.builtin.uri`` needs for one POST to WHM.

    :param server: the connection options of ``whm.mail``, as values or as templates.
    """
    return {
        "url": f"https://{server['api_host']}:{server['api_port']}/json-api/{function}",
        "method": "POST",
        "body_format": "form-urlencoded",
        "body": {"api.version": "1", **params},
        "headers": {"Authorization": f"whm root:{server['api_token']}"},
        "ca_path": server["ca_path"],
        "timeout": 300,
    }


class Ansible:
    """One ansible-playbook with a collection to find.

    :param executable: the program; the Python beside it runs the modules.
    :param folder: for the files it is given and leaves.
    """

    def __init__(self, executable: Path, folder: Path, collections: Path | None = None) -> None:
        self.executable = executable
        self._folder = folder
        self._collections = collections or linked_collection(folder)
        self._count = 0

    @cached_property
    def version(self) -> str:
        told = subprocess.run([str(self.executable), "--version"], capture_output=True, text=True, check=True).stdout
        core = re.search(r"core ([^\]]+)\]", told)
        python = re.search(r"python version = ([\d.]+)", told)
        return f"{core.group(1) if core else '?'} (Python {python.group(1) if python else '?'})"

    def play(
        self,
        tasks: Tasks,
        inventory: Mapping[str, Any],
        collections: Path | None = None,
        environment: Mapping[str, str] | None = None,
        peaks: list[int] | None = None,
    ) -> Callable[[], None]:
        """Something to call that runs these tasks, and raises an error when one of them fails.

        :param peaks: gets the most memory that the main process held, in bytes, a number a run.
        """
        self._count += 1
        folder = self._folder / f"play{self._count}"
        folder.mkdir()
        (folder / "inventory.yml").write_text(json.dumps(inventory), encoding="utf-8")
        (folder / "ansible.cfg").touch()  # an empty one: settings of this machine do not count
        book = {"hosts": "all", "gather_facts": False, "tasks": list(tasks)}
        (folder / "play.yml").write_text(json.dumps([book]), encoding="utf-8")
        complete = {**self._environment(folder, collections or self._collections), **(environment or {})}
        command = [str(self.executable), "-i", str(folder / "inventory.yml"), str(folder / "play.yml")]
        if peaks is None:
            return lambda: _run(command, complete)
        python, file = str(self.executable.with_name("python")), folder / "peak"

        def run() -> None:
            _run([python, str(Path(__file__).with_name("memory.py")), str(file), *command], complete)
            peaks.append(int(file.read_text(encoding="ascii")))

        return run

    def _environment(self, folder: Path, collections: Path) -> dict[str, str]:
        foreign = ("ANSIBLE_", "WHM_", "PYTHON", "VIRTUAL_ENV")
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PYTHON_INTERPRETER": str(self.executable.with_name("python")),
        }


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"ansible-playbook failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
