# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What our comparison of SPF records says of pairs, against pyspf: equal records give every sender the same, different ones do not."""

from __future__ import annotations

import re
import time
from collections import Counter
from itertools import islice
from random import Random

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.spf import BadRecord, normal
from ansible_collections.whm.mail.tests.engines.conftest import LONG, Tally
from ansible_collections.whm.mail.tests.engines.generated_spf import DOMAIN, is_within_limits, pairs, senders, world
from ansible_collections.whm.mail.tests.engines.mistyped_spf import WORLD, mistyped
from ansible_collections.whm.mail.tests.engines.receiver import Receiver, Verdict
from ansible_collections.whm.mail.tests.knot import zone_names
from ansible_collections.whm.mail.tests.simulator import Simulator
from ansible_collections.whm.mail.tests.simulator.mail_dns import zone_of
from ansible_collections.whm.mail.tests.simulator.spf_records import broken_term
from hypothesis import HealthCheck, Phase, given, settings

PAIRS = 2500 if LONG else 250  # all of them different
MISTYPED = 20_000 if LONG else 2000
SIMULATED = 2000 if LONG else 200
BOB = "bob.example.com"
_EVERYTHING = [("A", "203.0.113.99"), ("AAAA", "2001:db8:99::1"), ("TXT", "v=spf1 ?all")]
ELSEWHERE = {"x.example": _EVERYTHING, "*.x.example": _EVERYTHING}
OWN = ["192.0.2.10", "2001:db8:1::a"]


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
    tally.lines.append(
        f"pyspf: {len(comparison.seen)} pairs of SPF records, {counted['verdicts']} verdicts, {len(comparison.wrong)} disagreements "
        f"({counted['equal']} equal, {counted['different']} different, of which no sender tells {len(comparison.finer)} apart)"
    )
    assert not comparison.wrong, "\n".join(comparison.wrong[:50])
    assert len(comparison.seen) == PAIRS
    assert min(counted["equal"], counted["different"]) > PAIRS / 4, "both must be common"


def test_where_a_look_up_fails_the_order_counts(comparison: Comparison) -> None:
    """Known, and not minded: our comparison takes neighbours with one qualifier for a set. A receiver stops at the first that fails."""
    one, other = (
        "v=spf1 ip4:192.0.2.1 include:nowhere.example -all",
        "v=spf1 include:nowhere.example ip4:192.0.2.1 -all",
    )
    assert normal(one) == normal(other)
    found = [comparison.verdicts(record, ["192.0.2.1", "192.0.2.2"]) for record in (one, other)]
    assert [each["192.0.2.1"].result for each in found] == ["pass", "permerror"]
    assert [each["192.0.2.2"].result for each in found] == ["permerror", "permerror"]


def refusal(record: str) -> str | None:
    try:
        normal(record)
    except BadRecord as problem:
        return str(problem)
    return None


def disagreement(receiver: Receiver, record: str) -> str | None:
    """pyspf lets some records pass that the grammar of the RFC does not allow. Then the simulator, which has a reading of its own, must be
    of our mind; but for what we refuse on purpose."""
    found = receiver.spf(DOMAIN, "203.0.113.9", record).result
    ours, grammar = refusal(record), broken_term(record)
    if found in ("permerror", "none"):
        return None if ours else f"{record}: pyspf refuses it, we do not"
    if ours and not grammar and not re.search("empty part|= where a colon belongs|names no domain|ends in %%", ours):
        return f"{record}: pyspf allows it, we do not ({ours})"
    return None


def test_mistyped_records(receiver: Receiver, tally: Tally) -> None:
    """What pyspf calls an error we refuse before it is published."""
    receiver.publish(WORLD)
    records = list(islice(mistyped(Random(time.time_ns() if LONG else 0)), MISTYPED))
    wrong = [text for text in (disagreement(receiver, record) for record in records) if text]
    refused = sum(refusal(record) is not None for record in records)
    tally.lines.append(f"pyspf: {MISTYPED} mistyped SPF records, {len(wrong)} disagreements ({refused} are refused)")
    assert not wrong, "\n".join(wrong[:50])
    assert MISTYPED / 10 < refused < MISTYPED * 0.95


def simulated(random: Random) -> str:
    """A record whose terms the simulator knows."""
    mechanisms = (
        "a",
        "mx",
        "a/28",
        "mx//120",
        "a/31//127",
        "include:_spf.x.example",
        "a:x.example",
        "exists:%{i}.none.example",
        "all",
    )
    words = [
        random.choice(["", "+", "-", "~", "?"]) + random.choice(mechanisms) for _number in range(random.randint(0, 2))
    ]
    network = f"ip4:192.0.2.{random.randrange(16)}/{random.randint(26, 32)}"
    words.append(
        random.choice(["", "-", "~", "?"])
        + random.choice([network, f"ip6:2001:db8:1::{random.randrange(16):x}/{random.randint(118, 128)}"])
    )
    random.shuffle(words)
    last = random.choice(
        ["-all", "~all", "?all", "", "redirect=_spf.x.example", "exp=why.x.example -all", "al", "ip4:192.0.2", "a:x"]
    )
    return " ".join(["v=spf1", *words, *last.split()])


def test_the_simulator_judges_as_a_receiver(sim: Simulator, receiver: Receiver, tally: Tally) -> None:
    """Names elsewhere are there and say nothing about the server: so it is in the simulator."""
    random, wrong, counted = Random(time.time_ns() if LONG else 0), [], Counter[str]()
    box = sim["whm1"]
    for record in sorted({simulated(random) for _number in range(SIMULATED)}):
        box.patch({"mail_dns": {BOB: {"spf": [record], "addresses": OWN}}})
        receiver.publish({**zone_names(BOB, zone_of(box.state, BOB)), **ELSEWHERE})
        for row in box.call("validate_current_spfs", domain=BOB)["data"]["payload"]:
            found, state = receiver.spf(BOB, row["ip_address"]).result, row["records"][0]["state"]
            counted[found] += 1
            if found != state.lower() or (row["state"] == "VALID") is not (found == "pass"):
                wrong.append(f"{record} from {row['ip_address']}: pyspf {found}, simulator {state} and {row['state']}")
    tally.lines.append(
        f"pyspf: {counted.total()} verdicts of the simulator, {len(wrong)} disagreements ({dict(sorted(counted.items()))})"
    )
    assert not wrong, "\n".join(wrong[:50])
    assert {"pass", "fail", "softfail", "neutral", "permerror"} == set(counted)
