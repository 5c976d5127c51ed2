# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""greylisting_trusted_host: the hosts whose mail greylisting never defers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.greylist import as_network
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from .common import forbidding
from .kinds import Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

HOSTS = ("192.0.2.1", "198.51.100.0/24", "2001:db8::1")
SOME = {"hosts": list(HOSTS), "comment": "partners"}
NEIGHBOUR = {"host": "192.0.2.99", "comment": "neighbour"}
#: Those of HOSTS, some of them in other spellings.
LISTED = [
    {"host": HOSTS[0], "comment": "old"},
    {"host": "198.51.100.0-198.51.100.255", "comment": "old"},
    {"host": "2001:DB8:0::1", "comment": "old"},
]


def seed(*rows: dict[str, str]) -> dict[str, Any]:
    return {"greylisting": {"hosts": list(rows)}}


# ---- where its effect is seen


def _named(text: str) -> str:
    return as_network(text) if "-" in text or "/" in text else str(ipaddress.ip_address(text))


def _trusted(state: Server) -> dict[str, str]:
    return {_named(row["host_ip"]): row["comment"] for row in state.areas["greylisting"].hosts}


def _view(box: Box) -> dict[str, Any]:
    return {**dict.fromkeys(HOSTS), **_trusted(box.state)}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for host, comment in _trusted(state).items():
        yield ("greylist host", host), comment


# ---- tasks at random

#: Host to its spellings. The last one is no place where a network ends.
_SPELLINGS = {
    "192.0.2.1": ["192.0.2.1", "192.0.2.1/32", "192.0.2.1-192.0.2.1"],
    "192.0.2.0/30": ["192.0.2.0/30", "192.0.2.0-192.0.2.3", "192.0.2.0 - 192.0.2.3"],
    "192.0.2.1-192.0.2.4": ["192.0.2.1-192.0.2.4"],
    "2001:db8::/64": ["2001:db8::/64", "2001:DB8:0:0::/64"],
}
_spelled = st.sampled_from([text for texts in _SPELLINGS.values() for text in texts])
_comments = st.sampled_from(["", "one", "two"])
_rows = st.lists(st.tuples(st.sampled_from([*_SPELLINGS]), _comments), max_size=4, unique_by=lambda row: row[0])


@st.composite
def _tasks(draw: Any) -> dict[str, Any]:
    hosts = draw(st.lists(_spelled, max_size=4))
    wish = draw(st.sampled_from(["present", "present", "absent", "exclusive"]))
    if wish == "absent":
        return {"hosts": hosts, "state": "absent"}
    comment = draw(st.none() | _comments)
    options = {"hosts": hosts, **({} if comment is None else {"comment": comment})}
    return (
        {**options, "exclusive": True, "max_changes": draw(st.sampled_from([99, 99, 1]))}
        if wish == "exclusive"
        else options
    )


def _agrees(host: str, row: Row, shown: Picture) -> bool:
    return bool((row["trusted"], row["comment"]) == ((True, shown["greylist host", host])
                                                     if ("greylist host", host) in shown else (False, "")))  # fmt: skip


def _reached(host: str, options: Options, shown: Picture) -> bool:
    named = host in {name for name, texts in _SPELLINGS.items() if set(texts) & set(options["hosts"])}
    if not named or options.get("state") == "absent":
        return ("greylist host", host) not in shown
    comment = shown.get(("greylist host", host))
    return comment is not None and comment == options.get("comment", comment)


_PROPERTIES = Properties(
    "greylisting_trusted_host",
    tasks=_tasks(),
    changes=_rows.map(lambda rows: seed(*({"host": host, "comment": comment} for host, comment in rows))),
    picture=_picture,
    keys=lambda host: [("greylist host", host)],
    agrees=_agrees,
    reached=_reached,
    stepwise=True,
)

_NO_WISH = {"comment": None, "state": "present", "exclusive": False, "max_changes": None}

SUBJECT = Subject(
    situations=(
        Situation(SOME),
        Situation(SOME, check_mode=True),
        Situation({**SOME, "api_batch_size": 1}, True, forbidding("create_cpgreylist_trusted_host")),
        Situation({"hosts": []}),
    ),
    sends=(
        Situation(SOME),
        Situation({"hosts": list(HOSTS), "state": "absent"}, prepare=lambda box: box.patch(seed(*LISTED))),
        Situation({"hosts": ["192.0.2.0-192.0.2.9", "::/0"]}),
        Situation({**SOME, "exclusive": True, "max_changes": 9}, prepare=lambda box: box.patch(seed(*LISTED, NEIGHBOUR))),
        Situation(SOME, check_mode=True),
    ),
    scenarios=(
        Scenario(
            "greylisting_trusted_host",
            seed(NEIGHBOUR),
            SOME,
            _view,
            HOSTS,
            HOSTS[0],
            bulk=True,
            more=(
                {"hosts": ["192.0.2.99"], "state": "absent"},
                {"hosts": ["192.0.2.98"], "exclusive": True, "max_changes": 9},
            ),
        ),
        Scenario(
            "greylisting_trusted_host",
            seed(*LISTED, NEIGHBOUR),
            {"hosts": list(HOSTS), "state": "absent"},
            _view,
            HOSTS,
            HOSTS[0],
            title="absent",
            bulk=True,
        ),
        Scenario(
            "greylisting_trusted_host",
            seed(*LISTED, NEIGHBOUR),
            {"hosts": list(HOSTS), "comment": "new"},
            _view,
            HOSTS,
            HOSTS[0],
            title="comment",
            bulk=True,
        ),
    ),
    opposites=(
        {"hosts": list(HOSTS), "comment": "partners"},
        {"hosts": list(HOSTS), "state": "absent"},
    ),
    properties=_PROPERTIES,
    value=lambda options: {"trusted_hosts": [dict(options)]},
    hostile=(
        {**_NO_WISH, "hosts": ["192.0.2.1"], "comment": "1"},
        {**_NO_WISH, "hosts": ["192.0.2.1"], "exclusive": True, "max_changes": 9},
        {**_NO_WISH, "hosts": ["192.0.2.1"], "state": "absent"},
    ),
    hostile_keys=("greylist_trusted_hosts", "host_ip", "comment", "ips_failed"),
)  # fmt: skip
