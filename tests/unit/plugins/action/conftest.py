# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions that run on the controller alone, run as Ansible runs them, without its play."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

Act = Callable[..., dict[str, Any]]


@pytest.fixture
def act() -> Act:
    """``act("mail_audit_report", folder=…)`` returns what the action returns, ``check_mode=True`` in check mode.

    ``variables`` are those of the host that the task is for.
    """

    def run(
        name: str, check_mode: bool = False, variables: dict[str, Any] | None = None, **options: Any
    ) -> dict[str, Any]:
        action = importlib.import_module(f"ansible_collections.whm.mail.plugins.action.{name}").ActionModule
        task = SimpleNamespace(
            args=options,
            check_mode=check_mode,
            async_val=0,
            action=f"whm.mail.{name}",
            environment=None,
            diff=False,
            delegate_to=None,
        )
        connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
        templar = Templar(loader=DataLoader(), variables=variables or {})
        made = action(task, connection, None, None, templar, None)
        result: dict[str, Any] = made.run(task_vars=variables or {})
        return result

    return run
