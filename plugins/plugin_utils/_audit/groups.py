# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings that are the same on several servers, as one: what a reader of a large fleet wants to see first. Pure."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SEVERITIES

Finding = Mapping[str, Any]

_texts = itemgetter("resource", "item", "field", "severity", "message")


class Group(NamedTuple):
    """A finding, and where it was made.

    :param servers: names, in the order in which they came.
    :param findings: one for each of them; they differ in their ``id`` only.
    """

    servers: list[str]
    findings: list[Finding]


def groups(servers: Sequence[Mapping[str, Any]], most: int) -> tuple[list[Group], int]:
    """The findings of all servers, each once: the severest first, then those of the most servers.

    :param most: how many are wanted.
    :returns: the first of them, and how many there are.
    """
    names = [str(server["name"]) for server in servers for _finding in server["drift"]]
    findings = [finding for server in servers for finding in server["drift"]]
    first: dict[Hashable, int] = {}
    others: dict[int, list[int]] = {}  # place of the first to those of the others, where there are any
    for place, finding in enumerate(findings):
        earlier = first.setdefault(_identity(finding), place)
        if earlier != place:
            others.setdefault(earlier, []).append(place)

    def urgency(place: int) -> int:
        # one number, because there may be hundreds of thousands: no group is as large as the distance between two severities
        return SEVERITIES.index(findings[place]["severity"]) * len(names) - len(others.get(place, ()))

    chosen = [[place, *others.get(place, ())] for place in sorted(first.values(), key=urgency)[:most]]
    return [Group([names[at] for at in places], [findings[at] for at in places]) for places in chosen], len(first)


def _identity(finding: Finding) -> Hashable:
    return (*_texts(finding), _hashable(finding.get("expected")), _hashable(finding.get("found")))


def _hashable(value: Any) -> str | None:
    """1 and true are not the same, nor are a list and the text that looks like it."""
    if value is None or isinstance(value, str):
        return value
    return "\n" + (repr(value) if isinstance(value, (bool, int)) else json.dumps(value, sort_keys=True, default=str))
