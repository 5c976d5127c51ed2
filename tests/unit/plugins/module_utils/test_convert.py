# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import (
    Fields,
    as_list,
    to_flag,
    to_float,
    to_int,
    to_limit,
    to_moment,
    to_number,
    to_reached,
    to_text,
    unique,
)
from hypothesis import given
from hypothesis import strategies as st

NAN, INFINITY, HUGE = math.nan, math.inf, 10**400
CASES = [
    (to_int, {1: 1, "1": 1, " 1 ": 1, 5.0: 5, "-3": -3, "12.0": 12, 0: 0, "0": 0, HUGE: HUGE, 2**63: 2**63}),
    (to_int, dict.fromkeys([None, "", "x", "unlimited", 1.5, "1.5", NAN, INFINITY, "nan", "1e999", "1 1", "0_1", "\uff11", "9" * 5000])),
    (to_float, {1: 1.0, "1.5": 1.5, " 2 ": 2.0, "1e3": 1000.0, None: None, "": None, "x": None, NAN: None, HUGE: None}),
    (to_flag, {1: True, "1": True, 0: False, "0": False, 2: True, 1700000000: True}),
    (to_flag, dict.fromkeys([None, "", "true", "yes", "*unknown*", NAN])),
    (to_text, {"a": "a", 3: "3", 0: "0", " ": " ", None: None, "": None, "*unknown*": None}),
    (to_limit, {"500": 500, 500: 500, "0": 0, "unlimited": "unlimited", None: None, "*unknown*": None, "": None, "500M": None}),
    (to_limit, {"5120.00": 5120, "12.5": 12.5, "Unlimited": "unlimited", " unlimited ": "unlimited"}),
    (to_number, {"3603.95": 3603.95, "3779010736": 3779010736, 7: 7, "5120.00": 5120, "": None, "unlimited": None}),
    (to_reached, {0: False, "0": False, 1: True, "1": True, "150/150": True, "151/150": True, "5/5 (100%)": True, "12/20 (60%)": True}),
    (to_reached, {"12/20 (60.5%)": True, None: None, "": None, "149/150": None, "0/0": None, "0/5 (0%)": None, "yes": None, "1/1/1": None}),
]  # fmt: skip
ROWS = [(function, value, result) for function, row in CASES for value, result in row.items()]


@pytest.mark.parametrize(("function", "value", "result"), ROWS, ids=[f"{row[0].__name__} {str(row[1])[:9]}" for row in ROWS])  # fmt: skip
def test_conversion(function: Callable[[Any], Any], value: Any, result: Any) -> None:
    converted = function(value)
    assert converted == result
    assert type(converted) is type(result)


@pytest.mark.parametrize("value", [[], [1], {}, {"a": 1}, ("1",), object()])
def test_what_is_no_single_value_has_no_number(value: Any) -> None:
    assert to_int(value) is to_float(value) is to_flag(value) is to_limit(value) is None


@pytest.mark.parametrize(
    ("value", "result"),
    [(None, []), ("", []), ("a", ["a"]), (0, [0]), (["a", None], ["a", None]), ((1, 2), [1, 2]), ({"a": 1}, [{"a": 1}])],
)  # fmt: skip
def test_as_list(value: Any, result: list[Any]) -> None:
    assert as_list(value) == result


def test_booleans_are_numbers() -> None:
    assert (to_int(True), to_int(False), to_flag(True), to_flag(False)) == (1, 0, True, False)
    assert not isinstance(to_int(True), bool)


def test_what_is_not_understood_is_named() -> None:
    """Null for what the server does not know is no cause for a warning, null for what we do not know is."""
    fields = Fields("listaccts")
    good = {"a": "1", "b": None, "c": "*unknown*", "d": "unlimited", "e": "3603.95"}
    assert [fields.flag(good, "a"), fields.flag(good, "b"), fields.limit(good, "c"), fields.flag(good, "absent")] == [
        True,
        None,
        None,
        None,
    ]
    assert [fields.limit(good, "d"), fields.real(good, "e")] == ["unlimited", 3603.95]
    assert fields.warnings() == []
    for record in ({"hold": "maybe"}, {"hold": ""}, {"hold": ["1"]}):
        assert fields.flag(record, "hold") is None
    assert fields.whole({"size": "1.5K"}, "size") is fields.text({"domain": {"x": 1}}, "domain") is None
    assert fields.warnings() == [
        "listaccts: domain came in a form that is not known, {'x': 1}; null stands for it.",
        "listaccts: hold came in a form that is not known, maybe and 2 more; null stands for it.",
        "listaccts: size came in a form that is not known, 1.5K; null stands for it.",
    ]
    assert len(Fields("x").warnings()) == 0
    fields.text({"long": ["x" * 500]}, "long")
    assert max(map(len, fields.warnings())) < 140


def test_as_list_is_a_copy() -> None:
    given = [1]
    assert as_list(given) is not given


anything = st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()), st.lists)


@given(anything)
def test_nothing_is_too_odd(value: Any) -> None:
    for function in (to_int, to_float, to_number, to_flag, to_reached, to_text, to_limit, as_list):
        function(value)


@given(st.integers())
def test_integers_and_their_texts_are_one(value: int) -> None:
    assert to_int(value) == value
    if abs(value) < 2**53:
        assert to_int(str(value)) == value


@given(st.lists(st.text("abc", max_size=2)))
def test_unique_keeps_the_order(values: list[str]) -> None:
    result = unique(values)
    assert set(result) == set(values)
    assert len(result) == len(set(values))
    assert [values.index(value) for value in result] == sorted(values.index(value) for value in result)


@pytest.mark.parametrize(
    ("value", "epoch"),
    [
        ("2015-03-23T12:09:32.000Z", 1427112572),
        ("2015-03-23T12:09:32Z", 1427112572),
        ("2015-03-23T12:09:32", None),
        ("2015-03-23", None),
        ("2015-13-23T12:09:32.000Z", None),
        ("", None),
        (1427112572, None),
        (None, None),
    ],
)
def test_moments(value: Any, epoch: int | None) -> None:
    assert to_moment(value) == epoch


def test_a_moment_that_cannot_be_read_is_named() -> None:
    fields = Fields("f")
    record = {"a": "2015-03-23T12:09:32.000Z", "b": "soon", "c": "", "d": None}
    assert [fields.moment(record, name) for name in "abcd"] == [1427112572, None, None, None]
    (warning,) = fields.warnings()
    assert "b came in a form that is not known, soon" in warning
