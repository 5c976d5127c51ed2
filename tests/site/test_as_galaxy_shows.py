# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages as Galaxy shows them, with its own program: each stands alone there, so a link or picture needs its whole address."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]

# The first page, the roles', and what stands beside them under Documentation.
SHOWN = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
    *sorted(ROOT.glob("roles/*/README.md")),
    *sorted(ROOT.glob("docs/*.md")),
]


def tracked() -> set[str]:
    """Files that the code host has: those that git knows, or would if asked."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    return set(subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")) - {""}


class Links(HTMLParser):
    """(is a picture, where to) of all links and pictures of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[bool, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"a": "href", "img": "src"}.get(tag)
        self.found += [(tag == "img", value or "") for name, value in attrs if name == wanted]


def rendered(text: str) -> str:
    markup = pytest.importorskip("galaxy_importer.utils.markup", reason="pip install -r requirements-dev.txt")
    file = markup.DocFile(name="README.md", text=text, mimetype="text/markdown", hash="")
    return str(markup.get_html(file))


def anchors(text: str) -> set[str]:
    """Of a Markdown file, as the code host makes them from its headings."""
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#{1,6} +(.+?) *$", without_code, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def complaints(text: str, files: set[str]) -> Iterator[str]:
    """A sentence for each link of a page that leads nowhere from Galaxy."""
    for picture, target in Links(rendered(text)).found:
        parts = urlsplit(target)
        if parts.scheme not in ("http", "https", "mailto"):
            yield f"{target}: write {REPOSITORY}/{'raw' if picture else 'blob'}/main/... instead; Galaxy has no such page"
        if not target.startswith(f"{REPOSITORY}/"):
            continue
        kind, _main, path = parts.path.removeprefix(urlsplit(REPOSITORY).path).lstrip("/").partition("/main/")
        path, anchor = unquote(path), unquote(parts.fragment)
        if kind not in ("blob", "raw", "tree"):
            continue
        if picture and kind != "raw":
            yield f"{target}: a picture needs raw instead of {kind}"
        if not (any(name.startswith(f"{path}/") for name in files) if kind == "tree" else path in files):
            yield f"{target}: the repository has no {path}"
        elif anchor and anchor not in anchors((ROOT / path).read_text(encoding="utf-8")):
            yield f"{target}: {path} has no heading that makes {anchor}"


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere_from_galaxy(page: Path) -> None:
    assert list(complaints(page.read_text(encoding="utf-8"), tracked())) == []


def test_the_readme_is_shown_with_its_tables_lists_and_code() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    html = rendered(text)
    assert html.count("<table>") == len(re.findall(r"^\| -", text, re.MULTILINE))
    assert html.count("<li>") == len(re.findall(r"^- \*\*", text, re.MULTILINE))
    assert html.count("<pre>") == text.count("\n```\n")
    assert len(Links(html).found) > 25


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a](docs/fleet.md)", "docs/fleet.md: write"),
        ("[a](#use)", "#use: write"),
        ("![a](docs/images/audit-wide.png)", "raw/main"),
        (f"![a]({REPOSITORY}/blob/main/docs/images/audit-wide.png)", "needs raw"),
        (f"[a]({REPOSITORY}/blob/main/docs/nowhere.md)", "has no docs/nowhere.md"),
        (f"[a]({REPOSITORY}/blob/main/README.md#nowhere)", "no heading that makes nowhere"),
        (f"[a]({REPOSITORY}/tree/main/docs/nowhere)", "has no docs/nowhere"),
        (f"[a]({REPOSITORY}/blob/main/README.md#what-the-tests-cover)", None),
        (f"[a]({REPOSITORY}/tree/main/docs)", None),
        (f"[a]({REPOSITORY}/issues) [b](https://example.com) [c](mailto:a@example.com)", None),
    ],
)
def test_what_is_said_of_a_link(text: str, said: str | None) -> None:
    found = list(complaints(text, tracked()))
    assert [sentence for sentence in found if said and said in sentence] == found
    assert bool(found) == bool(said)
