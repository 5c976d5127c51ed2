# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page says of many servers: groups, advice, trends, who ran it; and that a number is one number."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.plugin_utils._audit import page as _audit_page
from ansible_collections.whm.mail.plugins.plugin_utils._audit.groups import groups
from ansible_collections.whm.mail.plugins.plugin_utils._audit.page import as_html
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import account, audit, audited, facts, lost

NOWHERE = [{"user": "root", "destinations": []}]


def text(document: dict[str, Any]) -> str:
    return as_html(document, "Mail audit")


def body(document: dict[str, Any]) -> str:
    """The words of the page, without its style and scripts."""
    page = re.sub(r"<(style|script)>.*?</\1>", "", text(document), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def nowhere(count: int) -> dict[str, Any]:
    """Servers whose root mail goes nowhere, and one thing that only the first has."""
    rows = [audited(f"whm{n}", facts(forwards=NOWHERE)) for n in range(2, count + 1)]
    return audit(audited("whm1", facts(forwards=NOWHERE, accounts=[account("bob", hold=True)])), *rows)


@pytest.mark.parametrize("count", [2, 60])
def test_what_is_the_same_on_several_servers_is_one_row_that_names_them(count: int) -> None:
    page = text(nowhere(count))
    assert page.count("<tr data-severity") == 2
    assert f"<summary>{count} servers</summary>" in page
    (row,) = re.findall(r'<details class="group">(.*?)</details>', page)
    assert re.findall(r">(whm\d+)</a>", row) == [f"whm{n}" for n in range(1, count + 1)]  # 9 before 10
    places = re.findall(r'href="#(server-\d+)"', row)
    assert len(set(places)) == count
    assert all(f'id="{place}"' in page for place in places)
    assert f"counted by server {count + 1} findings" in body(nowhere(count))


DIFFERENT: list[tuple[str, Any]] = [
    ("resource", "queue"),
    ("item", "nobody"),
    ("field", "readable"),
    ("severity", "drift"),
    ("message", "Something else."),
    ("expected", 1),
    ("expected", "1"),
    ("expected", []),
    ("found", True),
    ("found", None),
]


@pytest.mark.parametrize(("part", "value"), DIFFERENT)
def test_what_differs_in_anything_is_two_rows(part: str, value: Any) -> None:
    one = {"id": "a", "resource": "forwards", "item": "root", "field": "destinations", "severity": "problem"}
    one |= {"message": "m", "expected": True, "found": 1}
    servers = [{"name": "a", "drift": [one]}, {"name": "b", "drift": [{**one, "id": "b", part: value}]}]
    found, total = groups(servers, 9)
    assert total == len(found) == 2
    assert groups([servers[0], {"name": "b", "drift": [{**one, "id": "b"}]}], 9)[1] == 1


def test_the_severest_come_first_then_what_most_servers_have() -> None:
    found, total = groups(samples.fleet(14, 10)["servers"], 10_000)
    order = [
        (["drift", "problem", "info"].index(group.findings[0]["severity"]), -len(group.servers)) for group in found
    ]
    assert order == sorted(order)
    assert len(groups(samples.fleet(14, 10)["servers"], 3)[0]) == 3
    assert total == len(found) > 3


def test_a_group_is_new_where_one_of_its_servers_is_and_says_which() -> None:
    document = nowhere(3)
    new = [document["servers"][1]["drift"][0]["id"]]
    counted = {"new": new, "gone": [], "open": [], "unknown": [], "changed": [], "servers_added": []}
    page = text({**document, "compared_with": {"generated_at": None, "servers_removed": [], **counted}})
    (row,) = re.findall(r"<tr data-severity[^>]*data-new.*?</details>", page, re.DOTALL)
    assert re.findall(r">(whm\d)</a> <span", row) == ["whm2"]


def test_servers_that_a_group_does_not_name_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_audit_page, "MOST_NAMED", 25)
    same = [account(name, hold=True) for name in ("a", "b", "c")]
    page = text(audit(*(audited(f"whm{n:02}", facts(accounts=same)) for n in range(20))))
    named = [len(re.findall("</a>", row)) for row in re.findall(r'<details class="group">(.*?)</details>', page)]
    assert named == [20, 10, 10]
    assert page.count("and 10 more, in <code>audit.csv</code>") == 2


