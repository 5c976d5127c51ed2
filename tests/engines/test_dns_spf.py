# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What our comparison of SPF records says of pairs, against pyspf: equal records give every sender the same, different ones do not."""

from __future__ import annotations

from collections import Counter

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.spf import normal
from ansible_collections.whm.mail.tests.engines.conftest import LONG, Tally
from ansible_collections.whm.mail.tests.engines.generated_spf import DOMAIN, is_within_limits, pairs, senders, world
from ansible_collections.whm.mail.tests.engines.receiver import Receiver, Verdict
from hypothesis import HealthCheck, Phase, given, settings

PAIRS = 3000 if LONG else 400  # all of them different


class Comparison:
    """Pairs that were tried, and what came of it."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.counted: Counter[str] = Counter()
        self.seen: set[tuple[str, str]] = set()
        self.wrong: list[str] = []
        self.finer: list[str] = []
        receiver.publish(world("v=spf1"))

    def verdicts(self, record: str, addresses: list[str]) -> dict[str, Verdict]:
        self.receiver.publish_again(world(record), DOMAIN)
        return {address: self.receiver.spf(DOMAIN, address) for address in addresses}

    def compare(self, one: str, other: str) -> None:
        addresses = senders(one, other)
        here, there = self.verdicts(one, addresses), self.verdicts(other, addresses)
        apart = [address for address in addresses if here[address] != there[address]]
        self.counted["verdicts"] += 2 * len(addresses)
        broken = {each.result for each in (*here.values(), *there.values())} & {"permerror", "temperror", "none"}
        if broken:
            self.wrong.append(f"{one} / {other}: {', '.join(broken)}")
        if normal(one) == normal(other):
            self.counted["equal"] += 1
            self.wrong += [f"{one} / {other}: {address} {here[address]} / {there[address]}" for address in apart[:1]]
        else:
            self.counted["different"] += 1
            if not apart:
                self.finer.append(f"{one} / {other}")


@settings(
    max_examples=20 * PAIRS,
    deadline=None,
    derandomize=not LONG,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(pairs())
def search(comparison: Comparison, pair: tuple[str, str]) -> None:
    enough = len(comparison.seen) >= PAIRS
    if enough or pair in comparison.seen or pair[0] == pair[1] or not all(map(is_within_limits, pair)):
        return
    comparison.seen.add(pair)
    comparison.compare(*pair)


@pytest.fixture
def comparison(receiver: Receiver) -> Comparison:
    return Comparison(receiver)


def test_generated_pairs(comparison: Comparison, tally: Tally) -> None:
    """Where nothing tells two apart that are different for us, we may mind more than receivers do: that is counted, not refused."""
    search(comparison)
    counted = comparison.counted
    print("\n".join(comparison.finer))
    tally.lines.append(
        f"pyspf: {len(comparison.seen)} pairs of SPF records, {counted['verdicts']} verdicts, {len(comparison.wrong)} disagreements "
        f"({counted['equal']} equal, {counted['different']} different, of which no sender tells {len(comparison.finer)} apart)"
    )
    assert not comparison.wrong, "\n".join(comparison.wrong[:50])
    assert len(comparison.seen) == PAIRS
    assert min(counted["equal"], counted["different"]) > PAIRS / 4, "both must be common"
