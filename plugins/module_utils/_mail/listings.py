# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Long listings, read page by page (``api.chunk``) and narrowed by the server (``api.filter``).

What is known of the server (BEHAVIOUR B) is distrusted on purpose: a filter that it does not understand is dropped without
a word, so callers check every record again; a page beyond the end is the first page again; records come and go between
pages. ``api.columns`` is not used: it would run first and hide fields from filter and sort. There is one sort key at most,
because of several the first is not applied.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_flag, to_int
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError

Record = Mapping[str, Any]

PAGE = 1000  # records in a page
AT_ONCE = 10  # pages in one request, so that no answer grows beyond 10,000 records
MOST_PAGES = 300  # of one listing; more is a server that never ends

#: Up to this many values a list option is asked value by value, as several filters can only be ANDed.
FEW = 20


def filters(*wanted: tuple[str, str, Any]) -> dict[str, Any]:
    """Parameters for filters that must all hold: (field, type, argument).

    Types beside contains, begins, eq, == and the comparisons are dropped by the server, and so are empty arguments. 0 never
    stands in an argument here either: whether a server takes it for empty is not known.
    """
    if not wanted:
        return {}
    params: dict[str, Any] = {"api.filter.enable": 1, "api.filter.verbose": 1}
    for number, (field, kind, argument) in enumerate(wanted):
        name = f"api.filter.f{number}"
        params.update({f"{name}.field": field, f"{name}.type": kind, f"{name}.arg0": argument})
    return params


def newest_first(field: str) -> dict[str, Any]:
    """Parameters that sort by a number, the highest first."""
    return {**ordered(field, "numeric"), "api.sort.key.reverse": 1}


def ordered(field: str, method: str = "lexicographic") -> dict[str, Any]:
    """Parameters that sort by one field."""
    return {"api.sort.enable": 1, "api.sort.key.field": field, "api.sort.key.method": method}


def whole(record: Record) -> Hashable:
    """The identity of a record that has none of its own."""
    return tuple(sorted((name, str(value)) for name, value in record.items()))


class Listing:
    """One listing on its way in.

    :param params: of every page, filters and order among them.
    :param identity: tells records apart; one that comes twice because the listing moved counts once, with its latest content.
    :param enough: whether the records suffice although there may be more.
    :param key: of the list in the answer.
    """

    def __init__(
        self,
        function: str,
        params: Mapping[str, Any],
        identity: Callable[[Record], Hashable] = whole,
        enough: Callable[[Iterable[Record]], bool] = lambda records: False,
        key: str = "records",
    ) -> None:
        self.function = function
        self.done = False
        self.overflowed = False
        self._params = params
        self._identity = identity
        self._enough = enough
        self._key = key
        self.found: dict[Hashable, Record] = {}
        self._start = 1
        self._pages = 0
        self._total = 0
        self._read = 0
        #: How many records there were before filters that the server applied late; 0 when it does not say.
        self.unfiltered = 0

    @property
    def records(self) -> list[Record]:
        return list(self.found.values())

    def call(self) -> Call:
        """For the next page."""
        page = {"api.chunk.enable": 1, "api.chunk.verbose": 1, "api.chunk.size": PAGE, "api.chunk.start": self._start}
        return Call(self.function, {**self._params, **page})

    def take(self, answer: Answer) -> None:
        """What the server sent for :meth:`call`."""
        rows = [row for row in answer.listing(self._key) if row]
        before = len(self.found)
        self.found.update((self._identity(row), row) for row in rows)
        # whatever is neither nothing nor a no says that something was kept back
        self.overflowed = self.overflowed or to_flag(answer.metadata.get("overflowed") or 0) is not False
        self.unfiltered = max(self.unfiltered, to_int(_part(answer, "filter").get("filtered")) or 0)
        self._pages += 1
        if self._pages >= MOST_PAGES:
            raise UnexpectedAnswer(f"the listing did not end after {MOST_PAGES} pages", self.function)
        self._advance(_part(answer, "chunk"), len(rows), len(self.found) - before)
        self.done = self.done or self._enough(self.found.values())

    def _advance(self, chunk: Mapping[str, Any], rows: int, new: int) -> None:
        """How far the listing is read, and where the next page begins: never beyond the end, where the first one would come
        again. When records go, the others move up, maybe past the place where this page began: then pages overlap by as many.
        """
        total = to_int(chunk.get("records"))
        if total is None:  # no word about pages: all came at once, or the server cut without saying so
            self.done = rows != PAGE or not new
            self._start += rows
            return
        gone = max(0, self._total - total)
        before, self._read, self._total = self._read, max(0, self._read - gone), total
        began = to_int(chunk.get("start")) or self._start
        if began <= self._read + 1:
            self._read = max(self._read, began + rows - 1)
        overlap = min(gone, PAGE - 1)
        self.done = not rows or self._read >= total or (self._read == before and not gone)
        self._start = max(1, self._read + 1 - overlap)


def _part(answer: Answer, name: str) -> Mapping[str, Any]:
    part = answer.metadata.get(name)
    return part if isinstance(part, dict) else {}


def read(client: Client, listings: Sequence[Listing]) -> None:
    """Read all pages of all listings, a page of each at a time.

    :raises WhmError: one of them failed; a part of what was asked for would pass for the whole.
    """
    error = next((error for error in _read(client, listings, patient=False) if error), None)
    if error:
        raise error


def read_each(client: Client, listings: Sequence[Listing]) -> list[WhmError | None]:
    """The same for listings that have nothing to do with each other.

    :returns: for each of them why it could not be read to its end, or None.
    """
    return _read(client, listings, patient=True)


def _read(client: Client, listings: Sequence[Listing], patient: bool) -> list[WhmError | None]:
    """:param patient: go on with the others when one has failed."""
    errors: list[WhmError | None] = [None] * len(listings)
    while patient or not any(errors):
        places = [place for place, each in enumerate(listings) if not each.done and not errors[place]]
        if not places:
            break
        outcomes = client.batch([listings[place].call() for place in places], AT_ONCE)
        for place, outcome in zip(places, outcomes):
            errors[place] = _taken(listings[place], outcome)
    return errors


def _taken(listing: Listing, outcome: Answer | WhmError) -> WhmError | None:
    if isinstance(outcome, WhmError):
        return outcome
    try:
        listing.take(outcome)
    except UnexpectedAnswer as exc:
        return exc
    return None
