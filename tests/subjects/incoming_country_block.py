# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""incoming_country_block: the countries from which no mail is taken."""

from __future__ import annotations

from .common import forbidding
from .incoming_blocks import DEFAULTS, blocking, properties, view
from .kinds import Scenario, Situation, Subject

_NAMES = ("DE", "FR", "ZZ")
_ALL = (*_NAMES, "AD", "US")

SUBJECT = Subject(
    situations=(
        Situation({"countries": ["de", "AD"]}, prepare=blocking(countries=["AD"])),
        Situation({"countries": ["DE", "FR"], "state": "absent"}, check_mode=True),
        Situation({"countries": ["DE", "FR"]}, True, blocking(refused=["FR"])),
        Situation(
            {"countries": ["DE", "FR"], "api_batch_size": 1}, True, forbidding("block_incoming_email_from_country")
        ),
        Situation({"countries": ["DE", "UK"]}, True),
        Situation({"countries": []}),
    ),
    sends=(
        Situation({"countries": ["DE"]}),
        Situation({"countries": ["DE", "FR"]}),
        Situation({"countries": ["DE", "AD"], "state": "absent"}, prepare=blocking(countries=["AD", "DE"])),
        Situation({"countries": ["DE"], "exclusive": True, "max_changes": 9}, prepare=blocking(countries=["AD", "FR"])),
    ),
    scenarios=(
        Scenario(
            "incoming_country_block",
            {"blocks": {"countries": ["AD"]}},
            {"countries": list(_NAMES)},
            view("countries", _ALL),
            _NAMES,
            "DE",
            bulk=True,
            more=(
                {"countries": ["AD", "US"], "state": "absent"},
                {"countries": ["DE"], "exclusive": True, "max_changes": 99},
            ),
        ),
        # None is named: those that are unblocked are known from the list alone.
        Scenario(
            "incoming_country_block",
            {"blocks": {"countries": list(_NAMES)}},
            {"countries": [], "exclusive": True, "max_changes": 3},
            view("countries", _ALL),
            _NAMES,
            "DE",
            title="exclusive",
            bulk=True,
            brief=True,
        ),
    ),
    opposites=({"countries": ["DE", "FR"]}, {"countries": ["FR", "DE"], "state": "absent"}),
    properties=properties(
        "incoming_country_block",
        "countries",
        written=["AD", "de", "DE", "Fr", "US", "ZZ"],
        pool=("AD", "DE", "FR", "US", "ZZ", "XK"),
    ),
    hostile=(
        {**DEFAULTS, "countries": ["DE", "ZZ"]},
        {**DEFAULTS, "countries": ["DE"], "exclusive": True, "max_changes": 9},
    ),
    hostile_keys=("countries", "country_code"),
    value=lambda options: [options],
)
