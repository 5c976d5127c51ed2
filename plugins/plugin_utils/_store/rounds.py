# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report is made of: the servers of a round, what changed since each was audited before, and figures over time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.times import iso
from ansible_collections.whm.mail.plugins.plugin_utils._store import schema
from ansible_collections.whm.mail.plugins.plugin_utils._store.audits import (
    TREND,
    finding,
    packed,
    packed_text,
    text,
    unpacked,
)
from ansible_collections.whm.mail.plugins.plugin_utils._store.sql import sa

Row = dict[str, Any]

#: Figures of the fleet that have a line.
SERIES = ("held", "outgoing_suspended", "suspended", "drift", "problem", "queue", "unread")

_HERE = ("new", "open")


def audited(connection: Any, run: int) -> dict[str, int]:
    """Servers of the round, each with a number that differs whenever it was audited again."""
    table = schema.servers.c
    rows = connection.execute(sa.select(table.server, table.revision).where(table.run_id == run))
    return {row.server: row.revision for row in rows}


def servers(connection: Any, run: int, only: str | None = None) -> list[Row]:
    """The servers of a round as the document has them, without facts."""
    table, found = schema.servers, schema.run_findings
    wanted = sa.select(table).where(table.c.run_id == run)
    told = sa.select(found).where(found.c.run_id == run, found.c.since.in_(_HERE))
    if only is not None:
        wanted, told = wanted.where(table.c.server == text(only)), told.where(found.c.server == text(only))
    drift: dict[str, list[Row]] = {}
    for row in connection.execute(told):
        drift.setdefault(row.server, []).append(finding(row))
    return [_server(row, drift.get(row.server, [])) for row in connection.execute(wanted)]


def _server(row: Any, drift: Sequence[Row]) -> Row:
    return {
        "name": row.server,
        "host": row.host,
        "status": row.status,
        **json.loads(row.document),
        "drift": list(drift),
    }


def policies(connection: Any, run: int) -> list[Row]:
    """The policies that the servers of a round were held against, the most common first."""
    column = schema.servers.c.policy
    rows = connection.execute(sa.select(column).where(schema.servers.c.run_id == run, column.is_not(None)))
    return [json.loads(policy) for policy, _count in Counter(row.policy for row in rows).most_common()]


def facts(connection: Any, names: Iterable[str]) -> dict[str, Any]:
    """All that the last audit of these servers read."""
    table = schema.facts.c
    rows = connection.execute(sa.select(table.server, table.document).where(table.server.in_(list(names))))
    return {row.server: unpacked(row.document) for row in rows}


def compared(connection: Any, run: int, inventory: Collection[str]) -> Row | None:
    """``compared_with`` of the document: each server with its own audit before. None where none of them had one."""
    table, found = schema.servers.c, schema.run_findings
    rows = connection.execute(sa.select(table.server, table.earlier_at, table.changed).where(table.run_id == run)).all()
    earlier = [row.earlier_at for row in rows if row.earlier_at is not None]
    if not earlier:
        return None
    told: dict[str, list[Any]] = {"new": [], "open": [], "gone": [], "unknown": []}
    for row in connection.execute(sa.select(found).where(found.c.run_id == run)):
        told[row.since].append(row.id if row.since in _HERE else {"server": row.server, **finding(row)})
    return {
        "generated_at": {"epoch": max(earlier), "iso": iso(max(earlier))},
        **told,
        "changed": [change for row in rows for change in json.loads(row.changed or "[]")],
        "servers_added": [row.server for row in rows if row.earlier_at is None],
        "servers_removed": removed(connection, run, inventory),
    }


def removed(connection: Any, run: int, inventory: Collection[str]) -> list[str]:
    """Servers that runs over the same fleet have known and that the inventory has no more; each is told by one round.

    Runs are over the same fleet where they share a server: several inventories may use one store.
    """
    known, mine, theirs = schema.known_servers.c, schema.servers.alias(), schema.servers.alias()
    here = audited(connection, run)
    fleet = (
        sa.select(theirs.c.server)
        .join(mine, mine.c.run_id == theirs.c.run_id)
        .where(mine.c.server.in_(list(here)), theirs.c.run_id < run)
    )
    rows = connection.execute(
        sa.select(known.server).where(
            known.server.in_(fleet), sa.or_(known.removed_run.is_(None), known.removed_run == run)
        )
    )
    return sorted(row.server for row in rows if row.server not in here and row.server not in inventory)


def tell_removed(connection: Any, run: int, names: Collection[str]) -> None:
    table = schema.known_servers
    connection.execute(sa.update(table).where(table.c.server.in_(list(names))).values(removed_run=run))


def trends(connection: Any, run: int) -> Row:
    """Totals of the servers of a round, over the last runs: of a server that a run left out, what was known by then."""
    names = list(audited(connection, run))
    table = schema.figures.c
    runs = [
        row.run_id
        for row in connection.execute(
            sa.select(table.run_id)
            .where(table.run_id <= run, table.server.in_(names))
            .distinct()
            .order_by(table.run_id.desc())
            .limit(TREND)
        )
    ][::-1]
    told: dict[int, dict[tuple[str, str], int]] = {each: {} for each in runs}
    when: dict[int, int] = {}
    wanted = sa.select(table.run_id, table.at, table.server, table.name, table.value)
    for row in connection.execute(
        wanted.where(table.run_id.in_(runs), table.server.in_(names), table.name.in_(SERIES))
    ):
        told[row.run_id][row.server, row.name] = row.value
        when[row.run_id] = max(row.at, when.get(row.run_id, 0))
    return {
        "runs": [{"epoch": when[each], "iso": iso(when[each])} for each in runs if each in when],
        "series": _totals([told[each] for each in runs if each in when]),
    }


def _totals(told: Sequence[Mapping[tuple[str, str], int]]) -> dict[str, list[int | None]]:
    known: dict[tuple[str, str], int] = {}
    series: dict[str, list[int | None]] = {name: [] for name in SERIES}
    for numbers in told:
        known.update(numbers)
        for name in SERIES:
            values = [value for (_server, each), value in known.items() if each == name]
            series[name].append(sum(values) if values else None)
    return series


def run_of(connection: Any, run: int) -> Row:
    """Who began it, where and when."""
    row = connection.execute(sa.select(schema.runs).where(schema.runs.c.id == run)).one()
    return {
        "by": row.by_user,
        "from": row.from_host,
        "started_at": {"epoch": row.started_at, "iso": iso(row.started_at)},
        "hosts": json.loads(row.hosts) if row.hosts else [],
        "report": json.loads(row.report) if row.report else None,
    }


def note(connection: Any, run: int, hosts: Sequence[str], report: Row) -> None:
    """What the plays of the round named so far, and what was reported of it."""
    values = {"hosts": packed_text(list(hosts)), "report": packed_text(report)}
    connection.execute(sa.update(schema.runs).where(schema.runs.c.id == run).values(values))
    done = sa.update(schema.runs).where(schema.runs.c.id < run, schema.runs.c.earlier.is_not(None))
    connection.execute(done.values(earlier=None))


def earlier(connection: Any, run: int) -> str | None:
    """The text of an earlier audit that this round has replaced; None where it has replaced none."""
    blob = connection.scalar(sa.select(schema.runs.c.earlier).where(schema.runs.c.id == run))
    return None if blob is None else str(unpacked(blob))


def keep_earlier(connection: Any, run: int, told: str) -> None:
    connection.execute(sa.update(schema.runs).where(schema.runs.c.id == run).values(earlier=packed(told)))
