# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""default_dmarc: the DMARC record that is the server's default."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from .kinds import Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

BUILT_IN = "v=DMARC1; p=none"
REJECT = "v=DMARC1; p=reject"

_SAME = {
    "v=DMARC1; p=none;": BUILT_IN,
    "v=DMARC1;p=none": BUILT_IN,
    "v=DMARC1; p=REJECT;": REJECT,
    REJECT: REJECT,
    "": "",
}


def _default(server: Server) -> str:
    """What is set, in normal form; the empty text where nothing is, or what amounts to it."""
    record = _SAME[server.areas["default_dmarc"]]
    return "" if record == BUILT_IN else record


def _view(box: Box) -> dict[str, Any]:
    return {"": _default(box.state)}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    yield ("default_dmarc", ""), _default(state)


def _agrees(identity: str, row: Row, shown: Picture) -> bool:
    default = shown["default_dmarc", ""]
    return row["built_in"] is (not default) and row["record"] in ((default,) if default else (BUILT_IN, None))


def _reached(identity: str, options: Options, shown: Picture) -> bool:
    wanted = _SAME[options["record"]]
    return shown["default_dmarc", ""] == ("" if wanted == BUILT_IN else wanted)


_records = st.sampled_from(list(_SAME))

SUBJECT = Subject(
    situations=(
        Situation({"record": REJECT}),
        Situation({"record": ""}, prepare=lambda box: box.patch({"default_dmarc": REJECT})),
        Situation({"record": REJECT}, check_mode=True),
        Situation({"record": REJECT}, True, lambda box: box.patch({"missing_functions": ["get_default_dmarc_record"]})),
    ),
    sends=(Situation({"record": REJECT}), Situation({"record": BUILT_IN})),
    scenarios=(
        Scenario("default_dmarc", {"default_dmarc": ""}, {"record": REJECT}, _view, ("",), ""),
        Scenario(
            "default_dmarc", {"default_dmarc": REJECT}, {"record": ""}, _view, ("",), "", title="built in", brief=True
        ),
    ),
    properties=Properties(
        "default_dmarc",
        tasks=st.fixed_dictionaries({"record": _records}),
        changes=_records.map(lambda record: {"default_dmarc": record}),
        picture=_picture,
        keys=lambda identity: [("default_dmarc", "")],
        agrees=_agrees,
        reached=_reached,
        unforeseen=("record",),
    ),
    hostile=({"record": REJECT}, {"record": ""}),
    value=dict,
    without={"opposites": "it is the only one of its kind, and the test compares items"},
    hostile_keys=("payload", "record", "success"),
)
