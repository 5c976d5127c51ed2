# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job as a controller makes one: a credential rendered into a private data directory, a survey's answers, and ansible-runner.

What a controller puts where was read in the source of AWX as of October 2024 (``awx/main/models/credential.py``,
``awx/main/tasks/jobs.py``, ``awx/main/utils/safe_yaml.py``).
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from . import rules
from .conftest import BIN, clean_environment
from .kit import PROJECT

STATISTICS = "playbook_on_stats"


class Unsafe(yaml.SafeDumper):
    """Writes texts so that Ansible takes no templates from them."""

    def represent_data(self, data: Any) -> Any:
        return self.represent_scalar("!unsafe", data) if isinstance(data, str) else super().represent_data(data)


def extravars(template: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """The file of extra variables: what the template does not say itself, somebody typed in, and it is not to be trusted."""
    trusted = {name: value for name, value in given.items() if name in template and template[name] == value}
    typed = {name: value for name, value in given.items() if name not in trusted}
    return yaml.safe_dump(trusted) * bool(trusted) + yaml.dump(typed, Dumper=Unsafe) * bool(typed)


def inject(kind: Mapping[str, Any], inputs: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Write the files of a credential into the folder; its environment variables. A field left empty is not there at all."""
    known: dict[str, Any] = {name: value for name, value in inputs.items() if value}
    render = ImmutableSandboxedEnvironment().from_string
    files = {}
    for label, text in kind["injectors"].get("file", {}).items():
        path = folder / f"tmp{len(files)}"
        path.write_text(render(text).render(known), encoding="utf-8")
        path.chmod(0o600)
        files[label.partition(".")[2]] = str(path)
    known["tower"] = SimpleNamespace(filename=SimpleNamespace(**files))
    return {name: render(text).render(known) for name, text in kind["injectors"].get("env", {}).items()}


@dataclass
class Job:
    """What a job left."""

    code: int
    stdout: str
    events: list[dict[str, Any]]
    artifacts: dict[str, Any]
    folder: Path

    def failures(self) -> list[str]:
        names = ("runner_on_failed", "runner_on_unreachable")
        return [str(event["event_data"]["res"].get("msg")) for event in self.events if event["event"] in names]

    def texts(self) -> dict[str, str]:
        """Everything that a controller keeps of the job, by file.

        Not the record of the command: a controller takes from it the environment, with what it knows to be secret made unreadable.
        """
        files = [path for path in (self.folder / "artifacts").rglob("*") if path.is_file() and path.name != "command"]
        return {str(path): path.read_text(encoding="utf-8", errors="replace") for path in files}


class Launcher:
    """Launches job templates on an inventory, with a credential.

    :param inventory: what ``ansible-inventory --list --export`` printed; a controller reads a project's inventory with it, keeps the
        variables as they stand there, and gives them to a job as a program that prints them.
    """

    def __init__(self, folder: Path, collections: Path, inventory: str, environment: dict[str, str]) -> None:
        self.folder, self.inventory, self.environment = folder, inventory, environment
        self.settings = {"ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_HOME": str(folder / "home")}
        self.count = 0

    def launch(
        self,
        template: Mapping[str, Any],
        extra_vars: Mapping[str, Any],
        answers: Mapping[str, Any],
        job_type: str = "",
        limit: str = "",
    ) -> Job:
        """Run one job to its end.

        :raises AssertionError: a controller would not launch it with these answers, or not ask for them.
        """
        assert rules.answers(template["survey"], answers) == []
        assert not job_type or template["ask_job_type_on_launch"]
        assert not limit or template["ask_limit_on_launch"]
        self.count += 1
        folder = self.folder / f"awx_{self.count}"
        given = {**rules.launch_variables(extra_vars, template["survey"], answers), "awx_user_name": "ann"}
        options = ["--check"] * ((job_type or template["job_type"]) == "check")
        options += ["--diff"] * template.get("diff_mode", False) + [f"--limit={limit}"] * bool(limit)
        self._prepare(folder, extravars(extra_vars, given), " ".join(options))
        return self._run(folder, template["playbook"])

    def _prepare(self, folder: Path, variables: str, options: str) -> None:
        shutil.copytree(PROJECT, folder / "project")
        for name, text in {
            "env/extravars": variables,
            "env/cmdline": options,
            "env/envvars": json.dumps({**self.settings, **self.environment}),
            "inventory/hosts": f"#!/bin/sh\ncat <<'INVENTORY'\n{self.inventory}\nINVENTORY\n",
        }.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o700 if name == "inventory/hosts" else 0o600)

    def _run(self, folder: Path, playbook: str) -> Job:
        argv = [str(BIN / "ansible-runner"), "run", str(folder), "-p", playbook, "--ident", "job"]
        env = clean_environment(self.folder)
        done = subprocess.run(
            argv, env=env, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        files = (folder / "artifacts/job/job_events").glob("*.json")
        events = sorted(
            (json.loads(path.read_text(encoding="utf-8")) for path in files), key=lambda event: event["counter"]
        )
        (end,) = [event for event in events if event["event"] == STATISTICS]
        return Job(done.returncode, done.stdout + done.stderr, events, end["event_data"]["artifact_data"], folder)
