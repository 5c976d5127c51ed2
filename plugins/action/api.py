# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of the modules that ask a server: runs them inside the controller's worker process.

HTTPS calls leave from the controller; delegate the task, or run it async, or choose ``transport: cli``, and it runs as an
ordinary module on that machine. ``meta/runtime.yml`` routes every such module here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ansible.constants
from ansible.utils.vars import merge_hash
from ansible_collections.whm.mail.plugins.plugin_utils._controller import worker
from ansible_collections.whm.mail.plugins.plugin_utils._controller.server_action import ServerAction

worker.prepare()


class ActionModule(ServerAction):
    _supports_async = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = self.complete(self._task.args, variables)
        shown = _shows_invocation(variables, self._display.verbosity)
        done = self.ask(self._task.action, arguments, variables, bool(self._task.check_mode), shown)
        merged: dict[str, Any] = merge_hash(result, done)
        return merged


_VERBOSE = 3  # from which on Ansible shows what stands there


def _shows_invocation(variables: Mapping[str, Any], verbosity: int) -> bool:
    """Whether the result carries the arguments, too. Of 10,000 accounts they are many, and Ansible shows them to who asks for much.

    ansible-core 2.21 and later have a setting for it.
    """
    name = "INJECT_INVOCATION"
    if not hasattr(ansible.constants, name):
        return verbosity >= _VERBOSE
    return bool(ansible.constants.config.get_config_value(name, variables=dict(variables)))
