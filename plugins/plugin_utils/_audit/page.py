# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one HTML page that needs nothing but itself. Everything variable is escaped by Jinja's autoescaping."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit import charts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.advice import advice, as_yaml
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import STATUSES, STOPS
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SEVERITIES
from ansible_collections.whm.mail.plugins.plugin_utils._audit.formats import plain
from ansible_collections.whm.mail.plugins.plugin_utils._audit.groups import Group, groups
from ansible_collections.whm.mail.plugins.plugin_utils._audit.unread import CHECKS
from ansible_collections.whm.mail.plugins.plugin_utils._audit.words import (
    FIELDS,
    KINDS,
    RESOURCES,
    STATES,
    in_words,
    item_in_words,
    value_in_words,
)
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

Document = Mapping[str, Any]

HERE = Path(__file__).parent / "templates"

#: Most rows of a table of findings; a page of more would open too slowly. The page says so, and where the others are.
MOST_FINDINGS = 10_000
#: Most servers that the rows of several name together; those after that name a few each, and say how many they do not.
MOST_NAMED = 20_000
FEW = 10
#: Rows that may give the same advice before it is said once for all of them.
MANY = 100
MOST_CHANGES = 1_000
MOST_ACCOUNTS = 50  # named on the card of a server
SHORT = 80  # of a sentence that no key fits into
LONGEST = 600  # characters of a sentence or value
WHOLE = 6_000  # of one that a reader asked to see as a whole: a record to publish, with a key of 4,096 bits

# Characters that turn the direction of the text around them, or that nobody sees.
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

_KEY = re.compile(r"[A-Za-z0-9+/=]{80,};?")

_SEVERITIES = {"drift": "Drift", "problem": "Problem", "info": "Remark"}
_MANY = {"drift": "Drift", "problem": "Problems", "info": "Remarks"}
_STOPPED = {
    "held": "outgoing mail held",
    "outgoing_suspended": "outgoing mail suspended",
    "suspended": "account suspended",
}
#: Figures over time to what their line is called.
_TRENDS = {
    "drift": "Drift",
    "problem": "Problems",
    "unread": "Servers not read",
    "held": "Accounts whose outgoing mail is held",
    "outgoing_suspended": "Accounts whose outgoing mail is suspended",
    "suspended": "Suspended accounts",
    "queue": "Messages in queues",
}


def as_html(document: Document, title: str) -> str:
    """The page."""
    style, early, script = (Markup(_asset(name)) for name in ("style.css", "early.js", "page.js"))  # noqa: S704  (our own files)
    page = _environment().get_template("page.html.j2")
    return page.render(
        title=title, style=style, early=early, script=script, policy=_security(style, early, script), **view(document)
    )


def _asset(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8").strip()


def _security(style: str, *scripts: str) -> str:
    """A content security policy that allows this page's own style and scripts, and nothing else whatsoever."""
    allowed = " ".join(_digest(script) for script in scripts)
    return f"default-src 'none'; style-src {_digest(style)}; script-src {allowed}; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return "'sha256-{}'".format(base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        visible=visible,
        number=number,
        size=size,
        percent=percent,
        resource=lambda name: RESOURCES.get(name, name),
        shortened=shortened,
        stops=stops,
        by_stop=by_stop,
        moment=charts.moment,
        item=lambda row: shortened(item_in_words(row["resource"], row["item"])),
        field=lambda name: in_words(name, FIELDS),
        value=lambda value, field: shortened(value_in_words(field, value)),
        kind=lambda kind: in_words(kind, KINDS),
    )
    environment.globals.update(severities=_SEVERITIES, many=_MANY, statuses=STATES)
    return environment


def view(document: Document) -> dict[str, Any]:
    """What the template shows, in the order in which it shows it."""
    servers = sorted(document["servers"], key=_most_urgent_first)
    compared = document.get("compared_with")
    found, total = groups(servers, MOST_FINDINGS)
    places = {server["name"]: place for place, server in enumerate(servers, 1)}
    rows = list(_rows(found, places, set(compared["new"]) if compared else set()))
    return {
        "document": document,
        "summary": document["summary"],
        "servers": [_card(server) for server in servers],
        "unread": [row for row in servers if "error" in row],
        "findings": rows,
        "shared": _shared(rows),
        "total_rows": total,
        "total_findings": sum(len(server["drift"]) for server in servers),
        "kinds": sorted({group.findings[0]["resource"] for group in found}),
        "compared": compared,
        "most_changes": MOST_CHANGES,
        "most_accounts": MOST_ACCOUNTS,
        "drifting": sum(any(row["severity"] == "drift" for row in server["drift"]) for server in servers),
        "held_findings": sum(_held_findings(server) for server in servers),
        "charts": _charts(servers, document["summary"]["accounts"]),
        "trends": charts.trends(document.get("trends"), _TRENDS),
        "trend_size": (charts.TREND_WIDE, charts.TREND_HIGH),
        "run": _run(document.get("run")),
    }


def _rows(found: Sequence[Group], places: Mapping[str, int], new: Set[str]) -> Iterator[dict[str, Any]]:
    """Rows of the table of findings, each with what to do about it.

    :param places: server to the number of its card.
    :param new: ids of findings that the earlier audit did not have.
    """
    left = MOST_NAMED
    for group in found:
        names = sorted(group.servers, key=_in_order) if len(group.servers) > 1 else group.servers
        named = names[: max(left, FEW)]
        left -= len(named) if len(names) > 1 else 0
        fresh = {name for name, finding in zip(group.servers, group.findings) if finding["id"] in new}
        words, task = advice(group.findings[0], names)
        yield {
            "finding": group.findings[0],
            "sentence": sentence(group.findings[0]),
            "full": whole(group.findings[0]),
            "servers": [(name, places[name], name in fresh) for name in named],
            "count": len(names),
            "new": bool(fresh),
            "advice": words,
            "task": task,
        }


