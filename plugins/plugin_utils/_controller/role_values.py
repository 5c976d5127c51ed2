# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a role as what they are meant to be, read where they stand: a template in a task would change what they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_options import ROLES
from ansible_collections.whm.mail.plugins.plugin_utils._controller.typed import Option, typed

try:  # before ansible-core 2.19, where templates make data of texts that look like some, such as [1] or True
    from ansible.template import AnsibleEnvironment  # type: ignore[attr-defined,unused-ignore]
except ImportError:
    AnsibleEnvironment = None  # type: ignore[assignment,misc,unused-ignore]


def role_values(templar: Any, variables: Mapping[str, Any], role: str, entry: str) -> tuple[dict[str, Any], list[str]]:
    """By name, each variable with its value, its default or None; and a sentence for each that cannot be what it is to be."""
    options = ROLES[role, entry]
    given: dict[str, Any] = {}
    wrong = []
    for name in options:
        if name in variables:
            try:
                given[name] = _templated(templar, variables[name], options[name], variables.get("omit"))
            except AnsibleError as exc:
                wrong.append(f"{name} is a template that fails: {exc}")
    found, unlike = typed(options, given)
    return found, [*wrong, *unlike]


def _templated(templar: Any, value: Any, option: Option, omit: Any) -> Any:
    """The value with its templates filled in, and a text where one is wanted."""
    kind, inner = option.get("type", "str"), option.get("options") or {}
    if kind == "list" and isinstance(value, list):
        element = {"type": option.get("elements", "str"), "options": inner}
        return [_templated(templar, each, element, omit) for each in value]
    if kind == "dict" and isinstance(value, Mapping):
        return {key: _templated(templar, each, inner.get(key, {}), omit) for key, each in value.items()}
    found = templar.template(value)
    if AnsibleEnvironment and kind == "str" and isinstance(value, str) and not isinstance(found, (str, type(None))):
        as_text = templar.copy_with_new_env(environment_class=AnsibleEnvironment)
        found = as_text.template(value, convert_data=False)
    return None if omit is not None and found == omit else found


def without_prefix(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those whose names begin so, without that."""
    return {name[len(prefix) :]: value for name, value in values.items() if name.startswith(prefix)}
