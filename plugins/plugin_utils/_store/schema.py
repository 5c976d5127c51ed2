# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the store and the views that people and Grafana ask, their version, and how an older one becomes the present.

Times are epoch seconds, but for the views. Documents are JSON in ASCII, so that no text of a server can break them; large ones are
compressed. docs/store.md says what stands where.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._store.sql import sa

#: Version of the tables that this collection makes.
VERSION = 1

METADATA = sa.MetaData()

schema_version = sa.Table(
    "whm_schema", METADATA, sa.Column("version", sa.Integer, primary_key=True), sa.Column("applied_at", sa.BigInteger)
)


def _key(name: str, *more: Any) -> Any:
    return sa.Column(name, sa.Text, *more, primary_key=True)


def _needed(name: str, kind: Any = sa.Text) -> Any:
    return sa.Column(name, kind, nullable=False)


def _of_run() -> Any:
    return sa.Column("run_id", sa.Integer, sa.ForeignKey("audit_runs.id", ondelete="CASCADE"), primary_key=True)


def _what() -> list[Any]:
    """What a finding says."""
    names = ("server", "resource", "item", "field", "severity", "message")
    return [*map(_needed, names), sa.Column("expected", sa.Text), sa.Column("actual", sa.Text)]


#: One run of ansible-playbook; a second round of it where a later play audits a server again.
runs = sa.Table(
    "audit_runs",
    METADATA,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    _needed("invocation"),
    _needed("round", sa.Integer),
    _needed("started_at", sa.BigInteger),
    _needed("by_user"),
    _needed("from_host"),
    _needed("collection_version"),
    sa.Column("hosts", sa.Text),  # all that its plays named so far
    sa.Column("earlier", sa.LargeBinary),  # the audit.json that it was told to compare with and replaces
    sa.Column("report", sa.Text),  # what was reported last, and of which state
    sa.UniqueConstraint("invocation", "round"),
)

#: The audit of one server in one run.
servers = sa.Table(
    "audit_servers",
    METADATA,
    _of_run(),
    _key("server"),
    _needed("host"),
    _needed("play"),
    _needed("status"),
    _needed("audited_at", sa.BigInteger),
    _needed("revision", sa.BigInteger),  # another one each time that it is written
    _needed("document"),  # error, gathered, unread, figures
    sa.Column("policy", sa.Text),
    sa.Column("earlier_at", sa.BigInteger),  # the audit that it was compared with
    sa.Column("changed", sa.Text),
    sa.Column("states", sa.LargeBinary),  # what the next audit compares with
    sa.Index("audit_servers_by_server", "server", "run_id"),
)

#: What a run found on a server: new or open; and what it did not find any more: gone or unknown.
run_findings = sa.Table("audit_run_findings", METADATA, _of_run(), _key("id"), *_what(), _needed("since"))

#: Each finding with its life.
findings = sa.Table(
    "audit_findings",
    METADATA,
    _key("id"),
    *_what(),
    _needed("first_seen", sa.BigInteger),
    _needed("last_seen", sa.BigInteger),
    sa.Column("gone_at", sa.BigInteger),
    _needed("first_run", sa.Integer),
    sa.Column("gone_run", sa.Integer),
    sa.Index("audit_findings_by_server", "server"),
)

figures = sa.Table(
    "audit_figures",
    METADATA,
    _of_run(),
    _key("server"),
    _key("name"),
    _needed("at", sa.BigInteger),
    _needed("value", sa.BigInteger),
)

#: All that the last audit of each server read.
facts = sa.Table(
    "audit_facts",
    METADATA,
    _key("server"),
    _needed("run_id", sa.Integer),
    _needed("at", sa.BigInteger),
    _needed("document", sa.LargeBinary),
)

#: Servers that audits have known, so that one that left the inventory is told once.
known_servers = sa.Table("audit_known_servers", METADATA, _key("server"), sa.Column("removed_run", sa.Integer))

