# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What incoming_country_block and incoming_domain_block share. ``kind`` is countries or domains: option, list and key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from .kinds import Key, Options, Picture, Properties, Row

#: Options that are not given, as a module gets them.
DEFAULTS = {"state": "present", "exclusive": False, "max_changes": None}


def blocking(**blocks: Any) -> Callable[[Any], None]:
    """Prepares a server that blocks these, or refuses them (``refused``)."""
    return lambda box: box.patch({"blocks": blocks})


def view(kind: str, names: tuple[str, ...]) -> Callable[[Box], dict[str, Any]]:
    return lambda box: {name: name in box.state.areas["blocks"][kind] for name in names}


def properties(module: str, kind: str, written: list[str], pool: tuple[str, ...]) -> Properties:
    """
    :param written: names as tasks write them.
    :param pool: names that others block.
    """
    return Properties(
        module,
        tasks=_tasks(kind, written),
        changes=st.lists(st.sampled_from(pool), unique=True, max_size=5).map(lambda found: {"blocks": {kind: found}}),
        picture=partial(_picture, kind, pool),
        keys=lambda name: [(kind, name)],
        agrees=partial(_agrees, kind),
        reached=partial(_reached, kind),
    )


def _tasks(kind: str, written: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(written)
    exactly = {"exclusive": st.just(True), "max_changes": st.sampled_from([99, 99, 99, 1])}
    return st.one_of(
        st.fixed_dictionaries(
            {kind: st.lists(names, min_size=1, max_size=5), "state": st.sampled_from(["present", "absent"])}
        ),
        st.fixed_dictionaries({kind: st.lists(names, max_size=5), **exactly}),
    )


def _picture(kind: str, pool: tuple[str, ...], state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    listed = state.areas["blocks"][kind]
    yield from (((kind, name), name in listed) for name in sorted({*pool, *listed}))


def _agrees(kind: str, name: str, row: Row, shown: Picture) -> bool:
    return bool(shown.get((kind, name), False) == row["blocked"])


def _reached(kind: str, name: str, options: Options, shown: Picture) -> bool:
    """What ``exclusive`` speaks of beside the list is not to be blocked."""
    named = {each.lower().rstrip(".") for each in options[kind]}
    wanted = name.lower() in named and options.get("state", "present") == "present"
    return bool(shown.get((kind, name), False) == wanted)
