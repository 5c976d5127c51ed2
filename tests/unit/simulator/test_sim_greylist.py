# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Greylisting: the traps of the reference, and what is a guess."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator import loading

NEW = "autotrust_new_common_mail_providers"


@pytest.fixture
def greylist(server):
    return server.areas["greylisting"]


def test_the_switch(ask, greylist):
    assert ask("cpgreylist_status")["data"] == {"is_enabled": 0, "is_exim_enabled": 1, "service": "cPGreyList"}
    for _time in range(2):
        assert "data" not in ask("enable_cpgreylist")
    assert ask("cpgreylist_status")["data"]["is_enabled"] == 1
    assert ask("load_cpgreylist_config")["data"]["cpgreylist_config"]["is_enabled"] == 1
    ask("disable_cpgreylist")
    assert not greylist.enabled


def test_some_settings_leave_the_others_alone(ask, greylist):
    before = dict(greylist.config)
    data = ask("save_cpgreylist_config", {"initial_block_time_mins": 5, "spf_bypass": 0})["data"]
    assert greylist.config == {**before, "initial_block_time_mins": 5, "spf_bypass": 0}
    assert data["cpgreylist_config"] == {**greylist.config, "is_enabled": 0, "is_exim_enabled": 1}


def test_a_server_that_resets_the_others(ask, server, greylist):
    server.quirks.add("greylist_full_setter")
    before = dict(greylist.config)
    ask("save_cpgreylist_config", {"initial_block_time_mins": 5})
    ask("save_cpgreylist_config", {"max_child_procs": 9})
    assert greylist.config == {**before, "max_child_procs": 9}


@pytest.mark.parametrize(
    "given",
    [{}, {"initial_block_time_mins": 241}, {"max_child_procs": 0}, {"spf_bypass": 2}, {"purge_interval_mins": "x"}],
)
def test_settings_that_are_refused(ask, greylist, given):
    before = dict(greylist.config)
    assert ask("save_cpgreylist_config", given)["metadata"]["result"] == 0
    assert greylist.config == before


def test_hosts_come_and_go(ask, greylist):
    data = ask("create_cpgreylist_trusted_host", {"ip": ["192.0.2.1", "192.168", "192.0.2.1"], "comment": "partner"})[
        "data"
    ]
    assert [row["host_ip"] for row in data["ips_added"]] == ["192.0.2.1"]
    assert data["ips_failed"] == {"comment": "Sorry, 192.168 is not a valid IP address."}
    (row,) = ask("read_cpgreylist_trusted_hosts")["data"]["greylist_trusted_hosts"]
    assert row == {"comment": "partner", "create_time": "2027-01-15T08:00:00.000Z", "host_ip": "192.0.2.1", "id": 1}
    data = ask("delete_cpgreylist_trusted_host", {"ip": ["192.0.2.1", "192.0.2.1/32", "5.5"]})["data"]
    assert data["ips_removed"] == ["192.0.2.1"]
    assert data["ips_failed"]["5.5"] == 'Invalid IP address or range: "5.5"'
    assert "192.0.2.1/32" in data["ips_failed"], "only the very spelling that is listed"
    assert greylist.hosts == []


def test_networks_are_no_ranges_to_the_function_that_adds(ask, greylist):
    data = ask("create_cpgreylist_trusted_host", {"ip": ["192.0.2.0/24", "192.0.2.0-192.0.2.255"]})["data"]
    assert data["ips_failed"]
    assert [row["host_ip"] for row in greylist.hosts] == ["192.0.2.0-192.0.2.255"]


def test_hosts_on_servers_that_differ(ask, server, greylist):
    server.quirks.update(["greylist_host_again", "greylist_failed_map", "greylist_networks"])
    asked = {"ip": ["192.0.2.0-192.0.2.255", "192.168", "192.0.2.0-192.0.2.255"]}
    data = ask("create_cpgreylist_trusted_host", asked)["data"]
    assert data["ips_failed"] == {"192.168": "Sorry, 192.168 is not a valid IP address."}
    rows = ask("read_cpgreylist_trusted_hosts")["data"]["greylist_trusted_hosts"]
    assert [row["host_ip"] for row in rows] == ["192.0.2.0/24", "192.0.2.0/24"]
    assert ask("delete_cpgreylist_trusted_host", {"ip": "192.0.2.0/24"})["data"]["ips_removed"] == ["192.0.2.0/24"]
    assert greylist.hosts == []


def test_what_is_not_given_switches_new_providers_on(ask, greylist):
    ask("cpgreylist_save_common_mail_providers_config", {NEW: 0})
    assert not greylist.new_providers
    data = ask("cpgreylist_save_common_mail_providers_config", {"google": 0, "nosuch": 0})["data"]
    assert data[NEW] == 1, "the reference says that it is 1 where it is not given"
    assert data["common_mail_providers"]["google"] == {"autoupdate": 0, "display_name": "Google", "is_trusted": 1}
    assert data["common_mail_providers"]["cpanel"]["autoupdate"] == 1
    assert "nosuch" not in data["common_mail_providers"]


@pytest.mark.parametrize("swapped", [True, False])
def test_the_maps_about_providers(ask, server, greylist, swapped):
    if not swapped:
        server.quirks.add("greylist_maps")
    data = ask("cpgreylist_untrust_entries_for_common_mail_provider", {"provider": ["google", "nosuch"]})["data"]
    done, failed = {"google": {"ips_untrusted": 2}}, {"nosuch": "Unknown mail provider: nosuch"}
    names = ("providers_failed", "providers_untrusted")[:: 1 if swapped else -1]
    assert data == dict(zip(names, (done, failed), strict=True))
    assert not greylist.providers["google"].trusted
    data = ask("cpgreylist_trust_entries_for_common_mail_provider", {"provider": ["google", "nosuch"]})["data"]
    assert data == {"providers_trusted": {"google": {"ips_trusted": 2}}, "providers_failed": failed}
    assert greylist.providers["google"].trusted


def test_the_hosts_of_providers(ask):
    data = ask("cpgreylist_list_entries_for_common_mail_provider", {"provider": ["sectigo", "nosuch"]})["data"]
    (row,) = data["providers"]["sectigo"]["ips"]
    assert (row["host_ip"], row["is_trusted"]) == ("203.0.113.7", 1)
    assert data["providers_failed"] == {"nosuch": "Unknown mail provider: nosuch"}


def test_what_is_deferred(ask, server):
    loading.patch(server, {"greylisting": {"deferred": 30}})
    data = ask("read_cpgreylist_deferred_entries")["data"]
    assert (len(data["greylist_deferred_entries"]), data["total_rows"], data["limit"]) == (30, 30, 30)
    server.quirks.add("greylist_page")
    chunk = {"api.chunk.enable": 1, "api.chunk.start": 21, "api.chunk.size": 20}
    data = ask("read_cpgreylist_deferred_entries", chunk)["data"]
    assert [row["id"] for row in data["greylist_deferred_entries"]] == list(range(1, 21))
    assert data["total_rows"] == 30


def test_the_state_file(server):
    with pytest.raises(ValueError, match="unknown keys: host"):
        loading.patch(server, {"greylisting": {"host": []}})
    with pytest.raises(ValueError, match="has no colour"):
        loading.patch(server, {"greylisting": {"providers": {"google": {"colour": "red"}}}})
    loading.patch(server, {"greylisting": {"providers": {"google": None}, "netblocks": {"10.0.0.0-10.0.0.255": 1}}})
    assert "google" not in server.areas["greylisting"].providers
    assert server.areas["greylisting"].netblocks == {"10.0.0.0-10.0.0.255": 1}
