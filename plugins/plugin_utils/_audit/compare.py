# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit held against an earlier one: what is new, gone, still open, not known any more; which states changed. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import SCHEMA
from ansible_collections.whm.mail.plugins.plugin_utils._audit.unread import CHECKS, could_show

Document = Mapping[str, Any]
Server = Mapping[str, Any]


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
    found, before = _findings(here), {**_remembered(earlier), **_findings(there)}
    gone: list[dict[str, Any]] = []
    unknown: list[dict[str, Any]] = []
    for key, (server, finding) in before.items():
        if key not in found:
            row = {"server": server, **finding}
            (gone if server in here and _answers(here[server], finding) else unknown).append(row)
    return {
        "generated_at": _when(earlier.get("generated_at")),
        "new": [key for key in found if key not in before],
        "open": [key for key in found if key in before],
        "gone": gone,
        "unknown": unknown,
        "changed": [row for name in here if name in there for row in _changed(here[name], there[name])],
        "servers_added": [name for name in here if name not in there],
        "servers_removed": [name for name in there if name not in here and name not in inventory],
    }


def _when(value: Any) -> dict[str, Any] | None:
    keys = ("epoch", "iso")
    return {key: value[key] for key in keys} if isinstance(value, Mapping) and set(keys) <= set(value) else None


def _servers(document: Document) -> dict[str, Server]:
    return {str(row["name"]): row for row in document["servers"]}


def _findings(servers: Mapping[str, Server]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    return {str(row["id"]): (name, row) for name, server in servers.items() for row in server.get("drift") or []}


def _remembered(earlier: Document) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Findings of which the earlier audit itself could not tell whether they were still there: found again, they are not new."""
    rows = (earlier.get("compared_with") or {}).get("unknown") or []
    return {str(row["id"]): (str(row["server"]), {key: row[key] for key in row if key != "server"}) for row in rows}


def _answers(server: Server, finding: Mapping[str, Any]) -> bool:
    """Whether the server could have shown the finding, had it still been there."""
    if "figures" not in server:
        return False
    return could_show(server.get("facts") or {}, server["gathered"], server["unread"], finding)


def _changed(now: Server, before: Server) -> Iterator[dict[str, Any]]:
    name = str(now["name"])
    if now["status"] != before["status"]:
        yield _change(name, "server", name, "status", before["status"], now["status"])
    is_now, was = _states(now), _states(before)
    for key in sorted(is_now.keys() & was.keys()):
        if is_now[key] != was[key] and None not in (is_now[key], was[key]):
            yield _change(name, *key, was[key], is_now[key])


def _change(server: str, resource: str, item: str, field: str, before: Any, after: Any) -> dict[str, Any]:
    return {"server": server, "resource": resource, "item": item, "field": field, "before": before, "after": after}


def _states(server: Server) -> dict[tuple[str, str, str], Any]:
    """What of the facts is a state that somebody set: (resource, item, field) to value, None where it is not known."""
    facts = server.get("facts") or {}
    states: dict[tuple[str, str, str], Any] = {}
    for row in facts.get("accounts") or []:
        for field in ("hold", "outgoing_suspended", "suspended"):
            states["accounts", str(row["user"]), field] = row.get(field)
    for row in facts.get("forwards") or []:
        states["forwards", str(row["user"]), "destinations"] = row.get("destinations")
    for row in facts.get("auth") or []:
        for check in CHECKS:
            validity = (row.get(check) or {}).get("validity")
            states[check, str(row["domain"]), "validity"] = None if validity == "error" else validity
    return states
