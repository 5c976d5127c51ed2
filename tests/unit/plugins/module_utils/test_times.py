# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.times import Window, both, iso, parse, window
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000
LAST = 253_402_300_799

WRITTEN = [
    ("90s", NOW - 90),
    ("30m", NOW - 1800),
    ("24h", NOW - 86400),
    ("7d", NOW - 7 * 86400),
    ("2w", NOW - 14 * 86400),
    (" 24 h ", NOW - 86400),
    ("0s", NOW),
    ("999999999d", 0),
    ("0", 0),
    (0, 0),
    ("1769851800", 1769851800),
    (1769851800, 1769851800),
    (1769851800.75, 1769851800),
    (str(LAST), LAST),
    ("2026-01-31T09:30:00Z", 1769851800),
    ("2026-01-31t09:30z", 1769851800),
    ("2026-01-31 09:30:00+00:00", 1769851800),
    ("2026-01-31T10:30:00+01:00", 1769851800),
    ("2026-01-31T10:30:00+0100", 1769851800),
    ("2026-01-31T04:00:00-05:30", 1769851800),
    ("2026-01-31T10:30:00.999+01", 1769851800),
    ("2026-01-31T09:30:00", 1769851800),
    ("2026-01-31", 1769817600),
    (datetime(2026, 1, 31, 9, 30), 1769851800),
    (datetime(2026, 1, 31, 9, 30, tzinfo=UTC), 1769851800),
    (datetime(2026, 1, 31).date(), 1769817600),
    ("1970-01-01T00:00:00Z", 0),
]


@pytest.mark.parametrize(("value", "epoch"), WRITTEN)
def test_times_as_people_write_them(value, epoch):
    assert parse("since", value, NOW) == epoch


NO_TIMES = [
    ("", "since: an empty value is not a time; give epoch seconds"),
    ("yesterday", "since: yesterday is not a time"),
    ("-24h", "since: -24h is not a time"),
    ("24 hours", "such as 90s, 30m, 24h or 7d"),
    ("1h30m", "is not a time"),
    ("1.5h", "is not a time"),
    ("24", "24 is hardly a time (in epoch seconds that is before 1973)"),
    ("20260131", "20260131 is hardly a time"),
    ("1769851800000", "is not a time"),
    ("999999999999", "after the year 9999"),
    ("2026-02-30", "2026-02-30 is not a time (day"),
    ("2026-01-31T25:00:00Z", "is not a time (hour"),
    ("2026-01-31T09:30:00+25:00", "its offset is none"),
    ("2026-1-31", "is not a time"),
    ("31.01.2026", "is not a time"),
    ("1969-12-31", "lies before 1970"),
    ("2026-01-31T09:30:00Z\nx", "is not a time"),
    ("\u0662\u0660\u0662\u0666-01-31", "is not a time"),
    ("True", "is not a time"),
]


@pytest.mark.parametrize(("value", "text"), NO_TIMES)
def test_what_is_no_time_is_said_in_a_sentence(value, text):
    with pytest.raises(InvalidInput) as caught:
        parse("since", value, NOW)
    assert text in str(caught.value)
    assert str(caught.value).startswith("since: ")
    assert str(caught.value).endswith(".")


epochs = st.one_of(st.just(0), st.integers(100_000_000, LAST))
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59)


@given(epochs)
def test_what_goes_out_comes_in_again(epoch):
    shown = both("sent_at", epoch)
    assert parse("until", shown["sent_at"], NOW) == epoch
    assert parse("until", shown["sent_at_epoch"], NOW) == epoch


@given(st.integers(86400, LAST - 86400), offsets)
def test_offsets_do_not_change_the_moment(epoch, minutes):
    zone = timezone(timedelta(minutes=minutes))
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)
    local = moment.astimezone(zone)
    assert parse("since", local.isoformat(), NOW) == epoch
    assert parse("since", str(local), NOW) == epoch


@given(st.integers(0, 10**6), st.sampled_from("smhdw"), st.integers(0, LAST))
def test_relative_times_lie_in_the_past(number, unit, now):
    seconds = number * {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[unit]
    assert parse("since", f"{number}{unit}", now) == max(0, now - seconds)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_a_sentence(text):
    with contextlib.suppress(InvalidInput):
        assert 0 <= parse("since", text, NOW) <= LAST


@given(epochs, epochs)
def test_a_window_has_its_ends_in_order(since, until):
    if since < until:
        assert window(str(since), str(until), lambda: NOW) == Window(since, until, False)
    else:
        with pytest.raises(InvalidInput, match="is not before until"):
            window(str(since), str(until), lambda: NOW)


def test_without_until_the_window_ends_now():
    assert window("24h", None, lambda: NOW + 0.9) == Window(NOW - 86400, NOW, True)
    assert window("24h", None, lambda: NOW).end is None
    assert window("2d", "1d", lambda: NOW).end == NOW - 86400


@pytest.mark.parametrize(("since", "until"), [("1h", "2h"), ("1h", "1h"), ("0s", None), (str(NOW + 60), None)])
def test_since_must_be_before_until(since, until):
    with pytest.raises(InvalidInput) as caught:
        window(since, until, lambda: NOW)
    assert "is not before until" in str(caught.value)
    assert (", now)" in str(caught.value)) is (until is None)


def test_both_ways():
    assert both("sent_at", 1769851800) == {"sent_at": "2026-01-31T09:30:00Z", "sent_at_epoch": 1769851800}
    assert (
        both("sent_at", None)
        == both("sent_at", -1)
        == both("sent_at", LAST + 1)
        == {"sent_at": None, "sent_at_epoch": None}
    )
    assert iso(0) == "1970-01-01T00:00:00Z"
    assert Window(0, 1769851800).as_dict() == {
        "since": "1970-01-01T00:00:00Z",
        "since_epoch": 0,
        "until": "2026-01-31T09:30:00Z",
        "until_epoch": 1769851800,
    }
