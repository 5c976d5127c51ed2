# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the links of built pages lead. Nothing is fetched: links to other sites are only looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What the browser loads by itself, as (tag, attribute); everything else is followed by a person.
_LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("link", "href")}
_LINKS = {*_LOADED, ("a", "href")}
_NOT_LOADED_RELATIONS = {"index", "search", "next", "prev", "canonical", "author", "copyright"}


@dataclass
class Page(HTMLParser):
    """The anchors and links of a page."""

    path: Path
    anchors: set[str] = field(default_factory=set)
    links: list[tuple[bool, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        for name, value in given.items():
            if (tag, name) in _LINKS:
                relations = set(given.get("rel", "").split())
                self.links.append(((tag, name) in _LOADED and not relations & _NOT_LOADED_RELATIONS, value))


def read_site(folder: Path) -> dict[Path, Page]:
    return {path.resolve(): Page(path.resolve()) for path in sorted(folder.rglob("*.html"))}


def complaints(folder: Path) -> Iterator[str]:
    """A sentence for each link that leads nowhere, and for each thing that would be fetched from elsewhere."""
    pages = read_site(folder)
    for path, page in pages.items():
        for loaded, target in page.links:
            problem = _problem(pages, page, loaded, target)
            if problem:
                yield f"{path.relative_to(folder.resolve())}: {target} {problem}"


def _problem(pages: dict[Path, Page], page: Page, loaded: bool, target: str) -> str | None:
    parts = urlsplit(target)
    if parts.scheme == "data":
        return None
    if parts.scheme == "mailto":
        return None if "@" in parts.path else "is no address"
    if parts.scheme or parts.netloc:
        if loaded:
            return "would be fetched from elsewhere"
        host = parts.hostname or ""
        good = parts.scheme in ("http", "https") and "." in host and not any(char in target for char in ' <>"{}')
        return None if good else "is no address of a site"
    return _inner(pages, page, unquote(parts.path), unquote(parts.fragment))


def _inner(pages: dict[Path, Page], page: Page, path: str, anchor: str) -> str | None:
    target = (page.path.parent / path).resolve() if path else page.path
    if not target.is_file():
        return "is not there"
    if anchor and target in pages and anchor not in pages[target].anchors:
        return "has no such place on it"
    return None
