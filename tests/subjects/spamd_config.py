# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""spamd_config: the options that spamd is started with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from .kinds import BACK, READ, Key, Options, Picture, Properties, Scenario, Situation, Subject

ALL = {
    "allowedips": ["127.0.0.1", "192.0.2.1"], "maxconnperchild": 200, "maxchildren": 5, "pidfile": "/var/run/spamd.pid",
    "timeouttcp": 30, "timeoutchild": 300,
}  # fmt: skip
_OTHER = {
    "allowedips": ["127.0.0.1", "192.0.2.0/24"], "maxconnperchild": 100, "maxchildren": 3, "pidfile": "/var/run/spamd2.pid",
    "timeouttcp": 30, "timeoutchild": 300,
}  # fmt: skip
_SENT = {"allowedips": ["127.0.0.1", "10.0.0.0/8"], "maxconnperchild": 9, "maxchildren": 3, "pidfile": "/run/spamd.pid"}

# ---- where its effect is seen


def _view(box: Box) -> dict[str, Any]:
    return {"": tuple(sorted(box.state.areas["spamd"].conf.items()))}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    spamd = state.areas["spamd"]
    yield ("spamd", ""), tuple(sorted(spamd.conf.items()))
    yield ("restarts", ""), spamd.restarts


# ---- tasks at random

_VALUES = {
    "allowedips": st.sampled_from([["127.0.0.1"], ["192.0.2.0/24", "127.0.0.1"]]),
    "maxconnperchild": st.integers(1, 3),
    "maxchildren": st.integers(1, 5),
    "pidfile": st.sampled_from(["/var/run/spamd.pid", "/run/spamd.pid"]),
    "timeouttcp": st.integers(1, 3),
    "timeoutchild": st.integers(1, 3),
}
_SOME = {name: values for name, values in _VALUES.items() if name != "maxchildren"}
_tasks = st.one_of(
    st.fixed_dictionaries(_VALUES),
    st.fixed_dictionaries({"maxchildren": _VALUES["maxchildren"], "transport": st.just("cli")}, optional=_SOME),
    st.fixed_dictionaries({**_VALUES, "transport": st.just("cli"), "reset_others": st.just(True)}),
)
_LINES = {"allowedips": "127.0.0.1", "maxchildren": "5", "timeouttcp": "2", "nice": "10", "pidfile": "/run/spamd.pid"}
_changes = st.sets(st.sampled_from(list(_LINES))).map(
    lambda names: {"spamd": {name: _LINES[name] for name in sorted(names)}}
)


def _cannot_read(options: Options) -> bool:
    """No function reads the options; whoever is on the server reads the file."""
    return "transport" not in options


def _conf(shown: Picture) -> dict[str, Any]:
    stored = dict(shown["spamd", ""])
    found: dict[str, Any] = {name: stored.get(name) for name in _VALUES}
    found["allowedips"] = sorted(stored.get("allowedips", "").split(",")) if stored.get("allowedips") else []
    return {name: int(value) if str(value).isdigit() else value for name, value in found.items()}


def _reached(identity: str, options: Options, shown: Picture) -> bool:
    conf = _conf(shown)
    given = {name: value for name, value in options.items() if name in _VALUES}
    return all(conf[name] == (sorted(value) if isinstance(value, list) else value) for name, value in given.items())


_PROPERTIES = Properties(
    "spamd_config",
    tasks=_tasks,
    changes=_changes,
    picture=_picture,
    keys=lambda identity: [("spamd", "")],
    agrees=lambda identity, row, shown: row["options"] == _conf(shown),
    reached=_reached,
    beside=lambda options: ("restarts",),
    acts=_cannot_read,
    blind=_cannot_read,
)

SUBJECT = Subject(
    situations=(
        Situation(ALL),
        Situation(ALL, check_mode=True),
        Situation({"allowedips": [], "reset_others": True}),
        Situation({**ALL, "pidfile": "/nowhere/spamd.pid"}, True),
        Situation({"maxchildren": 5}, True),
    ),
    sends=(
        Situation({**_SENT, "timeouttcp": 30, "timeoutchild": 300}),
        Situation({**_SENT, "timeouttcp": 30, "timeoutchild": 300}, check_mode=True),
        Situation({**_SENT, "reset_others": True}),
        Situation({**_SENT, "allowedips": [], "reset_others": True}),
    ),
    scenarios=(
        Scenario(
            "spamd_config",
            {},
            _OTHER,
            _view,
            ("",),
            "",
            lacks=frozenset((READ, BACK)),
            more=({**_OTHER, "reset_others": True},),
            blind=True,
        ),
    ),
    properties=_PROPERTIES,
    without={
        "opposites": "it writes one configuration as a whole, and over HTTPS it cannot tell what the other one wrote"
    },
)
