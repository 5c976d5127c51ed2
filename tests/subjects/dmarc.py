# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dmarc: the DMARC records of domains."""

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

WANTED = "v=DMARC1; p=Quarantine; rua=mailto:dmarc@Example.com;"

# ---- where its effect is seen


def _view(box: Box) -> dict[str, Any]:
    return {domain: tuple(zone_of(box.state, domain).dmarc) for domain in (*DOMAINS, BOB)}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for domain in all_domains(state):
        yield ("dmarc", domain), tuple(zone_of(state, domain).dmarc)


# ---- tasks at random

#: A record and others that mean the same, the normal form first; then those that are no DMARC record and stand for themselves.
_SAME = [
    ("v=DMARC1; p=none", "v=DMARC1;p=none;", "v=DMARC1; p=None", "v=DMARC1; p=none;"),
    ("v=DMARC1; p=reject; pct=50", "v=DMARC1; pct=50; p=reject", "v=DMARC1 ;  p = REJECT; pct=50 ;"),
    ("v=DMARC1; p=none; rua=mailto:A@example.net", "v=DMARC1; rua=MAILTO:A@Example.net; p=none"),
]
_BROKEN = ["v=dmarc1; p=none", "p=none"]
_MEANS = {" ".join(record.split()): same[0] for same in _SAME for record in same}
_good = st.sampled_from([record for same in _SAME for record in same])
_records = st.one_of(_good, _good, st.sampled_from(_BROKEN))
_tasks = st.one_of(
    st.fixed_dictionaries({"domains": chance.domains, "record": _good}),
    st.fixed_dictionaries({"domains": chance.domains, "state": st.just("absent")}),
    st.dictionaries(st.sampled_from([*chance.NAMES, "nosuch.example"]), _good, min_size=1, max_size=3).map(
        lambda rows: {"records": [{"domain": domain, "record": record} for domain, record in rows.items()]}
    ),
)
_zone = st.fixed_dictionaries({"dmarc": st.lists(_records, max_size=2), **chance.ZONE})


def _meanings(records: Any) -> list[str]:
    plain = [" ".join(record.split()) for record in records]
    return sorted(_MEANS.get(record, record) for record in plain)


def _agrees(domain: str, row: Row, shown: Picture) -> bool:
    stored = _meanings(shown["dmarc", domain])
    return list(row["records"]) == stored and row["state"] == ("present" if stored else "absent")


def _reached(domain: str, options: Options, shown: Picture) -> bool:
    if options.get("state") == "absent":
        return not shown["dmarc", domain]
    rows = options.get("records") or [
        {"domain": name.lower(), "record": options["record"]} for name in options["domains"]
    ]
    wanted = next(row["record"] for row in rows if row["domain"] == domain)
    return _meanings(shown["dmarc", domain]) == _meanings([wanted])


_PROPERTIES = Properties(
    "dmarc",
    tasks=_tasks,
    changes=chance.some(_zone, chance.NAMES).map(lambda zones: {"mail_dns": zones}),
    picture=_picture,
    keys=lambda domain: [("dmarc", domain)],
    agrees=_agrees,
    reached=_reached,
    unforeseen=("validity",),
)

SUBJECT = Subject(
    situations=(
        Situation({"domains": [ALICE, BOB], "record": WANTED}),
        Situation({"records": [{"domain": BOB, "record": WANTED}]}, check_mode=True),
        Situation({"domains": [ALICE], "state": "absent"}),
        Situation({"domains": [ALICE, DAVE], "record": WANTED}, True),
        Situation({"domains": [BOB, BOBBY], "record": WANTED, "api_batch_size": 1}, True, forbidding("apply_dmarc")),
        Situation({"domains": [], "record": WANTED}),
    ),
    sends=(
        Situation({"records": [{"domain": BOB, "record": "v=DMARC1; p=reject"}]}),
        Situation({"domains": [ALICE, BOB], "record": "v=DMARC1; p=reject"}),
        Situation({"domains": [ALICE, BOB], "state": "absent"}),
        Situation({"domains": ONE_IS_MISSING, "record": "v=DMARC1; p=reject", "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "dmarc",
            {"mail_dns": {domain: {"dmarc": ""} for domain in DOMAINS}},
            {"domains": list(DOMAINS), "record": "v=DMARC1; p=reject"},
            _view,
            DOMAINS,
            DOMAINS[0],
            owner="alice",
            more=({"records": [{"domain": DOMAINS[0], "record": "v=DMARC1; p=none"}]},),
        ),
        Scenario(
            "dmarc",
            {"mail_dns": {domain: {"dmarc": "v=DMARC1; p=none"} for domain in DOMAINS}},
            {"domains": list(DOMAINS), "state": "absent"},
            _view,
            DOMAINS,
            DOMAINS[0],
            owner="alice",
            title="absent",
            brief=True,
        ),
    ),
    opposites=(
        {"domains": [ALICE, BOB], "record": "v=DMARC1; p=reject"},
        {"domains": [ALICE, BOB], "record": "v=DMARC1; p=quarantine"},
    ),
    properties=_PROPERTIES,
)
