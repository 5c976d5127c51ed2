# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads and writes the ledger of containment, always on the controller. Documented by the module of the same name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.whm.mail.plugins.plugin_utils._controller.json_ledger import (
    Entry,
    LedgerError,
    merged,
    read,
    update,
)
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import plain

SPEC = {
    "path": {"type": "path", "required": True},
    "entries": {"type": "list", "elements": "dict", "default": []},
    "server": {"type": "str"},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec=SPEC)
        path, changes = Path(options["path"]).absolute(), plain(options["entries"])
        try:
            if self._task.check_mode or not changes:
                before = read(path)
                after = merged(before, changes)
            else:
                before, after = update(path, changes)
        except LedgerError as exc:
            return {**result, "failed": True, "msg": str(exc)}
        shown = [entry for entry in after if options["server"] in (None, entry["server"])]
        return {
            **result,
            "changed": before != after,
            "entries": shown,
            "exists": path.exists(),
            "diff": _diff(str(path), before, after),
        }


def _diff(path: str, before: list[Entry], after: list[Entry]) -> dict[str, Any]:
    """Only the entries that differ: a ledger grows for years."""
    old, new = _differing(before, after), _differing(after, before)
    return {"before_header": path, "after_header": path, "before": _text(old), "after": _text(new)}


def _text(entries: list[Entry]) -> str:
    """What Ansible's own display can show: it takes dictionaries and texts."""
    return "".join(json.dumps(entry, indent=1, ensure_ascii=False) + "\n" for entry in entries)


def _differing(entries: list[Entry], others: list[Entry]) -> list[Entry]:
    known = {entry["id"]: entry for entry in others}
    return [entry for entry in entries if known.get(entry["id"]) != entry]
