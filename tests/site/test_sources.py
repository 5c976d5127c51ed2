# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the site is made of."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("devtools.site")


def test_a_page_that_the_index_does_not_name_is_added(builder: Any) -> None:
    index = "Start <../../README>\n../first\n[a link](../second.md)\nREST\n"
    names = [
        "README.md",
        "docs/first.md",
        "docs/second.md",
        "docs/docsite/index.md",
        "roles/a/README.md",
        "a.py",
        ".github/x.md",
    ]
    assert builder.with_the_rest(index, names).splitlines()[3:] == ["../second", "../../roles/a/README"]


def test_only_the_table_of_contents_goes(builder: Any) -> None:
    text = "A\n\n.. contents::\n   :local:\n   :depth: 1\n\nB\n   :local:\n"
    assert builder.without_contents(text) == "A\n\n\nB\n   :local:\n"


def test_what_a_page_shows_comes_along(builder: Any) -> None:
    found = {path.relative_to(ROOT).as_posix() for path in builder.linked_files(ROOT / "roles/audit/README.md")}
    assert found == {"docs/images/audit-wide.png"}
    assert builder.linked_files(ROOT / "docs/audit-schema.md") == [ROOT / "docs/audit.schema.json"]