def _shared(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Advice that so many rows give that the page says it once, to its number there."""
    counts = Counter(row["advice"] for row in rows)
    return {words: place for place, words in enumerate((each for each in counts if counts[each] > MANY), 1)}


def _in_order(name: str) -> list[tuple[int, str]]:
    """Names as people order them: whm9 before whm10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _held_findings(server: Mapping[str, Any]) -> int:
    """How many of the accounts that are held are findings: the policy wants them not to be, or says nothing of them."""
    return sum(
        row["resource"] == "outgoing_mail" and row["field"] == "hold" and row["found"] is True
        for row in server["drift"]
    )


def _run(run: Mapping[str, Any] | None) -> dict[str, str]:
    """Who made the audit, from where, when, by which policy; what is not known is empty."""
    given = run or {}
    policy = given.get("policy")
    # what comes from Ansible may be texts of its own kinds, which YAML does not know
    text = as_yaml(json.loads(json.dumps(policy, default=str)), readable=True) if policy else ""
    return {
        "by": str(given.get("by") or ""),
        "from": str(given.get("from") or ""),
        "at": str((given.get("started_at") or {}).get("iso") or ""),
        "policy": text,
    }


def _charts(servers: Sequence[Mapping[str, Any]], total: Mapping[str, int]) -> dict[str, Any]:
    figures = [row["figures"] for row in servers if "figures" in row]
    return {
        "accounts": charts.accounts(*(total[key] or 0 for key in ("total", "sending", "not_known"))),
        "authentication": charts.authentication(figures),
        "queue": charts.queue(figures),
        "senders": charts.senders(servers),
        "mailboxes": charts.mailboxes(servers),
        "full": charts.FULL,
        "around": round(charts.AROUND, 2),
        "radius": charts.RADIUS,
    }


def _most_urgent_first(server: Mapping[str, Any]) -> tuple[Any, ...]:
    counts = _counts(server)
    return (-STATUSES.index(server["status"]), -counts["drift"], -counts["problem"], server["name"])


def _counts(server: Mapping[str, Any]) -> dict[str, int]:
    return {name: sum(row["severity"] == name for row in server["drift"]) for name in SEVERITIES}


def _card(server: Mapping[str, Any]) -> dict[str, Any]:
    figures = server.get("figures") or {}
    auth = figures.get("auth") or {}
    faulty = {check: _faulty(auth.get(check) or {}) for check in CHECKS}
    return {
        "name": server["name"],
        "host": server["host"],
        "status": server["status"],
        "error": server.get("error"),
        "version": figures.get("version"),
        "counts": _counts(server),
        "held_findings": _held_findings(server),
        "accounts": figures.get("accounts"),
        "domains": auth.get("domains"),
        "faulty": {check: count for check, count in faulty.items() if count},
        "not_checked": _not_checked(auth),
        "queue": figures.get("queue"),
        "senders": (figures.get("top_senders") or [])[:3],
        "mailboxes": (figures.get("largest_mailboxes") or [])[:3],
    }


def _faulty(validities: Mapping[str, int]) -> int:
    return sum(count for validity, count in validities.items() if validity not in ("valid", "not_checked"))


def _not_checked(auth: Mapping[str, Any]) -> dict[str, int]:
    counts = {check: (auth.get(check) or {}).get("not_checked", 0) for check in CHECKS}
    return {check: count for check, count in counts.items() if count}


def stops(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What stops how many accounts, in words, without what stops none."""
    return [(_STOPPED[name], counts[name]) for _key, name in STOPS if counts[name]]


def by_stop(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Accounts by all that stops them, in words."""
    found: dict[str, list[str]] = {}
    for row in rows:
        why = " and ".join(_STOPPED[name] for key, name in STOPS if row.get(key) is True)
        found.setdefault(why, []).append(str(row["user"]))
    return list(found.items())


def visible(value: Any) -> str:
    """A value as people read it, with what they could not see, or what would turn the text around it, spelt out."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", plain(value))


def shortened(value: Any, longest: int = LONGEST) -> str:
    text = visible(value)
    return text if len(text) <= longest else text[:longest] + " \u2026"


def sentence(finding: Mapping[str, Any]) -> str:
    """What was found, without the kind, which has a column of its own, and with a few characters for a key that nobody reads."""
    text = _said(finding)
    return shortened(
        _KEY.sub(lambda found: f"{found[0][:16]}\u2026{found[0][-8:]}", text) if len(text) > SHORT else text
    )


def whole(finding: Mapping[str, Any]) -> str:
    """The same with all that is to be published; empty where the sentence says it all."""
    if len(finding["message"]) <= SHORT:
        return ""
    text = shortened(_said(finding), WHOLE)
    return "" if text == sentence(finding) else text


def _said(finding: Mapping[str, Any]) -> str:
    text = plain(finding["message"])
    kind = "{}: ".format(finding["resource"].upper())
    text = text.replace(f" {kind}", " ").removeprefix(kind)
    return text[:1].upper() + text[1:]


def number(value: float) -> str:
    """With thin spaces between groups of three digits, which no language takes for a decimal point."""
    return f"{value:,}".replace(",", "\u202f")


def percent(share: float) -> str:
    """Never 0 or 100 for what is not."""
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{share * 100:.0f} %"


def size(octets: int) -> str:
    """Bytes in the unit that people would choose."""
    value, units = float(octets), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        del units[0]
    return f"{value:.0f} {units[0]}" if value >= 10 or units[0] == "B" else f"{value:.1f} {units[0]}"
