# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""spf: the SPF records of domains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.mail_dns import zone_of
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import ALICE, BOB, BOBBY, DAVE, DOMAINS, ONE_IS_MISSING, all_domains, forbidding
from .kinds import Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

WANTED = "v=spf1 +mx IP4:192.0.2.10/32 include:_spf.Example.net -all"

# ---- where its effect is seen


def _view(box: Box) -> dict[str, Any]:
    return {domain: tuple(zone_of(box.state, domain).spf) for domain in (*DOMAINS, BOB)}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for domain in all_domains(state):
        yield ("spf", domain), tuple(zone_of(state, domain).spf)


# ---- tasks at random

#: A record and others that mean the same, the normal form first.
_SAME = [
    ("v=spf1 a mx -all", "v=spf1 +mx +a -all", "V=SPF1 MX A  -ALL"),
    ("v=spf1 ip4:192.0.2.0/24 ~all", "v=spf1 ip4:192.0.2.7/24 ~all"),
    ("v=spf1 -all", "v=spf1 -ALL"),
    ("v=spf1 include:_spf.example.net ?all", "v=spf1 +include:_spf.example.net. ?all"),
]
_MEANS = {" ".join(record.lower().split()): same[0] for same in _SAME for record in same}
_records = st.sampled_from([record for same in _SAME for record in same])
_tasks = st.one_of(
    st.fixed_dictionaries({"domains": chance.domains, "record": _records}),
    st.dictionaries(st.sampled_from([*chance.NAMES, "nosuch.example"]), _records, min_size=1, max_size=3).map(
        lambda found: {"records": [{"domain": domain, "record": record} for domain, record in found.items()]}
    ),
)
_zone = st.fixed_dictionaries({"spf": st.lists(_records, max_size=2), **chance.ZONE})


def _meanings(records: Any) -> list[str]:
    """By the table above; what stands in no row of it stands for itself."""
    plain = [" ".join(record.lower().split()) for record in records]
    return sorted(_MEANS.get(record, record) for record in plain)


def _agrees(domain: str, row: Row, shown: Picture) -> bool:
    stored = _meanings(shown["spf", domain])
    known = set(stored) <= set(_MEANS.values())
    return list(row["records"]) == stored if known else len(row["records"]) == len(stored)


def _reached(domain: str, options: Options, shown: Picture) -> bool:
    rows = options.get("records") or [
        {"domain": name.lower(), "record": options["record"]} for name in options["domains"]
    ]
    wanted = next(row["record"] for row in rows if row["domain"] == domain)
    return _meanings(shown["spf", domain]) == _meanings([wanted])


_PROPERTIES = Properties(
    "spf",
    tasks=_tasks,
    changes=chance.some(_zone, chance.NAMES).map(lambda found: {"mail_dns": found}),
    picture=_picture,
    keys=lambda domain: [("spf", domain)],
    agrees=_agrees,
    reached=_reached,
    unforeseen=("validity",),
)

SUBJECT = Subject(
    situations=(
        Situation({"domains": [ALICE, BOB], "record": WANTED}),
        Situation({"records": [{"domain": BOB, "record": WANTED}]}, check_mode=True),
        Situation({"domains": [ALICE, DAVE], "record": WANTED}, True),
        Situation(
            {"domains": [BOB, BOBBY], "record": WANTED, "api_batch_size": 1}, True, forbidding("install_spf_records")
        ),
        Situation({"domains": [], "record": WANTED}),
    ),
    sends=(
        Situation({"records": [{"domain": BOB, "record": "v=spf1 +a -all"}]}),
        Situation({"domains": [ALICE, BOB], "record": "v=spf1 +a -all"}),
        Situation({"domains": ONE_IS_MISSING, "record": "v=spf1 +a -all", "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "spf",
            {"mail_dns": {domain: {"spf": []} for domain in DOMAINS}},
            {"domains": list(DOMAINS), "record": "v=spf1 ip4:203.0.113.5 -all"},
            _view,
            DOMAINS,
            DOMAINS[0],
            owner="alice",
            more=({"records": [{"domain": DOMAINS[0], "record": "v=spf1 -all"}]},),
        ),
    ),
    opposites=(
        {"domains": [ALICE, BOB], "record": "v=spf1 -all"},
        {"domains": [ALICE, BOB], "record": "v=spf1 ~all"},
    ),
    properties=_PROPERTIES,
)
