# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mail_sni_info: whether mail services show a domain's own certificate."""

from __future__ import annotations

from .common import ALICE, BOB
from .kinds import Situation, Subject

SUBJECT = Subject(
    situations=(
        Situation({}),
        Situation({"domains": [ALICE]}),
        Situation({"domains": [ALICE, "x.example"]}, True),
    ),
    sends=(Situation(), Situation({"domains": [ALICE, BOB]})),
)
