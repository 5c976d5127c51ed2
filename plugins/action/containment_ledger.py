# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the ledger of containment, always on the controller. Documented by the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.times import both
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import plain
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger
from ansible_collections.whm.mail.plugins.plugin_utils._store.store_action import StoreAction

_NAMES = {"type": "list", "elements": "str"}

SPEC = {
    "server": {"type": "str"},
    "users": {**_NAMES, "aliases": ["user"]},
    "incident": {"type": "str"},
    "statuses": {
        **_NAMES,
        "choices": ["planned", "held", "releasing", "released", "gone", "failed", "abandoned"],
    },
    "include_history": {"type": "bool", "default": False},
    "include_evidence": {"type": "bool", "default": False},
    "store": {"type": "str"},
    "folder": {"type": "path", "default": "whm-containment"},
}
_FOLDER_MODE = 0o700


class ActionModule(StoreAction):
    def act(self, variables: dict[str, Any]) -> dict[str, Any]:
        _validation, options = self.validate_argument_spec(argument_spec=SPEC)
        own = plain(options)
        ledger = Ledger(self.open_store(own, variables, _FOLDER_MODE, make=False))
        incidents = [own["incident"]] if own["incident"] else None
        entries = ledger.entries(own["server"], user=own["users"], incident=incidents, status=own["statuses"])
        ids = [entry["id"] for entry in entries]
        if own["include_history"]:
            history = ledger.history(ids)
            entries = [{**entry, "history": _times(history[entry["id"]])} for entry in entries]
        if own["include_evidence"]:
            evidence = ledger.evidence(ids)
            entries = [{**entry, "evidence": evidence.get(entry["id"], entry["evidence"])} for entry in entries]
        path = ledger.store.place.path
        lacking = [f"There is no store {path}; if somebody was ever held, whm_store or the folder is another one."]
        warnings = {"warnings": lacking} if path and not path.exists() else {}
        return {"changed": False, "entries": entries, "store": ledger.store.place.shown, **warnings}


def _times(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**both("at", row["at"]), "status": row["status"]} for row in history]
