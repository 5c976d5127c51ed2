# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the report of all servers that this run has audited, always on the controller. Documented by the module of the same name."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import yaml
from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.whm.mail.plugins.module_utils._mail.times import iso
from ansible_collections.whm.mail.plugins.plugin_utils._audit.compare import NotAnAudit
from ansible_collections.whm.mail.plugins.plugin_utils._audit.run import FORMS, Run, Wanted, failure, sentence
from ansible_collections.whm.mail.plugins.plugin_utils._controller.files import mode_of
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import plain
from ansible_collections.whm.mail.plugins.plugin_utils._controller.play import hosts_of

SPEC = {
    "folder": {"type": "path", "required": True},
    "formats": {"type": "list", "elements": "str", "choices": list(FORMS), "default": list(FORMS)},
    "title": {"type": "str", "default": "Mail audit"},
    "mode": {"type": "str", "default": "0640"},
    "include_facts": {"type": "bool", "default": True},
    "compare": {"type": "bool", "default": True},
    "earlier": {"type": "path"},
    "fail_on": {"type": "list", "elements": "str", "choices": ["drift", "problem", "unread"], "default": []},
}
_ROOT = Path(__file__).parents[2]


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _validation, options = self.validate_argument_spec(argument_spec=SPEC)
        given = plain(options)
        wanted = _wanted(given)
        run = Run(Path(constants.DEFAULT_LOCAL_TMP), Path(given["folder"]).absolute())  # type: ignore[attr-defined]
        hosts = hosts_of(variables)
        try:
            made = run.report(hosts, wanted)
            alone = not hosts.in_step and set(made["to_come"]) <= set(hosts.batch)
            own = run.of(str(variables.get("inventory_hostname"))) if alone else None
        except NotAnAudit as exc:
            return {**result, "failed": True, "msg": str(exc)}
        except OSError as exc:
            return {**result, "failed": True, "msg": f"The report cannot be written: {exc}."}
        shown = ("written", "files", "summary", "since_earlier", "left_out", "to_come", "warnings")
        said = {"sentence": sentence(made), "failure": failure(made, given["fail_on"], own)}
        return {**result, "changed": False, **{key: made[key] for key in shown}, **said}


def _wanted(given: dict[str, Any]) -> Wanted:
    now = int(time.time())
    try:
        mode = mode_of("mode", given["mode"])
    except ValueError as exc:
        raise AnsibleActionFail(str(exc)) from None
    return Wanted(
        formats=given["formats"],
        title=given["title"],
        mode=mode,
        facts=given["include_facts"],
        compare=given["compare"],
        earlier=given["earlier"] or None,
        generated_at={"epoch": now, "iso": iso(now)},
        version=version(),
    )


def version() -> str:
    """Of this collection: installed it has a manifest, in a checkout its galaxy.yml."""
    manifest = _ROOT / "MANIFEST.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    return str(yaml.safe_load((_ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"])
