# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit document as metrics, for the textfile collector of Prometheus' node_exporter. Pure.

That reads the text format 0.0.4 and refuses a whole file for one line that it does not know: so neither ``# EOF`` nor anything else
that only OpenMetrics has, and no times of samples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import STATUSES, STOPS
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SEVERITIES, SUBSET_OF
from ansible_collections.whm.mail.plugins.plugin_utils._audit.formats import Document, Row, encodable

Labels = tuple[tuple[str, str], ...]
Sample = tuple[Labels, Any]

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def as_openmetrics(document: Document) -> str:
    """Gauges, all of them. What nobody told has no sample, for 0 is a number, too."""
    return "".join(_family(f"whm_mail_{name}", *rest, document) for name, rest in _METRICS.items())


def _family(name: str, text: str, read: Callable[[Document], Iterable[Sample]], document: Document) -> str:
    # By labels, because one series that is there twice makes the reader refuse everything.
    samples = {labels: number for labels, number in read(document) if number is not None}
    if not samples:
        return ""
    lines = [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
    lines += [f"{name}{_braced(labels)} {number}" for labels, number in samples.items()]
    return "\n".join(lines) + "\n"


def _braced(labels: Labels) -> str:
    inner = ",".join(f'{key}="{value.translate(_ESCAPES)}"' for key, value in labels)
    return f"{{{inner}}}" if inner else ""


def _labels(server: Row, **more: str) -> Labels:
    return tuple({"server": encodable(str(server["name"])), **more}.items())


def _made(document: Document) -> Iterator[Sample]:
    yield (), document["generated_at"]["epoch"]


def _unread_servers(document: Document) -> Iterator[Sample]:
    yield (), sum("error" in server for server in document["servers"])


def _statuses(document: Document) -> Iterator[Sample]:
    for server in document["servers"]:
        for status in STATUSES:
            yield _labels(server, status=status), int(server["status"] == status)


def _findings(document: Document) -> Iterator[Sample]:
    """Also the zeros, so that alerts resolve; but none of what was not read, where nobody knows."""
    for server in document["servers"]:
        found = Counter((row["resource"], row["severity"]) for row in server["drift"])
        for resource, subset in SUBSET_OF.items():
            known = "error" not in server and (subset is None or subset in server["gathered"])
            for severity in SEVERITIES:
                number = found[resource, severity]
                yield _labels(server, resource=resource, severity=severity), number if number or known else None


def _accounts(document: Document) -> Iterator[Sample]:
    for server, figures in _figures(document, "accounts"):
        yield _labels(server, state="total"), figures["total"]
        for key, name in STOPS:
            all_told = not figures["not_known"] and all(row[key] is not None for row in figures["stopped"])
            yield _labels(server, state=name), _sure(figures[name], all_told)


def _queue(document: Document) -> Iterator[Sample]:
    for server, figures in _figures(document, "queue"):
        yield _labels(server), figures["messages"]


def _frozen(document: Document) -> Iterator[Sample]:
    for server, figures in _figures(document, "queue"):
        untold = any((spot["subset"], spot["field"]) == ("queue", "frozen") for spot in server["unread"])
        yield _labels(server), _sure(figures["frozen"], not untold)


def _sure(number: int | None, all_told: bool) -> int | None:
    """Some are some, whatever else there is; none are none only where the server told of each."""
    return number if number or all_told else None


def _figures(document: Document, name: str) -> Iterator[tuple[Row, Mapping[str, Any]]]:
    for server in document["servers"]:
        if name in (server.get("figures") or {}):
            yield server, server["figures"][name]


_AT_LEAST = "at least so many where the server does not tell it of each, and absent where it is not known of any"

#: Name without its prefix to what it says and where it is read. A name never ends in _total or _count, which are not for gauges.
_METRICS: dict[str, tuple[str, Callable[[Document], Iterable[Sample]]]] = {
    "audit_timestamp_seconds": (
        "When the audit was made, in seconds since 1970. Its age is time() minus this: alert on that, because an audit that is not made"
        " any more leaves all other numbers as they were.",
        _made,
    ),
    "servers_unread": ("Servers that the audit could not read: failed or unreachable.", _unread_servers),
    "server_status": (
        "1 for the status that the server has in the audit, 0 for the others. Of one that failed or was unreachable nothing else is said.",
        _statuses,
    ),
    "findings": ("Findings of the audit. Absent where what they are about could not be read.", _findings),
    "accounts": (
        f"Accounts that the login of the audit sees: total, and those whose mail is stopped, {_AT_LEAST}. An account may be in several states.",
        _accounts,
    ),
    "queue_messages": ("Messages in the mail queue.", _queue),
    "queue_frozen_messages": (f"Messages in the mail queue that are frozen, {_AT_LEAST}.", _frozen),
}
