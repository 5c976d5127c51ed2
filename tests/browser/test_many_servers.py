# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a large fleet: groups that open, tasks to copy, links that land, tiles that hold at any width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.tests.browser.conftest import Open, Reader
from ansible_collections.whm.mail.tests.browser.test_paper_and_links import landed, printed
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples

NOWHERE = [{"user": "root", "destinations": []}]
SEARCH = '[data-filter="text"] >> nth=0'


def sixty(new: bool = False) -> dict[str, Any]:
    """Sixty servers whose root mail goes nowhere; on each third an account of its own is held."""
    rows = []
    for n in range(1, 61):
        accounts = [samples.account(f"u{n:02}", hold=n % 3 == 0), samples.account("fine")]
        rows.append(samples.audited(f"whm{n:02}", samples.facts(forwards=NOWHERE, accounts=accounts)))
    document = samples.audit(*rows)
    if new:
        was = samples.audit(
            *(samples.audited(row["name"], samples.facts(forwards=NOWHERE)) for row in rows if row["name"] != "whm07")
        )
        document["compared_with"] = samples.compare(document, was)
    return document


def told() -> dict[str, Any]:
    """A small fleet with everything that a document may hold."""
    runs = [{"epoch": day, "iso": f"2026-11-{day:02}T06:00:00Z"} for day in range(1, 15)]
    keys = ("held", "outgoing_suspended", "suspended", "drift", "problem", "queue", "unread")
    series = {key: [None if n % 5 == 4 else n * 37 for n in range(14)] for key in keys}
    policy = {"spf": [{"domain": "kim-yoga.example", "record": "v=spf1 +a +mx -all " + "x" * 200}]}
    run = {"by": "ann", "from": "ops.example.net", "started_at": runs[0], "policy": policy}
    return {**samples.story(), "trends": {"runs": runs, "series": series}, "run": run}


def row_of(reader: Reader, word: str) -> Any:
    return reader.page.locator("#findings-table tbody tr", has_text=word)


@pytest.mark.parametrize("scripts", [True, False])
def test_sixty_servers_with_one_fault_are_one_row_that_opens(open_report: Open, scripts: bool) -> None:
    reader = open_report(sixty(), java_script_enabled=scripts)
    row = row_of(reader, "Mail of root")
    assert row.count() == 1
    links = row.locator(".group a")
    assert links.count() == 60
    assert not links.first.is_visible()
    row.locator(".group summary").focus()
    reader.page.keyboard.press("Enter")
    assert links.first.is_visible()
    assert links.last.inner_text() == "whm60"
    assert len(reader.rows()) == 21


def test_filters_work_on_groups(open_report: Open) -> None:
    reader = open_report(sixty(new=True))
    page = reader.page
    assert reader.status() == "All 21 shown, counted by server 80."
    page.fill(SEARCH, "whm42")
    assert [row[1].splitlines()[0] for row in reader.rows()] == ["60 servers", "whm42"]
    page.fill(SEARCH, "whm41")
    assert [row[1].splitlines()[0] for row in reader.rows()] == ["60 servers"]
    assert reader.status() == "1 of 21 match, counted by server 60."
    page.fill(SEARCH, "root_mail_address")  # what to do is not what was found
    assert reader.rows() == []
    page.fill(SEARCH, "")
    page.select_option('[data-filter="kind"]', "forwards")
    assert len(reader.rows()) == 1
    page.select_option('[data-filter="kind"]', "")
    page.uncheck('[data-filter="severity"][value="problem"]')
    assert len(reader.rows()) == 20
    page.check('[data-filter="severity"][value="problem"]')
    page.check('[data-filter="new"]')
    found = row_of(reader, "Mail of root")
    assert found.locator("li:has(.new)").all_text_contents() == ["whm07 New"]
    page.locator("#findings-table th", has_text="Server").locator("button").click()
    assert reader.rows()[0][1].splitlines()[0] == "60 servers"  # by its first, whm01


