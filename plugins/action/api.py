# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one action plugin of this collection: runs its modules inside the controller's worker process.

HTTPS calls leave from the controller; delegate the task, or run it async, or choose ``transport: cli``, and it runs as an
ordinary module on that machine. ``meta/runtime.yml`` routes every module here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import ansible.constants
from ansible.plugins.action import ActionBase
from ansible.utils.vars import merge_hash
from ansible_collections.whm.mail.plugins.module_utils._state.connection import environment_secrets
from ansible_collections.whm.mail.plugins.plugin_utils._controller import worker
from ansible_collections.whm.mail.plugins.plugin_utils._controller.arguments import as_module_sees, task_environment
from ansible_collections.whm.mail.plugins.plugin_utils._controller.connection_options import completed
from ansible_collections.whm.mail.plugins.plugin_utils._controller.in_process import environment, hide, run_here

worker.prepare()

_LOCAL = ("local", "ansible.builtin.local")  # connections that lead to this machine


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = True
    _requires_connection = False  # hosts without SSH are managed all the same

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables, name = task_vars or {}, self._task.action
        its_environment = task_environment(self._task.environment)
        arguments = completed(as_module_sees(self._task.args), variables, self._templar.template, its_environment)
        elsewhere = self._elsewhere(arguments, variables)
        self._display.vvv(f"{name}: {elsewhere or 'runs in this process'}", host=variables.get("inventory_hostname"))
        if elsewhere:
            # What whmapi1 does not need is not handed to it, so that the module does not know what to hide.
            done = hide(self._hand_over(arguments, variables), environment_secrets(its_environment, os.environ))
        else:
            with environment(its_environment):
                done = run_here(name, arguments, bool(self._task.check_mode), _shows_invocation(variables))
        merged: dict[str, Any] = merge_hash(result, done)
        return merged

    def _elsewhere(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> str | None:
        """Why the task has to run as an ordinary module, or None."""
        if arguments.get("transport") == "cli":
            return "runs as a module, because whmapi1 is on that machine (transport: cli)"
        if self._task.async_val:
            return "runs as a module, because it is async"
        target = self._task.delegate_to
        delegated = variables.get("ansible_delegated_vars", {}).get(target, {}) if target else {}
        if target and target not in ansible.constants.LOCALHOST and delegated.get("ansible_connection") not in _LOCAL:
            return f"runs as a module on {target}, to which it is delegated"
        return None

    def _hand_over(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """Run the ordinary module. What the environment of the controller says stands in the arguments."""
        wrap_async = self._task.async_val and not self._connection.has_native_async
        result: dict[str, Any] = self._execute_module(module_args=arguments, task_vars=variables, wrap_async=wrap_async)
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result


def _shows_invocation(variables: Mapping[str, Any]) -> bool:
    """ansible-core 2.21 and later leave a module's arguments out of its result unless they are told otherwise."""
    name = "INJECT_INVOCATION"
    return not hasattr(ansible.constants, name) or bool(
        ansible.constants.config.get_config_value(name, variables=dict(variables))
    )
