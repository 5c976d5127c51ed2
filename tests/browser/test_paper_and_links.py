# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on paper, where its links lead, and whether a number is the same wherever it stands."""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.browser.conftest import Open, Reader
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples

A4 = {"width": 688, "height": 1000}  # what is left of it between the margins
LONG = (
    "a-server-with-a-name-as-long-as-names-can-be-without-being-refused.of.a.customer.with.many.departments.example.com"
)


def printed(reader: Reader, folder: Path) -> str:
    """The words on paper, without the breaks of lines."""
    pdftotext = shutil.which("pdftotext")
    if not pdftotext:
        pytest.skip("what is printed is not looked at: apt-get install poppler-utils")
    file = folder / "report.pdf"
    reader.page.pdf(path=str(file), format="A4")
    argv = [pdftotext, "-raw", str(file), "-"]
    return " ".join(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())


def many() -> dict[str, Any]:
    """More findings, servers and accounts that are held than the screen shows at first."""
    held = [samples.account(f"u{n:03}", hold=True) for n in range(250)]
    few = [samples.audited(f"whm{n:03}", samples.facts()) for n in range(2, 130)]
    return samples.audit(samples.audited("whm001", samples.facts(accounts=held)), *few, samples.lost("whm130"))


def test_every_finding_and_server_is_printed(open_report: Open, tmp_path: Path) -> None:
    reader = open_report(many())
    assert len(reader.rows()) == 100
    words = printed(reader, tmp_path)
    assert [n for n in range(250) if f"Outgoing mail of u{n:03} is held" not in words] == []
    assert [n for n in range(1, 131) if f"whm{n:03} " not in words.partition("Drift Problems Remarks")[2]] == []
    assert "Only " not in words
    assert words.count("Severity Server Kind Item Finding") > 3  # on top of every page
    assert len(reader.rows()) == 100  # the screen is as it was


def test_what_the_filters_leave_is_printed_and_the_filters_are_named(open_report: Open, tmp_path: Path) -> None:
    reader = open_report(many())
    reader.page.fill('[data-filter="text"] >> nth=0', "u1")
    reader.page.uncheck('[data-filter="severity"][value="drift"]')
    reader.page.select_option('[data-filter="kind"]', "outgoing_mail")
    reader.page.fill('[data-filter="text"] >> nth=1', "whm00")
    words = printed(reader, tmp_path)
    found = {int(n) for n in re.findall(r"Outgoing mail of u(\d+) is held", words)}
    assert found == {n for n in range(250) if "u1" in f"u{n:03}"}
    total = len(reader.page.evaluate("tables.get('findings-table').rows"))
    assert (
        f"Only {len(found)} of {total} are printed here, those with the words \u201cu1\u201d; the kind Outgoing mail; "
        "the severity Problem or Remark." in words
    )
    assert "Only 9 of 130 are printed here, those with the words \u201cwhm00\u201d." in words


@pytest.mark.parametrize("media", ["event", "media"])
def test_it_is_drawn_for_paper_however_the_browser_says_so(open_report: Open, media: str) -> None:
    reader = open_report(many())
    begin, end = ("print", "screen") if media == "media" else ("beforeprint", "afterprint")
    for word, rows in ((begin, 250), (end, 100), (begin, 250)):
        if media == "media":
            reader.page.emulate_media(media=word)
        else:
            reader.page.evaluate("word => dispatchEvent(new Event(word))", word)
        reader.page.wait_for_function(f"() => document.querySelectorAll('#findings-table tbody tr').length === {rows}")


