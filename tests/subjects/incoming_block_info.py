# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""incoming_block_info: the countries and domains from which no mail is taken."""

from __future__ import annotations

from .kinds import Situation, Subject

SUBJECT = Subject(
    situations=(
        Situation({}),
        Situation(
            {}, prepare=lambda box: box.patch({"blocks": {"countries": ["AD", "ZZ"], "domains": ["spam.example"]}})
        ),
    ),
    hostile=({},),
    hostile_keys=("countries", "country_code", "domains", "domain"),
)