def test_every_row_says_what_to_do_and_tasks_are_for_its_servers_only() -> None:
    page = text(nowhere(3))
    assert page.count("<summary>What to do</summary>") == page.count("<tr data-severity") == 2
    one, many = sorted(
        (yaml.safe_load(unescape(task))[0] for task in re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)), key=len
    )
    tasks = {task["when"]: task for task in (one, many)}
    assert tasks["inventory_hostname == 'whm1'"]["whm.mail.outgoing_mail"] == {"users": ["bob"], "hold": False}
    assert "whm.mail.forward_destination" in tasks["inventory_hostname in ['whm1', 'whm2', 'whm3']"]


def test_advice_of_very_many_rows_stands_there_once_and_each_leads_to_it() -> None:
    rows = [account(f"u{n:03}", hold=True) for n in range(150)]
    page = text(audit(audited("whm1", facts(accounts=rows, forwards=NOWHERE))))
    assert page.count("Find out why") == 1
    assert page.count('<a href="#do-1">Advice 1</a>') == 150
    assert page.count('id="do-1"') == 1
    assert page.count("somebody reads") == 1  # said in its own row


RUNS = [{"epoch": day, "iso": f"2026-11-{day:02}T06:00:00Z"} for day in range(1, 4)]
KEYS = ("held", "outgoing_suspended", "suspended", "drift", "problem", "queue", "unread")


def test_each_tile_of_a_figure_has_its_line() -> None:
    trends = {"runs": RUNS, "series": {key: [place, None, 7] for place, key in enumerate(KEYS)}}
    page = text({**samples.story(), "trends": trends})
    labels = re.findall(r'<svg class="trend"[^>]*role="img" aria-label="([^"]*)"', page)
    assert len(labels) == len(KEYS)
    for place in range(len(KEYS)):
        assert len([label for label in labels if f"first {place} on 2026-11-01 06:00 UTC, last 7" in label]) == 1


@pytest.mark.parametrize("trends", [None, {"runs": RUNS[:1], "series": {"held": [1]}}, {"runs": RUNS, "series": {}}])
def test_without_two_audits_no_line_is_drawn(trends: Any) -> None:
    assert 'class="trend"' not in text({**samples.story(), "trends": trends})
    assert 'class="trend"' not in text(samples.story())


def test_who_ran_it_and_by_which_policy() -> None:
    policy = {"forwards": [{"user": "root", "destinations": ["ops@example.net"]}], "exim": {"state": "valid"}}
    run = {"by": "ann <b>", "from": "ops.example.net", "policy": policy}
    document = {**samples.story(), "run": {**run, "started_at": {"epoch": 1, "iso": "2026-11-20T12:58:00Z"}}}
    assert "Run by ann <b> from ops.example.net , begun 2026-11-20 12:58 UTC" in body(document)
    page = text(document)
    assert "ann &lt;b&gt;" in page
    (told,) = re.findall(r'<details class="policy">.*?<code>(.*?)</code>', page, re.DOTALL)
    assert yaml.safe_load(unescape(told)) == policy


@pytest.mark.parametrize("run", [None, {}, {"by": None, "from": "", "started_at": None, "policy": {}}])
def test_nothing_is_said_of_who_ran_it_where_that_is_not_known(run: Any) -> None:
    page = text({**samples.story(), "run": run})
    assert "Run by" not in page
    assert 'class="policy"' not in page
    assert page == text(samples.story())


