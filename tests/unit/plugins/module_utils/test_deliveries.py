# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which questions a search asks, and what it believes of the answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.deliveries import (
    CAP,
    MANY,
    OUTCOMES,
    Wanted,
    delivery,
    search,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.listings import FEW
from ansible_collections.whm.mail.plugins.module_utils._mail.times import Window
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.tests.simulator import STATES, answer, load
from ansible_collections.whm.mail.tests.simulator.handlers_batch import split_commands
from ansible_collections.whm.mail.tests.simulator.loading import patch
from ansible_collections.whm.mail.tests.unit.plugins.builders import ok, scripted
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = 1_800_000_000
DAY = Window(NOW - 86400, NOW)


class Wire:
    """A transport that leads straight to a simulated server, and keeps what was asked of it, batches unpacked."""

    host = "whm1"

    def __init__(self, seed: Any = None, quirks: Any = None) -> None:
        self.server = load(STATES / "tests.yml")["whm1"]
        self.asked: list[dict[str, str]] = []
        self.requests = 0
        if seed is not None:
            patch(self.server, {"emailtrack": {"clear": True, **seed}})
        self.server.quirks.update(quirks)

    def send(self, function: str, pairs: Any, secret: bool = False) -> Reply:
        self.requests += 1
        calls = split_commands(pairs) if function == "batch" else [(function, pairs)]
        self.asked += [dict(params) for _name, params in calls]
        body = answer(self.server, self.server.callers["root"], function, pairs, lambda: float(NOW))
        return Reply(200, json.dumps(body).encode())

    def close(self) -> None:
        pass


def ask(wire: Wire, **wanted: Any) -> Any:
    return search(Client(wire), Wanted(**{"window": DAY, **wanted}))


def filters_of(params: dict[str, str]) -> list[tuple[str, str, str]]:
    names = [f"api.filter.f{number}" for number in range(9)]
    return [
        tuple(params[f"{name}.{part}"] for part in ("field", "type", "arg0"))
        for name in names
        if f"{name}.field" in params
    ]


SINCE = ("sendunixtime", "gt", str(DAY.since - 1))


def test_all_four_outcomes_are_asked_for():
    wire = Wire()
    ask(wire)
    (params,) = wire.asked
    assert {name: params[name] for name in OUTCOMES} == dict.fromkeys(OUTCOMES, "1")
    assert params["max_results_by_type"] == "5000"
    assert params["starttime"] == str(DAY.since)
    assert "endtime" not in params, "the server's clock says when now is"
    assert "deliverytype" not in params, "it would leave failures out"
    assert filters_of(params) == [SINCE]


QUESTIONS = [
    # wanted, filters of each question beyond the window's
    ({"users": ("alice",)}, [[("user", "eq", "alice")]]),
    ({"senders": ("a@x.org",), "recipients": ("b@x.org",)}, [[("sender", "begins", "a@x.org"), ("recipient", "begins", "b@x.org")]]),
    ({"users": ("a", "b")}, [[("user", "eq", "a")], [("user", "eq", "b")]]),
    ({"users": ("a", "b", "c"), "senders": ("s@x.org", "t@x.org"), "recipients": ("r@x.org",)},
     [[("recipient", "begins", "r@x.org"), ("sender", "begins", name)] for name in ("s@x.org", "t@x.org")]),
    ({"users": tuple(f"u{number}" for number in range(FEW))}, [[("user", "eq", f"u{number}")] for number in range(FEW)]),
    ({"users": tuple(f"u{number}" for number in range(FEW + 1))}, [[]]),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "expected"), QUESTIONS)
def test_what_the_server_is_asked_to_filter(wanted, expected):
    wire = Wire()
    ask(wire, **wanted)
    assert [[row for row in filters_of(params) if row != SINCE] for params in wire.asked] == expected
    assert all(SINCE in filters_of(params) for params in wire.asked)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(0, NOW), []),
        (Window(1, NOW), []),
        (Window(2, NOW), [("sendunixtime", "gt", "1")]),
        (Window(0, 900, False), [("sendunixtime", "lt", "901")]),
    ],
)
def test_no_filter_has_an_argument_that_could_pass_for_empty(window, expected):
    wire = Wire()
    ask(wire, window=window)
    assert filters_of(wire.asked[0]) == expected
    assert wire.asked[0].get("starttime") != "0"


