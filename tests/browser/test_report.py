# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reader does with the report: sort, filter, use the keyboard, a phone, the dark, paper."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.tests.browser.conftest import Open, Reader
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples

PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
DOCUMENTS: dict[str, Any] = {
    "story": samples.story,
    "hostile": samples.hostile,
    "nobody": samples.audit,
    "clean": lambda: samples.audit(samples.audited("whm1", samples.facts())),
    "many": lambda: samples.fleet(20, 60),
}


def background(reader: Reader) -> str:
    return str(reader.page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_asks_for_nothing_and_complains_about_nothing(open_report: Open, name: str) -> None:
    reader = open_report(DOCUMENTS[name]())
    assert len(reader.requests) == 1
    assert reader.requests[0].startswith("file:")
    assert reader.complaints == []


def test_hostile_names_are_shown_and_do_nothing(open_report: Open) -> None:
    reader = open_report(samples.hostile())
    assert reader.page.evaluate("window.hacked") is None
    assert "<script>alert(1)</script>" in reader.page.inner_text("body")
    reader.page.fill('[data-filter="text"] >> nth=0', "</script>")
    assert reader.rows()
    for link in reader.page.locator("main a").all():
        assert str(link.get_attribute("href")).startswith("#")
    assert reader.complaints == []
    assert len(reader.requests) == 1


@pytest.mark.parametrize(("column", "place"), [("Server", 1), ("Kind", 2), ("Item", 3), ("Finding", 4)])
def test_a_click_on_a_heading_sorts_and_another_one_turns_the_order(open_report: Open, column: str, place: int) -> None:
    reader = open_report(samples.story())
    before = reader.rows()
    heading = reader.page.locator("#findings-table th", has_text=column)
    heading.locator("button").click()
    up = reader.rows()
    assert heading.get_attribute("aria-sort") == "ascending"
    first = [row[place].splitlines()[0] for row in before]
    assert [row[place].splitlines()[0] for row in up] == sorted(first, key=str.lower)
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert [row[place].splitlines()[0] for row in reader.rows()] == sorted(first, key=str.lower, reverse=True)
    assert reader.page.locator('#findings-table th[aria-sort$="ending"]').count() == 1


def test_severities_sort_by_weight_and_numbers_as_numbers(open_report: Open) -> None:
    reader = open_report(samples.fleet(14, 40))
    reader.page.locator("#findings-table th", has_text="Severity").locator("button").click()
    words = [row[0].split()[0] for row in reader.rows()]
    assert words == sorted(words, key=["Drift", "Problem", "Remark"].index)
    reader.page.locator("#servers-table th", has_text="Problems").locator("button").click()
    numbers = [-1 if row[3] == "\u2013" else int(row[3]) for row in reader.rows("#servers-table")]
    assert len(set(numbers)) > 2
    assert numbers == sorted(numbers)


def test_search_severity_kind_and_new_narrow_the_table(open_report: Open) -> None:
    document = samples.story()
    reader = open_report(document)
    everything = reader.rows()
    assert reader.status() == f"All {len(everything)} shown."
    reader.page.fill('[data-filter="text"] >> nth=0', "CARLA whm1")
    assert {row[1] for row in reader.rows()} == {"whm1.example.com"}
    assert reader.status() == f"2 of {len(everything)} match."
    reader.page.get_by_role("button", name="Reset").first.click()
    assert reader.rows() == everything
    reader.page.uncheck('[data-filter="severity"][value="drift"]')
    assert {row[0].split()[0] for row in reader.rows()} == {"Problem", "Remark"}
    reader.page.get_by_role("button", name="Reset").first.click()
    reader.page.select_option('[data-filter="kind"]', "spf")
    assert {row[2] for row in reader.rows()} == {"SPF"}
    reader.page.get_by_role("button", name="Reset").first.click()
    reader.page.check('[data-filter="new"]')
    assert len(reader.rows()) == len(document["compared_with"]["new"])
    reader.page.fill('[data-filter="text"] >> nth=0', "no such thing")
    assert reader.rows() == []


def test_a_tile_shows_only_its_severity(open_report: Open) -> None:
    reader = open_report(samples.story())
    reader.page.click(".tile.problem")
    assert {row[0].split()[0] for row in reader.rows()} == {"Problem"}


def test_long_tables_come_in_pages_of_a_hundred(open_report: Open) -> None:
    accounts = [samples.account(f"u{n:03}", hold=True) for n in range(250)]
    reader = open_report(samples.audit(samples.audited("whm1", samples.facts(accounts=accounts))))
    assert len(reader.rows()) == 100
    more = reader.page.locator(".more").first
    assert more.inner_text() == "Show 100 more"
    more.click()
    assert len(reader.rows()) == 200
    assert reader.page.evaluate("document.activeElement.cells[3].innerText") == "u100"
    more.click()
    assert len(reader.rows()) == 250
    assert not more.is_visible()
    reader.page.fill('[data-filter="text"] >> nth=0', "u24")
    assert len(reader.rows()) == 10


def test_everything_can_be_done_with_the_keyboard(open_report: Open) -> None:
    reader = open_report(samples.story())
    page = reader.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen: list[str] = []
    for _press in range(60):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("document.activeElement.innerText ?? ''") or page.evaluate("document.activeElement.tagName")
        )
        if page.evaluate("document.activeElement.closest('#findings-table th') !== null"):
            break
    assert "Dark" in " ".join(seen)
    outline = page.evaluate(
        "[getComputedStyle(document.activeElement).outlineStyle, getComputedStyle(document.activeElement).outlineWidth]"
    )
    assert outline == ["solid", "3px"]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('th').getAttribute('aria-sort')") == "ascending"
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.closest('th').getAttribute('aria-sort')") == "descending"


