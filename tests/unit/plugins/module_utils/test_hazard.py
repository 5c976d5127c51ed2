# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.name_prefixes import families
from ansible_collections.whm.mail.tests.simulator.state import LineFile
from hypothesis import given
from hypothesis import strategies as st

CASES = [
    ([], ["bob"], []),
    (["bob"], [], [(["bob"], [])]),
    (["bob"], ["bobby", "bo", "carol"], [(["bob"], ["bobby"])]),
    (["bobby", "bob"], ["bobo", "bobbyx"], [(["bobby", "bob"], ["bobbyx", "bobo"])]),
    (["b", "a"], ["ab", "bc", "c"], [(["a"], ["ab"]), (["b"], ["bc"])]),
    (["a-b", "a"], ["a0"], [(["a-b", "a"], ["a0"])]),
    (["bob", "bob"], ["bobby", "bobby"], [(["bob"], ["bobby"])]),
]


@pytest.mark.parametrize(("released", "kept", "pairs"), CASES)
def test_families(released: list[str], kept: list[str], pairs: list[tuple[list[str], list[str]]]) -> None:
    assert list(families(released, kept)) == pairs


names = st.sets(st.text("ab-", min_size=1, max_size=4), max_size=8)


@given(names, names)
def test_the_list_is_whole_afterwards_and_nothing_is_sent_in_vain(released: set[str], kept: set[str]) -> None:
    kept -= released
    lines = LineFile([*released, *kept])
    sent: list[str] = []
    for names_to_release, victims in families(iter(sorted(released)), kept):
        for name in names_to_release:
            lines.remove_prefix(name)
        assert not [victim for victim in victims if victim in lines], "only what was damaged is repaired"
        for victim in victims:
            lines.add(victim)
        sent += [*names_to_release, *victims]
    assert set(lines) == kept
    assert len(sent) == len(set(sent))
