# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What belongs to a hold is done account by account, and what could not be done is named."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._containment.decide import decide
from ansible_collections.whm.mail.plugins.plugin_utils._containment.finish import finished, not_changed
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.holds import Row, account, entry, settings

BROKEN = {"failed": True, "msg": "whm1: the connection was lost."}
OTHER = entry("bob")


def read(**failed: str) -> Row:
    """What delivery_info said, by the line."""
    rows = (entry("eve"), OTHER)
    return {
        row["id"]: {"failed": True, "msg": failed[row["user"]]} if row["user"] in failed else {"deliveries": []}
        for row in rows
    }


def ended(**failed: str) -> Row:
    return {
        "accounts": [
            {"user": user, **({"error": {"reason": failed[user]}} if user in failed else {"queued": True})}
            for user in ("eve", "bob")
        ]
    }


@pytest.mark.parametrize(
    ("results", "complete", "evidence_of", "words"),
    [
        ({"deliveries": read(), "sessions": ended()}, ["eve", "bob"], ["eve", "bob"], []),
        (
            {"deliveries": read(), "sessions": ended(eve="busy")},
            ["bob"],
            ["eve", "bob"],
            ["Sessions of eve could not be ended: busy."],
        ),
        (
            {"deliveries": read(eve="cut"), "sessions": ended()},
            ["bob"],
            ["bob"],
            ["Deliveries of eve could not be read: cut."],
        ),
        (
            {"deliveries": read(), "sessions": BROKEN},
            [],
            ["eve", "bob"],
            [
                "Sessions of eve could not be ended: whm1: the connection was lost.",
                "Sessions of bob could not be ended: whm1: the connection was lost.",
            ],
        ),
    ],
)
def test_each_account_is_finished_by_itself(
    results: Row, complete: list[str], evidence_of: list[str], words: list[str]
) -> None:
    rows = [entry(user, complete=False) for user in ("eve", "bob")]
    said = finished(rows, results["deliveries"], results["sessions"])
    assert [row["user"] for row in said["entries"] if row["complete"]] == complete
    assert [row["user"] for row in said["entries"] if row["evidence"]] == evidence_of
    assert said["failed"] == words
    again = decide([], [account("eve", hold=True), account("bob", hold=True)], said["entries"], settings())
    assert [row["user"] for row in again["finish"]] == [user for user in ("eve", "bob") if user not in complete]


def test_an_account_that_was_removed_meanwhile_has_no_sessions_to_end() -> None:
    said = finished([entry("eve", complete=False)], {}, {"accounts": [], "missing": ["eve"]})
    assert (said["entries"][0]["complete"], said["failed"]) == (True, [])


def test_what_was_not_to_be_done_is_not_missing() -> None:
    said = finished([entry("eve", complete=False)], {}, None)
    assert (said["entries"][0]["complete"], said["entries"][0]["evidence"], said["failed"]) == (True, None, [])


@pytest.mark.parametrize(
    ("tasks", "holding", "words"),
    [
        ([{"accounts": [{"user": "eve", "hold": True}, {"user": "bob", "hold": True}]}, {"skipped": True}], True, []),
        (
            [
                {
                    "failed": True,
                    "msg": "x",
                    "accounts": [
                        {"user": "eve", "hold": False, "error": {"reason": "it had no effect"}},
                        {"user": "bob", "hold": True},
                    ],
                }
            ],
            True,
            ["eve could not be held: it had no effect."],
        ),
        (
            [BROKEN],
            True,
            [
                "eve could not be held: whm1: the connection was lost.",
                "bob could not be held: whm1: the connection was lost.",
            ],
        ),
        (
            [{"accounts": [{"user": "eve", "hold": False}]}, BROKEN],
            False,
            ["bob could not be released: whm1: the connection was lost."],
        ),
        (
            [{"accounts": [{"user": "eve", "hold": False}]}],
            False,
            ["bob could not be released: the task says nothing of it."],
        ),
    ],
)
def test_each_that_could_not_be_held_or_released_is_named(tasks: list[Row], holding: bool, words: list[str]) -> None:
    assert not_changed([entry("eve"), OTHER], tasks, holding) == words
