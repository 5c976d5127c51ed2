# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit held against an earlier one: what is new, gone, still open, not known any more; which states changed. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import SCHEMA
from ansible_collections.whm.mail.plugins.plugin_utils._audit.unread import CHECKS, could_show

Document = Mapping[str, Any]
Server = Mapping[str, Any]
States = Mapping[tuple[str, str, str], Any]  # (resource, item, field) to value, None where it is not known


class NotAnAudit(ValueError):
    """Why a text is no earlier audit that this version understands: a sentence."""


def parse(text: str) -> dict[str, Any]:
    """An audit.json.

    :raises NotAnAudit: it is none.
    """
    try:
        document = json.loads(text)
    except ValueError as exc:
        raise NotAnAudit(f"The earlier audit is not JSON ({exc}).") from None
    if not isinstance(document, dict) or not isinstance(document.get("servers"), list):
        raise NotAnAudit("The earlier file is not an audit: it names no servers.")
    if document.get("schema") != SCHEMA:
        raise NotAnAudit(
            f"The earlier audit has schema {document.get('schema')}; this version of the collection compares schema {SCHEMA}."
        )
    return document


def compare(now: Document, earlier: Document, inventory: Collection[str] = ()) -> dict[str, Any]:
    """``compared_with`` of the document.

    :param inventory: names of servers that are not removed, though they are not in this audit.
    :raises NotAnAudit: what stands in the earlier one is no audit.
    """
    try:
        return _compare(now, earlier, inventory)
    except (AttributeError, KeyError, TypeError) as exc:
        raise NotAnAudit(
            f"The earlier audit is damaged: what it says of its servers cannot be read ({exc!r})."
        ) from None


def _compare(now: Document, earlier: Document, inventory: Collection[str]) -> dict[str, Any]:
    here, there = _servers(now), _servers(earlier)
    known = _remembered(earlier)
    for row in there.values():
        known.setdefault(str(row["name"]), {}).update(findings_of(row))
    before = {name: Before(known.get(name, {}), row["status"], states_of(row)) for name, row in there.items()}
    since = {name: compare_server(here[name], before.get(name, _NEVER)) for name in here}
    lost = [{"server": name, **row} for name, rows in known.items() if name not in here for row in rows.values()]
    return {
        "generated_at": _when(earlier.get("generated_at")),
        **together(since),
        "unknown": together(since)["unknown"] + lost,
        "servers_added": [name for name in here if name not in there],
        "servers_removed": [name for name in there if name not in here and name not in inventory],
    }


@dataclass(frozen=True)
class Before:
    """What is remembered of one server.

    :param findings: by id, those of which nobody has seen that they are gone.
    :param states: as :func:`states_of` gives them.
    """

    findings: Mapping[str, Mapping[str, Any]]
    status: str | None = None
    states: States = field(default_factory=dict)


@dataclass(frozen=True)
class Since:
    """What an audit of a server says against the one before.

    :param new: ids, as ``open``, which were there before.
    :param gone: findings that the server does not show any more; ``unknown``: that it could not have shown.
    :param changed: states that differ.
    """

    new: Sequence[str]
    open: Sequence[str]
    gone: Sequence[Mapping[str, Any]]
    unknown: Sequence[Mapping[str, Any]]
    changed: Sequence[Mapping[str, Any]]


_NEVER = Before({})


def compare_server(row: Server, before: Before) -> Since:
    """One server held against what is remembered of it."""
    found = findings_of(row)
    missing = [(finding, _answers(row, finding)) for key, finding in before.findings.items() if key not in found]
    return Since(
        new=[key for key in found if key not in before.findings],
        open=[key for key in found if key in before.findings],
        gone=[finding for finding, answered in missing if answered],
        unknown=[finding for finding, answered in missing if not answered],
        changed=list(_changed(row, before)),
    )


def together(since: Mapping[str, Since]) -> dict[str, Any]:
    """The same of many servers: the part of ``compared_with`` that is made of it."""
    return {
        "new": [key for each in since.values() for key in each.new],
        "open": [key for each in since.values() for key in each.open],
        "gone": [{"server": name, **row} for name, each in since.items() for row in each.gone],
        "unknown": [{"server": name, **row} for name, each in since.items() for row in each.unknown],
        "changed": [row for each in since.values() for row in each.changed],
    }


def _when(value: Any) -> dict[str, Any] | None:
    keys = ("epoch", "iso")
    return {key: value[key] for key in keys} if isinstance(value, Mapping) and set(keys) <= set(value) else None


def _servers(document: Document) -> dict[str, Server]:
    return {str(row["name"]): row for row in document["servers"]}


def findings_of(server: Server) -> dict[str, Mapping[str, Any]]:
    """By id."""
    return {str(row["id"]): row for row in server.get("drift") or []}


def _remembered(earlier: Document) -> dict[str, dict[str, Mapping[str, Any]]]:
    """By server, findings of which the earlier audit itself could not tell whether they were still there: found again, they are not new."""
    rows = (earlier.get("compared_with") or {}).get("unknown") or []
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row["server"]), {})[str(row["id"])] = {key: row[key] for key in row if key != "server"}
    return found


def _answers(server: Server, finding: Mapping[str, Any]) -> bool:
    """Whether the server could have shown the finding, had it still been there."""
    if "figures" not in server:
        return False
    return could_show(server.get("facts") or {}, server["gathered"], server["unread"], finding)


def _changed(now: Server, before: Before) -> Iterator[dict[str, Any]]:
    name = str(now["name"])
    if before.status not in (None, now["status"]):
        yield _change(name, "server", name, "status", before.status, now["status"])
    is_now, was = states_of(now), before.states
    for key in sorted(is_now.keys() & was.keys()):
        if is_now[key] != was[key] and None not in (is_now[key], was[key]):
            yield _change(name, *key, was[key], is_now[key])


def _change(server: str, resource: str, item: str, field: str, before: Any, after: Any) -> dict[str, Any]:
    return {"server": server, "resource": resource, "item": item, "field": field, "before": before, "after": after}


def states_of(server: Server) -> States:
    """What of the facts is a state that somebody set: (resource, item, field) to value, None where it is not known."""
    facts = server.get("facts") or {}
    states: dict[tuple[str, str, str], Any] = {}
    for row in facts.get("accounts") or []:
        for flag in ("hold", "outgoing_suspended", "suspended"):
            states["accounts", str(row["user"]), flag] = row.get(flag)
    for row in facts.get("forwards") or []:
        states["forwards", str(row["user"]), "destinations"] = row.get("destinations")
    for row in facts.get("auth") or []:
        for check in CHECKS:
            validity = (row.get(check) or {}).get("validity")
            states[check, str(row["domain"]), "validity"] = None if validity == "error" else validity
    return states
