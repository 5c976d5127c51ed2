# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases accounts that containment holds, and no others. Documented by the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._state.connection import connection_spec
from ansible_collections.whm.mail.plugins.plugin_utils._containment.containment_action import ROLE, ContainmentAction
from ansible_collections.whm.mail.plugins.plugin_utils._containment.lift import lift, selection, unknown
from ansible_collections.whm.mail.plugins.plugin_utils._controller import worker
from ansible_collections.whm.mail.plugins.plugin_utils._controller.identity import caller
from ansible_collections.whm.mail.plugins.plugin_utils._store.store_action import Refused

worker.prepare()

SPEC = {
    "release_users": {"type": "list", "elements": "str", "default": []},
    "release_incident": {"type": "str", "default": ""},
    "release_expired": {"type": "bool", "default": False},
    "by": {"type": "str"},
    "store": {"type": "str"},
    "folder": {"type": "path", "default": "whm-containment"},
    "role_variables": {"type": "bool", "default": False},
}


class ActionModule(ContainmentAction):
    def act(self, variables: dict[str, Any]) -> dict[str, Any]:
        own = self.of_role(self.options(SPEC, ROLE, "release", connection_spec()), variables, ROLE, "release")
        chosen = selection(own)
        if chosen is None:
            raise Refused(
                "Give exactly one of release_users, release_incident and release_expired; for the role, with containment_ in front."
            )
        ledger = self.ledger(own, variables, make=False)
        shown, name = ledger.store.place.shown, str(variables.get("inventory_hostname"))
        everything = ledger.entries()
        lost = unknown(chosen, everything)
        if lost:
            raise Refused(
                f"The ledger in {shown} has no line about {', '.join(lost)}: nobody was held for that, and so nobody is released."
            )
        with ledger.store.exclusively(f"containment of {name}"):
            by = own["by"] or caller(variables)
            done = lift(self.asking(SPEC, variables), ledger, name, {**chosen, "by": by}, bool(self._task.check_mode))
        if not everything:
            empty = f"The ledger in {shown} has no line, so that nobody is released. If somebody is held, whm_store or the folder is another one."
            done["warnings"] = [*done.get("warnings", []), empty]
        return {"store": shown, **done}
