# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a text to a file, always on the controller. Documented by the module of the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.whm.mail.plugins.plugin_utils._controller.files import (
    differs,
    keep,
    make_folder,
    mode_of,
    replace,
)
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import plain

SPEC = {
    "path": {"type": "path", "required": True},
    "content": {"type": "str", "required": True, "no_log": False},
    "backup": {"type": "bool", "default": False},
    "mode": {"type": "str", "default": "0600"},
    "folder_mode": {"type": "str", "default": "0700"},
}


class ActionModule(ActionBase):
    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec=SPEC)
        _refuse_data(self._task.args["content"])
        path, content = Path(options["path"]).absolute(), str(plain(options["content"]))
        mode, folder_mode = _mode("mode", options["mode"]), _mode("folder_mode", options["folder_mode"])
        try:
            changed = differs(path, content, mode)
            if changed and not self._task.check_mode:
                make_folder(path.parent, folder_mode)
                kept = keep(path) if options["backup"] else None
                result.update({"backup_file": str(kept)} if kept else {})
                replace(path, content, mode)
        except OSError as exc:
            return {**result, "failed": True, "msg": f"{path} cannot be written: {exc}."}
        return {**result, "changed": changed, "path": str(path)}


def _refuse_data(content: Any) -> None:
    """Written down as Python shows it, data would be neither the text that was meant nor JSON."""
    if not isinstance(content, str):
        kinds: dict[type, str] = {dict: "a dictionary", list: "a list"}
        kind = kinds.get(type(plain(content)), "a number, a truth value or nothing")
        raise AnsibleActionFail(
            f"content is {kind}, and has to be a text. Put `| to_nice_json` behind data. Before ansible-core 2.19 a template makes data of a "
            "text that looks like some; put `| string` behind such a text."
        )


def _mode(option: str, value: str) -> int:
    try:
        return mode_of(option, value)
    except ValueError as exc:
        raise AnsibleActionFail(str(exc)) from None
