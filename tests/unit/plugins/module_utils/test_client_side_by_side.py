# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests side by side: in order, none after a failure, and nobody waits for them."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    AuthenticationFailed,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.tests.unit.plugins.builders import HOST, answering, wire

WRITE = "hold_outgoing_email"


class Crowd:
    """Answers batches, and counts how many are in flight. A batch of reads waits until ``together`` are there."""

    host = HOST

    def __init__(self, together: int = 1, fails: int = -1) -> None:
        self.lock = threading.Lock()
        self.barrier = threading.Barrier(together, timeout=120)
        self.flying = self.most = self.sent = 0
        self.fails = fails

    def send(self, function: str, pairs: Any, secret: bool = False) -> Reply:
        with self.lock:
            number, self.sent, self.flying = self.sent, self.sent + 1, self.flying + 1
            self.most = max(self.most, self.flying)
        if number and self.barrier.parties > 1:
            self.barrier.wait()
        with self.lock:
            self.flying -= 1
        return Reply(403, b"") if number == self.fails else Reply(200, wire(answering(function, pairs)))

    def close(self) -> None:
        pass


def crowded(crowd: Crowd, function: str = "accountsummary", **options: Any) -> list[Any]:
    client = Client(crowd, read_only=False, **{"batch_size": 2, "concurrency": 3, **options})
    return client.batch([Call(function, {"user": f"u{at}"}) for at in range(14)])


def test_reads_fly_together_and_arrive_in_order() -> None:
    """The first goes alone, the other six in threes."""
    crowd = Crowd(together=3)
    outcomes = crowded(crowd)
    assert [outcome.get("for") for outcome in outcomes] == [f"u{at}" for at in range(14)]
    assert (crowd.sent, crowd.most) == (7, 3)


@pytest.mark.parametrize(("function", "concurrency"), [(WRITE, 3), ("accountsummary", 1)])
def test_writes_go_one_after_another(function: str, concurrency: int) -> None:
    crowd = Crowd()
    assert len(crowded(crowd, function, concurrency=concurrency)) == 14
    assert (crowd.sent, crowd.most) == (7, 1)


def test_a_login_that_is_refused_is_tried_once_by_the_crowd_too() -> None:
    crowd = Crowd(fails=0)
    with pytest.raises(AuthenticationFailed):
        crowded(crowd)
    assert crowd.sent == 1


def test_a_failure_in_the_crowd_is_raised() -> None:
    with pytest.raises(AuthenticationFailed):
        crowded(Crowd(fails=4))


class Stuck:
    """Answers the first request; holds the others until the test is over."""

    host = HOST

    def __init__(self) -> None:
        self.release, self.held = threading.Event(), threading.Semaphore(0)
        self.sent = 0
        self.lock = threading.Lock()

    def send(self, function: str, pairs: Any, secret: bool = False) -> Reply:
        with self.lock:
            self.sent += 1
            number = self.sent
        if number == 5:  # the last of four that are in flight
            return Reply(403, b"")
        if number > 1:
            self.held.release()
            self.release.wait()
        return Reply(200, wire(answering(function, pairs)))

    def close(self) -> None:
        pass


def ended(earlier: set[threading.Thread]) -> None:
    """Wait for all threads that were not there before; others, such as a simulator's, go on."""
    for thread in set(threading.enumerate()) - earlier:
        thread.join(timeout=60)


def test_after_the_first_failure_nobody_waits_for_the_others() -> None:
    """The task would end only now: the three others are held until it has."""
    stuck, earlier = Stuck(), set(threading.enumerate())
    client = Client(stuck, batch_size=2, concurrency=4)
    with pytest.raises(AuthenticationFailed):
        client.batch([Call("accountsummary", {"user": f"u{at}"}) for at in range(40)])
    assert set(threading.enumerate()) - earlier, "they are still held"
    assert stuck.sent == 5
    stuck.release.set()
    ended(earlier)
    assert stuck.sent == 5, "none of them begins another"
    assert not set(threading.enumerate()) - earlier


class Interrupt(BaseException):
    """As Ansible interrupts a task whose time is over."""


@pytest.mark.parametrize("interrupt", [Interrupt, KeyboardInterrupt])
def test_a_task_that_is_interrupted_leaves_at_once_and_begins_nothing(interrupt: type[BaseException]) -> None:
    stuck, earlier = Stuck(), set(threading.enumerate())
    client = Client(stuck, batch_size=2, concurrency=3)

    def strike(_number: int, _frame: Any) -> None:
        raise interrupt

    def when_held() -> None:
        for _request in range(3):
            stuck.held.acquire()
        signal.pthread_kill(main, signal.SIGUSR1)

    main = threading.get_ident()
    former = signal.signal(signal.SIGUSR1, strike)
    try:
        threading.Thread(target=when_held, daemon=True).start()
        with pytest.raises(interrupt):
            client.batch([Call("accountsummary", {"user": f"u{at}"}) for at in range(40)])
    finally:
        signal.signal(signal.SIGUSR1, former)
    assert stuck.sent == 4
    stuck.release.set()
    ended(earlier)
    assert stuck.sent == 4
