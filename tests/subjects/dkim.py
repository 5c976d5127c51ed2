# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dkim: makes DKIM keys and publishes their records, or takes the records away."""

from __future__ import annotations

from ansible_collections.whm.mail.tests.simulator.mail_dns import public_record
from hypothesis import strategies as st

from . import chance
from .common import (
    ALICE,
    BO,
    BOB,
    BOBBY,
    DAVE,
    DKIM_SEED,
    DOMAINS,
    ONE_IS_MISSING,
    WEAK,
    dkim_picture,
    dkim_view,
    forbidding,
    without_key,
)
from .kinds import Options, Picture, Properties, Row, Scenario, Situation, Subject

# ---- tasks at random


def _agrees(domain: str, row: Row, shown: Picture) -> bool:
    key, records = shown["dkim", domain]
    expected = public_record(key) if key else None
    return (row["key"], row["record"], row["published"]) == (key is not None, expected, list(records))


def _reached(domain: str, options: Options, shown: Picture) -> bool:
    key, records = shown["dkim", domain]
    if options.get("state") == "absent":
        return not records
    return key is not None and records == (public_record(key),) and len(public_record(key)) > 300  # none of 512 bits


_PROPERTIES = Properties(
    "dkim",
    tasks=st.fixed_dictionaries(
        {"domains": chance.domains}, optional={"state": st.sampled_from(["present", "absent"])}
    ),
    changes=chance.dkim_changes,
    picture=dkim_picture,
    keys=lambda domain: [("dkim", domain)],
    agrees=_agrees,
    reached=_reached,
    stepwise=True,
    unforeseen=("bits", "name", "record", "published"),
)

SUBJECT = Subject(
    situations=(
        Situation({"domains": [ALICE, BOB, WEAK]}),
        Situation({"domains": [BOBBY, BO]}, True),
        Situation({"domains": [DAVE]}, check_mode=True),
        Situation({"domains": [BOB, BOBBY], "api_batch_size": 1}, True, forbidding("enable_dkim")),
        Situation({"domains": []}),
    ),
    sends=(
        Situation({"domains": [ALICE, BOB]}, prepare=without_key),
        Situation({"domains": [ALICE]}, prepare=without_key, check_mode=True),
        Situation({"domains": [ALICE, BOB], "state": "absent"}),
        Situation({"domains": ONE_IS_MISSING, "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "dkim",
            DKIM_SEED,
            {"domains": list(DOMAINS)},
            dkim_view,
            DOMAINS,
            DOMAINS[0],
            owner="alice",
            more=({"domains": [DOMAINS[2]], "state": "absent"},),
        ),
    ),
    opposites=({"domains": [ALICE, BOB]}, {"domains": [ALICE, BOB], "state": "absent"}),
    properties=_PROPERTIES,
)
