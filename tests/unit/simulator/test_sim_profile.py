# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""generate_mobileconfig (BEHAVIOUR E)."""

from __future__ import annotations

import base64

import pytest

ADDRESS = "info@alice.example.com"


def generate(ask, **params):
    return ask("generate_mobileconfig", {"account": ADDRESS, "use_ssl": "1", **params})


def signed(ask, **params):
    return base64.b64decode(generate(ask, **params)["data"]["payload"])


def test_signed_anew_each_time_with_line_breaks(ask):
    text = generate(ask)["data"]["payload"]
    assert "\n" in text.strip()
    first = base64.b64decode(text)
    assert first[:1] == b"\x30"
    assert b"<?xml" in first
    assert b"</plist>" in first
    assert first != signed(ask)


@pytest.mark.parametrize(
    ("services", "types"),
    [
        ("", ["mail.managed", "caldav.account", "carddav.account"]),
        ("email", ["mail.managed"]),
        ("carddav,email", ["mail.managed", "carddav.account"]),
        ("fax", ["mail.managed", "caldav.account", "carddav.account"]),
    ],
)
def test_services(ask, services, types):
    profile = signed(ask, selected_account_services=services)
    assert [name for name in ("mail.managed", "caldav.account", "carddav.account") if name.encode() in profile] == types


def test_use_ssl_must_be_sent_and_may_be_0(ask):
    assert b"<integer>993</integer>" in signed(ask)
    assert b"<integer>143</integer>" in signed(ask, use_ssl="0")
    assert "Provide the \u201cuse_ssl\u201d" in ask("generate_mobileconfig", {"account": ADDRESS})["metadata"]["reason"]


@pytest.mark.parametrize("name", ["alice", "_mainaccount@alice.example.com", ADDRESS])
def test_names(ask, name):
    assert generate(ask, account=name)["metadata"]["result"] == 1


@pytest.mark.parametrize("name", ["nosuch", "nosuch@alice.example.com", "info@nowhere.example"])
def test_bad_names(ask, name):
    assert generate(ask, account=name)["metadata"]["reason"].endswith(
        f"\u201c{name}\u201d is not a valid account name."
    )


def test_resellers_get_their_own(ask):
    params = {"use_ssl": "1"}
    assert ask("generate_mobileconfig", {"account": "carol", **params}, "reseller1")["metadata"]["result"] == 1
    assert ask("generate_mobileconfig", {"account": ADDRESS, **params}, "reseller1")["metadata"]["result"] == 0
