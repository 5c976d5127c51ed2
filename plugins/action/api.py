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
        done = self.ask(
            self._task.action, arguments, variables, bool(self._task.check_mode), _shows_invocation(variables)
        )
        merged: dict[str, Any] = merge_hash(result, done)
        return merged


def _shows_invocation(variables: Mapping[str, Any]) -> bool:
    """ansible-core 2.21 and later leave a module's arguments out of its result unless they are told otherwise."""
    name = "INJECT_INVOCATION"
    return not hasattr(ansible.constants, name) or bool(
        ansible.constants.config.get_config_value(name, variables=dict(variables))
    )