def test_what_to_do_opens_and_its_task_can_be_copied(open_report: Open) -> None:
    reader = open_report(sixty(), permissions=["clipboard-read", "clipboard-write"])
    row = row_of(reader, "Outgoing mail of u03")
    row.get_by_text("What to do").click()
    assert "Find out why" in row.inner_text()
    button = row.get_by_role("button", name="Copy the task")
    button.click()
    row.get_by_role("button", name="Copied").wait_for()
    (task,) = yaml.safe_load(reader.page.evaluate("navigator.clipboard.readText()"))
    assert task["whm.mail.outgoing_mail"] == {"users": ["u03"], "hold": False}
    assert task["when"] == "inventory_hostname == 'whm03'"
    assert reader.complaints == []


@pytest.mark.parametrize("scripts", [True, False])
def test_advice_that_very_many_rows_share_can_be_read(open_report: Open, scripts: bool) -> None:
    accounts = [samples.account(f"u{n:03}", hold=True) for n in range(130)]
    document = samples.audit(samples.audited("whm1", samples.facts(accounts=accounts)))
    reader = open_report(document, java_script_enabled=scripts)
    row = row_of(reader, "Outgoing mail of u007")
    row.get_by_text("What to do").click()
    if not scripts:
        row.get_by_role("link", name="Advice 1").click()
        assert reader.page.locator("#do-1").bounding_box()["y"] < 900
    words = (row if scripts else reader.page.locator("#do-1")).inner_text()
    assert "Find out why" in words


def test_paper_has_every_group_opened_with_its_servers_and_the_filters(open_report: Open, tmp_path: Path) -> None:
    reader = open_report(sixty())
    reader.page.fill(SEARCH, "root")
    words = printed(reader, tmp_path)
    table, _servers, _rest = words.partition("The fleet")
    assert [n for n in range(1, 61) if f"whm{n:02}" not in table] == []
    assert "60 servers" in table
    assert "Send it to an address that somebody reads" in table
    assert "with the words \u201croot\u201d" in table
    assert "is held" not in table


def test_paper_without_scripts_has_what_is_folded(open_report: Open, tmp_path: Path) -> None:
    words = printed(open_report(sixty(), java_script_enabled=False), tmp_path)
    table = words.partition("The fleet")[0]
    assert [n for n in range(1, 61) if f"whm{n:02}" not in table] == []
    assert "whm.mail.forward_destination" in table


def three_hundred() -> dict[str, Any]:
    accounts = [[samples.account(f"u{n:03}x{k}", hold=True) for k in range(n % 5)] for n in range(300)]
    return samples.audit(
        *(samples.audited(f"whm{n:03}", samples.facts(forwards=NOWHERE, accounts=accounts[n])) for n in range(300))
    )


def test_links_of_three_hundred_servers_land_where_they_lead(open_report: Open) -> None:
    reader = open_report(three_hundred(), reduced_motion="no-preference")
    page = reader.page
    wanted = page.evaluate("parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop)")
    height = page.locator("nav.sections").bounding_box()["height"]
    assert height <= wanted
    group = row_of(reader, "Mail of root")
    group.locator(".group summary").click()
    for name, way in (("whm000", "click"), ("whm270", "click"), ("whm150", "Enter"), ("whm151", "Enter")):
        link = group.locator("a", has_text=name)
        place = str(link.get_attribute("href"))
        if way == "click":
            link.click()
        else:
            link.focus()
            page.keyboard.press(way)
        assert landed(page, place, wanted) <= 2, name
        card = page.locator("details.card", has=page.locator(place))
        assert card.get_attribute("open") is not None
        assert name in card.locator("summary").inner_text()
        assert abs(card.bounding_box()["y"] - wanted) <= 2
    page.locator("details.card", has=page.locator(place)).locator("summary").click()  # folded again, and followed again
    page.evaluate("scrollTo(0, 0)")
    link.click()
    assert landed(page, place, wanted) <= 2


