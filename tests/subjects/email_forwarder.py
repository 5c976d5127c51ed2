# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""email_forwarder: forwarders of the addresses of accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.handlers_email_forwarders import FORWARDERS
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import forbidding
from .kinds import BACK, READ, Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

INFO, GONE, NEW = "info@alice.example.com", "gone@alice.example.com", "new@alice.example.com"
ALL, CAROL = "all@bob.example.com", "carol@carol.example.net"
OPS, ANN = "ops@example.org", "ann@example.org"
PROGRAM, FAILS = "|/home/alice/bin/sort.pl", ":fail: Gone since May"


def plain(destinations: Iterable[str]) -> tuple[str, ...]:
    """As the module should show them: no quotes, domains in lower case."""
    found = set()
    for listed in destinations:
        text = listed.strip('"')
        local, at, domain = text.partition("@")
        found.add(local + at + domain.lower() if at and not text.startswith((":", "|")) else text)
    return tuple(sorted(found))


def _view(box: Box) -> dict[str, Any]:
    names = (INFO, GONE, NEW, ALL, CAROL, "x@dave.example.org")
    return {name: plain(box.state.areas[FORWARDERS].get(name, [])) for name in names}


# ---- tasks at random

_ADDRESSES = [f"{local}@{domain}" for local in ("a", "ab", "b") for domain in chance.NAMES[:3]]
_DESTINATIONS = [
    "ops@example.org",
    "Ops@EXAMPLE.ORG",
    "ops@EXAMPLE.org",
    ":fail: Gone",
    ":blackhole:",
    "a",
    "|/home/x/y",
]
_some = st.lists(st.sampled_from([*_ADDRESSES, "a@nosuch.example"]), min_size=1, max_size=4)
_destinations = st.lists(st.sampled_from(_DESTINATIONS), min_size=1, max_size=3)
_tasks = st.one_of(
    st.fixed_dictionaries({"addresses": _some, "destinations": _destinations}, optional={"exclusive": st.booleans()}),
    st.fixed_dictionaries({"addresses": _some, "state": st.just("absent")}, optional={"destinations": _destinations}),
    st.dictionaries(st.sampled_from(_ADDRESSES), _destinations, min_size=1, max_size=3).map(
        lambda found: {"forwarders": [{"address": address, "destinations": found[address]} for address in found]}
    ),
)
_stored = st.lists(
    st.sampled_from(["ops@example.org", "ops@Example.org", '":fail: Gone"', ":blackhole:", "|/home/x/y", '"|/home/x/y -z"', "/dev/null"]),
    unique=True,
    max_size=3,
)  # fmt: skip


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    kept = state.areas[FORWARDERS]
    for address in sorted({*_ADDRESSES, *kept}):
        yield ("forwarder", address), plain(kept.get(address, ()))


def _agrees(address: str, row: Row, shown: Picture) -> bool:
    return tuple(row["destinations"]) == shown.get(("forwarder", address), ())


def _wanted(address: str, options: Options) -> tuple[str, ...] | None:
    rows = {row["address"]: row["destinations"] for row in options.get("forwarders") or []}
    values = rows[address] if rows else options.get("destinations")
    return None if values is None else plain(values)


def _reached(address: str, options: Options, shown: Picture) -> bool:
    now, wanted = shown.get(("forwarder", address), ()), _wanted(address, options)
    if options.get("state") == "absent":
        return not now if wanted is None else not set(now) & set(wanted)
    return now == wanted if options.get("exclusive") else set(wanted or ()) <= set(now)


SUBJECT = Subject(
    situations=(
        Situation({"addresses": [INFO, NEW], "destinations": [ANN, OPS]}),
        Situation({"forwarders": [{"address": NEW, "destinations": [ANN]}]}, check_mode=True),
        Situation({"addresses": [NEW, "x@nosuch.example"], "destinations": [ANN]}, True),
        Situation(
            {"addresses": [INFO, NEW], "destinations": [ANN], "api_batch_size": 1}, True, forbidding("uapi_cpanel")
        ),
        Situation({"addresses": [], "destinations": [ANN]}),
        Situation({"addresses": [INFO], "destinations": [ANN], "state": "absent", "exclusive": True}, True),
    ),
    sends=(
        Situation({"addresses": [INFO], "destinations": [ANN], "exclusive": True}),
        Situation({"addresses": [INFO, ALL], "state": "absent"}),
        Situation(
            {"addresses": [NEW], "destinations": [":fail: No such person", ":blackhole:", "alice", "|/home/alice/x"]}
        ),
        Situation({"addresses": ["x@nosuch.example", NEW], "destinations": [ANN], "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "email_forwarder",
            {FORWARDERS: {INFO: [OPS, PROGRAM]}},
            {"addresses": [INFO, ALL, CAROL], "destinations": [ANN]},
            _view,
            (INFO, ALL, CAROL),
            "alice",
            owner="alice",
            lenient=(READ, BACK),
            more=(
                {"forwarders": [{"address": INFO, "destinations": [ANN, OPS]}], "exclusive": True},
                {"addresses": [INFO], "state": "absent", "ignore_missing": True},
            ),
        ),
        Scenario(
            "email_forwarder",
            {},
            {"addresses": [INFO, ALL], "destinations": [ANN, OPS], "exclusive": True},
            _view,
            (INFO, ALL),
            "alice",
            owner="alice",
            lenient=(READ, BACK),
            title="exclusive",
            brief=True,
        ),
    ),
    opposites=(
        {"addresses": [INFO, ALL], "destinations": [ANN]},
        {"addresses": [INFO, ALL], "destinations": [ANN], "state": "absent"},
    ),
    properties=Properties(
        "email_forwarder",
        tasks=_tasks,
        changes=chance.some(_stored, _ADDRESSES).map(lambda found: {FORWARDERS: found}),
        picture=_picture,
        keys=lambda address: [("forwarder", address)],
        agrees=_agrees,
        reached=_reached,
    ),
    hostile=(
        {
            "forwarders": None, "addresses": [INFO, NEW], "destinations": [ANN], "exclusive": True, "state": "present",
            "ignore_missing": False, "wanted": {INFO: [ANN], NEW: [ANN]},
        },
    ),
    hostile_keys=("dest", "forward", "uapi", "data", "acct", "user"),
)  # fmt: skip
