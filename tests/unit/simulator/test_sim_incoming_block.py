# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Countries and domains from which no mail is taken."""

from __future__ import annotations

from ansible_collections.whm.mail.tests.simulator import loading


def test_none(ask):
    assert ask("list_blocked_incoming_email_countries")["data"] == {"countries": []}
    assert ask("list_blocked_incoming_email_domains")["data"] == {"domains": []}


def test_the_state_file_says_which():
    (server,) = loading.load({"servers": {"whm1": {"blocks": {"countries": ["AD", "ZZ"]}}}}).values()
    assert server.areas["blocks"] == {"countries": ["AD", "ZZ"], "domains": []}
