# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Returns the variables of a role as what they are meant to be. Documented by the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_options import ROLES
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_values import role_values, without_prefix

SPEC = {
    "role": {"type": "str", "required": True, "choices": sorted({role for role, _entry in ROLES})},
    "entry_point": {"type": "str", "default": "main", "choices": sorted({entry for _role, entry in ROLES})},
}

_POLICY = "policy_"


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, wanted = self.validate_argument_spec(argument_spec=SPEC)
        role, entry = wanted["role"], wanted["entry_point"]
        if (role, entry) not in ROLES:
            return {**result, "failed": True, "msg": f"The role {role} has no entry point {entry}."}
        found, wrong = role_values(self._templar, task_vars or {}, role, entry)
        if wrong:
            return {**result, "failed": True, "msg": " ".join(wrong)}
        return {
            **result,
            "changed": False,
            "policy": without_prefix(_POLICY, found),
            "variables": without_prefix(f"{role}_", found) if role != "policy" else {},
        }
