# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which run of ansible-playbook this is, who called it, and on which machine."""

from __future__ import annotations

import getpass
import hashlib
import json
import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ansible import constants

_ROOT = Path(__file__).parents[3]
_USERS = ("awx_user_name", "tower_user_name")
_JOBS = ("awx_job_id", "tower_job_id")


def user() -> str:
    """The user of the controller."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


def caller(variables: Mapping[str, Any]) -> str:
    """Who called it: the user of AWX, where it is a job, else that of the controller."""
    return next((str(variables[name]) for name in _USERS if variables.get(name)), user())


def machine(variables: Mapping[str, Any]) -> str:
    """Where it runs, with the number of the job of AWX."""
    job = next((str(variables[name]) for name in _JOBS if variables.get(name)), "")
    return f"{socket.gethostname()}, job {job}" if job else socket.gethostname()


def run_id() -> str:
    """The same in all workers of a run, and in no other: Ansible makes a temporary folder of its own for each."""
    return hashlib.sha256(f"{socket.gethostname()} {constants.DEFAULT_LOCAL_TMP}".encode()).hexdigest()[:32]  # type: ignore[attr-defined]


@cache
def version() -> str:
    """Of this collection: installed it has a manifest, in a checkout its galaxy.yml."""
    manifest = _ROOT / "MANIFEST.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    return str(yaml.safe_load((_ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"])
