# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module run in this process: what its own process would print, validation, result, nothing secret in it."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible_collections.whm.mail.plugins.module_utils._state.connection import environment_secrets
from ansible_collections.whm.mail.plugins.module_utils._state.entry import argument_spec, secret_values
from ansible_collections.whm.mail.plugins.module_utils._state.given import as_given
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Module
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.https import REQUESTS_IMPORT_ERROR
from ansible_collections.whm.mail.plugins.plugin_utils._controller.worker import MODULES, begin, kept_client


def run_here(
    name: str, arguments: dict[str, Any], check_mode: bool, invocation: bool = True, diff_mode: bool = True
) -> dict[str, Any]:
    """
    :param arguments: complete; what stands in for them was looked up before.
    :param invocation: whether the arguments are to be shown, too.
    :param diff_mode: whether a diff is wanted.
    """
    begin()
    module = _load(name)
    spec = argument_spec(module)
    valid = ArgumentSpecValidator(spec, **module.constraints).validate(as_given(spec, arguments))
    secrets = valid._no_log_values | secret_values(spec, valid.validated_parameters) | environment_secrets(os.environ)
    if valid.error_messages:
        result: dict[str, Any] = {"failed": True, "msg": _validation_message(name, valid.errors)}
    elif REQUESTS_IMPORT_ERROR:
        result = {"failed": True, "msg": missing_required_lib("requests"), "exception": REQUESTS_IMPORT_ERROR}
    else:
        result = execute(module, valid.validated_parameters, check_mode, kept_client, diff_mode)
    warnings = [f"Both option {item['option']} and its alias {item['alias']} are set." for item in valid._warnings]
    if warnings:
        result["warnings"] = [*warnings, *result.get("warnings", [])]
    if valid._deprecations:
        result["deprecations"] = valid._deprecations
    shown = hide(result, secrets)
    if invocation:
        shown["invocation"] = {"module_args": hide(valid.validated_parameters, secrets)}
    return shown


def hide(values: Mapping[str, Any], secrets: Iterable[str]) -> dict[str, Any]:
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
        module: Module = importlib.import_module(f"{MODULES}.{module_name}").MODULE
    except ImportError as exc:
        raise AnsibleActionFail(f"{name} is not a module of whm.mail ({exc}).") from exc
    return module


def _validation_message(name: str, errors: Any) -> str:
    message: str = errors.msg
    if isinstance(errors[0], UnsupportedError):
        return f"Unsupported parameters for ({name}) module: {message}"
    return message


@contextmanager
def environment(wanted: Mapping[str, str]) -> Iterator[None]:
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
