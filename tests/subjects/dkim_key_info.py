# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dkim_key_info: the DKIM keys of domains."""

from __future__ import annotations

from typing import Any

from ansible_collections.whm.mail.tests.simulator.mail_dns import zone_of

from .common import ALICE, DAVE
from .kinds import Situation, Subject


def _break_key(box: Any) -> None:
    zone_of(box.state, ALICE).key = "garbage"


SUBJECT = Subject(
    situations=(
        Situation({"domains": [ALICE, DAVE]}),
        Situation({"domains": [ALICE], "include_private_key": True}, check_mode=True),
        Situation({"domains": [ALICE, DAVE]}, True, _break_key),
        Situation({"domains": []}),
    ),
)
