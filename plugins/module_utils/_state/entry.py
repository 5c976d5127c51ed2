# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entry of a module's own process: AnsibleModule around the runner."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.module_utils import basic
from ansible_collections.whm.mail.plugins.module_utils._state.connection import (
    connection_spec,
    environment_secrets,
    with_environment,
)
from ansible_collections.whm.mail.plugins.module_utils._state.given import as_given
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Module
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.https import REQUESTS_IMPORT_ERROR


def argument_spec(module: Module) -> dict[str, Any]:
    """The module's own options together with the connection options."""
    return {**connection_spec(), **module.options}


def secret_values(spec: Mapping[str, Any], params: Mapping[str, Any]) -> set[str]:
    """The values of no_log options in the form in which they are used.

    Ansible collects them as given; a list where a text is meant would show once it has become one.
    """
    found: set[str] = set()
    for name, option in spec.items():
        value = params.get(name)
        if option.get("no_log") and isinstance(value, str) and value:
            found.add(value)
        rows = value if isinstance(value, list) else [value]
        for row in rows if "options" in option else []:
            found |= secret_values(option["options"], row) if isinstance(row, dict) else set()
    return found


def _ansible() -> type[basic.AnsibleModule]:
    """Made when it is used: ansible-lint puts a class of its own in the place of AnsibleModule, to look at options without a server."""

    class Ansible(basic.AnsibleModule):
        """An AnsibleModule to which options mean what they mean to the controller's own process: texts that stand for lists, blank
        ones, and variables of the environment."""

        def _load_params(self) -> None:
            super()._load_params()  # type: ignore[no-untyped-call]
            self.params = as_given(self.argument_spec, with_environment(self.params, os.environ))

    return Ansible


def run(module: Module) -> None:
    """Run a module in its own process and end it: the only place that calls exit_json and fail_json."""
    spec = argument_spec(module)
    ansible = _ansible()(spec, supports_check_mode=True, **module.constraints)
    ansible.no_log_values |= secret_values(spec, ansible.params) | environment_secrets(os.environ)
    # It would add owner, mode and size to a result with a `dest`; in the controller's process nobody does.
    ansible.add_path_info = lambda result: result  # type: ignore[method-assign]
    if REQUESTS_IMPORT_ERROR and ansible.params["transport"] == "https":
        ansible.fail_json(msg=basic.missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    result = execute(module, ansible.params, ansible.check_mode, diff_mode=ansible._diff)
    for text in result.pop("warnings", []):
        ansible.warn(text)
    if result.get("failed"):
        ansible.fail_json(**result)
    ansible.exit_json(**result)
