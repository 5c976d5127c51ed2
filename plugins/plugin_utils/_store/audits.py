# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Audits in the store: what is remembered of a server, what a run found, and figures over time.

A run is one call of ansible-playbook. It has rounds: where a later play of it audits a server again, a round begins that is compared with
the one before. Batches, and plays of other servers, add to the round that there is.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._store import schema
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import Store
from ansible_collections.whm.mail.plugins.plugin_utils._store.sql import sa

Row = Mapping[str, Any]

#: Runs that a line of a figure covers at most.
TREND = 30

_FINDING = ("id", "resource", "item", "field", "severity", "message")
_TOLD = ("error", "gathered", "unread", "figures")


@dataclass(frozen=True)
class Invocation:
    """One call of ansible-playbook.

    :param id: the same for all of its workers, and for no other.
    :param by: who called it.
    :param machine: where.
    :param version: of this collection.
    """

    id: str
    by: str
    machine: str
    version: str


@dataclass(frozen=True)
class Remembered:
    """Of one server, from the rounds before the present one.

    :param at: when it was last audited, in epoch seconds; None for never.
    :param run: by which round; 0 for none.
    :param findings: by id, those of which nobody has seen that they are gone.
    :param states: (resource, item, field) to value.
    """

    at: int | None
    run: int
    findings: Mapping[str, Row]
    status: str | None
    states: Mapping[tuple[str, str, str], Any]


def round_of(store: Store, connection: Any, invocation: Invocation, now: int, again: Sequence[Any] = ()) -> int:
    """The number of the present round. One is begun where there is none.

    :param again: condition on rows of ``audit_servers`` that asks for a new round.
    """
    found = _latest(connection, invocation, again)
    if found is None or found[1]:
        store.hold(connection, invocation.id)
        found = _latest(connection, invocation, again)
    if found is not None and not found[1]:
        return int(found[0])
    number = connection.scalar(
        sa.select(sa.func.count()).select_from(schema.runs).where(schema.runs.c.invocation == invocation.id)
    )
    added = connection.execute(
        sa.insert(schema.runs).values(
            invocation=invocation.id,
            round=number + 1,
            started_at=now,
            by_user=text(invocation.by),
            from_host=text(invocation.machine),
            collection_version=invocation.version,
        )
    )
    return int(added.inserted_primary_key[0])


def _latest(connection: Any, invocation: Invocation, again: Sequence[Any]) -> tuple[int, bool] | None:
    """The latest round, and whether something in it asks for the next one."""
    run = connection.scalar(sa.select(sa.func.max(schema.runs.c.id)).where(schema.runs.c.invocation == invocation.id))
    if run is None:
        return None
    if not again:
        return run, False
    asks = sa.select(schema.servers.c.server).where(schema.servers.c.run_id == run, *again).limit(1)
    return run, connection.execute(asks).first() is not None


def by_another_play(server: str, play: str) -> Sequence[Any]:
    """The condition for a new round: another play has audited this server."""
    return (schema.servers.c.server == text(server), schema.servers.c.play != play)


def remembered(connection: Any, run: int, server: str) -> Remembered:
    """What is known of a server from before this round."""
    table = schema.servers.c
    last = connection.execute(
        sa.select(table.audited_at, table.run_id, table.status, table.states)
        .where(table.server == text(server), table.run_id != run)
        .order_by(table.run_id.desc())
        .limit(1)
    ).first()
    life = schema.findings.c
    rows = connection.execute(
        sa.select(schema.findings).where(
            life.server == text(server),
            life.first_run != run,
            sa.or_(life.gone_at.is_(None), life.gone_run == run),
        )
    )
    found = {row.id: finding(row) for row in rows}
    if last is None:
        return Remembered(None, 0, found, None, {})
    return Remembered(last.audited_at, last.run_id, found, last.status, _states(last.states))


def _states(blob: bytes | None) -> dict[tuple[str, str, str], Any]:
    return {(row[0], row[1], row[2]): row[3] for row in unpacked(blob)} if blob else {}


