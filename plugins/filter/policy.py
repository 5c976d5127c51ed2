# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of the role policy. What they do is in plugin_utils/_audit/conflicts.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.conflicts import conflicts, groups


class FilterModule:
    """Ansible's way to find it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"policy_conflicts": conflicts, "policy_groups": groups}
