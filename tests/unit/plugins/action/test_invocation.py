# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a result carries the task's arguments is for ansible-core to say, and before 2.21 for who looks."""

from __future__ import annotations

from typing import Any

import ansible.constants
import pytest
from ansible_collections.whm.mail.plugins.action import api
from ansible_collections.whm.mail.plugins.plugin_utils._controller import in_process

NAME = "INJECT_INVOCATION"


def test_an_older_core_knows_no_such_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(ansible.constants, NAME, raising=False)
    assert [api._shows_invocation({}, verbosity) for verbosity in (0, 2, 3, 5)] == [False, False, True, True]


@pytest.mark.parametrize("wanted", [False, True])
def test_a_newer_one_is_asked_with_the_tasks_variables(monkeypatch: pytest.MonkeyPatch, wanted: bool) -> None:
    def value(name: str, variables: dict[str, Any]) -> Any:
        return variables["ansible_inject_invocation"] if name == NAME else None

    monkeypatch.setattr(ansible.constants, NAME, False, raising=False)
    monkeypatch.setattr(ansible.constants.config, "get_config_value", value)
    assert api._shows_invocation({"ansible_inject_invocation": wanted}, 0) is wanted


@pytest.mark.parametrize("wanted", [False, True])
def test_the_arguments_stand_in_the_result_only_where_they_are_wanted(wanted: bool) -> None:
    result = in_process.run_here(
        "whm.mail.account_info", {"api_host": "http://x", "api_token": "SECRETQ7Z1"}, False, wanted
    )
    assert result["failed"]
    assert ("invocation" in result) is wanted
    assert "SECRETQ7Z1" not in str(result)
