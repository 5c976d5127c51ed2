# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A home directory that cannot be written: what Ansible needs is told to it, as the guide says, and then everything works."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import ANSIBLE_PLAYBOOK, CHECKOUT, Play

GUIDE = CHECKOUT / "docs/when-things-go-wrong.md"


def settings(folder: Path) -> dict[str, str]:
    """The environment that the guide names, below another folder than there."""
    text = (
        GUIDE.read_text(encoding="utf-8")
        .partition("\n## A home directory that cannot be written\n")[2]
        .partition("\n## ")[0]
    )
    found = dict(re.findall(r"^export (\w+)=(\S+)", text, re.MULTILINE))
    assert len(found) == 4
    return {name: value.replace("/var/tmp/ansible-me", str(folder)) for name, value in found.items()}


@pytest.mark.parametrize("home", ["/proc/nowhere", "/dev/null", "/nowhere/at/all"])
def test_tasks_and_roles_run_with_a_home_that_cannot_be_written(play: Play, tmp_path: Path, home: str) -> None:
    report = tmp_path / "report"
    tasks: list[dict[str, Any]] = [
        {"name": "here", "whm.mail.outgoing_mail": {"users": ["alice"], "hold": True}},
        {"name": "async", "whm.mail.account_info": {"users": ["alice"]}, "async": 120, "poll": 1},
        {"name": "ordinary", "whm.mail.account_info": {"users": ["alice"]}, "delegate_to": "localhost"},
        {
            "name": "audit",
            "ansible.builtin.include_role": {"name": "whm.mail.audit"},
            "vars": {"audit_folder": str(report), "audit_gather_subset": ["accounts"]},
        },
    ]
    env = {"HOME": home, "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"), **settings(tmp_path / "instead")}
    played = play(tasks, hosts="whm1", env=env, vars={"ansible_connection": "local"})
    assert played.code == 0, played.stdout + played.stderr
    assert played.result("here")["changed"] is True
    assert [row["user"] for row in played.result("async")["accounts"]] == ["alice"]
    assert [row["user"] for row in played.result("ordinary")["accounts"]] == ["alice"]
    assert (report / "audit.html").is_file()


def test_without_the_settings_it_is_ansible_that_stops() -> None:
    """The guide says so; should Ansible learn to do without, the guide is to be changed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    argv = [str(ANSIBLE_PLAYBOOK), "--version"]
    done = subprocess.run(argv, env={**clean, "HOME": "/proc/nowhere"}, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "/proc/nowhere/.ansible" in done.stderr