@pytest.mark.parametrize("scripts", [True, False])
def test_an_address_with_a_place_opens_there(open_report: Open, scripts: bool) -> None:
    reader = open_report(three_hundred(), java_script_enabled=scripts)
    wanted = 64
    for number in (2, 155, 290):
        fresh = reader.page.context.new_page()
        fresh.goto(f"{reader.page.url}#server-{number}")
        fresh.wait_for_timeout(300)
        card = fresh.locator("details.card").nth(number - 1)
        assert abs(card.bounding_box()["y"] - wanted) <= 3, number
        assert card.locator("dl").is_visible()  # a part that was folded
        fresh.close()
    reader.page.locator("#servers-table a").nth(77).click()
    reader.page.wait_for_timeout(300)
    card = reader.page.locator("details.card").nth(77)
    assert abs(card.bounding_box()["y"] - wanted) <= 3
    assert card.locator("dl").is_visible()


# A zoom of the browser, or larger text: one of the two is what people use.
WIDTHS = [
    (width, zoom, text) for width in (375, 768, 1280, 1920) for zoom, text in ((1, "100%"), (2, "100%"), (1, "200%"))
]

OVERLAPS = """() => {
  const tiles = [...document.querySelectorAll(".tile")], found = [];
  const meets = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const boxes = tiles.map((tile) => tile.getBoundingClientRect());
  boxes.forEach((box, n) => boxes.slice(n + 1).forEach((other) => { if (meets(box, other)) found.push(`tile ${n} meets another`); }));
  for (const tile of tiles) {
    if (tile.scrollWidth > tile.clientWidth + 1 || tile.scrollHeight > tile.clientHeight + 1) found.push(`clipped: ${tile.innerText}`);
    const parts = [...tile.children].filter((part) => part.checkVisibility() && !part.matches(".icon"));
    const rects = parts.map((part) => part.getBoundingClientRect()), whole = tile.getBoundingClientRect();
    rects.forEach((rect, n) => {
      if (rect.left < whole.left || rect.right > whole.right + 1 || rect.bottom > whole.bottom + 1) found.push(`out: ${tile.innerText}`);
      rects.slice(n + 1).forEach((other) => { if (meets(rect, other)) found.push(`parts meet: ${tile.innerText}`); });
    });
  }
  return found;
}"""


@pytest.mark.parametrize(("width", "zoom", "text"), WIDTHS)
def test_tiles_hold_at_any_width_and_zoom(open_report: Open, width: int, zoom: int, text: str) -> None:
    """A browser that zooms gives the page fewer pixels of its own, each larger; one that enlarges text gives larger letters."""
    size = {"width": width // zoom, "height": 800 // zoom}
    reader = open_report(told(), viewport=size, device_scale_factor=zoom)
    reader.page.evaluate("size => { document.documentElement.style.fontSize = size }", text)
    assert reader.page.evaluate(OVERLAPS) == []
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert reader.page.locator(".trend").count() == 7


def test_everything_that_can_be_used_can_be_reached_and_seen(open_report: Open) -> None:
    reader = open_report(told())
    page = reader.page
    page.locator(".group summary, td summary").first.click()
    wanted = page.evaluate(
        """() => { const all = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
          .filter((e) => e.checkVisibility()); all.forEach((e, n) => e.dataset.n = n); return all.length; }"""
    )
    page.evaluate("document.activeElement.blur()")
    seen: set[str] = set()
    dull: list[str] = []
    for _press in range(wanted + 20):
        page.keyboard.press("Tab")
        number, outline, words = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
              return [e.dataset.n ?? "", s.outlineStyle, e.outerHTML.slice(0, 80)]; }"""
        )
        if number == "" or number in seen:
            continue
        seen.add(number)
        if outline == "none":
            dull.append(words)
    assert len(seen) == wanted
    assert dull == []


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 375, "height": 800}}])
def test_axe_finds_nothing_with_all_of_it_opened(open_report: Open, options: dict[str, Any]) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is missing: pip install -r requirements-dev.txt"
    )
    reader = open_report(told(), **options)
    reader.page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
    reader.page.wait_for_timeout(200)
    result = axe.Axe().run(
        reader.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert result.response["violations"] == [], result.generate_report()
