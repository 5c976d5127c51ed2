# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds the outliers of a server, with a line for each in the ledger. Documented by the module of the same name."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.times import duration
from ansible_collections.whm.mail.plugins.module_utils._state.connection import connection_spec
from ansible_collections.whm.mail.plugins.plugin_utils._containment.contain import Containment
from ansible_collections.whm.mail.plugins.plugin_utils._containment.containment_action import ROLE, ContainmentAction
from ansible_collections.whm.mail.plugins.plugin_utils._controller import worker
from ansible_collections.whm.mail.plugins.plugin_utils._controller.identity import caller

worker.prepare()

_NAMES = {"type": "list", "elements": "str"}

SPEC = {
    "since": {"type": "str", "default": "1h"},
    "criteria": {
        **_NAMES,
        "choices": ["recipients", "failures", "queue_share"],
        "default": ["recipients", "failures", "queue_share"],
    },
    "recipients": {"type": "int", "default": 500},
    "failures": {"type": "int", "default": 200},
    "queue_share": {"type": "int", "default": 50},
    "queue_messages": {"type": "int", "default": 50},
    "exempt_users": {**_NAMES, "default": []},
    "exempt_owners": {**_NAMES, "default": []},
    "max": {"type": "int", "default": 10},
    "action": {"type": "str", "choices": ["hold", "suspend"], "default": "hold"},
    "hold_for": {"type": "str", "default": ""},
    "end_sessions": {"type": "bool", "default": True},
    "collect_evidence": {"type": "bool", "default": True},
    "incident": {"type": "str"},
    "by": {"type": "str"},
    "keep_days": {"type": "int", "default": 365},
    "store": {"type": "str"},
    "folder": {"type": "path", "default": "whm-containment"},
    "role_variables": {"type": "bool", "default": False},
}


class ActionModule(ContainmentAction):
    def act(self, variables: dict[str, Any]) -> dict[str, Any]:
        own = self.of_role(self.options(SPEC, ROLE, "main", connection_spec()), variables, ROLE, "main")
        own["incident"] = own["incident"] or time.strftime("%Y-%m-%d", time.gmtime())
        own["hold_seconds"] = duration(own["hold_for"]) if own["hold_for"] else 0
        name = str(variables.get("inventory_hostname"))
        ledger = self.ledger(own, variables, make=True)  # before the server is asked anything
        ask = self.asking(SPEC, variables)
        who = {"server": name, "host": self.address(variables), "by": own["by"] or caller(variables)}
        with ledger.store.exclusively(f"containment of {name}"):
            done = Containment(ask, ledger, own, who, bool(self._task.check_mode)).run()
        return {"incident": own["incident"], "store": ledger.store.place.shown, **done}
