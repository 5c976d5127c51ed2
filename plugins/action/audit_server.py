# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds what mail_facts read of a server against a policy, and keeps it for the report. Documented by the module of the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import server
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SEVERITIES
from ansible_collections.whm.mail.plugins.plugin_utils._audit.missing import applicable
from ansible_collections.whm.mail.plugins.plugin_utils._audit.problems import findings
from ansible_collections.whm.mail.plugins.plugin_utils._audit.run import Run
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import plain
from ansible_collections.whm.mail.plugins.plugin_utils._controller.play import hosts_of

SPEC = {
    "gathered": {"type": "str", "required": True},
    "folder": {"type": "path", "required": True},
    "policy": {"type": "dict", "default": {}},
    "queue_hours": {"type": "int", "default": 24},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        _validation, options = self.validate_argument_spec(argument_spec=SPEC)
        name, policy = str(variables.get("inventory_hostname")), plain(options["policy"])
        gathered = _taken(variables, options["gathered"])
        facts = (gathered.get("ansible_facts") or {}).get("whm_mail")
        if facts is not None and (not isinstance(facts, dict) or "subsets" not in facts):
            raise AnsibleActionFail(f"{options['gathered']} is not the result of whm.mail.mail_facts.")
        found = []
        if facts:
            facts, counting = applicable(facts, policy)
            gathered = {**gathered, "ansible_facts": {"whm_mail": facts}}
            found = findings(facts, name, counting, options["queue_hours"])
        row = server(name, self._address(variables, name), gathered, found)
        folder = Path(options["folder"]).absolute()
        try:
            Run(Path(constants.DEFAULT_LOCAL_TMP), folder).keep(row, any(policy.values()), hosts_of(variables).play)  # type: ignore[attr-defined]
        except OSError as exc:
            return {**result, "failed": True, "msg": f"The audit of {name} cannot be kept: {exc}."}
        counts = {severity: sum(each["severity"] == severity for each in row["drift"]) for severity in SEVERITIES}
        why = {"reason": row["error"]["reason"]} if "error" in row else {}
        return {**result, "changed": False, "status": row["status"], "findings": counts, "unread": row["unread"], **why}

    def _address(self, variables: dict[str, Any], name: str) -> str:
        """Where the server is asked. A template in it that cannot be resolved keeps no server out of the report."""
        try:
            return str(plain(self._templar.template(variables.get("ansible_host") or name)))
        except AnsibleError:
            return name


def _taken(variables: dict[str, Any], name: str) -> dict[str, Any]:
    """The result of a module as it was registered. As a template it would be looked through for templates, which a module's never
    are: some seconds for thousands of accounts."""
    found = variables.get(name)
    direct = getattr(found, "_non_lazy_copy", None)
    taken = plain(direct() if direct else found)
    if not isinstance(taken, dict):
        raise AnsibleActionFail(
            f"gathered: there is no variable {name}; name the one that whm.mail.mail_facts was registered in."
        )
    return taken
