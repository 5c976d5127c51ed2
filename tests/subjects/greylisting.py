# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""greylisting: whether it is on, and how it works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from .kinds import Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

NEW = "autotrust_new_common_mail_providers"
NUMBERS = (
    "child_timeout_secs", "initial_block_time_mins", "max_child_procs", "must_try_time_mins", "purge_interval_mins",
    "record_exp_time_mins",
)  # fmt: skip
SOME = {"enabled": True, "initial_block_time_mins": 5, "spf_bypass": False, NEW: False}
OTHERS = {name: 7 for name in NUMBERS if name != "initial_block_time_mins"}

# ---- where its effect is seen


def _shown(state: Server) -> tuple[Any, ...]:
    greylist = state.areas["greylisting"]
    return greylist.enabled, greylist.new_providers, tuple(sorted(greylist.config.items()))


def _view(box: Box) -> dict[str, Any]:
    return {"": _shown(box.state)}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    yield ("greylisting", ""), _shown(state)


def _as_options(shown: Picture) -> dict[str, Any]:
    enabled, new, config = shown["greylisting", ""]
    return {**dict(config), "spf_bypass": bool(dict(config)["spf_bypass"]), "enabled": enabled, NEW: new}


# ---- tasks at random

_numbers = dict.fromkeys(NUMBERS, st.integers(1, 3))
_values = {"enabled": st.booleans(), "spf_bypass": st.booleans(), NEW: st.booleans(), **_numbers}
_changes = st.fixed_dictionaries(
    {
        "enabled": st.booleans(),
        "new_providers": st.booleans(),
        "config": st.fixed_dictionaries({"spf_bypass": st.integers(0, 1), **_numbers}),
    }
)


def _agrees(identity: str, row: Row, shown: Picture) -> bool:
    return bool(row["greylisting"] == {**_as_options(shown), "exim_enabled": True})


def _reached(identity: str, options: Options, shown: Picture) -> bool:
    there = _as_options(shown)
    return all(there[name] == value for name, value in options.items() if name in there)


_PROPERTIES = Properties(
    "greylisting",
    tasks=st.fixed_dictionaries({}, optional=_values).filter(bool),
    changes=_changes.map(lambda found: {"greylisting": found}),
    picture=_picture,
    keys=lambda identity: [("greylisting", "")],
    agrees=_agrees,
    reached=_reached,
)

SUBJECT = Subject(
    situations=(
        Situation(SOME),
        Situation(SOME, check_mode=True),
        Situation({"initial_block_time_mins": 241}, True),
    ),
    sends=(
        Situation(SOME),
        Situation({**OTHERS, "enabled": False}, prepare=lambda box: box.patch({"greylisting": {"enabled": True}})),
        Situation(OTHERS, check_mode=True),
    ),
    scenarios=(Scenario("greylisting", {}, SOME, _view, ("",), "", more=(OTHERS,)),),
    opposites=({"enabled": True}, {"enabled": False}),
    properties=_PROPERTIES,
    value=dict,
    hostile=({**dict.fromkeys((*NUMBERS, "enabled", "spf_bypass", NEW)), **SOME},),
    hostile_keys=("is_enabled", "is_exim_enabled", "cpgreylist_config", "spf_bypass", "initial_block_time_mins", NEW),
)
