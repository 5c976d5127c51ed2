# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""exim_config: repairs Exim's configuration, and discards an edit that was begun."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.exim_engine import GOOD_CONFIG
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from .kinds import BACK, READ, Key, Options, Picture, Properties, Scenario, Situation, Subject

BROKEN = GOOD_CONFIG.replace("primary_hostname =", "primary hostname")


def break_it(box: Any) -> None:
    box.patch({"exim": {"config": BROKEN, "edit": True}})


def break_for_good(box: Any) -> None:
    box.patch({"exim": {"config": BROKEN, "unrepairable": "Merge <b>it</b> yourself."}})


# ---- where its effect is seen


def _fault(box: Box) -> dict[str, Any]:
    return {"": box.state.areas["exim"].fault()}


def _edit(box: Box) -> dict[str, Any]:
    return {"": box.state.areas["exim"].edit}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    exim = state.areas["exim"]
    yield ("exim", ""), exim.fault()
    yield ("edit", ""), exim.edit


# ---- tasks with something to do

_SCENARIOS = (
    Scenario(
        "exim_config",
        {"exim": {"config": "this is no option of exim\n", "edit": True}},
        {},
        _fault,
        ("",),
        "",
        lenient=(READ, BACK),
        more=({"discard_edit": True, "state": "valid"},),
    ),
    Scenario(
        "exim_config",
        {"exim": {"edit": True}},
        {"discard_edit": True},
        _edit,
        ("",),
        "",
        title="discard",
        lenient=(READ, BACK),
        blind=True,
    ),
)

# ---- tasks at random


def _discards(options: Options) -> bool:
    return bool(options.get("discard_edit"))


def _reached(identity: str, options: Options, shown: Picture) -> bool:
    return shown["exim", ""] is None and not (options.get("discard_edit") and shown["edit", ""])


_PROPERTIES = Properties(
    "exim_config",
    tasks=st.fixed_dictionaries({}, optional={"discard_edit": st.booleans()}),
    changes=st.fixed_dictionaries(
        {
            "config": st.sampled_from([GOOD_CONFIG, "this is no option of exim\n"]),
            "template_error": st.sampled_from([None, None, "The template cannot be filled in."]),
            "unrepairable": st.sampled_from([None, None, None, "The filter file is damaged."]),
            "edit": st.booleans(),
        }
    ).map(lambda exim: {"exim": exim}),
    picture=_picture,
    keys=lambda identity: [("exim", ""), ("edit", "")],
    agrees=lambda identity, row, shown: row["valid"] is (shown["exim", ""] is None),
    reached=_reached,
    acts=_discards,
    blind=_discards,
    unforeseen=("message", "line"),
)

SUBJECT = Subject(
    situations=(
        Situation({"discard_edit": True}),
        Situation({}, prepare=break_it),
        Situation({}, check_mode=True, prepare=break_it),
        Situation({}, True, break_for_good),
    ),
    sends=(Situation({"discard_edit": True}), Situation({"discard_edit": True}, check_mode=True)),
    scenarios=_SCENARIOS,
    properties=_PROPERTIES,
    without={"opposites": "nobody wants a configuration that is broken"},
)
