# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Returns the variables of a role as what they are meant to be. Documented by the module of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_options import ROLES
from ansible_collections.whm.mail.plugins.plugin_utils._controller.typed import Option, typed

SPEC = {
    "role": {"type": "str", "required": True, "choices": sorted({role for role, _entry in ROLES})},
    "entry_point": {"type": "str", "default": "main", "choices": sorted({entry for _role, entry in ROLES})},
}

_POLICY = "policy_"

try:  # before ansible-core 2.19, where templates make data of texts that look like some, such as [1] or True
    from ansible.template import AnsibleEnvironment  # type: ignore[attr-defined,unused-ignore]
except ImportError:
    AnsibleEnvironment = None  # type: ignore[assignment,misc,unused-ignore]


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, wanted = self.validate_argument_spec(argument_spec=SPEC)
        options = ROLES.get((wanted["role"], wanted["entry_point"]))
        if options is None:
            sentence = "The role {role} has no entry point {entry_point}.".format(**wanted)
            return {**result, "failed": True, "msg": sentence}
        variables = task_vars or {}
        given: dict[str, Any] = {}
        wrong = []
        for name in options:
            if name in variables:
                try:
                    given[name] = self._templated(variables[name], options[name], variables.get("omit"))
                except AnsibleError as exc:
                    wrong.append(f"{name} is a template that fails: {exc}")
        found, unlike = typed(options, given)
        if wrong or unlike:
            return {**result, "failed": True, "msg": " ".join([*wrong, *unlike])}
        return {
            **result,
            "changed": False,
            "policy": _without(_POLICY, found),
            "variables": _without(wanted["role"] + "_", found) if wanted["role"] + "_" != _POLICY else {},
        }

    def _templated(self, value: Any, option: Option, omit: Any) -> Any:
        """The value with its templates filled in, and a text where one is wanted."""
        kind, inner = option.get("type", "str"), option.get("options") or {}
        if kind == "list" and isinstance(value, list):
            element = {"type": option.get("elements", "str"), "options": inner}
            return [self._templated(each, element, omit) for each in value]
        if kind == "dict" and isinstance(value, Mapping):
            return {key: self._templated(each, inner.get(key, {}), omit) for key, each in value.items()}
        found = self._templar.template(value)
        if AnsibleEnvironment and kind == "str" and isinstance(value, str) and not isinstance(found, (str, type(None))):
            as_text = self._templar.copy_with_new_env(environment_class=AnsibleEnvironment)
            found = as_text.template(value, convert_data=False)
        return None if omit is not None and found == omit else found


def _without(prefix: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    return {name[len(prefix) :]: value for name, value in variables.items() if name.startswith(prefix)}
