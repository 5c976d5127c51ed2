# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller kit as its playbook reads it: the data in extensions/awx, each file once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader

CHECKOUT = Path(__file__).resolve().parents[2]
KIT = CHECKOUT / "extensions/awx"
PROJECT = KIT / "project"


def load(name: str) -> Any:
    """One of the files in data/, with Ansible's own loader, which knows ``!unsafe``; its values without Ansible's tags."""
    (value,) = DataLoader().load_from_file(str(KIT / "data" / f"{name}.yml")).values()
    return json.loads(json.dumps(value))


CREDENTIAL_TYPE: dict[str, Any] = load("credential_type")
TEMPLATES: dict[str, dict[str, Any]] = {template["name"]: template for template in load("job_templates")}
WORKFLOW: dict[str, Any] = load("workflow")
SCHEDULES: list[dict[str, Any]] = load("schedules")
