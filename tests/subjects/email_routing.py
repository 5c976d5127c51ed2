# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""email_routing: whether the mail of domains is delivered on this server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.handlers_email_routing import AREA, routing_of
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import ALICE, BOB, DOMAINS, ONE_IS_MISSING, WEAK, forbidding
from .kinds import Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

ROUTINGS = ("auto", "local", "secondary", "remote")

# ---- where its effect is seen


def _view(box: Box) -> dict[str, Any]:
    return {domain: routing_of(box.state, domain)["routing"] for domain in (*DOMAINS, BOB, WEAK)}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    yield from ((("routing", domain), routing_of(state, domain)["routing"]) for domain in chance.NAMES)


# ---- tasks at random

_tasks = st.fixed_dictionaries({"domains": chance.domains, "routing": st.sampled_from(ROUTINGS)})
_stored = chance.some(st.sampled_from(ROUTINGS), chance.NAMES).map(lambda found: {AREA: found})


def _agrees(domain: str, row: Row, shown: Picture) -> bool:
    return bool(row["routing"] == shown["routing", domain])


def _reached(domain: str, options: Options, shown: Picture) -> bool:
    return bool(options["routing"] == shown["routing", domain])


def _remote(box: Any) -> None:
    box.patch({AREA: {ALICE: "remote", WEAK: {"routing": "secondary", "detected": "remote", "warnings": ["no MX"]}}})


SUBJECT = Subject(
    situations=(
        Situation({"domains": [ALICE, WEAK, BOB], "routing": "remote"}, prepare=_remote),
        Situation({"domains": [ALICE], "routing": "local"}, check_mode=True),
        Situation({"domains": ONE_IS_MISSING, "routing": "local"}, True),
        Situation({"domains": [ALICE], "routing": "local", "api_batch_size": 1}, True, forbidding("uapi_cpanel")),
        Situation({"domains": [], "routing": "local"}),
    ),
    sends=(
        Situation({"domains": [ALICE, WEAK], "routing": "auto"}, prepare=_remote),
        Situation({"domains": ONE_IS_MISSING, "routing": "secondary", "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "email_routing",
            {AREA: {DOMAINS[1]: "local"}},
            {"domains": list(DOMAINS), "routing": "remote"},
            _view,
            DOMAINS,
            DOMAINS[0],
            owner="alice",
            more=({"domains": [DOMAINS[1]], "routing": "secondary"}, {"domains": [DOMAINS[1]], "routing": "auto"}),
        ),
    ),
    opposites=({"domains": [ALICE, BOB], "routing": "remote"}, {"domains": [ALICE, BOB], "routing": "local"}),
    properties=Properties(
        "email_routing",
        tasks=_tasks,
        changes=_stored,
        picture=_picture,
        keys=lambda domain: [("routing", domain)],
        agrees=_agrees,
        reached=_reached,
    ),
    hostile=({"domains": [ALICE, BOB], "routing": "remote"},),
    hostile_keys=("uapi", "data", "user", "acct", "status", "statusmsg", "checkmx", "warnings", "mxcheck", "detected"),
)