def test_nobody_is_nobody():
    wire = Wire()
    assert ask(wire, users=()).deliveries == ask(wire, senders=(), users=("alice",)).deliveries == []
    assert wire.requests == 0


names = st.lists(st.sampled_from(["alice", "bob", "carol", "nosuch"]), unique=True, min_size=1).map(tuple)
senders = st.lists(
    st.sampled_from(["INFO@alice.example.com", "bob@bob.example.com", "sales+eu@alice.example.com", "b@b"]),
    unique=True, min_size=1,
).map(tuple)  # fmt: skip
recipients = st.lists(
    st.sampled_from(["ann@example.org", "BOB@bob.example.com", "slow@example.org", "ann@example.org.au"]), unique=True,
    min_size=1,
).map(tuple)  # fmt: skip
outcomes = st.lists(st.sampled_from(OUTCOMES), unique=True, min_size=1).map(tuple)
windows = st.tuples(st.integers(0, 5 * 86400), st.integers(0, 5 * 86400), st.booleans()).map(
    lambda ages: Window(NOW - max(ages[:2]) - 1, NOW if ages[2] else NOW - min(ages[:2]), ages[2])
)


@settings(deadline=None)
@given(
    window=windows,
    users=st.none() | names,
    senders=st.none() | senders,
    recipients=st.none() | recipients,
    outcomes=outcomes,
    limit=st.none() | st.integers(1, 6),
    pushdown=st.booleans(),
    times=st.booleans(),
)
def test_the_answer_is_what_fits_however_the_server_filters(window, pushdown, times, limit, **wanted):
    everything = ask(Wire(), window=Window(0, NOW)).deliveries
    wire = Wire()
    wire.server.areas["emailtrack"].update(pushdown=pushdown, times=times)
    found = ask(wire, window=window, limit=limit, **wanted)
    fitting = [row for row in everything if Wanted(window, **wanted).takes(row)]
    assert found.deliveries == fitting[:limit]
    assert found.limited is (limit is not None and len(fitting) > limit)
    assert found.capped is False


def deaf(body: dict[str, Any]) -> Any:
    """A server that drops every filter, order and page without a word."""

    def step(function: str, pairs: Any) -> Any:
        calls = split_commands(pairs) if function == "batch" else []
        return ok({"result": [body] * len(calls)}) if calls else body

    return step


def record(**fields: Any) -> dict[str, Any]:
    return {
        "type": "success",
        "user": "alice",
        "sender": "a@x.org",
        "recipient": "b@x.org",
        "sendunixtime": NOW,
        **fields,
    }


def test_a_filter_that_was_dropped_is_made_up_for():
    other = [record(user="bob"), record(sendunixtime=NOW - 90000), record(type="defer"), record(recipient="b@x.org.au")]
    client, _script, _pauses = scripted(deaf(ok({"records": [*other, record()]})), read_only=True)
    found = search(client, Wanted(DAY, users=("alice",), recipients=("b@x.org",), outcomes=("success",)))
    assert [row["user"] for row in found.deliveries] == ["alice"]
    assert len(found.deliveries) == 1


def test_what_is_not_known_is_kept_but_for_names():
    odd = record(type="unheard_of", sendunixtime="unknown", sender="c@x.org")
    client, _script, _pauses = scripted(deaf(ok({"records": [odd, record(user=None)]})), read_only=True)
    found = search(client, Wanted(DAY, users=("alice",), outcomes=("success",)))
    (row,) = found.deliveries
    assert (row["type"], row["outcome"], row["sent_at"], row["sender"]) == ("unheard_of", None, None, "c@x.org")


@pytest.mark.parametrize(
    ("metadata", "rows", "capped"),
    [
        ({}, 3, False),
        ({"overflowed": 1}, 3, True),
        ({"overflowed": "1"}, 0, True),
        ({"filter": {"filtered": CAP - 1}}, 3, False),
        ({"filter": {"filtered": CAP}}, 0, True),
        ({}, CAP - 1, False),
        ({}, CAP, True),
    ],
)
def test_the_signs_of_a_cap(metadata, rows, capped):
    records = [record(msgid=str(number)) for number in range(rows)]
    client, _script, _pauses = scripted(deaf(ok({"records": records}, **metadata)), read_only=True)
    assert search(client, Wanted(DAY)).capped is capped


