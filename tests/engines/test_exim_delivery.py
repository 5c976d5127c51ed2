# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Held, suspended and free senders: the same deeds with a real Exim and with the engine in memory, equal queues and deliveries."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.engines.conftest import LONG, Tally
from ansible_collections.whm.mail.tests.simulator.exim_engine import MemoryExim, Queued, message_id
from ansible_collections.whm.mail.tests.simulator.exim_real import RealExim
from ansible_collections.whm.mail.tests.unit.simulator.exim_scenario import SCENARIOS, Deed, Played, letter
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

SEQUENCES = 500 if LONG else 35
QUEUES = 1000 if LONG else 100
# Each case starts a dozen processes: making a failing one smaller would take longer than reading it.
RELAXED = settings(
    phases=[Phase.generate], deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

SENDERS = [
    "a@bob.example", "x@bob-shop.example", "A.b+c@BOB.example", "info@bobby.example", "info@free.example", "Info@Free.Example",
    "other@free.example", "news@elsewhere.example", "a@unreachable.example", "",
]  # fmt: skip
RECIPIENTS = [
    "x@out.example", "X@out.example", "x@OUT.example", "y@out.example", "z@unreachable.example", "a+b@out.example",
    '"a b"@out.example', "info@free.example", "a@bob.example", "o'neil@out.example",
]  # fmt: skip
LINES = ["info@free.example", "info@bobby.example", "bob", "a@bob.example"]
FUNCTIONS = [f"{verb}_outgoing_email" for verb in ("hold", "release", "suspend", "unsuspend")]
SOME = st.lists(st.sampled_from(RECIPIENTS), min_size=1, max_size=5)
SUBMIT = st.tuples(st.just("submit"), st.sampled_from(SENDERS), SOME, st.integers(100, 20_000))
RUN = st.just(("run",))
DEEDS = st.one_of(
    SUBMIT,
    SUBMIT,
    RUN,
    st.tuples(st.just("call"), st.sampled_from(FUNCTIONS), st.sampled_from(["bob", "bobby", "free"])),
    st.tuples(st.just("line"), st.sampled_from(["hold", "suspended"]), st.sampled_from(LINES)),
    st.tuples(st.just("freeze"), st.integers(0, 3)),
)
OLD = st.tuples(st.just("old"), st.sampled_from(SENDERS), st.integers(1, 100), st.booleans())
TIMES = st.integers(1_600_000_000, 2_000_000_000)
SIZES = st.one_of(st.integers(1, 2000), st.integers(1, 12_000_000), st.integers(1, 24).map(lambda power: 2**power))
MESSAGES = st.lists(
    st.tuples(TIMES, st.integers(0, 60**5), st.sampled_from(SENDERS), SOME, SIZES, st.booleans()),
    max_size=8,
    unique_by=lambda drawn: (drawn[0], drawn[1] % 3844),  # else Exim lists them in no order
)


@pytest.mark.parametrize("name", SCENARIOS)
def test_exim_does_what_was_recorded(exim: RealExim, name: str) -> None:
    deeds, queue, outside = SCENARIOS[name]
    played = Played(exim.begin)
    for deed in deeds:
        played.do(*deed)
    assert played.queue() == queue
    assert played.outside() == outside


def test_generated_deeds(exim: RealExim, tally: Tally) -> None:
    seen: Counter[str] = Counter()

    @settings(RELAXED, max_examples=SEQUENCES)
    @given(st.lists(OLD, max_size=2, unique_by=lambda deed: deed[2]), st.lists(DEEDS, min_size=5, max_size=12))
    def agree(old: list[Deed], deeds: list[Deed]) -> None:
        real, memory = Played(exim.begin), Played()
        for deed in [*old, *deeds, ("run",)]:
            assert memory.do(*deed) == real.do(*deed)
            seen[deed[0]] += 1
            if deed[0] == "run":
                assert memory.queue() == real.queue()
        assert memory.outside() == real.outside()
        seen["left"] += len(real.outside())
        seen["sequences"] += 1

    agree()
    tally.lines.append(
        f"Exim: {seen['sequences']} sequences of deeds ({seen['submit']} messages, {seen['run']} queue runs,"
        f" {seen['left']} deliveries), no disagreement"
    )
    assert seen["left"] > SEQUENCES / 2


def test_generated_queues(exim: RealExim, tally: Tally) -> None:
    seen: Counter[str] = Counter()

    @settings(RELAXED, max_examples=QUEUES)
    @given(MESSAGES)
    def agree(drawn: list[tuple[Any, ...]]) -> None:
        messages = [
            Queued(message_id(time, number), sender, tuple(recipients), size, time, frozen, None)
            for time, number, sender, recipients, size, frozen in drawn
        ]
        real, memory = Played(exim.begin), Played()
        for played in (real, memory):
            played.engine.put(messages)
        assert memory.records() == real.records()
        seen["messages"] += len(messages)
        seen["queues"] += 1

    agree()
    tally.lines.append(f"Exim: {seen['queues']} generated queues ({seen['messages']} messages), no disagreement")
    assert seen["messages"] > QUEUES / 2


def test_sizes_around_every_place_where_the_rounding_changes(exim: RealExim, tally: Tally) -> None:
    edges = [unit * tenth // 20 for unit in (1024, 1024**2) for tenth in range(1, 500, 3)]
    sizes = sorted({edge + offset for edge in edges for offset in (-1, 0, 1)} | set(range(1, 30)))
    messages = [
        Queued(message_id(1_700_000_000 + n, n), "", ("x@out.example",), size, 0) for n, size in enumerate(sizes)
    ]
    real, memory = Played(exim.begin), Played()
    for played in (real, memory):
        played.engine.put(messages)
    assert [row["size"] for row in memory.records()] == [row["size"] for row in real.records()]
    tally.lines.append(f"Exim: {len(sizes)} sizes, no disagreement")


def test_the_log_speaks_as_that_of_a_server(exim: RealExim) -> None:
    """The words of BEHAVIOUR E."""
    played = Played(exim.begin)
    played.submit("a@bob.example", ["x@out.example"], 200)
    played.submit("info@free.example", ["x@out.example"], 200)
    played.call("hold_outgoing_email", "bob")
    played.call("suspend_outgoing_email", "free")
    played.run()
    assert "Domain bob.example has an outgoing mail hold.  Message will be reattempted later" in exim.log()
    assert "Domain free.example has an outgoing mail suspension.  Message discarded." in exim.log()


def test_what_is_delivered_is_what_was_submitted(exim: RealExim) -> None:
    played = Played(exim.begin)
    played.submit("info@free.example", ["x@out.example"], 5000)
    played.run()
    (file,) = (exim.folder / "outside/new").iterdir()
    assert file.read_bytes().endswith(letter("info@free.example", 5000))


def test_a_queue_that_was_put_there_is_one_that_exim_delivers(exim: RealExim) -> None:
    played, memory = Played(exim.begin), Played()
    messages = [Queued(message_id(1_700_000_000, 1), "a@bob.example", ("x@out.example",), 4000, 1_700_000_000)]
    for each in (played, memory):
        each.engine.put(messages)
        each.run()
    assert played.queue() == memory.queue() == []
    assert played.outside() == memory.outside() == [("a@bob.example", "x@out.example", ())]


def test_a_hold_outlasts_the_retry_time_and_returns_the_mail(exim_is_here: None) -> None:
    """With the retry rule that Exim comes with, what is held for more than four days is not kept but returned."""
    with RealExim(retry="F,2h,15m; G,16h,1h,1.5; F,4d,8h") as usual:
        played = Played(usual.begin)
        played.call("hold_outgoing_email", "bob")
        for days in (3, 5):
            played.old("a@bob.example", days, False)
        played.run()
        assert [row["sender"] for row in played.records()] == ["a@bob.example", ""]
        assert "retry timeout exceeded" in usual.log()


def test_an_exim_that_is_gone(exim: RealExim) -> None:
    played, memory = Played(exim.begin), Played()
    for each in (played, memory):
        each.engine.gone = True
        assert each.records() == []
    exim.gone = False


def test_both_are_engines(exim: RealExim) -> None:
    """Whatever one of them has, the other has too."""
    public = {name for name in vars(MemoryExim) if not name.startswith("_")} - {
        "left",
        "messages",
        "long_ids",
    }  # the real one writes ids as it does
    assert all(hasattr(exim, name) for name in public)
