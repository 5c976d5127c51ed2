# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold and suspension of outgoing mail: two places of truth, and the prefix hazard (BEHAVIOUR E)."""

from __future__ import annotations

import pytest

NOW = 1_800_000_000


def flags(ask, user):
    account = ask("accountsummary", {"user": user})["data"]["acct"][0]
    return account["outgoing_mail_hold"], account["outgoing_mail_suspended"]


def test_hold_and_suspension_are_independent(ask, server):
    ask("hold_outgoing_email", {"user": "alice"})
    ask("suspend_outgoing_email", {"user": "alice"})
    assert flags(ask, "alice") == (1, 1)
    assert "alice" in server.hold_list
    assert "alice" in server.suspended_list
    ask("release_outgoing_email", {"user": "alice"})
    assert flags(ask, "alice") == (0, 1)
    ask("unsuspend_outgoing_email", {"user": "alice"})
    assert flags(ask, "alice") == (0, 0)
    assert "alice" not in server.suspended_list


def test_repeating_is_ok_and_rewrites_the_time(ask, server):
    for now in (NOW, NOW + 60):
        assert ask("hold_outgoing_email", {"user": "alice"}, now=now)["metadata"]["reason"] == "OK"
        assert server.accounts["alice"].hold == now
    assert list(server.hold_list).count("alice") == 1
    assert ask("release_outgoing_email", {"user": "carol"})["metadata"]["result"] == 1


def test_account_suspension_is_a_third_state(ask):
    assert flags(ask, "erin") == (0, 0)
    assert ask("accountsummary", {"user": "erin"})["data"]["acct"][0]["suspended"] == 1


def test_the_prefix_hazard_takes_more_lines_than_asked(ask, server):
    server.hold_list.add("bob@bob.example.com")
    ask("release_outgoing_email", {"user": "bob"})
    assert "bobby" not in server.hold_list
    assert "bob@bob.example.com" not in server.hold_list
    # The victim's own file, and so listaccts, still says held.
    assert flags(ask, "bobby") == (1, 0)
    ask("hold_outgoing_email", {"user": "bobby"})
    assert "bobby" in server.hold_list


def test_without_the_prefix_hazard_only_the_name_goes(ask, server):
    server.quirks.remove("prefix_hazard")
    ask("release_outgoing_email", {"user": "bob"})
    assert "bob" not in server.hold_list
    assert "bobby" in server.hold_list


def test_a_list_that_cannot_be_written_goes_unmentioned(ask, server):
    server.quirks.add("list_write_fails")
    assert ask("hold_outgoing_email", {"user": "alice"})["metadata"]["result"] == 1
    assert flags(ask, "alice") == (1, 0)
    assert "alice" not in server.hold_list


@pytest.mark.parametrize(
    ("options", "held"),
    [({}, 0), ({"users": ["alice"]}, 0), ({"users": ["bob"]}, 1), ({"functions": ["release_outgoing_email"]}, 1)],
)
def test_silent_noop(ask, server, options, held):
    server.quirks.add("silent_noop", **options)
    assert ask("hold_outgoing_email", {"user": "alice"})["metadata"]["result"] == 1
    assert flags(ask, "alice") == (held, 0)


def test_a_silent_noop_still_checks_its_parameters(ask, server):
    server.quirks.add("silent_noop")
    assert ask("hold_outgoing_email", {"user": "nope"})["metadata"]["result"] == 0


def test_late_effect(ask, server):
    server.quirks.add("late_effect", seconds=5)
    ask("hold_outgoing_email", {"user": "alice"}, now=NOW)
    early = ask("accountsummary", {"user": "alice"}, now=NOW + 4)["data"]["acct"][0]
    late = ask("accountsummary", {"user": "alice"}, now=NOW + 5)["data"]["acct"][0]
    assert (early["outgoing_mail_hold"], late["outgoing_mail_hold"]) == (0, 1)


def uapi(ask, user, function, **params):
    call = {"cpanel.user": user, "cpanel.module": "Email", "cpanel.function": function, **params}
    return ask("uapi_cpanel", call)


def test_mailboxes_share_the_lists(ask, server):
    address = "info@alice.example.com"
    assert uapi(ask, "alice", "hold_outgoing", email=address)["data"]["uapi"]["status"] == 1
    assert address in server.hold_list
    assert flags(ask, "alice") == (0, 0)
    found = uapi(ask, "alice", "list_pops_with_disk", get_restrictions=1, email="info")["data"]["uapi"]["data"]
    assert [(box["email"], box["hold_outgoing"]) for box in found] == [(address, 1)]
    # Releasing the account "info…" would not matter, releasing a longer-named address does not touch it either.
    uapi(ask, "alice", "release_outgoing", email="sales+eu@alice.example.com")
    assert address in server.hold_list


@pytest.mark.parametrize(
    ("function", "field", "data"),
    [
        ("suspend_outgoing", "suspended_outgoing", 1),
        ("suspend_login", "suspended_login", None),
        ("suspend_incoming", "suspended_incoming", None),
    ],
)
def test_mailbox_restrictions(ask, function, field, data):
    def read():
        found = uapi(ask, "alice", "list_pops_with_disk", get_restrictions=1, email="info")
        return found["data"]["uapi"]["data"][0][field]

    allowed = None if function == "suspend_login" else 0
    assert read() == allowed
    assert uapi(ask, "alice", function, email="info@alice.example.com")["data"]["uapi"]["data"] == data
    assert read() == 1
    uapi(ask, "alice", f"un{function}", email="info@alice.example.com")
    assert read() == allowed


def test_sizes_and_quotas_of_mailboxes_are_quoted_decimals(ask, server):
    def row():
        found = uapi(ask, "alice", "list_pops_with_disk", email="info")["data"]["uapi"]["data"][0]
        return [found[name] for name in ("_diskquota", "_diskused", "diskquota", "diskused")]

    box = server.accounts["alice"].mailboxes["info@alice.example.com"]
    used = str(sum(folder.vsize for folder in box.folders.values()))
    box.quota = 0
    assert row() == [0, used, "unlimited", f"{int(used) / 2**20:.2f}"]
    box.quota = 5120 * 2**20
    assert row()[::2] == [str(5120 * 2**20), "5120.00"]
    server.quirks.add("reference_types")
    assert row() == [5120 * 2**20, int(used), 5120, int(used) // 2**20]


def test_held_messages(ask):
    address = "sales+eu@alice.example.com"
    assert uapi(ask, "alice", "get_held_message_count", email=address)["data"]["uapi"]["data"] == 3
    assert uapi(ask, "alice", "delete_held_messages", email=address)["data"]["uapi"]["data"] == 3
    assert uapi(ask, "alice", "delete_held_messages", email=address)["data"]["uapi"]["data"] == 0


def test_an_inner_failure_leaves_the_outer_result_alone(ask):
    body = uapi(ask, "alice", "hold_outgoing", email="nope@alice.example.com")
    assert body["metadata"]["result"] == 1
    assert body["data"]["uapi"]["status"] == 0
    assert body["data"]["uapi"]["errors"]
    assert uapi(ask, "nope", "list_pops")["metadata"]["result"] == 0
