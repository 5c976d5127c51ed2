# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""email_auth_info: whether the DNS says of a domain what it should."""

from __future__ import annotations

from typing import Any

from .common import ALICE, BO, BOB, BOBBY, DAVE, ERIN, RESELLER, WEAK
from .kinds import Situation, Subject

ALL = [ALICE, WEAK, BOB, BOBBY, BO, DAVE, ERIN, "whm1.example.com", "nosuch.example"]


def too_old(box: Any) -> None:
    box.patch({"missing_functions": ["validate_current_dmarcs"]})


SUBJECT = Subject(
    situations=(
        Situation({"domains": ALL}),
        Situation({"domains": [ALICE, BOB]}, prepare=too_old),
        Situation({"domains": [ALICE], "checks": ["spf"]}, check_mode=True),
        Situation({"domains": ["carol.example.net", ALICE], **RESELLER}, True),
        Situation({"domains": []}),
    ),
    sends=(
        Situation({}),
        Situation({"domains": [ALICE]}),
        Situation({"domains": [ALICE, BOB], "checks": ["spf", "ptr"]}),
    ),
)
