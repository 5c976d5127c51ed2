# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every function of the catalogue has a module, or a reason why it has none; and the page that says so is of today."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.rows import CPANEL, WHM_API_1

from devtools import functions

USES = functions.modules()

#: What carries other functions is as good as what it carries.
CARRIERS = ("batch", "cpanel", "uapi_cpanel")


@pytest.mark.parametrize("name", [name for name in [*WHM_API_1, *CPANEL] if name not in CARRIERS])
def test_each_function_has_a_module_or_a_reason(name: str) -> None:
    assert (name in USES) is not (name in functions.REASONS), f"{name}: neither a module nor a reason, or both"


def test_the_page_is_of_today() -> None:
    assert functions.PAGE.read_text(encoding="utf-8") == functions.page(), "run python3 -m devtools.functions"


def test_reasons_are_about_functions_that_there_are() -> None:
    assert set(functions.REASONS) <= {*WHM_API_1, *CPANEL}
