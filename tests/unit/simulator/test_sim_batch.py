# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""batch (BEHAVIOUR C)."""

from __future__ import annotations

import pytest


def outcomes(body):
    return [element["metadata"]["result"] for element in body["data"]["result"]]


def test_order_and_partial_failure(ask):
    commands = ["gethostname", "hold_outgoing_email?user=nope", "hold_outgoing_email?user=alice"]
    body = ask("batch", {"command": commands})
    assert body["metadata"]["result"] == 1
    assert outcomes(body) == [1, 0, 1]
    assert body["data"]["result"][0]["data"] == {"hostname": "whm1.example.com"}


def test_numbered_commands_run_by_number(ask):
    params = {"command-10": "version", "command-2": "gethostname", "command": "applist"}
    names = [element["metadata"]["command"] for element in ask("batch", params)["data"]["result"]]
    assert names == ["applist", "gethostname", "version"]


def test_values_are_decoded_twice_in_all(ask):
    # What is left after the form decoding is encoded once more.
    command = "set_user_email_forward_destination?user=alice&forward_to=a%2Bb%40example.org"
    ask("batch", {"command": [command]})
    found = ask("get_user_email_forward_destination", {"user": "alice"})
    assert found["data"]["forward_to"] == ["a+b@example.org"]


@pytest.mark.parametrize("bad", ["no_such_function", "batch"])
def test_nothing_runs_when_one_command_is_not_allowed(ask, server, bad):
    body = ask("batch", {"command": ["hold_outgoing_email?user=alice", bad]})
    assert body["metadata"]["result"] == 0
    assert "data" not in body
    assert server.accounts["alice"].hold is None


def test_an_old_server_refuses_the_whole_batch(ask, server):
    server.quirks.add("no_status_list")
    body = ask("batch", {"command": ["version", "get_mailbox_status_list?account=alice"]})
    assert body["metadata"]["result"] == 0
    assert "Unknown app" in body["metadata"]["reason"]


BAD_FIRST = ["hold_outgoing_email?user=nope", "hold_outgoing_email?user=alice"]


def test_abort_on_error(ask, server):
    assert outcomes(ask("batch", {"command": BAD_FIRST, "abort_on_error": 1})) == [0]
    assert server.accounts["alice"].hold is None


@pytest.mark.parametrize("value", ["0", "true"])
def test_only_1_is_true(ask, value):
    assert outcomes(ask("batch", {"command": BAD_FIRST, "abort_on_error": value})) == [0, 1]


def test_abort_ignored(ask, server):
    server.quirks.add("abort_ignored")
    assert outcomes(ask("batch", {"command": BAD_FIRST, "abort_on_error": 1})) == [0, 1]


def test_batch_drops_elements_it_executed(ask, server):
    server.quirks.add("batch_drops")
    body = ask("batch", {"command": [f"hold_outgoing_email?user={user}" for user in ("alice", "carol", "dave")]})
    assert len(body["data"]["result"]) == 2
    assert all(server.accounts[user].hold for user in ("alice", "carol", "dave"))


def test_batch_stops_half_way(ask, server):
    server.quirks.add("batch_stops")
    body = ask("batch", {"command": [f"hold_outgoing_email?user={user}" for user in ("alice", "carol", "dave", "bo")]})
    assert len(body["data"]["result"]) == 2
    assert [bool(server.accounts[user].hold) for user in ("alice", "carol", "dave", "bo")] == [True, True, False, False]
