# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page on a phone, in a browser that has no network: no scrolling sideways, no small print, no error, nothing asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PHONE = {"width": 375, "height": 812}
SMALLEST = 12

# Text that is shown: its smallest size, and with which words.
SMALL_PRINT = """smallest => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility() || !element.getClientRects().length) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < smallest) found.push(`${size}px: ${text.slice(0, 40)}`);
  }
  return found;
}"""
WIDTHS = "[document.documentElement.scrollWidth, document.body.scrollWidth]"


@pytest.fixture(scope="module")
def phone(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True, is_mobile=True, offline=True)
    yield context.new_page()
    context.close()


def test_every_page_is_readable_on_a_phone(phone: Any, site: Path) -> None:
    asked: list[str] = []
    errors: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.on("pageerror", lambda error: errors.append(str(error)))
    problems = []
    for path in sorted(site.rglob("*.html")):
        if path == site / "index.html":
            continue  # leads to the real first page at once
        phone.goto(path.as_uri(), wait_until="load")
        widths = phone.evaluate(WIDTHS)
        small = phone.evaluate(SMALL_PRINT, SMALLEST)
        name = path.relative_to(site)
        problems += [f"{name}: {max(widths)} px wide"] if max(widths) > PHONE["width"] else []
        problems += [f"{name}: {text}" for text in small[:3]]
    assert not problems, "\n".join(problems)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert errors == []


def test_the_first_page_leads_to_the_guides(phone: Any, site: Path) -> None:
    phone.goto((site / "index.html").as_uri())
    phone.wait_for_url("**/docs/docsite/index.html")
    phone.click("article a:has-text('first steps')")
    assert phone.inner_text("h1").startswith("First steps")


def test_search_works_without_a_server(phone: Any, site: Path) -> None:
    phone.goto((site / "search.html").as_uri() + "?q=outbreak")
    phone.wait_for_selector("#search-results li")
    assert "outbreak" in phone.inner_text("#search-results").lower()
