# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the report of all servers that this run has audited, always on the controller. Documented by the module of the same name."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.times import iso
from ansible_collections.whm.mail.plugins.plugin_utils._audit.compare import NotAnAudit
from ansible_collections.whm.mail.plugins.plugin_utils._audit.run import FORMS, Run, Wanted, failure, sentence, warm
from ansible_collections.whm.mail.plugins.plugin_utils._controller.files import mode_of
from ansible_collections.whm.mail.plugins.plugin_utils._controller.play import Hosts, hosts_of
from ansible_collections.whm.mail.plugins.plugin_utils._store.store_action import Refused, StoreAction

warm()

SPEC = {
    "store": {"type": "str"},
    "folder": {"type": "path", "default": "whm-audit"},
    "formats": {"type": "list", "elements": "str", "choices": list(FORMS), "default": ["json", "csv", "junit", "html"]},
    "title": {"type": "str", "default": "Mail audit"},
    "mode": {"type": "str", "default": "0640"},
    "include_facts": {"type": "bool", "default": False},
    "compare": {"type": "bool", "default": True},
    "earlier": {"type": "path"},
    "keep_days": {"type": "int", "default": 365},
    "fail_on": {"type": "list", "elements": "str", "choices": ["drift", "problem", "unread"], "default": []},
    "role_variables": {"type": "bool", "default": False},
}
_FOLDER_MODE = 0o750
_SHOWN = ("written", "files", "summary", "since_earlier", "left_out", "to_come")


class ActionModule(StoreAction):
    def act(self, variables: dict[str, Any]) -> dict[str, Any]:
        own = self.of_role(self.options(SPEC, "audit", "main"), variables, "audit")
        if own["role"]:
            own["mode"] = own["role"]["audit_file_mode"]
        wanted = _wanted(own)
        run = Run(self.open_store(own, variables, _FOLDER_MODE), self.invocation(variables))
        name = str(variables.get("inventory_hostname"))
        try:
            told = _reported(run, hosts_of(variables), wanted, own["fail_on"], name)
        except NotAnAudit as exc:
            return {"failed": True, "changed": False, "msg": str(exc)}
        except OSError as exc:
            return {"failed": True, "changed": False, "msg": f"The report cannot be written: {exc}."}
        if told["written"]:
            # Beside the results and not among them: these may be read by programs, or be those of hundreds of servers.
            self._display.display(told["sentence"], stderr=True)
        return {"changed": False, "store": run.store.place.shown, **told, **_shown(told)}


def _reported(run: Run, hosts: Hosts, wanted: Wanted, fail_on: list[str], name: str) -> dict[str, Any]:
    made = run.report(hosts, wanted, name)
    alone = not hosts.in_step and set(made["to_come"]) <= set(hosts.batch)
    own = run.of(name) if alone and made["to_come"] else None
    said = {"sentence": sentence(made), "failure": failure(made, fail_on, own)}
    return {**{key: made[key] for key in _SHOWN}, **said}


def _shown(told: Mapping[str, Any]) -> dict[str, Any]:
    """What Ansible does with the result: it is the artifact of a job of AWX, and fails the task where it has to."""
    shown: dict[str, Any] = {}
    if told["written"]:
        kept = {key: told[key] for key in ("summary", "since_earlier", "files")}
        shown["ansible_stats"] = {"data": {"whm_audit": kept}, "per_host": False, "aggregate": True}
    if told["failure"] and (told["written"] or told["to_come"]):
        shown |= {"failed": True, "msg": told["failure"]}
    return shown


def _wanted(given: Mapping[str, Any]) -> Wanted:
    now = int(time.time())
    try:
        mode = mode_of("mode", given["mode"])
    except ValueError as exc:
        raise Refused(str(exc)) from None
    return Wanted(
        folder=Path(given["folder"]).absolute(),
        formats=given["formats"],
        title=given["title"],
        mode=mode,
        facts=given["include_facts"],
        compare=given["compare"],
        earlier=given["earlier"] or None,
        generated_at={"epoch": now, "iso": iso(now)},
        keep_days=given["keep_days"],
    )
