# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An action that uses the store: where that cannot be used, the task fails with a sentence that holds no secret."""

from __future__ import annotations

import hashlib
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible_collections.whm.mail.plugins.plugin_utils._controller.arguments import task_environment
from ansible_collections.whm.mail.plugins.plugin_utils._controller.identity import caller, machine, run_id, version
from ansible_collections.whm.mail.plugins.plugin_utils._controller.in_process import hide
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import plain
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_options import ROLES
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_values import role_values, without_prefix
from ansible_collections.whm.mail.plugins.plugin_utils._controller.typed import typed
from ansible_collections.whm.mail.plugins.plugin_utils._store.audits import Invocation
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import Store, StoreError, open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import NotAStore, Place, place_of

#: The variable of the host that names the store of all modules and roles.
VARIABLE = "whm_store"

#: Seconds for which the other tasks of a run believe the one that could not open the store: 300 that each wait for it would take hours.
_REMEMBERED = 60


def _note_of(where: Place) -> Path:
    """Where a task of this run notes for which host a store could not be opened, and why."""
    name = hashlib.sha256((where.url or where.shown).encode("utf-8", "replace")).hexdigest()[:16]
    return Path(constants.DEFAULT_LOCAL_TMP) / f"whm.mail.store-{name}"  # type: ignore[attr-defined]


def _told_by_another(note: Path, host: str) -> str | None:
    """Why the task of another host could not open the store a moment ago. One that tries again for its own host tries."""
    try:
        fresh = time.time() - note.stat().st_mtime < _REMEMBERED
        other, _newline, sentence = note.read_text(encoding="utf-8").partition("\n")
    except OSError:
        return None
    return sentence if fresh and other != host else None


class Refused(ValueError):
    """What the task asks for cannot be meant: a sentence with the remedy. Ansible's own exception prints a traceback of nothing before 2.19."""


class StoreAction(ActionBase, ABC):
    """What actions that use the store have in common."""

    _supports_check_mode = True
    _requires_connection = False

    #: What no output may hold.
    _hidden: frozenset[str] = frozenset()

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            return {**result, **self.act(task_vars or {})}
        except (Refused, NotAStore, StoreError) as exc:
            return hide({**result, "failed": True, "changed": False, "msg": str(exc)}, self._hidden)

    @abstractmethod
    def act(self, variables: dict[str, Any]) -> dict[str, Any]:
        """What the action is for: its result."""

    def options(
        self, spec: Mapping[str, Any], role: str, entry: str, others: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The options of the module, each as what it is meant to be.

        :param spec: of the module.
        :param role: the role whose variables are called as the options are, with its name in front; it says more about what they may be.
        :param others: options that the module takes and that are not asked for here, such as those of the connection.
        :raises Refused: one of them cannot be what it is to be.
        """
        _validation, given = self.validate_argument_spec(argument_spec={**(others or {}), **spec})
        own = {name: plain(given[name]) for name in spec}
        known = {name: option for name, option in without_prefix(f"{role}_", ROLES[role, entry]).items() if name in own}
        found, wrong = typed(known, own)
        if wrong:
            raise Refused(" ".join(wrong))
        return {**own, **found}

    def of_role(
        self, own: dict[str, Any], variables: Mapping[str, Any], role: str, entry: str = "main"
    ) -> dict[str, Any]:
        """The options, and where ``role_variables`` says so those that the task does not give from the variables of a role.

        :param own: the options of the module, by name.
        :returns: the same with ``role``, what the variables of the role say, by their whole names.
        :raises Refused: a variable cannot be what it is to be.
        """
        if not own["role_variables"]:
            return {**own, "role": {}}
        found, wrong = role_values(self._templar, variables, role, entry)
        if wrong:
            raise Refused(" ".join(wrong))
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
        host = str(variables.get("inventory_hostname"))
        note = _note_of(where)
        told = _told_by_another(note, host)
        if told:
            raise StoreError(told)
        try:
            return open_store(where, folder_mode, make=make)
        except StoreError as exc:
            with suppress(OSError):
                note.write_text(f"{host}\n{exc}", encoding="utf-8")
            raise

    def invocation(self, variables: Mapping[str, Any]) -> Invocation:
        """The run that this task belongs to."""
        return Invocation(run_id(), caller(variables), machine(variables), version())
