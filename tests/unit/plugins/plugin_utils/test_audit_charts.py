# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Figures over the last audits: where the line goes, where it has gaps, and what its label says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit.charts import Trend, moment, trend, trends

DAYS = [f"2026-11-{day:02}T06:00:00Z" for day in range(1, 31)]


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ([0, 10], "M0 22h0L120 2"),
        ([10, 0, 5], "M0 2h0L60 22L120 12"),
        ([4, 4, 4], "M0 2h0L60 2L120 2"),
        ([0, 0], "M0 22h0L120 22"),
        ([1, None, 1, 1], "M0 2h0M80 2h0L120 2"),
        ([None, 3, None], "M60 2h0"),
        ([None, None, 7], "M120 2h0"),
    ],
)
def test_a_line_runs_from_zero_and_has_gaps_for_what_is_not_known(values: list[int | None], path: str) -> None:
    found = trend("Held", DAYS[: len(values)], values)
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize(
    ("runs", "values"), [([], []), (DAYS[:1], [3]), (DAYS[:2], [None, None]), (DAYS[:5], []), (DAYS[:5], [1])]
)
def test_nothing_is_drawn_of_less_than_two_audits_or_of_no_number(runs: list[str], values: list[int | None]) -> None:
    assert trend("Held", runs, values) is None


@pytest.mark.parametrize(
    ("values", "label"),
    [
        (
            [3, 1, 8, 5],
            "Held in the last 4 audits: first 3 on 2026-11-01 06:00 UTC, last 5 on 2026-11-04 06:00 UTC, "
            "lowest 1 on 2026-11-02 06:00 UTC, highest 8 on 2026-11-03 06:00 UTC",
        ),
        (
            [None, 2, 2],
            "Held in the last 3 audits: first 2 on 2026-11-02 06:00 UTC, last 2 on 2026-11-03 06:00 UTC, "
            "lowest 2 on 2026-11-03 06:00 UTC, highest 2 on 2026-11-03 06:00 UTC, not known in 1 of them",
        ),
    ],
)
def test_the_label_says_what_the_line_shows(values: list[int | None], label: str) -> None:
    found = trend("Held", DAYS[: len(values)], values)
    assert found is not None
    assert found.label == label


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        (None, set()),
        ({}, set()),
        ({"runs": [], "series": {}}, set()),
        ({"runs": [{"epoch": 1, "iso": DAYS[0]}], "series": {"held": [1]}}, set()),
        (
            {
                "runs": [{"epoch": 1, "iso": DAYS[0]}, {"epoch": 2, "iso": DAYS[1]}],
                "series": {"held": [1, 2], "queue": [None, None], "unheard_of": [1, 2]},
            },
            {"held"},
        ),
    ],
)
def test_a_document_may_hold_trends_of_some_figures_or_none(given: Any, drawn: set[str]) -> None:
    found = trends(given, {"held": "Held", "queue": "Queue"})
    assert set(found) == drawn
    assert all(isinstance(line, Trend) for line in found.values())


def test_a_time_that_is_not_in_utc_stays_as_it_is() -> None:
    assert moment("2026-11-01T06:00:59Z") == "2026-11-01 06:00 UTC"
    assert moment("2026-11-01T06:00:00+01:00") == "2026-11-01T06:00:00+01:00"