def test_it_is_dark_where_the_system_is_and_when_it_is_asked_to_be(open_report: Open) -> None:
    light, dark = open_report(samples.story()), open_report(samples.story(), color_scheme="dark")
    assert background(light) != background(dark)
    button = light.page.get_by_role("button", name="Dark")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert background(light) == background(dark)
    assert button.get_attribute("aria-pressed") == "true"
    light.page.reload()
    light.page.wait_for_function(
        "color => getComputedStyle(document.body).backgroundColor === color", arg=background(dark)
    )
    light.page.get_by_role("button", name="Dark").click()
    assert background(light) != background(dark)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_sticks_out_on_a_phone(open_report: Open, name: str) -> None:
    reader = open_report(DOCUMENTS[name](), **PHONE)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 360
    sizes = reader.page.evaluate(
        "[...document.querySelectorAll('.tools button, .tools select, #look')].map(e => e.offsetHeight)"
    )
    assert all(height >= 24 for height in sizes)


def test_on_paper_there_are_no_tools_and_all_cards_are_open(open_report: Open) -> None:
    reader = open_report(samples.fleet(16, 20), color_scheme="dark")
    assert reader.page.locator("details.card[open]").count() == 0
    reader.page.emulate_media(media="print")
    assert not reader.page.locator(".tools").first.is_visible()
    assert not reader.page.locator("#look").is_visible()
    assert background(reader) == "rgb(255, 255, 255)"
    reader.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert reader.page.locator("details.card[open]").count() == 16
    reader.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert reader.page.locator("details.card[open]").count() == 0
    assert reader.page.pdf().startswith(b"%PDF")


def test_without_scripts_all_is_there_and_no_dead_button(open_report: Open) -> None:
    document = samples.story()
    reader = open_report(document, java_script_enabled=False)
    assert len(reader.rows()) == sum(len(row["drift"]) for row in document["servers"])
    assert not [button for button in reader.page.locator("button, input, select").all() if button.is_visible()]
    assert not reader.page.get_by_text("Findings of this server").first.is_visible()


def test_a_link_to_a_server_opens_its_card_and_the_card_leads_to_its_findings(open_report: Open) -> None:
    reader = open_report(samples.fleet(16, 20))
    link = reader.page.locator("#servers-table a", has_text="whm003")
    place = str(link.get_attribute("href"))
    link.click()
    card = reader.page.locator("details.card", has=reader.page.locator(place))
    assert card.get_attribute("open") is not None
    card.get_by_text("Findings of this server").click()
    found = reader.page.locator("#findings-table tbody tr").all()
    assert found
    assert [row for row in found if "whm003" not in row.text_content()] == []


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_page_never_scrolls_by_itself(open_report: Open, motion: str) -> None:
    """A reader who follows a link past hundreds of cards would wait, and land somewhere else."""
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    assert open_report(samples.audit(), reduced_motion=motion).page.evaluate(behaviour) == "auto"


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
@pytest.mark.parametrize("name", ["story", "hostile", "nobody"])
def test_axe_finds_nothing(open_report: Open, name: str, options: dict[str, Any]) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is missing: pip install -r requirements-dev.txt"
    )
    reader = open_report(DOCUMENTS[name](), reduced_motion="reduce", **options)
    # the page's own policy forbids a script that is added to it; the driver's is none of the page's
    result = axe.Axe().run(
        reader.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert result.response["violations"] == [], result.generate_report()
    assert len(result.response["passes"]) > 15


def test_three_hundred_servers_of_five_hundred_accounts_are_one_page(open_report: Open) -> None:
    """The most findings that a page lists, and as many server cards as a large fleet has. `make bench` measures how fast it opens."""
    servers = [samples.audited(f"whm{n:03}", samples.facts(accounts=_held(n))) for n in range(300)]
    reader = open_report(samples.audit(*servers))
    assert reader.page.evaluate("document.documentElement.outerHTML.length") < 10_000_000
    assert "10000" in reader.status()
    assert len(reader.rows()) == 100


def _held(server: int) -> list[dict[str, Any]]:
    return [samples.account(f"u{server:03}x{n:03}", hold=n < 35) for n in range(500)]
