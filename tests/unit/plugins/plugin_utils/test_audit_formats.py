# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's files: complete, well-formed, and inert whatever servers and customers call their things."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit import page as _audit_page
from ansible_collections.whm.mail.plugins.plugin_utils._audit.charts import bars, parts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.formats import COLUMNS, as_csv, as_json, as_junit, plain
from ansible_collections.whm.mail.plugins.plugin_utils._audit.page import as_html, number, percent, size, visible
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import account, audit, audited, facts, lost
from hypothesis import given, settings
from hypothesis import strategies as st

FORMULA = tuple("=+-@\t\r\n")


def lines(document: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(document), newline="")))


def held(*names: str) -> dict[str, Any]:
    return audit(audited("whm1", facts(accounts=[account(name, hold=True) for name in names])))


class Page(HTMLParser):
    """Elements, their attributes, and the text of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_json_holds_the_document_and_only_ascii() -> None:
    text = as_json(samples.hostile())
    assert text.isascii()
    assert json.loads(text) == json.loads(json.dumps(samples.hostile()))


def test_csv_has_a_line_for_each_finding_and_each_unread_server() -> None:
    document = samples.story()
    rows = lines(document)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == sum(len(row["drift"]) for row in document["servers"]) + 1
    (unread,) = [row for row in rows if row["severity"] == "unread"]
    assert (unread["server"], unread["found"]) == ("whm4.example.com", "unreachable")
    assert {row["since_earlier"] for row in rows} == {"new", "open", ""}


def test_csv_says_nothing_about_an_earlier_audit_where_there_was_none() -> None:
    assert {row["since_earlier"] for row in lines(held("bob"))} == {""}


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "\n=1", "\uff1d1", *samples.HOSTILE]
)
def test_no_cell_of_the_csv_is_a_formula(name: str) -> None:
    (row,) = lines(held(name))
    assert not [
        value
        for value in row.values()
        if value.lstrip(" ").startswith((*FORMULA, "\uff1d", "\uff0b", "\uff0d", "\uff20"))
    ]
    assert row["item"] in (name, f"'{name}")


@settings(deadline=None)
@given(st.text(min_size=1))
def test_whatever_an_account_is_called_the_csv_can_be_read_back(name: str) -> None:
    (row,) = lines(held(name))
    assert row["item"] in (plain(name), f"'{plain(name)}")
    assert not row["item"].lstrip(" ").startswith(FORMULA)


def test_junit_counts_findings_as_failures_remarks_as_skipped_and_lost_servers_as_errors() -> None:
    document = samples.story()
    root = ET.fromstring(as_junit(document))  # noqa: S314  (our own text)
    count = document["summary"]["findings"]
    assert [suite.get("name") for suite in root] == [row["name"] for row in document["servers"]]
    assert (root.get("failures"), root.get("errors"), root.get("skipped")) == (
        str(count["drift"] + count["problem"]),
        "1",
        str(count["info"]),
    )
    assert len(list(root.iter("testcase"))) == int(root.get("tests", 0))
    for suite in root:
        for attribute, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute, -1)) == len(list(suite.iter(element)))
    (error,) = root.iter("error")
    assert error.get("type") == "unreachable"


def test_a_clean_server_is_a_passed_test() -> None:
    root = ET.fromstring(as_junit(audit(audited("whm1", facts()))))  # noqa: S314  (our own text)
    (case,) = root.iter("testcase")
    assert list(case) == []


@settings(deadline=None)
@given(st.text(min_size=1))
def test_whatever_an_account_is_called_the_junit_is_xml(name: str) -> None:
    root = ET.fromstring(as_junit(held(name)).encode("utf-8"))  # noqa: S314  (our own text)
    assert root.get("skipped") == "1"


def test_every_format_can_be_written_as_utf_8() -> None:
    document = held("half \ud800 a character")
    for text in (as_json(document), as_csv(document), as_junit(document), as_html(document, "t")):
        text.encode("utf-8")


def test_the_page_shows_every_finding_server_and_reason() -> None:
    document = samples.story()
    page = Page(as_html(document, "Mail audit"))
    text = " ".join(page.words)
    for row in document["servers"]:
        assert row["name"] in text
    assert "no connection within 10 seconds" in text
    rows = [attributes for attributes in page.named("tr") if "data-severity" in attributes]
    assert [row["data-severity"] for row in rows] == sorted(
        (finding["severity"] for row in document["servers"] for finding in row["drift"]),
        key=["drift", "problem", "info"].index,
    )
    assert len([row for row in rows if "data-new" in row]) == len(document["compared_with"]["new"])


@pytest.mark.parametrize(
    ("document", "headline"),
    [
        (audit(), "No server could be read"),
        (audit(lost("a")), "No server could be read"),
        (audit(audited("a", facts())), "Everything read is as the policy wants it"),
        (audit(audited("a", facts()), policy_given=False), "No problems found"),
        (audit(audited("a", facts(exim={"valid": False, "message": "x"}))), "No drift, but 1 problem"),
        (
            audit(audited("a", facts(exim={"valid": False, "message": "x"}), {"exim": {"state": "valid"}})),
            "1 difference from the policy on 1 server",
        ),
        (samples.story(), "5 differences from the policy on 3 servers"),
    ],
)
def test_the_headline_says_what_matters(document: Any, headline: str) -> None:
    (found,) = re.findall(r'<h2 id="verdict">\s*(.*?)\s*</h2>', as_html(document, "t"), re.DOTALL)
    assert found == headline


def test_the_page_needs_nothing_but_itself() -> None:
    page = Page(as_html(samples.story(), "Mail audit"))
    assert not [
        tag for tag, _attributes in page.elements if tag in ("link", "img", "iframe", "object", "form", "base", "embed")
    ]
    assert not [
        row for _tag, row in page.elements if "src" in row or any(key.startswith("on") for key in row) or "style" in row
    ]
    assert all((row.get("href") or "").startswith("#") for _tag, row in page.elements if "href" in row)
    (policy,) = [row["content"] for row in page.named("meta") if row.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_hostile_names_add_no_element_to_the_page() -> None:
    """The same page with harmless names of the same number has the same elements and attributes, and more tasks to paste: their
    modules would take those names."""
    document = samples.hostile()
    page = Page(as_html(document, samples.HOSTILE[1]))
    harmless = json.dumps(document)
    for place, name in enumerate(samples.HOSTILE):
        harmless = harmless.replace(json.dumps(name)[1:-1], f"harmless{place}")
    other = Page(as_html(json.loads(harmless), "harmless"))
    mine, theirs = ([(tag, sorted(row)) for tag, row in each.elements if tag != "pre"] for each in (page, other))
    assert mine == theirs
    text = " ".join(page.words)
    assert "<script>alert(1)</script>" in text
    assert "\\u202egnp.exe\\u202c" in text


@settings(deadline=None, max_examples=30)
@given(st.text(min_size=1, max_size=20))
def test_no_name_can_end_the_cell_it_stands_in(name: str) -> None:
    page = Page(as_html(held(name), name))
    assert len(page.named("script")) == 2
    assert len(page.named("td")) == len(Page(as_html(held("bob"), "t")).named("td"))


def test_a_page_never_cuts_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_audit_page, "MOST_FINDINGS", 3)
    text = as_html(held("a", "b", "c", "d", "e"), "t")
    assert "The first 3 of 5 findings" in text
    assert len([row for row in Page(text).named("tr") if "data-severity" in row]) == 3


def test_a_large_fleet_stays_below_the_size_that_phones_take() -> None:
    """300 servers of 500 accounts in small: what a server costs, and what the most findings cost."""
    servers = len(as_html(samples.fleet(21, 50, faults=0), "t")) - len(as_html(samples.fleet(1, 50, faults=0), "t"))
    one, many = (len(as_html(held(*(f"account{n:05}" for n in range(count))), "t")) for count in (100, 600))
    assert servers / 20 * 300 + (many - one) / 500 * _audit_page.MOST_FINDINGS < 10_000_000


def test_parts_fill_the_whole_in_order() -> None:
    found = parts([("a", "good", 3), ("none", "bad", 0), ("b", "warn", 1)], 100)
    assert [(part.label, part.start, part.size) for part in found] == [("a", 0, 75), ("b", 75, 25)]
    assert parts([("a", "good", 0)], 100) == []


def test_bars_stand_in_proportion_to_the_longest() -> None:
    assert [found.size for found in bars([("a", 4, "", ""), ("b", 1, "", ""), ("c", 0, "", "")])] == [1000, 250, 0]
    assert bars([("a", 0, "", "")])[0].size == 0


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.001, "under 1 %"), (0.5, "50 %"), (0.999, "over 99 %"), (1, "100 %")]
)
def test_percentages_do_not_round_to_all_or_nothing(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("octets", "text"), [(0, "0 B"), (900, "900 B"), (1536, "1.5 KiB"), (7516192768, "7.0 GiB"), (2**52, "4096 TiB")]
)
def test_sizes_have_the_unit_that_people_choose(octets: int, text: str) -> None:
    assert size(octets) == text


def test_numbers_and_invisible_characters() -> None:
    assert number(1234567) == "1\u202f234\u202f567"
    assert visible("a\u202eb\x00c\u200b\nd") == "a\\u202eb\\u0000c\\u200b\nd"
    assert visible([True, None, 1]) == "yes, , 1"


def test_a_key_to_publish_is_folded_and_there_in_full() -> None:
    key = "v=DKIM1; k=rsa; p=" + "MIIBIjANBgkq+/" * 40 + "DAQAB;"
    finding = {
        "resource": "dkim",
        "message": f"DKIM: there is no record at x.example; publish there the TXT record {key}",
    }
    short = _audit_page.sentence(finding)
    assert (
        short
        == "There is no record at x.example; publish there the TXT record v=DKIM1; k=rsa; p=MIIBIjANBgkq+/\u2026+/DAQAB;"
    )
    assert _audit_page.whole(finding) == f"There is no record at x.example; publish there the TXT record {key}"
    assert _audit_page.whole({"resource": "exim", "message": "The Exim configuration is not valid."}) == ""
    server = audited("whm1", facts())
    row = {
        "id": "i",
        "item": "x.example",
        "field": "state",
        "severity": "drift",
        "expected": "present",
        "found": "absent",
    }
    server["drift"] = [{**row, **finding}]
    page = as_html(audit(server), "T")
    assert page.count('<details class="whole">') == 1
    assert page.count(key) == 1
