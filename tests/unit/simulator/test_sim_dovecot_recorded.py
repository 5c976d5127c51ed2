# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine in memory against what a real Dovecot was once seen to do."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.unit.simulator.dovecot_recorded import CASES, Case, ask, fresh


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_engine_in_memory_does_what_dovecot_did(case: Case) -> None:
    assert ask(fresh(), case) == (case.gone or {}, case.error)


def test_the_table_has_all_kinds_of_outcomes() -> None:
    assert sum(bool(case.gone) for case in CASES) > 50
    assert sum(bool(case.error) for case in CASES) > 40
    assert sum(not case.gone and not case.error for case in CASES) > 20
