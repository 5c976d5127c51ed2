# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the connection options of a task come from, so that it makes no difference where the module runs.

From the task and ``module_defaults``, then from variables of the host, then from the task's ``environment:``, then from the controller's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, Callable

import ansible.constants
from ansible_collections.whm.mail.plugins.module_utils._state.connection import (
    CREDENTIALS,
    ENVIRONMENT,
    blank,
    connection_spec,
    with_environment,
)
from ansible_collections.whm.mail.plugins.plugin_utils._controller.arguments import as_module_sees

#: Connection option to the variable of the host that stands in for it. There is none for api_host: a stray variable of a group
#: would send the tasks of all its hosts to one server.
_VARIABLES = {option: f"whm_{option}" for option in connection_spec() if option != "api_host"}

Template = Callable[[Any], Any]


def completed(
    given: Mapping[str, Any], variables: Mapping[str, Any], template: Template, environment: Mapping[str, str]
) -> dict[str, Any]:
    """The arguments, complete.

    Unless the task says so, api_host is the host that it runs for. Only where that is this machine the environment says it.

    :param given: those of the task, as a module sees them.
    :param variables: of the host.
    :param template: renders a value.
    :param environment: the task's own.
    """
    arguments = with_environment(given)
    _add_variables(arguments, variables, template)
    if arguments.get("transport") == "cli":
        return arguments
    address = None if "api_host" in arguments else _host_address(variables, template)
    if address:
        arguments["api_host"] = address
    return with_environment(arguments, environment, os.environ, host=not address)


def _add_variables(arguments: dict[str, Any], variables: Mapping[str, Any], template: Template) -> None:
    """Connection options that neither the task nor module_defaults give, from variables of the host that the task runs for.

    Credentials are one thing: who gives one of them means that one. ``whmapi1`` needs none, so none are handed to it.
    """
    names = {option: name for option, name in _VARIABLES.items() if name in variables}
    if not names:
        return
    _add(arguments, names.keys() & {"transport"}, variables, template)
    if arguments.get("transport") == "cli":
        names = {option: name for option, name in names.items() if option not in ENVIRONMENT}
    elif arguments.keys() & CREDENTIALS:
        names = {option: name for option, name in names.items() if option not in CREDENTIALS}
    _add(arguments, names, variables, template)


def _add(arguments: dict[str, Any], options: Iterable[str], variables: Mapping[str, Any], template: Template) -> None:
    """What is empty, null or omitted is not given. In a dictionary, newer versions of Ansible leave out what is omitted."""
    wanted = {option: variables[_VARIABLES[option]] for option in options if arguments.get(option) is None}
    values = as_module_sees(template(wanted)) if wanted else {}
    omitted = variables.get("omit")
    arguments.update({option: value for option, value in values.items() if value != omitted and not blank(value)})


def _host_address(variables: Mapping[str, Any], template: Template) -> str | None:
    name = variables.get("inventory_hostname")
    address = template(variables.get("ansible_host")) or name
    if name in ansible.constants.LOCALHOST and address in ansible.constants.LOCALHOST:
        return None  # then, and only then, WHM_HOST says which server is meant
    return str(address) if address else None
