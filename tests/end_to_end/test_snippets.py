# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No playbook in any Markdown file escapes the tests that run them: neither on a page nobody thought of, nor as another language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.tests.simulator import load

from .conftest import CHECKOUT
from .test_guides import PAGES

# Never looked at: what tools make, and what they are made from.
NOT_OURS = {".ansible", ".venv", ".git", "collections", "changelogs"}

# Words behind the fence. YAML is run by test_guides, SQL by tests/unit/test_store_questions.py; the others cannot be.
LANGUAGES = {"yaml", "sql", "console", "ini", "text", "python", "json", "{toctree}"}

# YAML that is not run, by page and first line, and why.
NOT_RUN = {
    ("tests/simulator/README.md", "servers:"): "a state, loaded below",
}


def pages() -> list[Path]:
    found = [path for path in CHECKOUT.rglob("*.md") if not NOT_OURS & set(path.relative_to(CHECKOUT).parts)]
    return sorted(found)


def fences(text: str) -> Iterator[tuple[str, str]]:
    """(language, text) of the fenced blocks, those in lists too."""
    for indent, language, block in re.findall(r"^( *)```(\S*)\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE):
        yield language, re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)


def is_playbook(text: str) -> bool:
    """Whether a text would be a play or a task that somebody copies."""
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    rows: list[Any] = read if isinstance(read, list) else [read]
    return any(isinstance(row, dict) and any(key == "hosts" or "." in str(key) for key in row) for row in rows)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_snippet_is_run_or_cannot_be(page: Path) -> None:
    name = str(page.relative_to(CHECKOUT))
    for language, text in fences(page.read_text(encoding="utf-8")):
        first = text.splitlines()[0]
        assert language in LANGUAGES, f"{name}: say of {first!r} which language it is"
        if language == "yaml":
            assert page in PAGES or (name, first) in NOT_RUN, f"{name}: nothing runs {first!r}"
        else:
            assert not is_playbook(text), f"{name}: {first!r} is YAML, and nothing runs it"


def test_fences_are_closed_and_found() -> None:
    for page in pages():
        text = page.read_text(encoding="utf-8")
        assert len(re.findall(r"^ *```", text, re.MULTILINE)) == 2 * len(list(fences(text))), page
    assert len([text for page in pages() for language, text in fences(page.read_text()) if language == "yaml"]) > 20


def test_what_is_not_run_is_still_there() -> None:
    for name, first in NOT_RUN:
        blocks = fences((CHECKOUT / name).read_text(encoding="utf-8"))
        assert first in [text.splitlines()[0] for _language, text in blocks], name


def test_the_state_that_shows_every_key_is_taken() -> None:
    text = (CHECKOUT / "tests/simulator/README.md").read_text(encoding="utf-8")
    (state,) = [yaml.safe_load(block) for language, block in fences(text) if language == "yaml"]
    assert set(load(state)["whm1"].accounts) >= set(state["servers"]["whm1"]["accounts"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- hosts: all\n  tasks: []\n", True),
        ("- name: x\n  whm.mail.spf: {domain: a}\n", True),
        ("ansible-playbook -i inventory whm.mail.audit\n", False),
        ("[whm_servers]\nwhm1.example.com\n", False),
        ("{ broken", False),
    ],
)
def test_what_counts_as_a_playbook(text: str, expected: bool) -> None:
    assert is_playbook(text) is expected