ACTIVE = ("planned", "held", "releasing")

#: The ledger of containment. ``document`` is the whole entry.
entries = sa.Table(
    "containment_entries",
    METADATA,
    _key("id"),
    _needed("server"),
    _needed("user"),
    _needed("status"),
    _needed("incident"),
    _needed("action"),
    sa.Column("planned_at", sa.BigInteger),
    sa.Column("held_at", sa.BigInteger),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("until", sa.BigInteger),
    _needed("document"),
)
# Whatever two controllers do at once: an account is held once, by one line.
sa.Index(
    "containment_one_active",
    entries.c.server,
    entries.c.user,
    unique=True,
    sqlite_where=entries.c.status.in_(ACTIVE),
    postgresql_where=entries.c.status.in_(ACTIVE),
)

history = sa.Table(
    "containment_history",
    METADATA,
    sa.Column("number", sa.Integer, sa.Identity(), primary_key=True),
    _needed("entry_id"),
    _needed("at", sa.BigInteger),
    _needed("status"),
    _needed("by_user"),
    _needed("document"),
    sa.Index("containment_history_by_entry", "entry_id"),
)

evidence = sa.Table(
    "containment_evidence",
    METADATA,
    _key("entry_id"),
    _needed("at", sa.BigInteger),
    _needed("document", sa.LargeBinary),
)

_TIME = {"sqlite": "strftime('%Y-%m-%dT%H:%M:%SZ', {}, 'unixepoch')", "postgresql": "to_timestamp({})"}

_VIEWS = {
    "whm_figures": "SELECT {at} AS time, server, name, value, run_id FROM audit_figures",
    "whm_open_findings": (
        "SELECT server, resource, item, field, severity, message, expected, actual, {first_seen} AS first_seen, {last_seen} AS last_seen "
        "FROM audit_findings WHERE gone_at IS NULL"
    ),
    "whm_last_audits": (
        "SELECT server, host, status, {audited_at} AS audited_at, run_id FROM audit_servers AS each "
        "WHERE run_id = (SELECT max(run_id) FROM audit_servers AS other WHERE other.server = each.server)"
    ),
    "whm_holds": (
        'SELECT server, "user", action, status, incident, {planned_at} AS planned_at, {held_at} AS held_at, {until} AS until '
        "FROM containment_entries WHERE status IN ('planned', 'held', 'releasing')"
    ),
    "whm_ledger_changes": (
        'SELECT {at} AS time, number, containment_entries.server, containment_entries."user", containment_history.status, by_user, incident, entry_id '
        "FROM containment_history JOIN containment_entries ON containment_entries.id = entry_id"
    ),
}
_TIMES = ("at", "first_seen", "last_seen", "audited_at", "planned_at", "held_at", "until")


def _first(connection: Any) -> None:
    METADATA.create_all(connection)
    time = _TIME[connection.dialect.name]
    for name, text in _VIEWS.items():
        times = {column: time.format(column) for column in _TIMES}
        connection.execute(sa.text(f"CREATE VIEW {name} AS {text.format(**times)}".replace(":", r"\:")))


#: What makes of each version the next one, from none to the present.
MIGRATIONS: Sequence[Callable[[Any], None]] = (_first,)


def version_of(connection: Any) -> int:
    """The version of the tables that are there; 0 where there are none."""
    if not sa.inspect(connection).has_table("whm_schema"):
        return 0
    return int(connection.scalar(sa.select(sa.func.max(schema_version.c.version))) or 0)


def migrate(connection: Any, now: int, migrations: Sequence[Callable[[Any], None]] = MIGRATIONS) -> None:
    """Bring the tables to the present version, in the transaction of the caller: wholly or not at all."""
    found = version_of(connection)
    for number, step in enumerate(migrations[found:], found + 1):
        step(connection)
        connection.execute(sa.insert(schema_version).values(version=number, applied_at=now))
