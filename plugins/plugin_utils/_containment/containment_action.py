# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions that hold and release have in common: their ledger, and how they ask the server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._containment.asking import Ask, Result
from ansible_collections.whm.mail.plugins.plugin_utils._containment.json_ledger import LedgerError, read
from ansible_collections.whm.mail.plugins.plugin_utils._controller.arguments import as_module_sees
from ansible_collections.whm.mail.plugins.plugin_utils._controller.server_action import ServerAction
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import StoreError
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger
from ansible_collections.whm.mail.plugins.plugin_utils._store.store_action import StoreAction

_FOLDER_MODE = 0o700

ROLE = "containment"

#: The ledger of earlier versions of this collection, in the folder.
OLD_LEDGER = "ledger.json"


class ContainmentAction(StoreAction, ServerAction):
    def ledger(self, own: Mapping[str, Any], variables: Mapping[str, Any], make: bool) -> Ledger:
        """The ledger, with what an earlier version of this collection left in the folder.

        :param make: whether one that is missing is made, unless in check mode.
        """
        old = Path(own["folder"]).absolute() / OLD_LEDGER
        writes = not self._task.check_mode
        ledger = Ledger(self.open_store(own, variables, _FOLDER_MODE, writes and (make or old.exists())))
        if old.exists() and writes:
            with ledger.store.exclusively("ledger of an earlier version"):
                _adopt(ledger, old)
        return ledger

    def asking(self, spec: Mapping[str, Any], variables: dict[str, Any]) -> Ask:
        """How a module is run on the server of this task, with the connection that the task names."""
        given = {name: value for name, value in as_module_sees(self._task.args).items() if name not in spec}
        connection = self.complete(given, variables)

        def ask(module: str, options: Mapping[str, Any], check_mode: bool) -> Result:
            return self.ask(f"whm.mail.{module}", {**connection, **options}, variables, check_mode)

        return ask


def _adopt(ledger: Ledger, old: Path) -> None:
    if not old.exists():  # another worker was first
        return
    try:
        ledger.adopt(read(old))
        old.rename(old.with_name(f"{old.name}.adopted"))
    except (LedgerError, OSError) as exc:
        raise StoreError(f"The ledger of an earlier version of this collection cannot be taken over: {exc}") from None
