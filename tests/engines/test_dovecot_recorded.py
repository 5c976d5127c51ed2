# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recorded cases, asked again: whether Dovecot still does what the engine in memory is held against."""

from __future__ import annotations

from ansible_collections.whm.mail.tests.engines.conftest import Tally
from ansible_collections.whm.mail.tests.simulator.dovecot_engine import DovecotEngine
from ansible_collections.whm.mail.tests.simulator.dovecot_server import Dovecot
from ansible_collections.whm.mail.tests.unit.simulator.dovecot_recorded import CASES, ask, fresh


def test_dovecot_does_what_was_recorded(dovecot: Dovecot, tally: Tally) -> None:
    """Only a query that expunged something needs a fresh mailbox behind it."""
    engine = DovecotEngine(dovecot)
    box = fresh(engine)
    wrong = []
    for case in CASES:
        gone, error = ask(box, case)
        if (gone, error) != (case.gone or {}, case.error):
            wrong.append(f"{case}: {gone} {error}")
        if gone:
            box = fresh(engine)
    engine.end()
    tally.lines.append(f"Dovecot: {len(CASES)} recorded cases asked again, {len(wrong)} have changed")
    assert not wrong, "\n".join(wrong)
