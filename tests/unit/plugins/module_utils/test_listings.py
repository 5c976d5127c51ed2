# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages and filters, against a server that answers from a list which changes between the pages."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail import listings
from ansible_collections.whm.mail.plugins.module_utils._mail.listings import (
    Listing,
    filters,
    newest_first,
    ordered,
    read,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import ConnectionFailed, Refused, UnexpectedAnswer
from ansible_collections.whm.mail.tests.simulator.params import Params
from ansible_collections.whm.mail.tests.simulator.postprocess import process
from ansible_collections.whm.mail.tests.simulator.quirks import Quirks
from ansible_collections.whm.mail.tests.unit.plugins.builders import no, ok, scripted
from hypothesis import given
from hypothesis import strategies as st

SIZE = 3


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr(listings, "PAGE", SIZE)


def rows(numbers):
    return [{"n": number} for number in numbers]


def server(*lists, verbose=True, chunks=True):
    """Steps that answer each page from the next list (the last one again and again), as the simulator would."""
    lists = list(lists)

    def step(function: str, pairs: Any) -> Any:
        current = lists.pop(0) if len(lists) > 1 else lists[0]
        metadata: dict[str, Any] = {}
        if not chunks:
            return ok({"records": rows(current)})
        data = process({"records": rows(current)}, Params(pairs), Quirks(), metadata, short_chunk=True)
        return ok(data, **(metadata if verbose else {}))

    return step


def numbers(*lists, **options):
    step = server(*lists, **options)
    client, script, _pauses = scripted(*[step] * 40, read_only=True)
    listing = Listing("emailtrack_search", {})
    read(client, [listing])
    return [row["n"] for row in listing.records], len(script.sent)


@pytest.mark.parametrize("count", range(10))
@pytest.mark.parametrize("verbose", [True, False])
def test_all_pages_and_not_one_more(count, verbose):
    found, requests = numbers(range(count), verbose=verbose)
    assert found == list(range(count))
    if verbose:
        assert requests == max(1, -(-count // SIZE)), "a page beyond the end would be the first page again"


def test_a_server_that_does_not_cut():
    for count in (0, 2, 3, 7):
        found, requests = numbers(range(count), chunks=False)
        assert found == list(range(count))
        assert requests <= 2


def test_new_records_come_once():
    # Newest first: the later list begins with two records more, which push two down to the next page.
    found, requests = numbers([5, 4, 3, 2, 1, 0], [7, 6, 5, 4, 3, 2, 1, 0])
    assert sorted(found) == [0, 1, 2, 3, 4, 5]
    assert requests == 3


def test_records_that_go_take_none_with_them():
    # Without a step back 2 and 1 would be skipped, having moved up to the page that was read already.
    found, _requests = numbers([5, 4, 3, 2, 1, 0], [3, 2, 1, 0])
    assert sorted(found) == [0, 1, 2, 3, 4, 5]
    found, _requests = numbers([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], [8, 7, 6, 5, 4, 3, 2, 1, 0], [6, 5, 4, 3, 2, 1, 0])
    assert sorted(found) == list(range(10))


@given(st.lists(st.integers(0, 4), max_size=6), st.integers(0, 12))
def test_what_stays_is_found_whatever_else_goes(gone, count):
    """From page to page some of the newest go; the others are all found, and it ends."""
    lists, left = [], list(range(count, 0, -1))
    for number in [0, *gone]:
        left = left[number:]
        lists.append(left)
    found, requests = numbers(*lists)
    assert set(left) <= set(found)
    assert len(found) == len(set(found))
    assert requests < 40


def test_a_listing_without_end_ends(monkeypatch):
    monkeypatch.setattr(listings, "MOST_PAGES", 9)
    with pytest.raises(UnexpectedAnswer, match="did not end after 9 pages"):
        numbers(*[range(number, 100 + 4 * number) for number in range(30)])


def test_the_latest_content_of_a_record_counts():
    step = [ok({"records": [{"USER": "a", "SENDCOUNT": n} for n in (1, 2, 3)]})]
    client, _script, _pauses = scripted(*step, *step, read_only=True)
    listing = Listing("emailtrack_user_stats", {}, lambda record: record["USER"])
    read(client, [listing])
    assert listing.records == [{"USER": "a", "SENDCOUNT": 3}]


def test_enough_is_enough():
    client, script, _pauses = scripted(*[server(range(30))] * 9, read_only=True)
    listing = Listing("emailtrack_search", {}, enough=lambda records: len(list(records)) > 4)
    read(client, [listing])
    assert len(script.sent) == 2


def test_what_a_page_asks_for():
    client, script, _pauses = scripted(*[server(range(4))] * 2, read_only=True)
    read(client, [Listing("emailtrack_search", {**filters(("user", "eq", "a"), ("n", "gt", 5)), **newest_first("n")})])
    assert [dict(pairs)["api.chunk.start"] for _function, pairs in script.sent] == ["1"]
    assert dict(script.sent[0][1]) == {
        "api.filter.enable": "1",
        "api.filter.verbose": "1",
        "api.filter.f0.field": "user",
        "api.filter.f0.type": "eq",
        "api.filter.f0.arg0": "a",
        "api.filter.f1.field": "n",
        "api.filter.f1.type": "gt",
        "api.filter.f1.arg0": "5",
        "api.sort.enable": "1",
        "api.sort.key.field": "n",
        "api.sort.key.method": "numeric",
        "api.sort.key.reverse": "1",
        "api.chunk.enable": "1",
        "api.chunk.verbose": "1",
        "api.chunk.size": str(SIZE),
        "api.chunk.start": "1",
    }
    assert filters() == {}
    assert ordered("n")["api.sort.key.method"] == "lexicographic"


def test_side_channels():
    client, _script, _pauses = scripted(
        ok({"records": []}, overflowed="1", filter={"filtered": "5000"}, chunk={"records": "0", "start": 1, "size": 3}),
        read_only=True,
    )
    listing = Listing("emailtrack_search", {})
    read(client, [listing])
    assert (listing.overflowed, listing.unfiltered) == (True, 5000)


def test_odd_metadata_does_no_harm():
    client, _script, _pauses = scripted(
        ok({"records": [{}, None, {"n": 1}]}, filter="?", chunk=[1], overflowed=None), read_only=True
    )
    listing = Listing("emailtrack_search", {})
    read(client, [listing])
    assert listing.records == [{"n": 1}]
    assert not listing.overflowed


@pytest.mark.parametrize("records", ["x", [{"n": 1}, "x"], 7, {"a": 1, "b": [1]}.values])
def test_records_that_are_none_do_not_pass_for_an_empty_listing(records):
    found = records if not callable(records) else list(records())
    client, _script, _pauses = scripted(ok({"records": found}), read_only=True)
    with pytest.raises(UnexpectedAnswer, match=r"no list of objects in data\.records"):
        read(client, [Listing("emailtrack_search", {})])


@pytest.mark.parametrize("value", [1, "1", "yes", ["x"]])
def test_whatever_is_not_a_no_says_that_something_was_kept_back(value):
    client, _script, _pauses = scripted(ok({"records": []}, overflowed=value), read_only=True)
    listing = Listing("emailtrack_search", {})
    read(client, [listing])
    assert listing.overflowed


@pytest.mark.parametrize("error", [Refused, ConnectionFailed])
def test_a_part_does_not_pass_for_the_whole(error):
    second = no("Error from delivery reporter: locked") if error is Refused else ConnectionFailed("lost")
    client, _script, _pauses = scripted(server(range(9)), second, read_only=True)
    with pytest.raises(error):
        read(client, [Listing("emailtrack_search", {})])


def test_the_server_understands_every_filter_that_is_sent():
    records = [{"user": "a", "n": n} for n in (4, 5, 6)] + [{"user": "A", "n": 9}]
    pairs = [(name, str(value)) for name, value in filters(("user", "eq", "a"), ("n", "gt", 4), ("n", "lt", 6)).items()]
    metadata: dict[str, Any] = {}
    found = process({"records": records}, Params(pairs), Quirks(), metadata)["records"]
    assert found == [{"user": "a", "n": 5}]
    assert metadata["filter"]["filtered"] == 4
    assert len(metadata["filter"]) == 4
