# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one action plugin of this collection: runs its modules inside the controller's worker process.

HTTPS calls leave from the controller; delegate the task, or run it async, or choose ``transport: cli``, and it runs as an
ordinary module on that machine. ``meta/runtime.yml`` routes every module here.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import ansible.constants
from ansible.errors import AnsibleActionFail
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.utils.vars import merge_hash
from ansible_collections.whm.mail.plugins.module_utils._state.connection import (
    CREDENTIALS,
    ENVIRONMENT,
    blank,
    build_client,
    build_transport,
    connection_spec,
    environment_secrets,
    with_environment,
)
from ansible_collections.whm.mail.plugins.module_utils._state.entry import argument_spec, secret_values
from ansible_collections.whm.mail.plugins.module_utils._state.given import as_given
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Module
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Login
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import (
    REQUESTS_IMPORT_ERROR,
    VARIABLES,
    Transport,
    preload,
)
from ansible_collections.whm.mail.plugins.plugin_utils._controller.arguments import as_module_sees, task_environment

_MODULES = "ansible_collections.whm.mail.plugins.modules"

_LOCAL = ("local", "ansible.builtin.local")  # connections that lead to this machine

#: Connection option to the variable of the host that stands in for it. There is none for api_host: a stray variable of a group
#: would send the tasks of all its hosts to one server.
_VARIABLES = {option: f"whm_{option}" for option in connection_spec() if option != "api_host"}


def _preload_modules() -> None:
    """Import all modules now, once: a worker would compile the one it runs anew for each task."""
    for module in pkgutil.iter_modules(importlib.import_module(_MODULES).__path__):
        with suppress(Exception):  # said again, in the task that uses it
            importlib.import_module(f"{_MODULES}.{module.name}")


if not REQUESTS_IMPORT_ERROR:
    preload()
_preload_modules()

#: Connections of this worker process, which serves one host's task and the items of its loop: (process, options) to transport.
_transports: dict[tuple[Any, ...], Transport] = {}

#: The same for what servers said of the logins: where one was refused, the next item of the loop must not try again.
_logins: dict[tuple[Any, ...], Login] = {}

#: Process to the parent that it had when it began.
_parents: dict[int, int] = {}


