# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mail_facts: everything about a server's mail at once."""

from __future__ import annotations

from typing import Any

from .common import RESELLER, WEAK, YEAR, older
from .kinds import Situation, Subject

EVERYTHING = {"gather_subset": ["all"], "since": "0"}


def _missing(box: Any) -> None:
    box.patch({"missing_functions": ["fetch_mail_queue"]})


SUBJECT = Subject(
    situations=(
        Situation(EVERYTHING),
        Situation(),
        Situation({"gather_subset": ["!mailboxes"], "since": "0"}, prepare=_missing),
        Situation({"gather_subset": ["auth"], "domains": [WEAK]}, check_mode=True),
        Situation({"gather_subset": ["auth"], "domains": [WEAK], **RESELLER}),
        Situation({"gather_subset": ["mail"]}, True),
    ),
    sends=(
        Situation({**YEAR, "gather_subset": ["all"], "domains": [WEAK]}),
        Situation({"gather_subset": ["mailboxes"]}, prepare=older),
    ),
    hostile=({"gather_subset": ["all"], "since": "1h", "until": None, "domains": [], "forward_users": []},),
    hostile_keys=(
        "app",
        "privileges",
        "version",
        "enabled",
        "countries",
        "country_code",
        "greylist_trusted_hosts",
        "common_mail_providers",
    ),
)
