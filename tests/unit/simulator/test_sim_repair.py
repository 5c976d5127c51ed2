# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""normalize_user_email_configuration puts mail files in order, and says the same whatever it found."""

from __future__ import annotations

from ansible_collections.whm.mail.tests.simulator import loading

FUNCTION = "normalize_user_email_configuration"


def test_it_says_the_same_whatever_it_found(ask, server):
    loading.patch(server, {"mail_files": {"disordered": ["alice", "bob"]}})
    first, second = (ask(FUNCTION, {"username": "alice"}) for _time in range(2))
    assert first == second
    assert first["metadata"]["result"] == 1
    assert "data" not in first
    assert server.areas["mail_files"] == {"bob"}


def test_the_parameter_is_called_username(ask):
    assert "username" in ask(FUNCTION, {"user": "alice"})["metadata"]["reason"]


def test_accounts_that_are_not_there_and_those_of_others(ask):
    assert "do not have a user" in ask(FUNCTION, {"username": "nosuch"})["metadata"]["reason"]
    assert "do not have access" in ask(FUNCTION, {"username": "alice"}, caller="reseller1")["metadata"]["reason"]