def test_many_users_cost_one_question():
    wire = Wire()
    found = ask(wire, users=("alice", "bob", *(f"u{number}" for number in range(300))))
    assert {row["user"] for row in found.deliveries} == {"alice", "bob"}
    assert wire.requests == 1


BUSY = {"generate": [{"user": "bob", "count": 30, "age": "20h"}, {"user": "alice", "count": 5500, "every": 1}]}


def test_many_users_are_asked_one_by_one_when_the_server_kept_something_back():
    wire = Wire(BUSY)
    found = ask(wire, users=("bob", *(f"u{number}" for number in range(FEW + 4))))
    assert [row["user"] for row in found.deliveries] == ["bob"] * 30, "with one question bob's were behind the cap"
    assert found.capped is False
    assert wire.requests == 5 + 3, "five pages for all, then ten questions a request"


def test_too_many_users_are_not():
    wire = Wire(BUSY)
    found = ask(wire, users=("bob", *(f"u{number}" for number in range(MANY))))
    assert found.deliveries == []
    assert found.capped is True
    assert wire.requests == 5


def test_all_pages_of_a_long_answer():
    wire = Wire({"generate": {"user": "alice", "count": 4321, "every": 1, "types": ["success", "failure", "defer"]}})
    found = ask(wire)
    assert len(found.deliveries) == 4321
    assert wire.requests == 5
    assert [params["api.chunk.start"] for params in wire.asked] == ["1", "1001", "2001", "3001", "4001"]
    sent = [row["sent_at_epoch"] for row in found.deliveries]
    assert sent == sorted(sent, reverse=True)


def test_a_limit_stops_early():
    wire = Wire({"generate": {"user": "alice", "count": 4321, "every": 1}})
    found = ask(wire, limit=1500)
    assert (len(found.deliveries), found.limited, found.capped) == (1500, True, False)
    assert wire.requests == 2
    found = ask(wire, limit=4321)
    assert (len(found.deliveries), found.limited) == (4321, False)


@pytest.mark.parametrize("change", [{"arrivals": 7}, {"departures": 7}, {"arrivals": 3, "departures": 9}])
def test_a_listing_that_moves(change):
    seed = {"generate": {"user": "alice", "count": 2500, "every": 1, "recipients": 2500}, **change}
    found = ask(Wire(seed))
    keys = [(row["message_id"], row["recipient"]) for row in found.deliveries]
    assert len(keys) == len(set(keys))
    lost = {f"reader{number}@example.org" for number in range(2500)} - {row["recipient"] for row in found.deliveries}
    assert not lost


def test_batches_that_do_not_pass_the_output_controls_on():
    client, script, _pauses = scripted(deaf(ok({"records": [record(), record(user="bob")]})), read_only=True)
    found = search(client, Wanted(DAY, users=("alice", "bob")))
    assert sorted(row["user"] for row in found.deliveries) == ["alice", "bob"]
    assert script.functions == ["batch"]


def test_one_record_typed():
    row = delivery(
        {
            "type": "rejected",
            "user": "unknown",
            "domain": "*unknown*",
            "sender": "",
            "recipient": "b@x.org",
            "size": "1653",
            "spamscore": "4.5",
            "msgid": "1w",
            "message": "unknown",
            "sendunixtime": "1769851800",
            "actionunixtime": 0,
            "transport_is_remote": "1",
            "ip": None,
        }
    )
    assert (row["user"], row["domain"], row["sender"], row["ip"], row["host"]) == (None,) * 5
    assert (row["outcome"], row["type"], row["message"]) == ("failure", "rejected", "unknown")
    assert (row["size"], row["spam_score"], row["remote"]) == (1653, 4.5, True)
    assert (row["sent_at"], row["sent_at_epoch"]) == ("2026-01-31T09:30:00Z", 1769851800)
    assert (row["attempted_at"], row["attempted_at_epoch"]) == (None, None)
    assert delivery({})["size"] is None
