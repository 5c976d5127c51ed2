# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine in memory does with mail what a real Exim did; tests/engines plays the same scenarios with the latter."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator.exim_engine import (
    MemoryExim,
    Queued,
    listed_size,
    message_id,
    moment_of,
)
from ansible_collections.whm.mail.tests.unit.simulator.exim_scenario import SCENARIOS, Played


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_was_recorded_of_a_real_exim(name: str) -> None:
    deeds, queue, outside = SCENARIOS[name]
    played = Played()
    for deed in deeds:
        played.do(*deed)
    assert played.queue() == queue
    assert played.outside() == outside


def test_a_suspended_sender_is_told_why() -> None:
    played = Played()
    played.call("suspend_outgoing_email", "bob")
    said = played.submit("a@bob.example", ["x@out.example"], 200)
    assert said == "Domain bob.example has an outgoing mail suspension.  Message discarded."


@pytest.mark.parametrize(
    ("size", "listed"),
    [(1, "1"), (1023, "1023"), (1024, "1.0K"), (10239, "10.0K"), (10240, "10K"), (18944, "19K"), (33280, "33K"),
     (1048575, "1024K"), (1048576, "1.0M"), (10485759, "10.0M"), (11010048, "11M"), (13107200, "13M")],
)  # fmt: skip
def test_sizes_are_listed_as_exim_lists_them(size: int, listed: str) -> None:
    """Whole numbers are rounded half up: 18944 bytes are 18.5 KiB."""
    assert listed_size(size) == listed


def test_the_queue_is_listed_oldest_first() -> None:
    engine = MemoryExim()
    engine.put([Queued(message_id(time, 1), "", (), 1, time) for time in (1_700_000_900, 1_700_000_100, 1_700_000_500)])
    assert [message.time for message in engine.queue()] == [1_700_000_100, 1_700_000_500, 1_700_000_900]
    same = ["1kHR5c-0hq19p-9p", "1kHR5c-0lKAGg-Gg", "1kHR5c-0CTnT8-T8"]  # as a real one listed them
    engine.put([Queued(msgid, "", (), 1, 0) for msgid in sorted(same)])
    assert [message.msgid for message in engine.queue()] == same


def test_the_time_of_a_message_is_in_its_id() -> None:
    engine = MemoryExim()
    engine.put([Queued(message_id(1_700_000_900, 1), "", (), 1, 1_700_000_900)])
    assert [moment_of(message.msgid) for message in engine.queue()] == [message.time for message in engine.queue()]
