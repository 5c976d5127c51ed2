# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator.handlers_sni import ALWAYS

OLD = {"version": "11.58.0.4", "mail_sni": {"enabled": ["bob.example.com"]}}


def test_only_support(run: Any, box: Any) -> None:
    assert run("mail_sni_info") == {"changed": False, "supported": True, "domains": []}
    box.patch({"mail_sni": {"supported": False}})
    assert run("mail_sni_info")["supported"] is False
    assert box.log.functions() == ["is_sni_supported"] * 2


def test_today_the_warning_comes_once(run: Any) -> None:
    result = run("mail_sni_info", domains=["alice.example.com", "bob.example.com"])
    assert result["domains"] == [
        {"domain": "alice.example.com", "enabled": True},
        {"domain": "bob.example.com", "enabled": True},
    ]
    assert [text for text in result["warnings"] if ALWAYS in text] == result["warnings"]
    assert len(result["warnings"]) == 1


def test_an_old_server(run: Any, box: Any) -> None:
    box.patch(OLD)
    result = run("mail_sni_info", domains=["Bob.example.com.", "alice.example.com", "bob.example.com"])
    assert result["domains"] == [
        {"domain": "bob.example.com", "enabled": True},
        {"domain": "alice.example.com", "enabled": False},
    ]
    assert "warnings" not in result


@pytest.mark.parametrize("quirk", ["string_numbers", "string_results", "translated", "batch_drops", "batch_stops"])
def test_servers_that_differ_read_the_same(run_https: Any, box: Any, quirk: str) -> None:
    box.patch(OLD)
    options = {"domains": ["bob.example.com", "alice.example.com"]}
    plain = run_https("mail_sni_info", **options)
    box.quirks.add(quirk)
    assert run_https("mail_sni_info", **options) == plain


def test_a_refused_domain_fails_and_the_rest_is_returned(run: Any) -> None:
    result = run("mail_sni_info", domains=["x.example", "alice.example.com"])
    assert result["failed"]
    assert result["domains"][0]["error"] == result["error"]
    assert result["domains"][1] == {"domain": "alice.example.com", "enabled": True}
    assert "1 of 2 domains failed" in result["msg"]
    assert "enabled" not in result["domains"][0]


def test_a_domain_that_is_none(run_https: Any, box: Any) -> None:
    result = run_https("mail_sni_info", domains=["a@example.com"])
    assert result["error"]["kind"] == "invalid_input"
    assert len(box.log) == 0


def test_a_server_without_the_function(run: Any, box: Any) -> None:
    box.patch({"missing_functions": ["is_sni_supported"]})
    result = run("mail_sni_info")
    assert result["error"]["kind"] == "unsupported"
    assert "is_sni_supported" in result["msg"]