def keep(
    connection: Any,
    run: int,
    row: Row,
    *,
    play: str,
    now: int,
    policy: Row,
    before: Remembered,
    since: Any,
    states: Mapping[tuple[str, str, str], Any],
) -> None:
    """The audit of one server; what the same round has of it is replaced.

    :param row: as the document has it, with ``facts`` where it was read.
    :param since: as compare_server gives it.
    """
    server = text(row["name"])
    for table in (schema.run_findings, schema.figures, schema.servers):
        connection.execute(sa.delete(table).where(table.c.run_id == run, table.c.server == server))
    connection.execute(
        sa.insert(schema.servers).values(
            run_id=run,
            server=server,
            host=text(row["host"]),
            play=play,
            status=row["status"],
            audited_at=now,
            revision=time.time_ns(),
            document=packed_text({key: row[key] for key in _TOLD if key in row}),
            policy=packed_text(policy) if any(policy.values()) else None,
            earlier_at=before.at,
            changed=packed_text(list(since.changed)),
            states=packed([[*key, value] for key, value in states.items()]) if "facts" in row else _unchanged(before),
        )
    )
    # Nothing is compared with those from before any more.
    older = sa.update(schema.servers).where(schema.servers.c.server == server, schema.servers.c.run_id < before.run)
    connection.execute(older.values(states=None))
    _keep_findings(connection, run, server, row["drift"], since)
    _live(connection, run, server, row["drift"], since.gone, now)
    numbers = figures(row)
    if numbers:
        values = [
            {"run_id": run, "server": server, "name": name, "at": now, "value": value}
            for name, value in numbers.items()
        ]
        connection.execute(sa.insert(schema.figures), values)
    if "facts" in row:
        connection.execute(sa.delete(schema.facts).where(schema.facts.c.server == server))
        connection.execute(
            sa.insert(schema.facts).values(server=server, run_id=run, at=now, document=packed(row["facts"]))
        )
    connection.execute(sa.delete(schema.known_servers).where(schema.known_servers.c.server == server))
    connection.execute(sa.insert(schema.known_servers).values(server=server))


def _unchanged(before: Remembered) -> bytes | None:
    """A server that could not be read has the states that are remembered, for the next audit to compare with."""
    return packed([[*key, value] for key, value in before.states.items()]) if before.states else None


def _keep_findings(connection: Any, run: int, server: str, found: Iterable[Row], since: Any) -> None:
    new = set(since.new)
    rows = [{"run_id": run, **_values(server, row), "since": "new" if row["id"] in new else "open"} for row in found]
    rows += [{"run_id": run, **_values(server, row), "since": "gone"} for row in since.gone]
    rows += [{"run_id": run, **_values(server, row), "since": "unknown"} for row in since.unknown]
    if rows:
        connection.execute(sa.insert(schema.run_findings), rows)


def _live(connection: Any, run: int, server: str, found: Sequence[Row], gone: Sequence[Row], now: int) -> None:
    """Carry the lives of the findings on."""
    table = schema.findings
    lives = {row.id: row for row in connection.execute(sa.select(table).where(table.c.server == server))}
    here = {row["id"]: _values(server, row) for row in found}
    # One that this round saw gone, and that a second look of the same round finds, was never gone.
    lasting = {key for key, life in lives.items() if life.gone_at is None or life.gone_run == run}
    born = {"first_seen": now, "last_seen": now, "first_run": run, "gone_at": None, "gone_run": None}
    again = {"last_seen": now, "gone_at": None, "gone_run": None}
    fresh = [{**values, **born} for key, values in here.items() if key not in lives]
    if fresh:
        connection.execute(sa.insert(table), fresh)
    for key, values in here.items():
        if key in lives:
            connection.execute(
                sa.update(table).where(table.c.id == key).values({**values, **(again if key in lasting else born)})
            )
    ended = {row["id"] for row in gone} | {
        key for key, life in lives.items() if life.first_run == run and key not in here
    }
    if ended:
        connection.execute(
            sa.update(table).where(table.c.id.in_(ended), table.c.gone_at.is_(None)).values(gone_at=now, gone_run=run)
        )


def figures(row: Row) -> dict[str, int]:
    """The numbers of a server that are kept over time, by name; those that it told."""
    told = row.get("figures") or {}
    accounts, queue = told.get("accounts") or {}, told.get("queue") or {}
    found = {name: accounts.get(key) for name, key in _ACCOUNTS.items()}
    found.update(
        domains=(told.get("auth") or {}).get("domains"), queue=queue.get("messages"), frozen=queue.get("frozen")
    )
    severities = [each["severity"] for each in row["drift"]]
    if "figures" in row:
        found.update({name: severities.count(name) for name in ("drift", "problem", "info")})
    found["unread"] = int("error" in row)
    return {name: value for name, value in found.items() if value is not None}


_ACCOUNTS = {"accounts": "total", "held": "held", "outgoing_suspended": "outgoing_suspended", "suspended": "suspended"}


def _values(server: str, row: Row) -> dict[str, Any]:
    return {
        **{key: text(row[key]) for key in _FINDING},
        "server": server,
        "expected": packed_text(row["expected"]),
        "actual": packed_text(row["found"]),
    }


def finding(row: Any) -> dict[str, Any]:
    """A finding as the document has it."""
    told = {key: getattr(row, key) for key in _FINDING}
    return {
        **{key: told[key] for key in ("id", "resource", "item", "field")},
        "expected": json.loads(row.expected),
        "found": json.loads(row.actual),
        "severity": told["severity"],
        "message": told["message"],
    }


def text(value: Any) -> str:
    """A text that every database can hold: without halves of characters and without NUL."""
    return str(value).encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def packed_text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def packed(value: Any) -> bytes:
    return zlib.compress(packed_text(value).encode("ascii"), 1)


def unpacked(blob: bytes) -> Any:
    return json.loads(zlib.decompress(blob))
