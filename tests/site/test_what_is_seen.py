# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader of the site sees, from a phone to a large screen, in the light, in the dark and on paper: the texts themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

WIDTHS = (375, 768, 1280, 1920)
SOME_WIDTHS = (375, 1280)  # of pages that are like others
UNSEEN = (Path(__file__).parent / "what_is_seen.js").read_text(encoding="utf-8")
TITLE = re.compile(r'class="ansible-(?:option|attribute)-title"[^>]*>(.*?)</p>', re.DOTALL)

# One of each kind: what is wrong with one module's page is wrong with all of them.
PAGES = (
    "reference/outgoing_mail_module.html",
    "reference/mail_facts_module.html",
    "reference/api_module.html",
    "reference/audit_role.html",
    "reference/containment_role.html",
    "reference/policy_conflicts_filter.html",
    "reference/environment_variables.html",
    "README.html",
    "docs/fleet.html",
    "docs/audit-schema.html",
    "docs/benchmarks.html",
)


@pytest.fixture
def look() -> str:
    """Of the page: boxes are where they are in the dark, too, so most tests look at it in the light."""
    return "light"


@pytest.fixture
def page(chromium: Any, look: str) -> Iterator[Any]:
    context = chromium.new_context(color_scheme=look, reduced_motion="reduce", offline=True)
    yield context.new_page()
    context.close()


def titles(path: Path) -> list[str]:
    """Options, attributes and return values, as the file has them."""
    found = TITLE.findall(path.read_text(encoding="utf-8"))
    return [unescape(re.sub(r"<[^>]+>", "", title)).strip() for title in found]


def test_every_text_is_seen_at_every_width(page: Any, site: Path) -> None:
    problems = []
    for path in sorted(site.rglob("*.html")):
        if path == site / "index.html":
            continue  # leads to the real first page at once
        page.goto(path.as_uri(), wait_until="load")
        for width in WIDTHS if str(path.relative_to(site)) in PAGES else SOME_WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            problems += [f"{path.relative_to(site)} at {width} px: {text}" for text in page.evaluate(UNSEEN)[:3]]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("width", [375, 768, 1280, 1920])
def test_every_option_and_return_value_can_be_pointed_at(page: Any, site: Path, width: int) -> None:
    """What is in the middle of a title, once it is scrolled to: the title, and nothing that covers it."""
    page.set_viewport_size({"width": width, "height": 900})
    for name in PAGES[:6]:
        page.goto((site / name).as_uri(), wait_until="load")
        seen = page.evaluate(
            """[...document.querySelectorAll(".ansible-option-title, .ansible-attribute-title")].filter(title => {
              title.scrollIntoView({block: "center", behavior: "instant"});
              const box = title.querySelector("strong, a")?.getBoundingClientRect() ?? title.getBoundingClientRect();
              return title.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
            }).map(title => title.innerText.trim())"""
        )
        assert seen == titles(site / name), name
        assert seen, name


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_every_text_stands_out_from_what_is_behind_it(page: Any, site: Path, name: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is missing: pip install -r requirements-dev.txt"
    )
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto((site / name).as_uri(), wait_until="load")
    result = axe.Axe().run(page, context="article", options={"runOnly": ["color-contrast"]})
    assert result.response["violations"] == [], result.generate_report()


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES[:6])
def test_options_and_return_values_are_on_paper(page: Any, site: Path, tmp_path: Path, name: str) -> None:
    pdftotext = shutil.which("pdftotext")
    if not pdftotext:
        pytest.skip("what is printed is not looked at: apt-get install poppler-utils")
    page.goto((site / name).as_uri(), wait_until="load")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    file = tmp_path / "page.pdf"
    page.pdf(path=str(file), format="A4")
    argv = [pdftotext, "-raw", str(file), "-"]
    words = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
    assert [title for title in titles(site / name) if not set(title.split()) <= set(words)] == []


def test_the_measure_finds_what_is_hidden(page: Any, tmp_path: Path) -> None:
    """It is blind to nothing that has happened: a table 1 px high, text cut off, text that sticks out, a name over its description."""
    row = '<tr><td><p class="ansible-option-title">{0}</p></td><td><div class="ansible-option-cell">{0} does</div></td></tr>'
    table = '<table class="ansible-option-table" style="{1}"><tbody>' + row + "</tbody></table>"
    file = tmp_path / "page.html"
    file.write_text(
        "<!DOCTYPE html><meta charset=utf-8><style>td{vertical-align:top}p{margin:.7em 0}</style><article>"
        + table.format("fine", "")
        + table.format("flat", "display:block;overflow-x:auto;height:1px")
        + '<p style="height:5px;overflow:hidden">low</p><p style="position:absolute;left:-3000px">away</p>'
        + "<p style='display:none'>not meant</p><div style='width:2000px'>wide</div></article>",
        encoding="utf-8",
    )
    page.set_viewport_size({"width": 600, "height": 900})
    page.goto(file.as_uri())
    said = page.evaluate(UNSEEN)
    assert [text for text in said if "fine" in text or "meant" in text] == []
    for word in ("flat", "low", "away", "the page is 2008 px wide"):
        assert [text for text in said if word in text], (word, said)
