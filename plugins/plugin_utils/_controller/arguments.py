# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's arguments and its environment as an ordinary module of its own process sees them: through JSON, and as texts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from ansible.errors import AnsibleActionFail


def as_module_sees(value: Any, name: str = "") -> Any:
    """The value as it arrives after it went through JSON: what Ansible has made of texts, lists and numbers is plain, inline vaults
    are decrypted, dates are texts, keys are texts.

    :param name: where the value stands, for the message.
    :raises AnsibleActionFail: it cannot go through JSON.
    """
    kind = type(value)
    if kind is str or value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return value if kind is int else int(value)
    if isinstance(value, float):
        return value if kind is float else float(value)
    if isinstance(value, Mapping):
        return _mapping(value, name)
    if isinstance(value, (list, tuple)):
        return [as_module_sees(item, name) for item in value]
    if isinstance(value, AbstractSet):
        return sorted((as_module_sees(item, name) for item in value), key=lambda item: (str(type(item)), str(item)))
    if isinstance(value, datetime.date):  # a datetime is one, too
        return value.isoformat()
    if hasattr(value, "__ENCRYPTED__") or "Encrypted" in kind.__name__:
        return str(value)  # decrypts it
    raise AnsibleActionFail(f"{name or 'An argument'} is of type {kind.__name__}, which no module can be given.")


def _mapping(value: Mapping[Any, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in value.items():
        text = _key(key, name)
        if text in found:
            raise AnsibleActionFail(
                f"{name or 'An argument'}: {text} is there twice, once as a text; leave one of them out."
            )
        found[text] = as_module_sees(item, name or text)
    return found


def _key(key: Any, name: str) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, int):
        return str(int(key))
    if isinstance(key, float):
        return repr(float(key))
    raise AnsibleActionFail(
        f"{name or 'An argument'} has a key of type {type(key).__name__}, which no module can be given."
    )


def task_environment(layers: Any) -> dict[str, str]:
    """The task's ``environment:``; of several layers, the play's first, the last one counts."""
    found: dict[str, str] = {}
    for layer in [layers] if isinstance(layers, Mapping) else layers or []:
        if isinstance(layer, Mapping):
            found.update({str(key): str(value) for key, value in layer.items()})
    return found