@pytest.mark.parametrize("name", ["story", "hostile", "long"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_of_the_paper(open_report: Open, name: str, scheme: str) -> None:
    long = samples.facts(accounts=[samples.account("u" * 60 + str(n), hold=True) for n in range(3)])
    documents = {
        "story": samples.story,
        "hostile": samples.hostile,
        "long": lambda: samples.audit(samples.audited(LONG, long), samples.lost("b." + LONG)),
    }
    reader = open_report(documents[name](), viewport=A4, color_scheme=scheme)
    reader.page.emulate_media(media="print")
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= A4["width"]
    pale = reader.page.evaluate(
        """[...document.querySelectorAll("main *")].filter(e => e.checkVisibility() && e.innerText?.trim()
          && getComputedStyle(e).color.match(/\\d+/g).slice(0, 3).every(part => part > 150)).map(e => e.innerText)"""
    )
    assert pale == []


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_links_land_where_they_lead(open_report: Open, motion: str) -> None:
    reader = open_report(many(), reduced_motion=motion)
    page = reader.page
    page.locator(".more").nth(1).click()
    wanted = page.evaluate("parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop)")
    for name in ("whm090", "whm002", "whm101", "whm060"):
        page.evaluate("document.querySelector('#servers').scrollIntoView({behavior: 'instant'})")
        page.locator("#servers-table a", has_text=name).click()
        card = page.locator("details.card[open]", has=page.locator("summary", has_text=name))
        assert landed(page, "#" + str(card.locator(".at").get_attribute("id")), wanted) <= 1, name
    place = str(page.locator("#servers-table a", has_text="whm090").get_attribute("href"))
    fresh = reader.page.context.new_page()
    fresh.goto(page.url.partition("#")[0] + place)
    assert landed(fresh, place, wanted) <= 1
    for link in page.locator("nav.sections a, .tile").all():
        place = str(link.get_attribute("href"))
        link.click()
        assert landed(page, place, wanted) <= 1, place


def landed(page: Any, place: str, wanted: float) -> float:
    """How far from where it should be the target of a link is in the end: once it got there, and half a second later."""
    with suppress(Exception):  # that it never gets there is said by the number
        page.wait_for_function(
            "([place, y]) => Math.abs(document.querySelector(place).getBoundingClientRect().top - y) <= 1",
            arg=[place, wanted],
        )
    page.wait_for_timeout(500)
    return float(abs(page.locator(place).bounding_box()["y"] - wanted))


def overlapping() -> dict[str, Any]:
    """Accounts of which several things are true, or nothing is known; messages of no known age; domains that were not checked."""
    accounts = [
        samples.account("held", hold=True),
        samples.account("both", hold=True, suspended=True),
        samples.account("all", hold=True, suspended=True, outgoing_suspended=True),
        samples.account("fine"),
        samples.account("silent", hold=None, outgoing_suspended=None),
    ]
    queue = samples.queue(samples.message(), samples.message(frozen=True))
    queue["messages"].append({**samples.message(), "age": None})
    unchecked = [samples.auth("a.example", dkim=None), samples.auth("b.example", spf=samples.check("missing", []))]
    first = samples.facts(accounts=accounts, queue=queue, auth=unchecked)
    second = samples.facts(auth=[samples.auth("c.example", dmarc=None)])
    return samples.audit(samples.audited("whm1", first), samples.audited("whm2", second), samples.lost("whm3"))


@pytest.mark.parametrize("make", [overlapping, samples.story, many, lambda: samples.fleet(9, 80)])
def test_a_number_is_the_same_wherever_it_stands(open_report: Open, make: Any) -> None:
    document = make()
    reader = open_report(document)
    page = reader.page
    summary, servers = document["summary"], document["servers"]
    rows = {row[0]: row for row in reader.rows("#servers-table")}
    if len(servers) <= 100:
        for place, key in ((2, "drift"), (3, "problem"), (4, "info")):
            assert sum(number(row[place]) for row in rows.values()) == summary["findings"][key]
        for place, key in ((5, "total"), (6, "held")):
            assert sum(number(row[place]) for row in rows.values()) == summary["accounts"][key]
        assert sum(number(row[7]) for row in rows.values()) == summary["domains"]
        assert sum(number(row[8]) for row in rows.values()) == summary["queue"]["messages"]
    tiles = [number(text) for text in page.locator(".tiles:not(.figures) b").all_inner_texts()]
    lost = [row for row in servers if "error" in row]
    assert tiles == [*(summary["findings"][key] for key in ("drift", "problem", "info")), len(lost)]
    assert page.locator(".lost li").count() == len(lost)

    accounts = summary["accounts"]
    legend = " ".join(page.locator(".ring .legend").inner_text().split())
    parts = {
        name: number(count) for name, count in re.findall(r"(Sending|Not sending|Not known) ([\d\u202f]+)", legend)
    }
    assert sum(parts.values()) == accounts["total"]
    assert parts.get("Sending", 0) == accounts["sending"]
    panel = page.locator(".panel", has=page.locator(".ring")).inner_text()
    for words, key in (("outgoing mail held", "held"), ("account suspended", "suspended")):
        said = re.search(rf"{words} ([\d\u202f]+)", panel)
        assert (number(said[1]) if said else 0) == accounts[key]
    bars = [number(text) for text in page.locator("svg.columns .value").all_text_contents()]
    assert sum(bars) == summary["queue"]["messages"]
    for stack in page.locator(".stack").all():
        assert sum(number(text) for text in stack.locator(".legend b").all_inner_texts()) == summary["domains"]

    page.emulate_media(media="print")
    page.wait_for_function("() => !document.querySelector('details:not([open])')")
    for server in servers:
        figures = (server.get("figures") or {}).get("accounts")
        if not figures:
            continue
        card = page.locator("details.card", has=page.locator("summary h3", has_text=re.compile(f"^{server['name']}$")))
        text = " ".join(card.inner_text().split())
        said = re.search(r"outgoing mail held: ([\d\u202f]+)", text)
        assert (number(said[1]) if said else 0) == figures["held"]
        listed = [
            row.locator("dd bdi").count()
            for row in card.locator("dl > div").all()
            if "held" in row.locator("dt").inner_text()
        ]
        assert sum(listed) == sum(row["hold"] is True for row in figures["stopped"][:50])
        if (server["figures"].get("auth") or {}).get("dkim", {}).get("not_checked"):
            assert "not checked: DKIM" in text
            assert "all valid" not in text


def number(text: str) -> int:
    text = text.replace("\u202f", "").strip()
    return int(text) if text.isdigit() else 0


def test_findings_that_are_not_listed_are_not_said_to_be_none(
    open_report: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more was found than a page lists, a filter that leaves nothing says that it looked at those only."""
    from ansible_collections.whm.mail.plugins.plugin_utils._audit import page as _audit_page

    monkeypatch.setattr(_audit_page, "MOST_FINDINGS", 120)
    reader = open_report(many())
    reader.page.fill('[data-filter="text"] >> nth=0', "u249")
    left = len([finding for row in many()["servers"] for finding in row["drift"]]) - 120
    assert reader.status() == f"0 of 120 listed ({left} more are in audit.csv) match."
