# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stores of both kinds, empty, for each test."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import Store, open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import Place, place_of


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.programs)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    url = "" if request.param == "sqlite" else request.getfixturevalue("database_url")
    return place_of("store", url, {}, tmp_path / "store")


@pytest.fixture
def store(place: Place) -> Store:
    return open_store(place)


@pytest.fixture
def tmp_store(tmp_path: Path) -> Callable[[], Store]:
    """Makes another empty one with each call."""
    numbers = count()
    return lambda: open_store(place_of("store", "", {}, tmp_path / str(next(numbers))))