class ActionModule(ActionBase):  # type: ignore[misc]
    _supports_check_mode = True
    _supports_async = True
    _requires_connection = False  # hosts without SSH are managed all the same

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = self._arguments(variables)
        elsewhere = self._elsewhere(arguments, variables)
        name = self._task.action
        self._display.vvv(f"{name}: {elsewhere or 'runs in this process'}", host=variables.get("inventory_hostname"))
        if elsewhere:
            return merge_hash(result, self._hand_over(arguments, variables))
        with _environment(task_environment(self._task.environment)):
            done = _run_here(name, arguments, bool(self._task.check_mode), _shows_invocation(variables))
            return merge_hash(result, done)

    def _arguments(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, complete, so that it makes no difference where the module runs: those of the task, then variables of the
        host, then the task's ``environment:``, then the controller's.

        Unless the task says so, api_host is the host that it runs for. Only where that is this machine the environment says it.
        """
        arguments: dict[str, Any] = as_module_sees(self._task.args)
        arguments = with_environment(arguments)
        self._add_variables(arguments, variables)
        if arguments.get("transport") == "cli":
            return arguments
        address = None if "api_host" in arguments else self._host_address(variables)
        if address:
            arguments["api_host"] = address
        return with_environment(arguments, task_environment(self._task.environment), os.environ, host=not address)

    def _add_variables(self, arguments: dict[str, Any], variables: Mapping[str, Any]) -> None:
        """Connection options that neither the task nor module_defaults give, from variables of the host that the task runs for.

        Credentials are one thing: who gives one of them means that one. ``whmapi1`` needs none, so none are handed to it.
        """
        names = {option: name for option, name in _VARIABLES.items() if name in variables}
        if not names:
            return
        self._add(arguments, names.keys() & {"transport"}, variables)
        if arguments.get("transport") == "cli":
            names = {option: name for option, name in names.items() if option not in ENVIRONMENT}
        elif arguments.keys() & CREDENTIALS:
            names = {option: name for option, name in names.items() if option not in CREDENTIALS}
        self._add(arguments, names, variables)

    def _add(self, arguments: dict[str, Any], options: Iterable[str], variables: Mapping[str, Any]) -> None:
        """What is empty, null or omitted is not given. In a dictionary, newer versions of Ansible leave out what is omitted."""
        wanted = {option: variables[_VARIABLES[option]] for option in options if arguments.get(option) is None}
        found = as_module_sees(self._templar.template(wanted)) if wanted else {}
        omitted = variables.get("omit")
        arguments.update({option: value for option, value in found.items() if value != omitted and not blank(value)})

    def _host_address(self, variables: Mapping[str, Any]) -> str | None:
        name = variables.get("inventory_hostname")
        address = self._templar.template(variables.get("ansible_host")) or name
        if name in ansible.constants.LOCALHOST and address in ansible.constants.LOCALHOST:
            return None  # then, and only then, WHM_HOST says which server is meant
        return str(address) if address else None

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
        # What whmapi1 does not need is not handed to it, so that the module does not know what to hide.
        return _hide(result, environment_secrets(task_environment(self._task.environment), os.environ))


def _shows_invocation(variables: Mapping[str, Any]) -> bool:
    """ansible-core 2.21 and later leave a module's arguments out of its result unless they are told otherwise."""
    name = "INJECT_INVOCATION"
    return not hasattr(ansible.constants, name) or bool(
        ansible.constants.config.get_config_value(name, variables=dict(variables))
    )


def _run_here(name: str, arguments: dict[str, Any], check_mode: bool, invocation: bool = True) -> dict[str, Any]:
    """What the module's own process would print: validation, result, nothing secret in it.

    :param invocation: whether the arguments are to be shown, too.
    """
    _settle()
    module = _load(name)
    spec = argument_spec(module)
    valid = ArgumentSpecValidator(spec, **module.constraints).validate(as_given(spec, arguments))
    secrets = valid._no_log_values | secret_values(spec, valid.validated_parameters) | environment_secrets(os.environ)
    if valid.error_messages:
        result = {"failed": True, "msg": _validation_message(name, valid.errors)}
    elif REQUESTS_IMPORT_ERROR:
        result = {"failed": True, "msg": missing_required_lib("requests"), "exception": REQUESTS_IMPORT_ERROR}
    else:
        result = execute(module, valid.validated_parameters, check_mode, _kept_client)
    warnings = [f"Both option {item['option']} and its alias {item['alias']} are set." for item in valid._warnings]
    if warnings:
        result["warnings"] = [*warnings, *result.get("warnings", [])]
    if valid._deprecations:
        result["deprecations"] = valid._deprecations
    shown = _hide(result, secrets)
    if invocation:
        shown["invocation"] = {"module_args": _hide(valid.validated_parameters, secrets)}
    return shown


def _hide(values: Mapping[str, Any], secrets: Iterable[str]) -> dict[str, Any]:
    """The values without secrets. Ansible's own walk through each of them takes long, so those that hold none are left out."""
    forms = [json.dumps(secret, ensure_ascii=False)[1:-1] for secret in secrets]
    return {key: remove_values(value, secrets) if _may_hold(value, forms) else value for key, value in values.items()}


def _may_hold(value: Any, forms: Sequence[str]) -> bool:
    if value is None or isinstance(value, bool):
        return False
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return True
    return any(form in text for form in forms)


def _load(name: str) -> Module:
    module_name = name.rpartition(".")[2]
    try:
        module: Module = importlib.import_module(f"{_MODULES}.{module_name}").MODULE
    except ImportError as exc:
        raise AnsibleActionFail(f"{name} is not a module of whm.mail ({exc}).") from exc
    return module


def _validation_message(name: str, errors: Any) -> str:
    message: str = errors.msg
    if isinstance(errors[0], UnsupportedError):
        return f"Unsupported parameters for ({name}) module: {message}"
    return message


@contextmanager
def _kept_client(params: Mapping[str, Any], read_only: bool) -> Iterator[Client]:
    """A client whose connection is kept for the next item of a loop. Never shared by tasks with other options or hosts."""
    options = (str(params[option]) for option in connection_spec())
    key = (os.getpid(), *options, *map(os.environ.get, VARIABLES))
    if key not in _transports:
        _transports[key] = build_transport(params)
    client = build_client(params, _transports[key], read_only)
    client.login = _logins.setdefault(key, client.login)
    client.wanted = _parent_lives
    try:
        client.confirm()  # one item of a loop may have asked for something that the login may not do; others may
        yield client
    except BaseException as exc:
        if not isinstance(exc, Exception):  # interrupted half way through: threads may still use it
            _transports.pop(key).close()
        raise


def _parent_lives() -> bool:
    """Whether this worker still has the parent that it began with.

    Ctrl-C and SIGTERM are handed to workers; a parent that is killed by SIGKILL, or for want of memory, leaves them running.
    """
    return _parents.get(os.getpid()) == os.getppid()


def _settle() -> None:
    """Once in each worker: remember the parent, and keep the collector from walking through all that came from there."""
    if os.getpid() not in _parents:
        _parents[os.getpid()] = os.getppid()
        gc.freeze()


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """The task's ``environment:``, for what else depends on it: proxies, certificates, ``~`` in paths."""
    before = {key: os.environ.get(key) for key in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
