# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options as they arrive: a list that is a text means what the text says. Pure.

Variables of ``-e``, of INI inventories and of surveys are texts. Ansible splits them at commas; of the empty text and of ``[]``
that would make a list of one strange name.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

#: What a playbook may say, and the option that it stands for. Ansible keeps the name for itself: no option and no alias may have it.
KEPT_BY_ANSIBLE = {"message": "fail_message"}


def as_given(spec: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with lists where texts stand for them; what is no such text is left to the validation.

    :param spec: argument specification, that of a list's elements where it has one.
    """
    found = dict(arguments)
    for name, option_name in KEPT_BY_ANSIBLE.items():
        if name in found and option_name in spec and name not in spec:
            found.setdefault(option_name, found.pop(name))
    for name, option in spec.items():
        for key in (name, *option.get("aliases", [])):
            if key in found and option.get("type") == "list":
                found[key] = _rows(option, _list_of(found[key]))
    return found


def _rows(option: Mapping[str, Any], value: Any) -> Any:
    if "options" not in option or not isinstance(value, list):
        return value
    return [as_given(option["options"], row) if isinstance(row, Mapping) else row for row in value]


def _list_of(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text:
        return []
    if not (text.startswith("[") and text.endswith("]")):
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            rows = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return rows if isinstance(rows, list) else value
    return value
