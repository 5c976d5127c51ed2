# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entry of a module's own process: AnsibleModule around the runner."""

from __future__ import annotations

from typing import Any

from ansible.module_utils import basic
from ansible_collections.whm.mail.plugins.module_utils._connection import connection_spec
from ansible_collections.whm.mail.plugins.module_utils._runner import Module, execute
from ansible_collections.whm.mail.plugins.module_utils._transport import REQUESTS_IMPORT_ERROR


def argument_spec(module: Module) -> dict[str, Any]:
    """The module's own options together with the connection options."""
    return {**connection_spec(basic.env_fallback), **module.options}


def _as_it_is(result: dict[str, Any]) -> dict[str, Any]:
    return result


def run(module: Module) -> None:
    """Run a module in its own process and end it: the only place that calls exit_json and fail_json."""
    ansible = basic.AnsibleModule(argument_spec(module), supports_check_mode=True, **module.constraints)
    # It would add owner, mode and size to a result with a `dest`; in the controller's process nobody does.
    ansible.add_path_info = _as_it_is  # type: ignore[method-assign]
    if REQUESTS_IMPORT_ERROR and ansible.params["transport"] == "https":
        ansible.fail_json(msg=basic.missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    result = execute(module, ansible.params, ansible.check_mode)
    for text in result.pop("warnings", []):
        ansible.warn(text)
    if result.get("failed"):
        ansible.fail_json(**result)
    ansible.exit_json(**result)
