# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pattern for hosts that matches none is refused with a sentence, where Ansible would skip the play."""

from __future__ import annotations

import pytest
from ansible import constants
from ansible.errors import AnsibleFilterError
from ansible_collections.whm.mail.plugins.filter.hosts import FilterModule

matching_hosts = FilterModule().filters()["matching_hosts"]
GROUPS = {"all": ["whm1", "whm2", "db"], "ungrouped": ["db"], "whm_servers": ["whm1", "whm2"], "empty": []}


@pytest.mark.parametrize(
    ("pattern", "limit"),
    [
        ("whm_servers", "all"),
        ("whm_servers", "whm1"),
        ("whm_servers:&all", "whm*"),
        ("db", "all"),
        ("whm_servers", "db:whm2"),
    ],
)
def test_a_pattern_that_matches_is_itself(pattern: str, limit: str) -> None:
    assert matching_hosts(pattern, GROUPS, limit) == pattern


@pytest.mark.parametrize(
    ("pattern", "limit", "words"),
    [
        ("empty", "all", "matches empty, so nothing was done"),
        ("whm_server", "all", "matches whm_server, so"),
        ("whm_servers", "db", "matches whm_servers within --limit db"),
        ("whm_servers:!all", "all", "nothing was done"),
    ],
)
@pytest.mark.parametrize("mismatch", ["ignore", "warning", "error"])
def test_a_pattern_that_matches_nobody_is_refused(
    monkeypatch: pytest.MonkeyPatch, mismatch: str, pattern: str, limit: str, words: str
) -> None:
    monkeypatch.setattr(constants, "HOST_PATTERN_MISMATCH", mismatch, raising=False)
    with pytest.raises(AnsibleFilterError, match=words):
        matching_hosts(pattern, GROUPS, limit)
