# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``exclusive`` and ``max_changes`` of modules whose list says which items there are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

Params = Mapping[str, Any]

EXCLUSIVE: dict[str, dict[str, Any]] = {
    "exclusive": {"type": "bool", "default": False},
    "max_changes": {"type": "int"},
}


def check_max_changes(params: Params, items: str) -> None:
    """
    :param items: what they are called, e.g. ``accounts``.
    :raises InvalidInput: the number cannot be used, or is missing where ``exclusive`` needs it.
    """
    most = params["max_changes"]
    if most is not None and most < 0:
        raise InvalidInput(
            f"max_changes: {most} is less than nothing; give the number of {items} that may change at most."
        )
    if params["exclusive"] and most is None:
        raise InvalidInput(f"exclusive: true needs max_changes, the most {items} that may change.")
