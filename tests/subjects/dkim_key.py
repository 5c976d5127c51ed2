# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dkim_key: installs DKIM keys that were made elsewhere."""

from __future__ import annotations

from typing import Any

from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key, public_record
from hypothesis import strategies as st

from . import chance
from .common import (
    ALICE,
    BOB,
    BOBBY,
    DAVE,
    DKIM_SEED,
    DOMAINS,
    ONE_IS_MISSING,
    dkim_picture,
    dkim_view,
    forbidding,
    without_key,
)
from .kinds import Options, Picture, Properties, Row, Scenario, Situation, Subject

NEW = pool_key(11)


def keys(*domains: str, pem: str = NEW) -> list[dict[str, str]]:
    return [{"domain": domain, "private_key": pem} for domain in domains]


# ---- tasks at random


@st.composite
def _tasks(draw: Any) -> dict[str, Any]:
    """Keys that the server may have already, and one that it has not."""
    chosen = draw(
        st.dictionaries(st.sampled_from([*chance.NAMES, "nosuch.example"]), st.integers(0, 3), min_size=1, max_size=3)
    )
    wanted = [{"domain": domain, "private_key": pool_key(number)} for domain, number in chosen.items()]
    return {"keys": wanted, **draw(st.sampled_from([{}, {"publish": False}]))}


def _agrees(domain: str, row: Row, shown: Picture) -> bool:
    key, records = shown["dkim", domain]
    expected = public_record(key) if key else None
    published = records == (expected,)
    return bool(row["public_record"] == expected and row.get("published", published) == published)


def _reached(domain: str, options: Options, shown: Picture) -> bool:
    key, records = shown["dkim", domain]
    wanted = next(public_record(item["private_key"]) for item in options["keys"] if item["domain"] == domain)
    published = records == (wanted,) or options.get("publish") is False
    return key is not None and public_record(key) == wanted and published


_PROPERTIES = Properties(
    "dkim_key",
    tasks=_tasks(),
    changes=chance.dkim_changes,
    picture=dkim_picture,
    keys=lambda domain: [("dkim", domain)],
    agrees=_agrees,
    reached=_reached,
    stepwise=True,
)

SUBJECT = Subject(
    situations=(
        Situation({"keys": keys(ALICE, BOB)}),
        Situation({"keys": keys(DAVE), "publish": False}),
        Situation({"keys": keys(ALICE, DAVE)}, True),
        Situation({"keys": keys(BOB)}, check_mode=True),
        Situation({"keys": keys(BOB, BOBBY), "api_batch_size": 1}, True, forbidding("install_dkim_private_keys")),
        Situation({"keys": []}),
    ),
    sends=(
        Situation({"keys": keys(ALICE, pem=pool_key(0))}, prepare=without_key),
        Situation({"keys": keys(ALICE, pem=pool_key(0)), "publish": False}, prepare=without_key),
        Situation({"keys": keys(*ONE_IS_MISSING, pem=pool_key(0)), "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "dkim_key",
            DKIM_SEED,
            {"keys": keys(*DOMAINS, pem=pool_key(7))},
            dkim_view,
            DOMAINS,
            DOMAINS[0],
            owner="alice",
            more=({"keys": keys(DOMAINS[0], pem=pool_key(7)), "publish": False},),
            together=True,
        ),
    ),
    opposites=({"keys": keys(ALICE, pem=pool_key(7))}, {"keys": keys(ALICE, pem=pool_key(8))}),
    properties=_PROPERTIES,
)