def stopped() -> dict[str, Any]:
    """Five accounts are held: as the policy wants, against it, without it, and with another thing that stops them."""
    first = [
        account("wanted", hold=True),
        account("against", hold=True),
        account("both", hold=True, outgoing_suspended=True, suspended=True),
        account("other", outgoing_suspended=True),
        account("unknown", hold=None),
        account("fine"),
    ]
    policy = {"outgoing_mail": [{"users": ["wanted"], "hold": True}, {"users": ["against"], "hold": False}]}
    second = [account("here", hold=True), account("there", hold=True)]
    return audit(
        audited("whm1", facts(accounts=first), policy),
        audited("whm2", facts(accounts=second)),
        audited("whm3", facts()),
        lost("whm4"),
    )


def test_held_is_one_number_wherever_it_stands() -> None:
    """Accounts with hold true, whatever the policy: how many of them are findings is said beside it, as such."""
    document = stopped()
    counted = {
        row["name"]: sum(account["hold"] is True for account in row["facts"]["accounts"])
        for row in document["servers"][:3]
    }
    assert counted == {"whm1": 3, "whm2": 2, "whm3": 0}
    assert document["summary"]["accounts"]["held"] == 5
    for row in document["servers"][:3]:
        held = [each for each in row["figures"]["accounts"]["stopped"] if each["hold"] is True]
        assert row["figures"]["accounts"]["held"] == len(held) == counted[row["name"]]
    words = body(document)
    assert "5 Outgoing mail held accounts, wanted or not" in words  # the tile
    assert "outgoing mail held 5 (4 of them are findings)" in words  # beside the ring
    assert "outgoing mail held: 3 (2 of them are findings), outgoing mail suspended: 2" in words  # the cards
    assert "outgoing mail held: 2 (2 of them are findings)" in words
    assert "Outgoing mail held against, unknown" not in words
    findings = [row for server in document["servers"] for row in server["drift"]]
    assert sum(row["field"] == "hold" and row["found"] is True for row in findings) == 4
    numbers = re.findall(r"(?i)outgoing mail held:? (\d+)|(\d+) outgoing mail held", words)
    assert {number for pair in numbers for number in pair if number} == {"5", "3", "2"}


CODES = (
    "no_key",
    "weak_key",
    "helo_mismatch",
    "private_address",
    "dkim_error",
    "outgoing_suspended",
    "not_tried",
    "not_checked",
)


def test_a_reader_sees_words_and_no_codes() -> None:
    auth = [
        samples.auth("a.example", dkim=samples.check("no_key", []), spf=samples.check("mismatch")),
        samples.auth("b.example", dkim=samples.check("weak_key"), dmarc=samples.check("dkim_error")),
        samples.auth("c.example", ptr=samples.ptr("helo_mismatch"), dkim=None),
        samples.auth("d.example", ptr=samples.ptr("private_address", "192.0.2.11")),
    ]
    now = facts(auth=auth, accounts=[account("bob", outgoing_suspended=True)])
    was = audit(audited("whm1", facts(auth=[samples.auth(row["domain"]) for row in auth], accounts=[account("bob")])))
    document = audit(audited("whm1", now), samples.server("whm2", "whm2", None, []))
    document["compared_with"] = samples.compare(document, was)
    page = text(document)
    words = re.sub(r"(?s)<pre>.*?</pre>", "", page)  # tasks are no words
    shown = " ".join(re.sub(r"(?s)<(style|script)>.*?</\1>|<[^>]*>", " ", words).split())
    assert [code for code in CODES if code in shown] == []
    assert "valid key too short" in shown
    assert "outgoing mail suspended bob no yes" in shown
    assert "Not tried: An earlier task" in shown
    assert {row["auth"]["dkim"].get("no_key") for row in [document["servers"][0]["figures"]]} == {1}  # JSON keeps codes


def test_a_finding_of_a_subset_names_what_was_not_read() -> None:
    of = facts(auth=None) | {"unavailable": {"auth": {"kind": "permission", "function": "x", "reason": None}}}
    words = body(audit(audited("whm1", of)))
    assert "Not readable DNS records of domains" in words
    assert "(subset auth): not permitted to this login." in words
