# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""api.columns, filter, sort, chunk and their traps (BEHAVIOUR B)."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator.params import Params
from ansible_collections.whm.mail.tests.simulator.postprocess import process
from ansible_collections.whm.mail.tests.simulator.quirks import Quirks

RECORDS = [
    {"name": "b", "size": "10", "ip": "192.0.2.20", "deep": {"list": ["x", "y"]}},
    {"name": "A", "size": "9", "ip": "192.0.2.3", "deep": {"list": ["z"]}},
    {"name": "c", "size": "unlimited", "ip": "192.0.2.100", "deep": {}},
    {"name": "a", "size": "0", "ip": "192.0.2.4", "deep": {}},
]


def run(params, records=None, quirks=None, **options):
    metadata = {}
    pairs = [(f"api.{name}", str(value)) for name, value in params.items()]
    data = process(
        {"records": RECORDS if records is None else records}, Params(pairs), Quirks(quirks), metadata, **options
    )
    return data["records"], metadata


def names(params, **options):
    return "".join(record.get("name", "-") for record in run(params, **options)[0])


@pytest.mark.parametrize(
    ("field", "kind", "arg", "expected"),
    [
        ("name", None, "a", "Aa"),
        ("name", "contains", "A", "Aa"),
        ("name", "begins", "B", "b"),
        ("name", "eq", "a", "a"),
        ("size", "==", "9", "A"),
        ("size", "lt", "10", "Aca"),
        ("size", "lt_equal", "9", "Aca"),
        ("size", "lt_handle_unlimited", "10", "Aa"),
        ("size", "gt", "9", "b"),
        ("size", "gt_equal", "9", "bA"),
        ("size", "gt_handle_unlimited", "9", "bc"),
        ("deep.list[1]", "eq", "y", "b"),
        ("*", "contains", "192.0.2.100", "c"),
        ("nosuchfield", "eq", "x", ""),
        ("name", "eq", "", ""),
        # From here on: dropped without a word, so everything comes back.
        ("name", "matches", "a", "bAca"),
        ("na me", "eq", "a", "bAca"),
        ("name", "contains", "", "bAca"),
        ("*", "gt", "1", "bAca"),
        ("size", "gt", "", "bAca"),
    ],
)
def test_filter(field, kind, arg, expected):
    params = {"filter.enable": 1, "filter.a.field": field, "filter.a.arg0": arg}
    if kind:
        params["filter.a.type"] = kind
    assert names(params) == expected


def test_filters_are_anded_and_verbose_counts_before():
    params = {
        "filter.enable": 1,
        "filter.verbose": 1,
        "filter.a.field": "name",
        "filter.a.arg0": "a",
        "filter.b.field": "size",
        "filter.b.arg0": "5",
        "filter.b.type": "gt",
    }
    records, metadata = run(params)
    assert [record["name"] for record in records] == ["A"]
    assert metadata["filter"]["filtered"] == 4
    assert metadata["filter"]["a"]["field"] == "name"


def test_nothing_happens_without_enable():
    assert names({"filter.a.field": "name", "filter.a.arg0": "b", "chunk.size": 1}) == "bAca"


def test_columns_come_first_so_a_filter_on_a_dropped_one_sees_nothing():
    params = {
        "columns.enable": 1,
        "columns.a": "name",
        "filter.enable": 1,
        "filter.a.field": "size",
        "filter.a.arg0": "10",
    }
    assert run(params)[0] == []


def test_unknown_columns_are_named_not_refused():
    records, metadata = run({"columns.enable": 1, "columns.a": "name", "columns.b": "colour"})
    assert records[0] == {"name": "b"}
    assert metadata["columns"]["invalid"] == ["colour"]
    assert run({"columns.enable": 1, "columns.a": "name"})[1]["columns"]["invalid_msg"] == "None"


def test_columns_of_nothing_leave_an_empty_object():
    assert run({"columns.enable": 1, "columns.a": "name"}, records=[])[0] == [{}]


@pytest.mark.parametrize(
    ("field", "method", "reverse", "expected"),
    [
        ("name", "lexicographic", 0, "Aabc"),
        ("name", "nonsense", 0, "Aabc"),
        ("name", "lexicographic", 1, "cbaA"),
        ("name", "lexicographic_caseless", 0, "Aabc"),
        ("size", "numeric", 0, "caAb"),
        ("size", "numeric_zero_as_max", 0, "Abca"),
        ("ip", "ipv4", 0, "Aabc"),
        ("ip", "lexicographic", 0, "cbAa"),
    ],
)
def test_sort(field, method, reverse, expected):
    params = {"sort.enable": 1, "sort.a.field": field, "sort.a.method": method, "sort.a.reverse": reverse}
    assert names(params) == expected


TWO_KEYS = {"sort.enable": 1, "sort.a.field": "kind", "sort.b.field": "name"}
KINDS = [{"kind": "2", "name": "a"}, {"kind": "1", "name": "b"}, {"kind": "1", "name": "a"}, {"kind": "2", "name": "b"}]


def test_with_two_keys_the_primary_one_is_never_applied():
    assert [record["kind"] for record in run(TWO_KEYS, records=KINDS)[0]] == ["2", "1", "1", "2"]
    fixed = run(TWO_KEYS, records=KINDS, quirks={"sort_fault": False})[0]
    assert [record["kind"] + record["name"] for record in fixed] == ["1a", "1b", "2a", "2b"]


MANY = [{"n": number} for number in range(1, 251)]


@pytest.mark.parametrize(
    ("params", "first", "count"),
    [
        ({}, 1, 100),
        ({"chunk.size": 20, "chunk.start": 21}, 21, 20),
        ({"chunk.size": 20, "chunk.select": 3}, 41, 20),
        ({"chunk.size": 20, "chunk.select": 3, "chunk.start": 5}, 5, 20),
        ({"chunk.size": 100, "chunk.start": 201}, 201, 50),
        ({"chunk.size": 100, "chunk.start": 301}, 1, 100),
    ],
)
def test_chunk(params, first, count):
    records, metadata = run({"chunk.enable": 1, **params}, records=MANY)
    assert (records[0]["n"], len(records)) == (first, count)
    assert "chunk" not in metadata


def test_chunk_info_only_when_verbose():
    params = {"chunk.enable": 1, "chunk.verbose": 1, "chunk.size": 100, "chunk.start": 101}
    expected = {"start": 101, "size": 100, "records": 250, "current": 2, "chunks": 3}
    assert run(params, records=MANY)[1]["chunk"] == expected
    short = run(params, records=MANY, short_chunk=True)[1]["chunk"]
    assert set(short) == {"start", "size", "records"}


def test_the_wrap_can_be_switched_off():
    params = {"chunk.enable": 1, "chunk.start": 301}
    assert run(params, records=MANY, quirks={"chunk_wrap": False})[0] == []


def test_through_the_core(ask):
    params = {
        "api.columns.enable": 1,
        "api.columns.a": "user",
        "api.sort.enable": 1,
        "api.sort.a.field": "user",
        "api.chunk.enable": 1,
        "api.chunk.size": 2,
        "api.chunk.verbose": 1,
    }
    body = ask("listaccts", params)
    assert body["data"]["acct"] == [{"user": "alice"}, {"user": "bo"}]
    assert body["metadata"]["chunk"]["records"] == 8
