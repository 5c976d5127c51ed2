# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mail queue (BEHAVIOUR E)."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator import exim_real, loading
from ansible_collections.whm.mail.tests.simulator.exim_engine import Rules, message_id, moment_of, shown_size


def test_an_id_is_made_from_the_time():
    """The example of the reference: 1UotX3-0002HX-Lr was queued at 1371552781."""
    assert message_id(1371552781, 1).startswith("1UotX3-")


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0"), (746, "746"), (1023, "1023"), (1024, 1024), (1500, 1536), (14336, 14336), (14900, 15360),
     (1024 * 1024, 1048576), (3 * 1024 * 1024 + 1000, 3145728)],
)  # fmt: skip
def test_sizes_are_rounded_and_small_ones_are_texts(size, shown):
    assert shown_size(size) == shown


def test_a_record(ask, server):
    loading.patch(
        server, {"exim": {"queue": [{"time": 1371552781, "sender": "info@alice.example.com", "size": 14336}]}}
    )
    assert ask("fetch_mail_queue")["data"]["records"] == [
        {
            "msgid": "1UotX3-000001-01",
            "sender": "info@alice.example.com",
            "recipients": ["someone@example.org"],
            "size": 14336,
            "time": 1371552781,
            "frozen": 0,
            "user": "alice",
        }
    ]


def test_ids_of_both_lengths(ask, server):
    """16 characters before Exim 4.97, 23 since."""
    queue = [{"time": 1371552781 + number, "sender": "info@alice.example.com"} for number in (0, 1)]
    loading.patch(
        server, {"exim": {"long_ids": True, "queue": [*queue, {"time": 1371552790, "msgid": "1UotX4-0002HX-Lr"}]}}
    )
    records = ask("fetch_mail_queue")["data"]["records"]
    assert [record["msgid"] for record in records] == [
        "1UotX3-00000000001-0001",
        "1UotX4-00000000002-0002",
        "1UotX4-0002HX-Lr",
    ]
    assert [moment_of(record["msgid"]) for record in records][:2] == [1371552781, 1371552782]
    assert server.areas["exim"].engine.submit("info@alice.example.com", ["a@b.example"], b"x", Rules()).count("-") == 2


@pytest.mark.parametrize("msgid", ["1UotX3-0002HX-Lr", "1UotX3-00000002HX0-00Lr"])
def test_exims_own_listing_may_hold_both(msgid):
    listing = f" 25m  2.9K {msgid} <ann@example.net> *** frozen ***\n          joe@example.org\n\n"
    (entry,) = exim_real._ENTRY.finditer(listing)
    assert (entry["msgid"], entry["sender"], bool(entry["frozen"])) == (msgid, "ann@example.net", True)


def test_bounces_have_an_empty_sender_and_no_user(ask, server):
    loading.patch(server, {"exim": {"queue": [{"age": 60, "sender": "", "frozen": True}]}})
    record = ask("fetch_mail_queue")["data"]["records"][0]
    assert (record["sender"], record["user"], record["frozen"]) == ("", None, 1)


def test_a_failure_carries_an_empty_list(ask, server):
    loading.patch(server, {"exim": {"gone": True}})
    body = ask("fetch_mail_queue")
    assert body["metadata"]["result"] == 0
    assert body["metadata"]["reason"] == "Failed to launch exim to interrogate message queue"
    assert body["data"] == {"records": []}


def test_filters_only_trim_the_answer(ask):
    whole = ask("fetch_mail_queue")["data"]["records"]
    few = ask("fetch_mail_queue", {"api.chunk.enable": 1, "api.chunk.size": 2})["data"]["records"]
    assert few == whole[:2]


def test_the_generator(ask, server):
    loading.patch(server, {"exim": {"queue": {"generate": {"messages": 200, "frozen_every": 10, "bounce_every": 7}}}})
    records = ask("fetch_mail_queue")["data"]["records"]
    assert len({record["msgid"] for record in records}) == 200
    assert sum(record["frozen"] for record in records) == 20
    assert sum(not record["sender"] for record in records) == 29
    assert {type(record["size"]) for record in records} == {int, str}


def test_the_role(ask, server):
    server.disabled_roles = {"MailSend"}
    assert "MailSend" in ask("fetch_mail_queue")["metadata"]["reason"]
