# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one HTML page that needs nothing but itself. Everything variable is escaped by Jinja's autoescaping."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit import charts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import STATUSES, STOPS
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SEVERITIES
from ansible_collections.whm.mail.plugins.plugin_utils._audit.formats import plain
from ansible_collections.whm.mail.plugins.plugin_utils._audit.unread import CHECKS
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

Document = Mapping[str, Any]

HERE = Path(__file__).parent / "templates"

#: Most rows of a table of findings; a page of more would open too slowly. The page says so, and where the others are.
MOST_FINDINGS = 10_000
MOST_CHANGES = 1_000
MOST_ACCOUNTS = 50  # named on the card of a server
LONGEST = 600  # characters of a sentence or value
WHOLE = 6_000  # of one that a reader asked to see as a whole: a record to publish, with a key of 4,096 bits

# Characters that turn the direction of the text around them, or that nobody sees.
_INVISIBLE = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x200E, 0x200F, 0x061C, 0xFEFF}

_KEY = re.compile(r"[A-Za-z0-9+/=]{80,};?")

_RESOURCES = {
    "outgoing_mail": "Outgoing mail",
    "forwards": "Forwarding",
    "dkim": "DKIM",
    "spf": "SPF",
    "ptr": "PTR",
    "dmarc": "DMARC",
    "exim": "Exim",
    "queue": "Queue",
    "spamd": "spamd",
    "mailbox_messages": "Mailboxes",
    "subset": "Not readable",
    "server": "Server",
    "accounts": "Account",
}
_SEVERITIES = {"drift": "Drift", "problem": "Problem", "info": "Remark"}
_MANY = {"drift": "Drift", "problem": "Problems", "info": "Remarks"}
_STOPPED = {
    "held": "outgoing mail held",
    "outgoing_suspended": "outgoing mail suspended",
    "suspended": "account suspended",
}
_STATUSES = {"ok": "Read", "partial": "Read in part", "failed": "Failed", "unreachable": "Unreachable"}


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
        resource=_resource,
        shortened=shortened,
        sentence=sentence,
        whole=whole,
        stops=stops,
        stopped_by=stopped_by,
    )
    environment.globals.update(severities=_SEVERITIES, many=_MANY, statuses=_STATUSES, resources=_RESOURCES)
    return environment


def view(document: Document) -> dict[str, Any]:
    """What the template shows, in the order in which it shows it."""
    servers = sorted(document["servers"], key=_most_urgent_first)
    compared = document.get("compared_with")
    rows = [(server["name"], finding) for server in servers for finding in server["drift"]]
    rows.sort(key=lambda row: SEVERITIES.index(row[1]["severity"]))  # stable: the most urgent servers stay in front
    return {
        "document": document,
        "summary": document["summary"],
        "servers": [_card(server) for server in servers],
        "unread": [row for row in servers if "error" in row],
        "findings": rows[:MOST_FINDINGS],
        "total_findings": len(rows),
        "kinds": sorted({finding["resource"] for _name, finding in rows}),
        "compared": compared,
        "not_compared": document.get("not_compared"),
        "new": set(compared["new"]) if compared else set(),
        "most_changes": MOST_CHANGES,
        "most_accounts": MOST_ACCOUNTS,
        "drifting": sum(any(row["severity"] == "drift" for row in server["drift"]) for server in servers),
        "charts": _charts(servers, document["summary"]["accounts"]),
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


def stopped_by(row: Mapping[str, Any]) -> str:
    """All that stops one account."""
    return ", ".join(name.replace("_", " ") for key, name in STOPS if row.get(key) is True)


def _resource(name: str) -> str:
    return _RESOURCES.get(name, name)


def visible(value: Any) -> str:
    """A value as people read it, with what they could not see, or what would turn the text around it, spelt out."""
    return "".join(_spelt(char) for char in plain(value))


def _spelt(char: str) -> str:
    hidden = ord(char) in _INVISIBLE or (char not in "\n\t" and unicodedata.category(char) == "Cc")
    return f"\\u{ord(char):04x}" if hidden else char


def shortened(value: Any, longest: int = LONGEST) -> str:
    text = visible(value)
    return text if len(text) <= longest else text[:longest] + " \u2026"


def sentence(finding: Mapping[str, Any]) -> str:
    """What was found, without the kind, which has a column of its own, and with a few characters for a key that nobody reads."""
    return shortened(_KEY.sub(lambda found: f"{found[0][:16]}\u2026{found[0][-8:]}", _said(finding)))


def whole(finding: Mapping[str, Any]) -> str:
    """The same with all that is to be published; empty where the sentence says it all."""
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
