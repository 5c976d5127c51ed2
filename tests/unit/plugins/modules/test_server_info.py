# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.registry import HANDLERS

ROLES = {"DNS": True, "MailReceive": True, "MailSend": True, "SpamFilter": True}


def server(result: dict[str, Any]) -> dict[str, Any]:
    assert "failed" not in result
    assert result["changed"] is False
    return dict(result["server"])


@pytest.mark.parametrize("check_mode", [False, True])
def test_one_batch_tells_all(run: Any, box: Any, check_mode: bool) -> None:
    found = server(run("server_info", check_mode))
    assert (found["version"], found["hostname"], found["roles"]) == ("11.138.0.6", "whm1.example.com", ROLES)
    assert found["functions"] == sorted(HANDLERS)
    assert found["privileges"]["all"] is True
    assert found["unavailable"] == {}
    assert box.log.functions() == ["batch"]
    assert not box.log.writes()


@pytest.mark.parametrize("quirk", ["version_legacy", "string_results", "string_numbers", "translated"])
def test_servers_that_differ_read_the_same(run: Any, box: Any, quirk: str) -> None:
    plain = server(run("server_info"))
    box.quirks.add(quirk)
    assert server(run("server_info")) == plain


def test_a_role_that_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["MailSend"]})
    assert server(run("server_info"))["roles"] == {**ROLES, "MailSend": False}


def test_an_old_server_gives_what_it_has(run: Any, box: Any) -> None:
    """One unknown function makes the server refuse the whole batch; then each is asked for by itself."""
    box.patch({"missing_functions": ["is_role_enabled", "gethostname"]})
    found = server(run("server_info"))
    assert found["version"] == "11.138.0.6"
    assert found["hostname"] is None
    assert found["roles"] == dict.fromkeys(ROLES)
    assert set(found["unavailable"]) == {"gethostname", *(f"is_role_enabled {role}" for role in ROLES)}
    assert "Unknown app" in found["unavailable"]["gethostname"]
    assert box.log.functions()[0] == "batch"
    assert len(box.log) == 11


def test_a_reseller_and_its_privileges(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    privileges = server(run_https("server_info", **login))["privileges"]
    granted = {name for name, value in privileges.items() if value}
    assert granted == {"list-accts", "acct-summary", "suspend-acct", "cpanel-api", "track-email"}
    assert set(map(type, privileges.values())) == {bool}
    assert list(privileges) == sorted(privileges)


@pytest.mark.parametrize(
    ("fault", "kind", "requests"), [("forbidden", "authentication", 1), ("login_page", "unexpected_answer", 2)]
)
def test_a_server_that_cannot_be_used_fails(run_https: Any, box: Any, fault: str, kind: str, requests: int) -> None:
    box.faults.add(Fault(fault, times=0))
    result = run_https("server_info")
    assert result["failed"]
    assert "server" not in result
    assert result["error"]["kind"] == kind
    assert len(box.log) == requests


def test_one_answer_that_makes_no_sense_does_not_sink_the_others(run_https: Any, box: Any) -> None:
    box.patch({"missing_functions": ["myprivs"]})
    box.faults.add(Fault("login_page", function="applist", times=0))
    found = server(run_https("server_info"))
    assert (found["version"], found["functions"]) == ("11.138.0.6", [])
    assert set(found["unavailable"]) == {"applist", "myprivs"}


def test_a_wrong_token_is_tried_once(run_https: Any, box: Any) -> None:
    result = run_https("server_info", api_token="WRONG")
    assert result["error"]["kind"] == "authentication"
    assert result["error"]["http_status"] == 403
    assert len(box.log) == 1
    assert "WRONG" not in str(result)
