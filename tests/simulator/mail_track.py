# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the simulated server's mail tracking remembers: deliveries, and how it likes to be asked. Plain data, no I/O.

Seed, under `emailtrack`::

    events:                        # age in seconds, or 90s, 30m, 24h, 7d, counted back from the first question; or at: epoch
      - {user: alice, sender: info@alice.example.com, recipient: a@example.org, type: success, age: 30m}
      - {user: alice, recipients: [b@example.org, c@example.org], type: failure, message: 550 No such user, age: 2h}
    generate:                      # one or more
      - {user: alice, count: 6000, every: 10, age: 1m, types: [success, failure], recipients: 50}
    clear: true                    # forget what there was
    pushdown: false                # filters work on what is left after the cap, instead of before
    times: false                   # starttime and endtime of the search are ignored, as undocumented
    fails: the database is locked  # every question fails
    reached: {alice: [MAXEMAILS]}
    arrivals: 3                    # so many new messages, or `departures` of the newest, before each search but the first
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .registry import Context, area
from .state import Server

AREA = "emailtrack"
Event = dict[str, Any]

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SETTINGS: dict[str, Any] = {
    "pushdown": True,
    "times": True,
    "fails": None,
    "reached": {},
    "arrivals": 0,
    "departures": 0,
}
_KEYS = {"events", "generate", "clear", *_SETTINGS}
_EVENT = {
    "user", "domain", "sender", "recipient", "recipients", "type", "age", "at", "delay", "size", "message", "remote",
    "host", "ip", "router", "transport", "deliveredto", "senderhost", "senderip", "senderauth", "spamscore", "msgid",
}  # fmt: skip
_GENERATE = {"user", "sender", "count", "every", "age", "types", "recipients", "size"}


def seconds(text: Any) -> int:
    found = re.fullmatch(r"(\d+)([smhd]?)", str(text))
    if not found:
        raise ValueError(f"{text!r} is no age.")
    return int(found.group(1)) * _UNITS[found.group(2)]


@area(AREA)
def _seed(server: Server, wanted: Any) -> dict[str, Any]:
    wanted = wanted or {}
    _refuse(wanted, _KEYS, AREA)
    track = server.areas.get(AREA) or {"base": None, "searches": 0, "messages": 0, "events": [], **_SETTINGS}
    if wanted.get("clear"):
        track["events"] = []
    track.update({name: wanted[name] for name in _SETTINGS if name in wanted})
    for event in wanted.get("events") or []:
        add(server, track, event)
    rules = wanted.get("generate") or []
    for rule in [rules] if isinstance(rules, Mapping) else rules:
        for event in _generate(server, rule):
            add(server, track, event)
    return dict(track)


def _refuse(given: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"{where} has unknown keys: {', '.join(unknown)}.")


def _domain(server: Server, user: str) -> str:
    return server.accounts[user].domain if user in server.accounts else server.hostname


def add(server: Server, track: dict[str, Any], given: Mapping[str, Any]) -> None:
    """One message with its deliveries."""
    _refuse(given, _EVENT, f"An event of {AREA}")
    track["messages"] += 1
    number = track["messages"]
    user = str(given.get("user", "root"))
    sender = str(given.get("sender", f"{user}@{_domain(server, user)}"))
    shared = {
        "user": user,
        "sender": sender,
        "domain": str(given.get("domain", sender.rpartition("@")[2])),
        "msgid": str(given.get("msgid", f"1w{number:04d}-{number:08x}-sim")),
        "type": str(given.get("type", "success")),
        "at": given.get("at"),
        "age": seconds(given.get("age", 60)),
        "delay": int(given.get("delay", 2)),
        "size": given.get("size", 1653),
    }
    rest = {key: value for key, value in given.items() if key not in (*shared, "recipient", "recipients")}
    for recipient in given.get("recipients") or [given.get("recipient", "somebody@example.org")]:
        track["events"].append({**shared, "recipient": str(recipient), **rest})


def _generate(server: Server, rule: Mapping[str, Any]) -> Iterator[Event]:
    _refuse(rule, _GENERATE, f"generate of {AREA}")
    user = str(rule.get("user", "root"))
    types, many = list(rule.get("types", ["success"])), int(rule.get("recipients", 50))
    for number in range(int(rule.get("count", 0))):
        yield {
            "user": user,
            "sender": str(rule.get("sender", f"news@{_domain(server, user)}")),
            "recipient": f"reader{number % many}@example.org",
            "type": types[number % len(types)],
            "age": seconds(rule.get("age", 60)) + number * int(rule.get("every", 10)),
            "size": int(rule.get("size", 2048)),
        }


def tracked(ctx: Context) -> dict[str, Any]:
    """The area. Ages are counted from the first question on, so that an event keeps its time while the clock goes on."""
    track: dict[str, Any] = ctx.server.areas[AREA]
    if track["base"] is None:
        track["base"] = ctx.now()
    return track


def sent_at(track: Mapping[str, Any], event: Event) -> int:
    return int(event["at"]) if event["at"] is not None else int(track["base"]) - int(event["age"])


def move(ctx: Context, track: dict[str, Any]) -> None:
    """Messages come and go between the pages of a search."""
    track["searches"] += 1
    if track["searches"] == 1 or not track["events"]:
        return
    latest = max(track["events"], key=lambda event: sent_at(track, event))
    for _number in range(track["arrivals"]):
        add(ctx.server, track, {"user": latest["user"], "sender": latest["sender"], "at": ctx.now()})
    track["events"].sort(key=lambda event: sent_at(track, event))
    if track["departures"]:
        del track["events"][-track["departures"] :]
