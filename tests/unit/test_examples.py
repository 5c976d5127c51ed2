# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of every module are tasks that its own argument specification takes."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.playbook.task import Task as PlaybookTask
from ansible_collections.whm.mail.plugins.module_utils._state.entry import argument_spec
from ansible_collections.whm.mail.tests.subjects import NO_SERVER

Task = dict[str, Any]

COLLECTION = "whm.mail."
MODULES = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins/modules").glob("[!_]*.py"))
MODULES = [name for name in MODULES if name not in NO_SERVER]
KEYWORDS = set(PlaybookTask.fattributes)
OF_THE_SERVER = {"api_host", "api_port", "api_username", "api_token", "api_password"}


def examples(module: str) -> list[Task]:
    source = importlib.import_module(f"ansible_collections.whm.mail.plugins.modules.{module}").EXAMPLES
    return list(yaml.safe_load(source))


def calls(tasks: list[Task]) -> Iterator[tuple[str, Task]]:
    """(module of this collection, its options)"""
    for task in tasks:
        for name, options in task.items():
            if name.startswith(COLLECTION):
                yield name.removeprefix(COLLECTION), options or {}


def has_template(value: Any) -> bool:
    if isinstance(value, dict):
        return any(has_template(item) for item in value.values())
    return any(has_template(item) for item in value) if isinstance(value, list) else "{{" in str(value)


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_named_tasks_of_known_modules(module: str) -> None:
    tasks = examples(module)
    assert tasks
    for task in tasks:
        assert task["name"][0].isupper(), task["name"]
        (used,) = set(task) - KEYWORDS
        assert used.startswith("ansible.builtin.") or used.removeprefix(COLLECTION) in MODULES, used
    assert module in dict(calls(tasks))


@pytest.mark.parametrize("module", MODULES)
def test_examples_use_only_options_that_exist(module: str) -> None:
    for name, options in calls(examples(module)):
        spec = importlib.import_module(f"ansible_collections.whm.mail.plugins.modules.{name}").MODULE
        known = argument_spec(spec)
        aliases = {alias for option in known.values() for alias in option.get("aliases", [])}
        assert set(options) <= set(known) | aliases
        if not has_template(options):
            assert ArgumentSpecValidator(known, **spec.constraints).validate(options).error_messages == []


@pytest.mark.parametrize("module", MODULES)
def test_examples_leave_server_and_credentials_to_module_defaults(module: str) -> None:
    for name, options in calls(examples(module)):
        assert not set(options) & OF_THE_SERVER, name
