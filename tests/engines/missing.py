# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints a sentence for each engine or other program that cannot be run here; `dev.py test-engines` asks before it starts."""

from __future__ import annotations

from ansible_collections.whm.mail.tests import knot, postgresql, promtool
from ansible_collections.whm.mail.tests.simulator import dovecot_server, exim_real

for problem in (
    dovecot_server.missing(),
    exim_real.missing(),
    knot.missing(),
    postgresql.missing(),
    promtool.missing(),
):
    if problem:
        print(problem)
