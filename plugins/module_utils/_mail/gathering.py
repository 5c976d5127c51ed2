# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many subsets of facts in few requests: what all of them ask first travels together, and what one cannot have stays its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import PROOF, Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    AccessDenied,
    ConnectionFailed,
    InvalidInput,
    Refused,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
    stamped,
)

Params = Mapping[str, Any]
Facts = dict[str, Any]

ALL = "all"

_PROOF = Call(PROOF)


class Asker:
    """Asks a server for many things at once, such that one that it refuses does not sink the others.

    A server looks whether all functions of a batch may be called before it calls the first. So a batch that is refused is asked
    again in halves, until each function has its own answer; what was refused as such is not asked for again.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self._refused: dict[str, WhmError] = {}
        self._answers = False

    def ask(self, calls: Sequence[Call], size: int | None = None) -> list[Outcome]:
        """Outcomes in the order of the calls.

        :param size: most calls in one request; the client's batch size otherwise.
        :raises WhmError: the server cannot be used.
        """
        known = [self._refused.get(call.function) for call in calls]
        answers = iter(self._ask([call for call, error in zip(calls, known) if error is None], size))
        return [next(answers) if error is None else error for error in known]

    def _ask(self, calls: Sequence[Call], size: int | None) -> list[Outcome]:
        if not calls:
            return []
        functions = unique([call.function for call in calls])
        try:
            outcomes = self.client.batch(calls, size)
        except (Refused, UnexpectedAnswer) as exc:
            self.client.confirm()  # where the login itself is in doubt
            self._check_server(exc)
            if len(functions) > 1:
                # Each 403 may count as a bad login: then every function is asked for by itself, so that there are few of them.
                middle = len(functions) // 2
                groups = [functions[:middle], functions[middle:]]
                return self._in_groups(
                    calls, [[f] for f in functions] if isinstance(exc, AccessDenied) else groups, size
                )
            exc.function = functions[0]
            self._refused[exc.function] = exc
            return [exc] * len(calls)
        senseless = [each for each in outcomes if isinstance(each, UnexpectedAnswer)]
        if len(senseless) == len(outcomes):
            self._check_server(senseless[0])
        self._answers = True
        # what this server does not offer it offers for no other item either
        self._refused.update(
            (call.function, each) for call, each in zip(calls, outcomes) if isinstance(each, Unsupported)
        )
        return outcomes

    def _check_server(self, error: WhmError) -> None:
        """Whether it is one of the functions that makes no sense of an answer, and not the server itself."""
        if isinstance(error, UnexpectedAnswer) and not self._answers:
            with suppress(Refused):
                self.client.call("version")
        self._answers = True

    def _in_groups(self, calls: Sequence[Call], groups: Sequence[Sequence[str]], size: int | None) -> list[Outcome]:
        """The calls by groups of functions, one after the other."""
        found: dict[int, Outcome] = {}
        for group in groups:
            places = [place for place, call in enumerate(calls) if call.function in group]
            found.update(zip(places, self._ask([calls[place] for place in places], size)))
        return [found[place] for place in range(len(calls))]


@dataclass(frozen=True)
class Subset:
    """One subset.

    :param first: what it asks before it knows anything.
    :param finish: its facts, from what came back; may ask more. In lists, ``error`` of an item is a WhmError. Raises the one for
        which there are no facts.
    :param slow: what it asks more takes the server long. An answer that does not come in time is then its own failure.
    """

    first: Callable[[Params], list[Call]]
    finish: Callable[[Asker, Params, list[Outcome]], Facts]
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
    asker = Asker(client)
    outcomes = _first_round(asker, params, subsets)
    facts: Facts = {}
    unavailable: dict[str, Any] = {}
    for name, subset in subsets.items():
        found = _finish(asker, params, subset, outcomes[name])
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


def _first_round(asker: Asker, params: Params, subsets: Mapping[str, Subset]) -> dict[str, list[Outcome]]:
    """What the subsets ask first; what several of them ask travels once.

    Ahead of it goes, alone, what every login may ask: some servers answer a missing privilege as they answer a bad login, and
    only one that was accepted before is known to be good.
    """
    wanted = {name: subset.first(params) for name, subset in subsets.items()}
    calls: list[Call] = []
    for call in (call for group in wanted.values() for call in group):
        if call not in calls:
            calls.append(call)
    if len({call.function for call in calls}) > 1 and not asker.client.login.accepted:
        asker.ask([_PROOF])
    outcomes = asker.ask(calls)
    return {name: [outcomes[calls.index(call)] for call in group] for name, group in wanted.items()}


def _finish(asker: Asker, params: Params, subset: Subset, outcomes: list[Outcome]) -> Facts | WhmError:
    try:
        return subset.finish(asker, params, outcomes)
    except WhmError as exc:
        if isinstance(exc, AccessDenied):
            asker.client.confirm()
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
