# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entry of a module's own process."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.modules.spf import MODULE


class Seen(Exception):
    """The options were looked at."""


class Looking(basic.AnsibleModule):
    """As that of ansible-lint: it goes no further than the options."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        raise Seen


def test_a_tool_that_puts_itself_in_the_place_of_ansible_module_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basic, "AnsibleModule", Looking)
    with pytest.raises(Seen):
        run(MODULE)
