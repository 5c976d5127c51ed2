# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""email_autoresponder: autoresponders of addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.handlers_autoresponders import AREA
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import forbidding
from .kinds import BACK, READ, Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

INFO, SHOP, BOX, CAROL = (
    "info@alice.example.com",
    "orders@alice-shop.example",
    "bob@bob.example.com",
    "carol@carol.example.net",
)
NOWHERE = "info@nowhere.example"
START, STOP = 1798113600, 1798848000
TEXTS = {"from": "Sales", "subject": "Away", "body": "We are away."}
WHOLE = {**TEXTS, "interval": 24, "is_html": True, "start": str(START), "stop": str(STOP)}


def rows(*addresses: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"address": address, **fields} for address in addresses]


def seen(state: Server, address: str) -> Any:
    """What the server has, without telling the ways apart in which it stores no time; None where there is no autoresponder."""
    found = state.areas[AREA].get(address)
    if found is None:
        return None
    return tuple(found[name] for name in ("from", "subject", "body", "interval", "is_html")) + tuple(
        found[name] or None for name in ("start", "stop")
    )


def _view(box: Box) -> dict[str, Any]:
    return {address: seen(box.state, address) for address in (INFO, SHOP, BOX, CAROL, "other@alice.example.com")}


# ---- tasks at random

_LOCAL = ("a", "ab", "b")
_ADDRESSES = [f"{local}@{domain}" for local in _LOCAL for domain in chance.NAMES[:3]]
_BODIES = {
    "Away.": "Away.\n",
    "Two\nlines\n\n\n": "Two\nlines\n",
    "Ünterwegs & <b>=%0A</b>\n": "Ünterwegs & <b>=%0A</b>\n",
}
_FROMS = {"Ann": "Ann", "Ann <a@example.com>": "Ann"}
_some = st.lists(st.sampled_from([*_ADDRESSES, "a@nosuch.example"]), min_size=1, max_size=4, unique=True)
_optional = {
    "from": st.sampled_from(list(_FROMS)),
    "interval": st.sampled_from([0, 1, 24]),
    "is_html": st.booleans(),
    "start": st.sampled_from(["0", str(START)]),
    "stop": st.sampled_from(["0", str(STOP)]),
}
_fields = st.fixed_dictionaries(
    {"subject": st.sampled_from(["Away", "Back soon"]), "body": st.sampled_from(list(_BODIES))}, optional=_optional
)
_tasks = st.one_of(
    st.builds(lambda names, fields: {"autoresponders": rows(*names, **fields)}, _some, _fields),
    _some.map(lambda names: {"autoresponders": rows(*names), "state": "absent"}),
)
_one = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {},
        optional={
            "from": st.just("Ann"),
            "subject": st.just("Away"),
            "body": st.sampled_from(list(_BODIES.values())),
            "interval": st.sampled_from([0, 24]),
            "is_html": st.integers(0, 1),
            "start": st.sampled_from([None, 0, START]),
            "stop": st.sampled_from([None, 0, STOP]),
        },
    ),
)


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for address in sorted({*_ADDRESSES, *state.areas[AREA]}):
        yield ("autoresponder", address), seen(state, address)


def _agrees(address: str, row: Row, shown: Picture) -> bool:
    there = shown.get(("autoresponder", address))
    told = tuple(row[name] for name in ("from", "subject", "body", "interval", "is_html", "start_epoch", "stop_epoch"))
    if there is None:
        return row["state"] == "absent" and set(told) == {None}
    return row["state"] == "present" and told == there


def _reached(address: str, options: Options, shown: Picture) -> bool:
    there = shown.get(("autoresponder", address))
    if there is None or options.get("state") == "absent":
        return there is None and options.get("state") == "absent"
    given = next(row for row in options["autoresponders"] if row["address"] == address)
    found = dict(zip(("from", "subject", "body", "interval", "is_html", "start", "stop"), there, strict=True))
    wanted = {
        **given,
        "body": _BODIES[given["body"]],
        **({"from": _FROMS[given["from"]]} if "from" in given else {}),
        **{name: int(given[name]) or None for name in ("start", "stop") if name in given},
    }
    return all(value == wanted[name] for name, value in found.items() if name in wanted)


def _seeded(box: Any) -> None:
    box.patch({AREA: {INFO: {}, SHOP: {"start": 0, "stop": STOP}}})


SUBJECT = Subject(
    situations=(
        Situation({"autoresponders": rows(INFO, BOX, **WHOLE)}),
        Situation({"autoresponders": rows(INFO, **TEXTS)}, check_mode=True),
        Situation({"autoresponders": rows(INFO, NOWHERE, **TEXTS)}, True),
        Situation({"autoresponders": rows(INFO, **TEXTS), "api_batch_size": 1}, True, forbidding("uapi_cpanel")),
        Situation({"autoresponders": []}),
        Situation({"autoresponders": rows(INFO, subject="Away")}, True),
    ),
    sends=(
        Situation({"autoresponders": rows(INFO, SHOP, subject="Back soon")}, prepare=_seeded),
        Situation({"autoresponders": rows(INFO, SHOP, BOX), "state": "absent"}, prepare=_seeded),
        Situation({"autoresponders": rows(NOWHERE, **TEXTS), "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "email_autoresponder",
            {AREA: {SHOP: {"subject": "Old"}}},
            {"autoresponders": rows(INFO, SHOP, BOX, CAROL, **TEXTS, interval=24)},
            _view,
            (INFO, SHOP, BOX, CAROL),
            "bob.example.com",
            owner="bob",
            more=(
                {"autoresponders": rows(INFO, **WHOLE)},
                {"autoresponders": rows(SHOP, subject="New", start="0", stop=str(STOP))},
                {"autoresponders": rows(SHOP), "state": "absent"},
            ),
        ),
        Scenario(
            "email_autoresponder",
            {AREA: {address: {"subject": "Old"} for address in (INFO, BOX)}},
            {"autoresponders": rows(INFO, BOX), "state": "absent"},
            _view,
            (INFO, BOX),
            "bob",
            owner="bob",
            title="removed",
            lenient=(READ, BACK),
            brief=True,
        ),
    ),
    opposites=(
        {"autoresponders": rows(INFO, BOX, **TEXTS)},
        {"autoresponders": rows(INFO, BOX), "state": "absent"},
    ),
    properties=Properties(
        "email_autoresponder",
        tasks=_tasks,
        changes=st.dictionaries(st.sampled_from(_ADDRESSES), _one, min_size=2, max_size=6).map(
            lambda found: {AREA: found}
        ),
        picture=_picture,
        keys=lambda address: [("autoresponder", address)],
        agrees=_agrees,
        reached=_reached,
    ),
    hostile=(
        {"autoresponders": [], "wanted": {INFO: TEXTS, BOX: {}}, "state": "present"},
        {"autoresponders": [], "wanted": {INFO: {}, BOX: {}}, "state": "absent"},
    ),
    hostile_keys=(
        "uapi",
        "data",
        "user",
        "acct",
        "email",
        "from",
        "subject",
        "body",
        "interval",
        "is_html",
        "start",
        "stop",
    ),
)
