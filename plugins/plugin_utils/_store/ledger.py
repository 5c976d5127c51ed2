# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger of containment in the store: who is held by us and why, each line with its history, and the evidence.

What is written is on the disk, or in the server's log, before the call returns.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._store import schema
from ansible_collections.whm.mail.plugins.plugin_utils._store.audits import packed, packed_text, text, unpacked
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import Store
from ansible_collections.whm.mail.plugins.plugin_utils._store.keeping import forget_entries
from ansible_collections.whm.mail.plugins.plugin_utils._store.sql import sa

Entry = dict[str, Any]

_COLUMNS = ("id", "server", "user", "status", "incident", "action")
_TIMES = ("planned_at", "held_at", "ended_at", "until")


class Ledger:
    """Lines of one store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def entries(self, server: str | None = None, **wanted: Collection[str] | None) -> list[Entry]:
        """Lines in the order in which they were planned.

        :param server: of which; None for all.
        :param wanted: column to values, any of which will do; None and empty ones do not count.
        """
        table = schema.entries
        asked = sa.select(table.c.document).order_by(table.c.planned_at, table.c.id)
        if server is not None:
            asked = asked.where(table.c.server == text(server))
        for name, values in wanted.items():
            if values:
                asked = asked.where(table.c[name].in_([text(value) for value in values]))
        with self.store.reading() as connection:
            return [json.loads(row.document) for row in connection.execute(asked)]

    def write(self, changes: Sequence[Entry]) -> None:
        """Replace lines of the same id, and add the others; all of them or none."""
        if not changes:
            return
        now = int(time.time())
        table = schema.entries
        with self.store.writing() as connection:
            for entry in changes:
                values = _values(entry)
                updated = connection.execute(sa.update(table).where(table.c.id == values["id"]).values(values))
                if not updated.rowcount:
                    connection.execute(sa.insert(table).values(values))
            rows = [
                {
                    "entry_id": text(entry["id"]),
                    "at": now,
                    "status": entry["status"],
                    "by_user": text(entry.get("ended_by") or entry.get("by") or ""),
                    "document": packed_text(entry),
                }
                for entry in changes
            ]
            connection.execute(sa.insert(schema.history), rows)

    def adopt(self, entries: Sequence[Entry]) -> None:
        """Add lines of another ledger, but for those that are known."""
        known = {entry["id"] for entry in self.entries()}
        self.write([entry for entry in entries if entry["id"] not in known])

    def history(self, ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
        """What was written of each line, in order: ``at`` in epoch seconds, and ``status``."""
        table = schema.history.c
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in ids}
        wanted = (
            sa.select(table.entry_id, table.at, table.status)
            .where(table.entry_id.in_(list(ids)))
            .order_by(table.number)
        )
        with self.store.reading() as connection:
            for row in connection.execute(wanted):
                found[row.entry_id].append({"at": row.at, "status": row.status})
        return found

    def keep_evidence(self, entry: Entry, document: Any) -> None:
        """Keep what was found about a line; it replaces what was kept before."""
        table = schema.evidence
        with self.store.writing() as connection:
            connection.execute(sa.delete(table).where(table.c.entry_id == text(entry["id"])))
            values = {"entry_id": text(entry["id"]), "at": int(time.time()), "document": packed(document)}
            connection.execute(sa.insert(table).values(values))

    def evidence(self, ids: Collection[str]) -> dict[str, Any]:
        """What was kept, by the id of the line."""
        table = schema.evidence.c
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(table.entry_id, table.document).where(table.entry_id.in_(list(ids))))
            return {row.entry_id: unpacked(row.document) for row in rows}

    def forget(self, days: int) -> None:
        """Remove lines that ended longer ago; an open one never.

        :param days: 0 for never.
        """
        if days:
            with self.store.writing() as connection:
                forget_entries(connection, days, int(time.time()))


def _values(entry: Entry) -> dict[str, Any]:
    times = {name: entry.get(f"{name}_epoch") for name in _TIMES}
    return {**{name: text(entry[name]) for name in _COLUMNS}, **times, "document": packed_text(entry)}
