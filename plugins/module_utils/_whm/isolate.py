# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many reads at once, such that what one of them cannot have does not sink the others.

A server looks whether all functions of a batch may be called before it calls the first: one that it refuses, or does not know,
fails the whole request. Nor does it answer for a list of domains when one of them is not the caller's. Here such a request is
asked again in halves, until each call has its own answer or its own error; a request that is not refused costs none more.
What concerns the connection, the login or the time that is left is raised, as always. (That results are missing in an answer
to a batch, :meth:`Client.one_batch` sees and mends in the same way.)
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome, halves, slices, write_in
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    AccessDenied,
    Refused,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
)


def read_each(client: Client, calls: Sequence[Call], size: int | None = None) -> list[Outcome]:
    """Outcomes in the order of the calls. A function that was refused as such is not asked for again by this client.

    :param size: most calls in one request; the client's batch size otherwise.
    :raises WhmError: the server cannot be used.
    """
    known = [client.refused_functions.get(call.function) for call in calls]
    answers = iter(_read(client, [call for call, error in zip(calls, known) if error is None], size))
    return [next(answers) if error is None else error for error in known]


def read_lists(client: Client, calls: Sequence[Call], name: str, size: int) -> list[dict[str, Outcome]]:
    """For each call its outcome by the values of a parameter that holds a list: where one value made the server refuse a list,
    the others have an answer of their own.

    :param name: the parameter.
    :param size: most calls in one request; twice as many when they are halves.
    """
    found: list[dict[str, Outcome]] = [{} for _call in calls]
    asked = list(enumerate(calls))
    while asked:
        outcomes = read_each(client, [call for _place, call in asked], size)
        refused: list[tuple[int, Call]] = []
        for (place, call), outcome in zip(asked, outcomes):
            values = call.params[name]
            if isinstance(outcome, Refused) and not isinstance(outcome, Unsupported) and len(values) > 1:
                parts = slices(values, (len(values) + 1) // 2)
                refused += [(place, Call(call.function, {**call.params, name: part})) for part in parts]
            else:
                found[place].update(dict.fromkeys(values, outcome))
        asked, size = refused, 2 * size
    return found


def read_alike(
    client: Client, calls: Sequence[Call], kinds: tuple[type[WhmError], ...], size: int | None = None
) -> list[Outcome]:
    """Outcomes of calls to one function: an error of these kinds that the server gave to all of them at once is that of each."""
    try:
        return client.batch(calls, size)
    except kinds as exc:
        return [exc] * len(calls)


def _read(client: Client, calls: Sequence[Call], size: int | None) -> list[Outcome]:
    if not calls:
        return []
    try:
        outcomes = client.batch(calls, size)
    except (Refused, UnexpectedAnswer) as exc:
        client.confirm()  # where the login itself is in doubt
        _check_server(client, exc)
        return _apart(client, calls, size, exc)
    senseless = [each for each in outcomes if isinstance(each, UnexpectedAnswer)]
    if len(senseless) == len(outcomes):
        _check_server(client, senseless[0])
    client.makes_sense = True
    # what this server does not offer it offers for no other item either
    client.refused_functions.update(
        (call.function, each) for call, each in zip(calls, outcomes) if isinstance(each, Unsupported)
    )
    return outcomes


def _apart(client: Client, calls: Sequence[Call], size: int | None, error: WhmError) -> list[Outcome]:
    """The calls of a request that failed as a whole, by groups of functions, one after the other.

    :raises WhmError: there is a write among them: only reads are asked again.
    """
    if write_in(calls):
        raise error
    functions = unique([call.function for call in calls])
    if len(functions) == 1:
        error.function = functions[0]
        client.refused_functions[error.function] = error
        return [error] * len(calls)
    # Each 403 may count as a bad login: then every function is asked for by itself, so that there are few of them.
    groups = [[each] for each in functions] if isinstance(error, AccessDenied) else halves(functions)
    found: dict[int, Outcome] = {}
    for group in groups:
        places = [place for place, call in enumerate(calls) if call.function in group]
        found.update(zip(places, _read(client, [calls[place] for place in places], size)))
    return [found[place] for place in range(len(calls))]


def _check_server(client: Client, error: WhmError) -> None:
    """Whether it is one of the functions that makes no sense of an answer, and not the server itself."""
    if isinstance(error, UnexpectedAnswer) and not client.makes_sense:
        with suppress(Refused):
            client.call("version")
    client.makes_sense = True
