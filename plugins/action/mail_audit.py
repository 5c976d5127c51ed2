# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Audits the server of its host and keeps the audit in the store. Documented by the module of the same name.

What was read stays in the worker: half a megabyte of facts a server would travel through Ansible's one main process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.whm.mail.plugins.module_utils._state.connection import connection_spec
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import server
from ansible_collections.whm.mail.plugins.plugin_utils._audit.missing import applicable
from ansible_collections.whm.mail.plugins.plugin_utils._audit.problems import findings
from ansible_collections.whm.mail.plugins.plugin_utils._audit.run import Run, warm
from ansible_collections.whm.mail.plugins.plugin_utils._controller import worker
from ansible_collections.whm.mail.plugins.plugin_utils._controller.arguments import as_module_sees
from ansible_collections.whm.mail.plugins.plugin_utils._controller.play import hosts_of
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_options import POLICY
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_values import without_prefix
from ansible_collections.whm.mail.plugins.plugin_utils._controller.server_action import ServerAction
from ansible_collections.whm.mail.plugins.plugin_utils._controller.typed import typed
from ansible_collections.whm.mail.plugins.plugin_utils._store.store_action import Refused, StoreAction

warm()
worker.prepare()

SPEC = {
    "policy": {"type": "dict", "default": {}},
    "gather_subset": {"type": "list", "elements": "str", "default": ["all", "!mailboxes"]},
    "since": {"type": "str", "default": "24h"},
    "queue_hours": {"type": "int", "default": 24},
    "store": {"type": "str"},
    "folder": {"type": "path", "default": "whm-audit"},
    "role_variables": {"type": "bool", "default": False},
}
_FOLDER_MODE = 0o750
_FINDING = ("resource", "item", "field", "severity", "message", "expected")


class ActionModule(StoreAction, ServerAction):
    def act(self, variables: dict[str, Any]) -> dict[str, Any]:
        own = self.of_role(self.options(SPEC, "audit", "main", connection_spec()), variables, "audit")
        policy = without_prefix("policy_", own["role"]) if own["role"] else policy_of(own["policy"])
        store = self.open_store(own, variables, _FOLDER_MODE)  # before the server is asked anything
        row = self._audited(own, policy, variables)
        Run(store, self.invocation(variables)).keep(row, policy, hosts_of(variables).play)
        return {"changed": False, **_told(row)}

    def _audited(self, own: Mapping[str, Any], policy: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """The server of the document."""
        name = str(variables.get("inventory_hostname"))
        gathered = self._gathered(own, policy, variables)
        facts = (gathered.get("ansible_facts") or {}).get("whm_mail")
        found = []
        if facts:
            facts, counting = applicable(facts, policy)
            gathered = {**gathered, "ansible_facts": {"whm_mail": facts}}
            found = findings(facts, name, counting, own["queue_hours"])
        return server(name, self.address(variables), gathered, found)

    def _gathered(self, own: Mapping[str, Any], policy: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """The result of mail_facts; where it could not be asked, one that says why."""
        given = {name: value for name, value in as_module_sees(self._task.args).items() if name not in SPEC}
        wanted = {
            "gather_subset": own["gather_subset"],
            "since": own["since"],
            "domains": named_domains(policy),
            "forward_users": [entry["user"] for entry in policy["forwards"]],
        }
        if own["role"]:
            given["api_timeout"] = own["role"]["audit_timeout"]
        try:
            arguments = {**self.complete(given, variables), **wanted}
            return self.ask("whm.mail.mail_facts", arguments, variables, check_mode=True)
        except AnsibleConnectionFailure as exc:
            return {"unreachable": True, "msg": str(exc)}
        except AnsibleError as exc:
            return {"failed": True, "msg": str(exc)}


def policy_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The policy as what it is meant to be.

    :param given: variables of the role policy without their prefix.
    :raises Refused: one of them is not known, or is not what it is to be.
    """
    known = {name.removeprefix("policy_") for name in POLICY}
    for name in given:
        if name not in known:
            raise Refused(f"policy: {name} is not known; what is known is {', '.join(sorted(known))}.")
    found, wrong = typed(POLICY, {f"policy_{name}": value for name, value in given.items()})
    if wrong:
        raise Refused(" ".join(wrong))
    return {name.removeprefix("policy_"): value for name, value in found.items()}


def named_domains(policy: Mapping[str, Any]) -> list[str]:
    """Domains that the policy names, and that may be others than the main domains of the accounts."""
    names = [name for entry in policy["dkim"] for name in entry["domains"]]
    names += [entry["domain"] for variable in ("spf", "dmarc") for entry in policy[variable]]
    return list(dict.fromkeys(names))


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the task returns of the server."""
    told: dict[str, Any] = {
        "status": row["status"],
        "findings": _findings(row["drift"]),
        "figures": row.get("figures") or {},
        "unread": row["unread"],
    }
    if "error" in row:
        told["error"] = row["error"]
        told["warnings"] = ["{} could not be read: {}".format(row["name"], row["error"]["reason"])]
    return told


def _findings(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**{key: row[key] for key in _FINDING}, "actual": row["found"]} for row in rows]
