# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments with other versions of ansible-core: everything in them is pinned, and nothing is missing."""

from __future__ import annotations

import re
from importlib.metadata import distribution

import pytest
from ansible_collections.whm.mail.devtools import cores
from ansible_collections.whm.mail.devtools.environment import LOCK
from ansible_collections.whm.mail.devtools.matrix_cells import CORES
from packaging.requirements import Requirement

LOCKED = LOCK.read_text(encoding="utf-8")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("core", [core.version for core in CORES])
def test_every_requirement_is_one_release_with_hashes(core: str) -> None:
    text = cores.requirements(core, LOCKED)
    blocks = re.split(r"\n(?=\w)", text.strip())
    assert [block.partition("==")[0] for block in blocks] == ["ansible-core", *cores.NEEDED]
    assert all("--hash=sha256:" in block for block in blocks)
    assert blocks[0].startswith(f"ansible-core=={core} ")
    old = core.startswith(("2.16", "2.17", "2.18"))
    assert (blocks[1 + cores.NEEDED.index("resolvelib")] == cores.RESOLVELIB) is old


def test_what_is_needed_needs_nothing_more() -> None:
    """As it is installed here. Without extras: the lines of the lock that have some are not among it."""
    for name in ("ansible-core", *cores.NEEDED):
        wanted = [Requirement(text) for text in distribution(name).requires or []]
        names = {normal(each.name) for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})}
        assert names <= set(cores.NEEDED), name


def test_an_extra_and_a_marker_in_the_lock_stay_with_their_package() -> None:
    lock = "".join(
        f"{name}==1 \\\n    --hash=sha256:{number}\n" for number, name in enumerate(("ansible-core", *cores.NEEDED))
    )
    lock = lock.replace("pluggy==1", "pluggy[x]==1 ; python_version < '4'")
    assert "\npluggy[x]==1 ; python_version < '4' \\\n    --hash=sha256:" in cores.requirements("2.21.5", lock)


def test_a_release_without_a_hash_is_refused() -> None:
    with pytest.raises(cores.Failed, match=r"2\.99\.0"):
        cores.requirements("2.99.0", LOCKED)
