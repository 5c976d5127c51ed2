# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An action that uses the store: where that cannot be used, the task fails with a sentence that holds no secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.whm.mail.plugins.plugin_utils._controller.arguments import task_environment
from ansible_collections.whm.mail.plugins.plugin_utils._controller.identity import caller, machine, run_id, version
from ansible_collections.whm.mail.plugins.plugin_utils._controller.in_process import hide
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import plain
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_values import role_values, without_prefix
from ansible_collections.whm.mail.plugins.plugin_utils._store.audits import Invocation
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import Store, StoreError, open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import NotAStore, place_of

#: The variable of the host that names the store of all modules and roles.
VARIABLE = "whm_store"


class StoreAction(ActionBase):
    """What actions that use the store have in common."""

    _supports_check_mode = True
    _requires_connection = False

    #: What no output may hold.
    _hidden: frozenset[str] = frozenset()

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            return {**result, **self.act(task_vars or {})}
        except (NotAStore, StoreError) as exc:
            return hide({**result, "failed": True, "changed": False, "msg": str(exc)}, self._hidden)

    def act(self, variables: dict[str, Any]) -> dict[str, Any]:
        """What the action is for: its result."""
        raise NotImplementedError

    def of_role(
        self, own: dict[str, Any], variables: Mapping[str, Any], role: str, entry: str = "main"
    ) -> dict[str, Any]:
        """The options, and where ``role_variables`` says so those that the task does not give from the variables of a role.

        :param own: the options of the module, by name.
        :returns: the same with ``role``, what the variables of the role say, by their whole names.
        :raises AnsibleActionFail: a variable cannot be what it is to be.
        """
        if not own["role_variables"]:
            return {**own, "role": {}}
        found, wrong = role_values(self._templar, variables, role, entry)
        if wrong:
            raise AnsibleActionFail(" ".join(wrong))
        taken = {name: value for name, value in without_prefix(f"{role}_", found).items() if name in own}
        given = {name: own[name] for name in taken if name in self._task.args}
        return {**own, **taken, **given, "role": found}

    def open_store(
        self, options: Mapping[str, Any], variables: Mapping[str, Any], folder_mode: int, make: bool = True
    ) -> Store:
        """The store that the option ``store`` names, else the variable ``whm_store`` of the host, else the environment, else the folder.

        :param options: ``store`` and ``folder`` among them.
        :param folder_mode: of folders that are made for a file.
        :param make: whether a file that is missing is made.
        :raises NotAStore, StoreError: there is none.
        """
        option, given = "store", str(options["store"] or "")
        if not given.strip():
            option, given = VARIABLE, str(plain(self._templar.template(variables.get(VARIABLE))) or "")
        environment = {**os.environ, **task_environment(self._task.environment)}
        where = place_of(option, given, environment, Path(options["folder"]).absolute())
        self._hidden = where.secrets
        return open_store(where, folder_mode, make=make)

    def invocation(self, variables: Mapping[str, Any]) -> Invocation:
        """The run that this task belongs to."""
        return Invocation(run_id(), caller(variables), machine(variables), version())
