# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An action that runs modules of this collection for the host of its task: in this process where it can, else as ordinary modules."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import ansible.constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.whm.mail.plugins.module_utils._state.connection import environment_secrets
from ansible_collections.whm.mail.plugins.plugin_utils._controller.arguments import as_module_sees, task_environment
from ansible_collections.whm.mail.plugins.plugin_utils._controller.connection_options import completed
from ansible_collections.whm.mail.plugins.plugin_utils._controller.in_process import environment, hide, run_here
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import plain

_LOCAL = ("local", "ansible.builtin.local")  # connections that lead to this machine


class ServerAction(ActionBase):
    """What actions that ask a server have in common."""

    _supports_check_mode = True
    _requires_connection = False  # hosts without SSH are managed all the same

    def complete(self, given: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments with those of the connection that the task does not give."""
        its_environment = task_environment(self._task.environment)
        return completed(as_module_sees(given), variables, self._templar.template, its_environment)

    def address(self, variables: Mapping[str, Any]) -> str:
        """Where the server is asked. A template in it that cannot be resolved keeps no server out of a report."""
        name = variables.get("inventory_hostname")
        try:
            return str(plain(self._templar.template(variables.get("ansible_host") or name)))
        except AnsibleError:
            return str(name)

    def ask(
        self,
        name: str,
        arguments: dict[str, Any],
        variables: dict[str, Any],
        check_mode: bool,
        invocation: bool = False,
    ) -> dict[str, Any]:
        """The result of a module.

        :param arguments: complete.
        :param invocation: whether it shows the arguments, too.
        """
        its_environment = task_environment(self._task.environment)
        elsewhere = self._elsewhere(arguments, variables)
        self._display.vvv(f"{name}: {elsewhere or 'runs in this process'}", host=variables.get("inventory_hostname"))
        if elsewhere:
            # What whmapi1 does not need is not handed to it, so that the module does not know what to hide.
            secrets = environment_secrets(its_environment, os.environ)
            return hide(self._hand_over(name, arguments, variables, check_mode), secrets)
        with environment(its_environment):
            return run_here(name, arguments, check_mode, invocation, bool(self._task.diff))

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

    def _hand_over(
        self, name: str, arguments: dict[str, Any], variables: dict[str, Any], check_mode: bool
    ) -> dict[str, Any]:
        """Run the ordinary module. What the environment of the controller says stands in the arguments."""
        wrap_async = self._task.async_val and not self._connection.has_native_async
        as_it_is, self._task.check_mode = self._task.check_mode, check_mode
        try:
            result: dict[str, Any] = self._execute_module(
                module_name=name, module_args=arguments, task_vars=variables, wrap_async=wrap_async
            )
        finally:
            self._task.check_mode = as_it_is
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result
