# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exim's configuration (BEHAVIOUR E; shapes from the reference)."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator import loading
from ansible_collections.whm.mail.tests.simulator.exim_engine import GOOD_CONFIG, MemoryExim

BROKEN = GOOD_CONFIG.replace("primary_hostname =", "primary hostname")


@pytest.mark.parametrize(
    ("text", "section", "line"),
    [
        (GOOD_CONFIG, None, None),
        ("", None, None),
        ("# only a comment\n\n", None, None),
        ("split_spool_directory\nno_message_logs\n", None, None),
        ("domainlist a = one : \\\n two three\n", None, None),
        ("hide mysql_servers = x\nMACRO = y\nhostlist relays = 127.0.0.1\n", None, None),
        (BROKEN, None, 2),
        ("RAW_CONFIGURATION_TEXT\n", None, 1),
        ("begin nowhere\n", None, 1),
        ("check:\n  accept hosts = *\n", "acl", None),
        ("check:\n  accapt hosts : *\n", "acl", 2),
        ("lookuphost:\n  driver = dnslookup\n  transport = out\n", "routers", None),
        ("* * F,2h,15m\n", "retry", None),
        ("x = y\n", "nowhere", 1),
    ],
)
def test_the_rules_of_the_engine(text, section, line):
    verdict = MemoryExim().check(text, section)
    assert verdict.line == line
    assert (verdict.error is None) is (line is None)


def test_a_valid_text_comes_with_capabilities(ask):
    body = ask("validate_exim_configuration_syntax", {"cfg_text": GOOD_CONFIG})
    assert set(body["data"]) == {"exim_caps"}
    assert body["data"]["exim_caps"]["directives"]["accept_8bitmime"] == 1
    assert body["metadata"]["output"] == {"raw": "Configuration file is valid\n"}


def test_an_invalid_text_is_result_1(ask):
    body = ask("validate_exim_configuration_syntax", {"cfg_text": "A = b\nRAW_TEXT <here>\n"})
    assert body["metadata"]["result"] == 1
    assert body["data"]["error_line"] == 2
    assert body["data"]["broken_cfg_text"] == "==>RAW_TEXT <here><==\n"
    assert body["data"]["broken_cfg_html"] == "<b>RAW_TEXT &lt;here&gt;</b>\n"
    assert "malformed macro definition" in body["data"]["error_msg"]
    assert body["metadata"]["output"]["raw"].startswith("Exim configuration error in line 2")


def test_the_flat_variant(ask, server):
    server.quirks.add("exim_flat")
    body = ask("validate_exim_configuration_syntax", {"cfg_text": "X Y\n"})
    assert set(body) == {"command", "data", "output", "reason", "result", "version"}


def test_without_a_text_the_installed_configuration_is_judged(ask, server):
    assert "exim_caps" in ask("validate_exim_configuration_syntax")["data"]
    loading.patch(server, {"exim": {"config": BROKEN}})
    assert ask("validate_exim_configuration_syntax")["data"]["error_line"] == 2


def test_the_installed_configuration(ask, server):
    body = ask("validate_current_installed_exim_config")
    assert body["metadata"]["reason"] == "Your configuration is currently valid."
    assert body["data"]["message"].startswith("<pre>Doing Dry Run\nDry Run ok\n")
    loading.patch(server, {"exim": {"config": BROKEN}})
    body = ask("validate_current_installed_exim_config")
    assert body["metadata"]["result"] == 1
    assert body["metadata"]["reason"] == "Your configuration is currently invalid."
    assert "&quot;primary&quot; unknown" in body["data"]["message"]
    server.quirks.add("exim_invalid_fails")
    assert ask("validate_current_installed_exim_config")["metadata"]["result"] == 0


def test_the_verdict_is_translated(ask, server):
    server.quirks.add("translated")
    assert (
        ask("validate_current_installed_exim_config")["metadata"]["reason"] == "Ihre Konfiguration ist derzeit gültig."
    )


def test_the_dry_run_finds_what_the_syntax_check_does_not(ask, server):
    loading.patch(server, {"exim": {"template_error": "The template is newer than the file."}})
    assert "exim_caps" in ask("validate_exim_configuration_syntax")["data"]
    assert "newer" in ask("validate_current_installed_exim_config")["data"]["message"]


def test_a_repair(ask, server):
    body = ask("exim_configuration_check")
    assert (body["metadata"]["reason"], body["data"]) == ("Configuration OK", {"message": None})
    loading.patch(server, {"exim": {"config": BROKEN}})
    assert ask("exim_configuration_check")["metadata"]["result"] == 1
    assert server.areas["exim"].config == GOOD_CONFIG


@pytest.mark.parametrize(("quirks", "result"), [([], 0), (["exim_failure_is_1"], 1)])
def test_a_repair_that_fails(ask, server, quirks, result):
    server.quirks.update(quirks)
    loading.patch(server, {"exim": {"config": BROKEN, "unrepairable": "cPanel was unable to merge <it>."}})
    body = ask("exim_configuration_check")
    assert body["metadata"]["result"] == result
    assert body["metadata"]["reason"] == "Configuration Update Failed"
    assert body["data"]["message"] == "<p>cPanel was unable to merge &lt;it&gt;.</p>"
    assert server.areas["exim"].config == BROKEN


@pytest.mark.parametrize("edit", [False, True])
def test_discarding_an_edit_always_succeeds(ask, server, edit):
    loading.patch(server, {"exim": {"edit": edit}})
    body = ask("remove_in_progress_exim_config_edit")
    assert body["metadata"]["reason"] == "Removed OK"
    assert "data" not in body
    assert not server.areas["exim"].edit


def test_quirks_of_writes_work(ask, server):
    loading.patch(server, {"exim": {"config": BROKEN}, "quirks": {"silent_noop": True}})
    ask("exim_configuration_check")
    assert server.areas["exim"].config == BROKEN


def test_unknown_keys_are_refused(server):
    with pytest.raises(ValueError, match="exim has unknown keys: confg"):
        loading.patch(server, {"exim": {"confg": "x"}})
