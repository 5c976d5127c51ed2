# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mail SNI: today's servers and those before version 60 (BEHAVIOUR E)."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator import loading
from ansible_collections.whm.mail.tests.simulator.handlers_sni import ALWAYS, always_on

OLD = {
    "version": "11.58.0.4",
    "mail_sni": {"enabled": ["bob.example.com"], "fails": {"dave.example.org": "No certificate."}},
}
DOMAINS = ["alice.example.com", "bob.example.com"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("11.138.0.6", True),
        ("11.60.0.1", True),
        ("11.58.0.4", False),
        ("58.0.4", False),
        ("60.0", True),
        ("110.0.1", True),
    ],
)
def test_which_versions(server, version, expected):
    server.version = version
    assert always_on(server) is expected


def test_today_it_is_always_on(ask):
    body = ask("mail_sni_status", {"domain": "alice.example.com"})
    assert body["data"] == {"enabled": 1}
    assert body["metadata"]["warnings"] == [ALWAYS]
    body = ask("enable_mail_sni", {"domain": [*DOMAINS, "x.example"]})
    assert body["metadata"]["result"] == 1
    assert body["metadata"]["warnings"] == [ALWAYS]
    assert body["data"]["updated_domains"] == {}
    assert set(body["data"]["failed_domains"]) == {"x.example"}


def test_today_it_cannot_be_disabled(ask):
    body = ask("disable_mail_sni", {"domain": "alice.example.com"})
    assert body["metadata"]["result"] == 0
    assert body["metadata"]["reason"] == "cPanel & WHM no longer allows mail SNI to be disabled."
    assert body["data"] == {}


@pytest.mark.parametrize("function", ["enable_mail_sni", "disable_mail_sni"])
def test_domains_are_needed(ask, server, function):
    loading.patch(server, OLD)
    assert ask(function)["metadata"]["reason"] == "No domains specified."


def test_an_old_server_switches(ask, server):
    loading.patch(server, OLD)
    sni = server.areas["mail_sni"]
    body = ask("enable_mail_sni", {"domain": DOMAINS, "domain-7": "dave.example.org"})
    assert set(body["data"]["updated_domains"]) == set(DOMAINS)
    assert body["data"]["failed_domains"] == {"dave.example.org": "No certificate."}
    assert "warnings" not in body["metadata"]
    assert ask("mail_sni_status", {"domain": "alice.example.com"})["data"] == {"enabled": 1}
    assert sni.built == {"bob.example.com"}, "the files follow when they are rebuilt"
    ask("disable_mail_sni", {"domain": "bob.example.com"})
    ask("rebuild_mail_sni_config", {"reload_dovecot": 1})
    assert sni.built == {"alice.example.com"}
    assert (sni.rebuilds, sni.reloads) == (1, 1)


def test_resellers_reach_their_own_domains(ask, server):
    loading.patch(server, OLD)
    body = ask("enable_mail_sni", {"domain": ["carol.example.net", "alice.example.com"]}, caller="reseller1")
    assert set(body["data"]["updated_domains"]) == {"carol.example.net"}
    assert (
        "do not have access"
        in ask("mail_sni_status", {"domain": "bob.example.com"}, caller="reseller1")["metadata"]["reason"]
    )


def test_a_rebuild_names_its_files_to_root_only(ask):
    assert ask("rebuild_mail_sni_config")["data"] == {"success": 1, "configs_built": ["/etc/dovecot/sni.conf"]}
    assert ask("rebuild_mail_sni_config", caller="reseller1")["data"] == {"success": 1}


def test_a_rebuild_that_fails_says_so_inside(ask, server):
    loading.patch(server, {"mail_sni": {"rebuild_fails": True}})
    body = ask("rebuild_mail_sni_config")
    assert (body["metadata"]["result"], body["data"]["success"]) == (1, 0)


def test_support(ask, server):
    assert ask("is_sni_supported")["data"] == {"sni": 1}
    loading.patch(server, {"mail_sni": {"supported": False}})
    assert ask("is_sni_supported")["data"] == {"sni": 0}


def test_unknown_keys_are_refused(server):
    with pytest.raises(ValueError, match="mail_sni has unknown keys: on"):
        loading.patch(server, {"mail_sni": {"on": 1}})
