# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No link of the site is dead, nothing is fetched from elsewhere, and every guide and module has its page."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from .crawler import complaints, read_site

ROOT = Path(__file__).resolve().parents[2]


def test_no_link_is_dead_and_nothing_comes_from_elsewhere(site: Path) -> None:
    assert len(read_site(site)) > 40
    assert list(complaints(site)) == []


def test_every_guide_module_and_role_has_a_page(site: Path) -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    wanted = {f"reference/{name}_module.html" for name in runtime["action_groups"]["whm"]}
    wanted |= {f"reference/{path.name}_role.html" for path in (ROOT / "roles").iterdir() if path.is_dir()}
    wanted |= {f"docs/{path.stem}.html" for path in (ROOT / "docs").glob("*.md")}
    wanted |= {"README.html", "CHANGELOG.html"}
    assert sorted(name for name in wanted if not (site / name).is_file()) == []


def test_no_page_repeats_the_contents_that_the_theme_shows(site: Path) -> None:
    """The theme would call each of them an error, in red."""
    assert [path.name for path in site.rglob("*.html") if 'class="contents' in path.read_text(encoding="utf-8")] == []


def test_every_page_is_reached_from_the_first_one(site: Path) -> None:
    pages = read_site(site)
    todo, seen = [(site / "index.html").resolve()], set()
    while todo:
        path = todo.pop()
        if path in seen or path not in pages:
            continue
        seen.add(path)
        targets = [target.partition("#")[0] for _loaded, target in pages[path].links if "://" not in target]
        todo += [(path.parent / target).resolve() for target in targets if target]
    assert sorted(str(path) for path in set(pages) - seen if path.name not in ("genindex.html", "search.html")) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<a href="b.html">', None),
        ('<a href="b.html#here">', None),
        ('<a href="#top"><p id="top">', None),
        ('<a href="https://example.com/x">', None),
        ('<a href="mailto:a@example.com">', None),
        ('<link rel="next" href="b.html">', None),
        ('<img src="data:image/png;base64,AA">', None),
        ('<a href="c.html">', "c.html is not there"),
        ('<a href="b.html#there">', "b.html#there has no such place on it"),
        ('<a href="#nowhere">', "#nowhere has no such place on it"),
        ('<a href="https://example/x">', "https://example/x is no address of a site"),
        ('<a href="https:///x">', "https:///x is no address of a site"),
        ('<a href="mailto:me">', "mailto:me is no address"),
        ('<img src="x.png">', "x.png is not there"),
        ('<script src="https://cdn.example.com/x.js">', "https://cdn.example.com/x.js would be fetched from elsewhere"),
        (
            '<link rel="stylesheet" href="//fonts.example.com/x">',
            "//fonts.example.com/x would be fetched from elsewhere",
        ),
    ],
)
def test_what_the_crawler_says(tmp_path: Path, body: str, said: str | None) -> None:
    (tmp_path / "a.html").write_text(body, encoding="utf-8")
    (tmp_path / "b.html").write_text('<h1 id="here">', encoding="utf-8")
    assert list(complaints(tmp_path)) == ([f"a.html: {said}"] if said else [])
