# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""greylisting_provider: which common mail providers greylisting trusts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.greylist import PROVIDERS
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from .kinds import Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

KEYS = tuple(PROVIDERS)
BOTH = {"providers": ["google", "sectigo"], "trusted": False, "autotrust": False}

# ---- where its effect is seen


def _shown(state: Server, key: str) -> tuple[bool, bool] | None:
    provider = state.areas["greylisting"].providers.get(key)
    return provider and (provider.trusted, provider.autoupdate)


def _view(box: Box) -> dict[str, Any]:
    """The server's own switch is a neighbour: WHM's function sets it, too."""
    greylist = box.state.areas["greylisting"]
    return {"new": greylist.new_providers, **{key: _shown(box.state, key) for key in greylist.providers}}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for key in (*KEYS, "nosuch"):
        yield ("greylist provider", key), _shown(state, key)


# ---- tasks at random

_wishes = st.fixed_dictionaries({}, optional={"trusted": st.booleans(), "autotrust": st.booleans()}).filter(bool)
_providers = st.lists(st.sampled_from([*KEYS, *KEYS, "nosuch"]), max_size=4)
_tasks = st.tuples(_providers, _wishes).map(lambda drawn: {"providers": drawn[0], **drawn[1]})
_flags = st.fixed_dictionaries({"trusted": st.booleans(), "autoupdate": st.booleans()})
_changes = st.fixed_dictionaries(
    {"new_providers": st.booleans(), "providers": st.fixed_dictionaries(dict.fromkeys(KEYS, _flags))}
)


def _agrees(key: str, row: Row, shown: Picture) -> bool:
    return bool((row["trusted"], row["autotrust"]) == shown["greylist provider", key])


def _reached(key: str, options: Options, shown: Picture) -> bool:
    trusted, autotrust = shown["greylist provider", key]
    return options.get("trusted", trusted) == trusted and options.get("autotrust", autotrust) == autotrust


_PROPERTIES = Properties(
    "greylisting_provider",
    tasks=_tasks,
    changes=_changes.map(lambda found: {"greylisting": found}),
    picture=_picture,
    keys=lambda key: [("greylist provider", key)],
    agrees=_agrees,
    reached=_reached,
)

SUBJECT = Subject(
    situations=(
        Situation(BOTH),
        Situation(BOTH, check_mode=True),
        Situation({"providers": ["google", "nosuch"], "trusted": False}, True),
        Situation({"providers": [], "trusted": False}),
    ),
    sends=(
        Situation(BOTH),
        Situation({"provider": "google", "trusted": True}, prepare=lambda box: box.patch(
            {"greylisting": {"providers": {"google": {"trusted": False}}}})),
        Situation(BOTH, check_mode=True),
    ),
    scenarios=(
        Scenario(
            "greylisting_provider",
            {"greylisting": {"new_providers": False, "providers": {"other": {}}}},
            {"providers": list(KEYS), "trusted": False},
            _view,
            KEYS,
            "google",
            bulk=True,
            more=(BOTH,),
        ),
        Scenario(
            "greylisting_provider",
            {"greylisting": {"new_providers": False}},
            {"provider": "google", "autotrust": False},
            _view,
            ("google",),
            "",
            title="autotrust",
        ),
    ),
    opposites=(
        {"providers": list(KEYS), "trusted": False},
        {"providers": list(KEYS), "trusted": True},
    ),
    properties=_PROPERTIES,
    value=lambda options: {"providers": [dict(options)]},
    hostile=(
        {"providers": ["google", "a@b"], "trusted": True, "autotrust": False},
        {"providers": ["common_mail_providers"], "trusted": None, "autotrust": True},
    ),
    hostile_keys=("common_mail_providers", "google", "is_trusted", "autoupdate", "display_name"),
)  # fmt: skip
