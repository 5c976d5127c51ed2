# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer
from ansible_collections.whm.mail.plugins.modules import greylisting_info
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, ok, scripted
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by

NEW = "autotrust_new_common_mail_providers"
SERVER = {
    "enabled": False, "exim_enabled": True, "child_timeout_secs": 5, "initial_block_time_mins": 10, "max_child_procs": 5,
    "must_try_time_mins": 240, "purge_interval_mins": 60, "record_exp_time_mins": 4320, "spf_bypass": True, NEW: True,
}  # fmt: skip


def test_what_there_is(run: Any, box: Any) -> None:
    box.patch(
        {"greylisting": {"hosts": [{"host": "2001:DB8::1"}, {"host": "192.0.2.0-192.0.2.255", "comment": "partner"}]}}
    )
    found = run("greylisting_info")
    assert found["greylisting"] == SERVER
    created = {"created": "2015-03-24T10:22:38Z", "created_epoch": 1427192558}
    assert found["hosts"] == [
        {"host": "192.0.2.0/24", "listed": "192.0.2.0-192.0.2.255", "comment": "partner", "trusted": True, **created},
        {"host": "2001:db8::1", "listed": "2001:DB8::1", "comment": "", "trusted": True, **created},
    ]
    google = {"provider": "google", "display_name": "Google", "trusted": True, "autotrust": True}
    assert by("provider", found["providers"])["google"] == google
    assert found["netblocks"] == [{"netblock": "192.0.2.0/24", "trusted": False}]
    assert not {"deferred", "truncated"} & set(found)
    assert len(box.log) == 1


@pytest.mark.parametrize("quirk", ["string_numbers", "string_results", "translated", "greylist_networks"])
def test_servers_that_differ_read_the_same(run_https: Any, box: Any, quirk: str) -> None:
    box.patch({"greylisting": {"hosts": [{"host": "192.0.2.0-192.0.2.2", "comment": "7"}], "deferred": 3}})
    everything = {"deferred": True, "provider_hosts": True}
    plain = run_https("greylisting_info", **everything)
    box.quirks.add(quirk)
    found = run_https("greylisting_info", **everything)
    assert {**found, "warnings": None} == {**plain, "warnings": None}


def test_the_hosts_of_providers(run: Any, box: Any) -> None:
    found = run("greylisting_info", provider_hosts=True)
    rows = by("provider", found["providers"])
    assert rows["google"]["hosts"] == [
        {"host": "198.51.100.0/24", "listed": "198.51.100.0-198.51.100.255", "trusted": True},
        {"host": "2001:db8:1::/48", "listed": "2001:db8:1::/48", "trusted": True},
    ]
    assert len(box.log) == 2


def test_a_provider_whose_hosts_are_not_told(run: Any, box: Any) -> None:
    box.patch({"greylisting": {"providers": {"google": {"fails": "Unknown mail provider: google"}}}})
    found = run("greylisting_info", provider_hosts=True)
    rows = by("provider", found["providers"])
    assert found["failed"]
    assert rows["google"]["error"]["kind"] == "refusal"
    assert rows["sectigo"]["hosts"] == [{"host": "203.0.113.7", "listed": "203.0.113.7", "trusted": True}]


def test_what_is_deferred(run: Any, box: Any) -> None:
    box.patch({"greylisting": {"deferred": 2}})
    found = run("greylisting_info", deferred=True)
    assert found["truncated"] is False
    assert [row["id"] for row in found["deferred"]] == [1, 2]
    assert found["deferred"][0] == {
        "id": 1, "sender_ip": "192.0.2.29", "sender": "from1@example.net", "recipient": "info@example.com",
        "deferred_count": 1, "accepted_count": 0,
        "created": "2015-03-23T12:00:32Z", "created_epoch": 1427112032,
        "blocked_until": "2015-03-23T12:10:32Z", "blocked_until_epoch": 1427112632,
        "retry_by": "2015-03-23T16:00:32Z", "retry_by_epoch": 1427126432,
        "expires": "2015-03-26T12:00:32Z", "expires_epoch": 1427371232,
    }  # fmt: skip


def test_nothing_is_deferred(run_https: Any) -> None:
    found = run_https("greylisting_info", deferred=True)
    assert (found["deferred"], found["truncated"]) == ([], False)


def test_thousands_come_in_pages(run_https: Any, box: Any) -> None:
    box.patch({"greylisting": {"deferred": 2500}})
    found = run_https("greylisting_info", deferred=True)
    assert [row["id"] for row in found["deferred"]] == list(range(1, 2501))
    assert found["truncated"] is False
    assert len(box.log) == 3


def test_what_the_server_keeps_back_is_told(run: Any, box: Any) -> None:
    box.patch({"greylisting": {"deferred": 30}})
    box.quirks.add("greylist_page")
    found = run("greylisting_info", deferred=True)
    assert len(found["deferred"]) == 20
    assert found["truncated"] is True
    (warning,) = found["warnings"]
    assert "returned 20 rows of 30" in warning


def test_a_server_that_is_too_old(run: Any, box: Any) -> None:
    box.patch({"missing_functions": ["cpgreylist_load_common_mail_providers_config"]})
    assert run("greylisting_info")["error"]["kind"] == "unsupported"


GOOD: list[Any] = [
    {"is_enabled": 1, "is_exim_enabled": 1},
    {"cpgreylist_config": {}},
    {NEW: 1, "common_mail_providers": {}},
    {"greylist_trusted_hosts": []},
    {"ip_blocks": {}},
]


@pytest.mark.parametrize(
    ("place", "data"),
    [(1, {}), (1, {"cpgreylist_config": []}), (2, {}), (2, {"common_mail_providers": {"google": 1}}), (3, {}),
     (3, {"greylist_trusted_hosts": [{"comment": "x"}]}), (4, {"ip_blocks": "10.0.0.0"}), (4, {})],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_is_no_empty_list(place: int, data: Any) -> None:
    answers = [*GOOD[:place], data, *GOOD[place + 1 :]]
    client, _script, _pauses = scripted(batch(*map(ok, answers)))
    with pytest.raises(UnexpectedAnswer):
        greylisting_info.read(client, {"deferred": False, "provider_hosts": False})


def test_empty_maps_that_are_lists() -> None:
    answers = [*GOOD[:2], {NEW: 1, "common_mail_providers": []}, GOOD[3], {"ip_blocks": []}]
    client, _script, _pauses = scripted(batch(*map(ok, answers)))
    found = greylisting_info.read(client, {"deferred": False, "provider_hosts": True})
    assert (found["providers"], found["netblocks"]) == ([], [])


def test_hosts_of_a_provider_as_the_reference_says_and_as_it_shows() -> None:
    """An object, or a list of these."""
    row = {"host_ip": "192.0.2.1", "is_trusted": 1}
    providers = {key: {"autoupdate": 1, "is_trusted": 1} for key in ("a", "b", "c")}
    answers = [*GOOD[:2], {NEW: 1, "common_mail_providers": providers}, *GOOD[3:]]
    entries = {"providers": {"a": {"ips": row}, "b": {"ips": [row]}, "c": {}}}
    client, _script, _pauses = scripted(batch(*map(ok, answers)), ok(entries))
    rows = by("provider", greylisting_info.read(client, {"deferred": False, "provider_hosts": True})["providers"])
    assert rows["a"]["hosts"] == rows["b"]["hosts"] == [{"host": "192.0.2.1", "listed": "192.0.2.1", "trusted": True}]
    assert isinstance(rows["c"]["error"], UnexpectedAnswer)
