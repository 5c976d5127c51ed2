# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""incoming_domain_block: the domains of senders from which no mail is taken."""

from __future__ import annotations

from .common import forbidding
from .incoming_blocks import DEFAULTS, blocking, properties, view
from .kinds import Scenario, Situation, Subject

_NAMES = ("spam.example", "*.spam.example", "bulk.*")
_ALL = (*_NAMES, "old.example", "good.example")

SUBJECT = Subject(
    situations=(
        Situation({"domains": ["Spam.example.", "old.example"]}, prepare=blocking(domains=["old.example"])),
        Situation({"domains": ["spam.example"], "state": "absent"}, check_mode=True),
        Situation({"domains": ["spam.example", "bad.example"]}, True, blocking(refused=["bad.example"])),
        Situation(
            {"domains": ["spam.example", "bad.example"], "api_batch_size": 1},
            True,
            forbidding("block_incoming_email_from_domain"),
        ),
        Situation({"domains": []}),
    ),
    sends=(
        Situation({"domains": ["*.spam.example"]}),
        Situation({"domains": ["spam.example", "*.spam.example"]}),
        Situation(
            {"domains": ["spam.example", "a.example"], "state": "absent"},
            prepare=blocking(domains=["a.example", "spam.example"]),
        ),
        Situation(
            {"domains": [], "exclusive": True, "max_changes": 9}, prepare=blocking(domains=["a.example", "b.example"])
        ),
    ),
    scenarios=(
        Scenario(
            "incoming_domain_block",
            {"blocks": {"domains": ["old.example"]}},
            {"domains": list(_NAMES)},
            view("domains", _ALL),
            _NAMES,
            "spam.example",
            bulk=True,
            more=(
                {"domains": ["old.example", "spam.example"], "state": "absent"},
                {"domains": ["spam.example"], "exclusive": True, "max_changes": 99},
            ),
        ),
        # A single item, so that nothing travels together.
        Scenario(
            "incoming_domain_block",
            {"blocks": {"domains": ["old.example", "spam.example"]}},
            {"domain": "spam.example", "state": "absent"},
            view("domains", _ALL),
            ("spam.example",),
            "spam.example",
            title="one",
            bulk=True,
            brief=True,
        ),
    ),
    opposites=({"domains": list(_NAMES)}, {"domains": list(_NAMES), "state": "absent"}),
    properties=properties(
        "incoming_domain_block",
        "domains",
        written=["spam.example", "SPAM.example.", "*.spam.example", "a.spam.example", "*.example", "spam.*"],
        pool=("spam.example", "*.spam.example", "old.example", "a.spam.example", "*.example", "spam.*"),
    ),
    hostile=(
        {**DEFAULTS, "domains": ["spam.example", "*.spam.example"]},
        {**DEFAULTS, "domains": ["spam.example"], "exclusive": True, "max_changes": 9},
    ),
    hostile_keys=("domains", "domain"),
    value=lambda options: [options],
)
