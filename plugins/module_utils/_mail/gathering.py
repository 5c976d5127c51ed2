# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many subsets of facts in few requests: what all of them ask first travels together, and what one cannot have stays its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import PROOF, Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    AccessDenied,
    ConnectionFailed,
    InvalidInput,
    WhmError,
    stamped,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.isolate import read_each

Params = Mapping[str, Any]
Facts = dict[str, Any]

ALL = "all"

_PROOF = Call(PROOF)


@dataclass(frozen=True)
class Subset:
    """One subset.

    :param first: what it asks before it knows anything.
    :param finish: its facts, from what came back; may ask more. In lists, ``error`` of an item is a WhmError. Raises the one for
        which there are no facts.
    :param slow: what it asks more takes the server long. An answer that does not come in time is then its own failure.
    """

    first: Callable[[Params], list[Call]]
    finish: Callable[[Client, Params, list[Outcome]], Facts]
    slow: bool = False


def chosen(option: str, values: Sequence[str], known: Sequence[str]) -> list[str]:
    """The subsets that are meant, in the order of ``known``; exclusions alone are taken from all.

    :raises InvalidInput: one of them does not exist, or none is left.
    """
    wanted: set[str] = set()
    excluded: set[str] = set()
    texts = [str(value).strip() for value in values]
    for text in texts:
        name = text[1:].strip() if text.startswith("!") else text
        if name not in known and text != ALL:
            names = ", ".join(known)
            raise InvalidInput(
                f"{option}: {text or 'an empty value'} is not a subset; there are {names}, each also with ! in front, and {ALL}."
            )
        (excluded if text.startswith("!") else wanted).add(name)
    if (excluded and not wanted) or ALL in wanted:
        wanted = set(known)
    if not wanted - excluded:
        raise InvalidInput(
            f"{option}: no subset is left to gather; name at least one, or leave it out for the default."
        )
    return [name for name in known if name in wanted - excluded]


def gather(client: Client, params: Params, subsets: Mapping[str, Subset]) -> Facts:
    """``subsets``, ``unavailable``, and the facts themselves.

    :param subsets: by name, in the order in which they are finished.
    :raises WhmError: no connection, or no login.
    """
    outcomes = _first_round(client, params, subsets)
    facts: Facts = {}
    unavailable: dict[str, Any] = {}
    for name, subset in subsets.items():
        found = _finish(client, params, subset, outcomes[name])
        if isinstance(found, WhmError):
            unavailable[name] = _shown(found, client.host)
        else:
            facts.update({key: _shown(value, client.host) for key, value in found.items()})
    return {"subsets": [name for name in subsets if name not in unavailable], "unavailable": unavailable, **facts}


def _shown(found: Any, host: str) -> Any:
    """A fact as playbooks see it: a WhmError, also that of an item in a list, is a dictionary that names the server."""
    if isinstance(found, WhmError):
        return stamped(found, host).as_dict()
    if isinstance(found, list):
        return [{**row, "error": _shown(row["error"], host)} if "error" in row else row for row in found]
    return found


def _first_round(client: Client, params: Params, subsets: Mapping[str, Subset]) -> dict[str, list[Outcome]]:
    """What the subsets ask first; what several of them ask travels once.

    Ahead of it goes, alone, what every login may ask: some servers answer a missing privilege as they answer a bad login, and
    only one that was accepted before is known to be good.
    """
    wanted = {name: subset.first(params) for name, subset in subsets.items()}
    calls: list[Call] = []
    for call in (call for group in wanted.values() for call in group):
        if call not in calls:
            calls.append(call)
    if len({call.function for call in calls}) > 1 and not client.login.accepted:
        read_each(client, [_PROOF])
    outcomes = read_each(client, calls)
    return {name: [outcomes[calls.index(call)] for call in group] for name, group in wanted.items()}


def _finish(client: Client, params: Params, subset: Subset, outcomes: list[Outcome]) -> Facts | WhmError:
    try:
        return subset.finish(client, params, outcomes)
    except WhmError as exc:
        if isinstance(exc, AccessDenied):
            client.confirm()
            return exc
        too_late = isinstance(exc, ConnectionFailed) and exc.outcome_unknown
        if exc.fatal and not (subset.slow and too_late):
            raise
        return exc


def answered(outcome: Outcome) -> Answer:
    """The answer.

    :raises WhmError: there is none.
    """
    if isinstance(outcome, WhmError):
        raise outcome
    return outcome


def some(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items, as long as one of them was not refused.

    :raises WhmError: all of them were.
    """
    if rows and all("error" in row for row in rows):
        raise rows[0]["error"]
    return rows
