# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""manual_mx: where Exim sends the mail of domains, whatever DNS says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import ALICE, BOB, DOMAINS, ONE_IS_MISSING, forbidding
from .kinds import BACK, READ, Key, Options, Picture, Properties, Row, Scenario, Situation, Subject, always

HOST, OTHER = "mail.example.net", "192.0.2.25"

# ---- where its effect is seen


def _view(box: Box) -> dict[str, Any]:
    return {domain: box.state.areas["manual_mx"].get(domain) for domain in (*DOMAINS, BOB)}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    yield from ((("manual_mx", domain), host) for domain, host in state.areas["manual_mx"].items())


# ---- tasks at random

#: As they are given, and what they mean.
_HOSTS = {
    "mail.example.net": "mail.example.net",
    "Mail.Example.NET.": "mail.example.net",
    "192.0.2.25": "192.0.2.25",
    "2001:DB8:0::1": "2001:db8::1",
}
_hosts = st.sampled_from(list(_HOSTS))
_tasks = st.one_of(
    st.fixed_dictionaries({"domains": chance.domains, "mx_host": _hosts}),
    st.fixed_dictionaries({"domains": chance.domains, "state": st.just("absent")}),
    st.dictionaries(st.sampled_from([*chance.NAMES, "nosuch.example"]), _hosts, min_size=1, max_size=3).map(
        lambda found: {"redirects": [{"domain": domain, "mx_host": host} for domain, host in found.items()]}
    ),
)
_stored = chance.some(st.sampled_from([None, *_HOSTS.values()]), [*chance.NAMES, "nosuch.example"])


def _wanted(domain: str, options: Options) -> str | None:
    rows = options.get("redirects")
    given = next(row["mx_host"] for row in rows if row["domain"] == domain) if rows else options.get("mx_host")
    return _HOSTS[given] if given else None


def _agrees(domain: str, row: Row, shown: Picture) -> bool:
    return bool(row["mx_host"] == shown.get(("manual_mx", domain)))


def _reached(domain: str, options: Options, shown: Picture) -> bool:
    return _wanted(domain, options) == shown.get(("manual_mx", domain))


_PROPERTIES = Properties(
    "manual_mx",
    tasks=_tasks,
    changes=_stored.map(lambda found: {"manual_mx": found}),
    picture=_picture,
    keys=lambda domain: [("manual_mx", domain)],
    agrees=_agrees,
    reached=_reached,
    acts=always,
    blind=always,
    shows=False,
    unforeseen=("changed", "previous", "diff"),
)

SUBJECT = Subject(
    situations=(
        Situation({"domains": [ALICE, "elsewhere.example"], "mx_host": HOST}),
        Situation({"redirects": [{"domain": ALICE, "mx_host": OTHER}]}, check_mode=True),
        Situation({"domains": [BOB], "state": "absent"}),
        Situation({"domains": ONE_IS_MISSING, "mx_host": HOST, "ignore_missing": True}),
        Situation(
            {"domains": [ALICE, BOB], "mx_host": HOST, "api_batch_size": 1}, True, forbidding("set_manual_mx_redirects")
        ),
        Situation({"domains": [], "mx_host": HOST}),
    ),
    sends=(
        Situation({"domains": [ALICE], "mx_host": HOST}),
        Situation({"domains": [ALICE], "mx_host": HOST}, check_mode=True),
        Situation({"domains": [ALICE, BOB], "state": "absent"}),
        Situation({"redirects": [{"domain": ALICE, "mx_host": OTHER}, {"domain": BOB, "mx_host": HOST}]}),
        Situation({"domains": ONE_IS_MISSING, "state": "absent", "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "manual_mx",
            {"manual_mx": {DOMAINS[1]: "old.example.org"}},
            {"domains": list(DOMAINS), "mx_host": HOST},
            _view,
            DOMAINS,
            DOMAINS[0],
            owner="alice",
            lacks=frozenset((READ, BACK)),
            more=(
                {"redirects": [{"domain": DOMAINS[0], "mx_host": OTHER}]},
                {"domains": [DOMAINS[1]], "state": "absent"},
            ),
            blind=True,
        ),
        Scenario(
            "manual_mx",
            {"manual_mx": dict.fromkeys(DOMAINS, "old.example.org")},
            {"domains": list(DOMAINS), "state": "absent"},
            _view,
            DOMAINS,
            DOMAINS[0],
            owner="alice",
            title="removed",
            lacks=frozenset((READ, BACK)),
            blind=True,
            brief=True,
        ),
    ),
    properties=_PROPERTIES,
    hostile=(
        {"domains": [ALICE, BOB], "mx_host": HOST, "redirects": None, "state": "present"},
        {"domains": [ALICE], "mx_host": None, "redirects": None, "state": "absent"},
    ),
    hostile_keys=("payload", ALICE, BOB),
    without={
        "opposites": "nothing reads a redirect, so that neither of two controllers can tell that the other one was there"
    },
)
