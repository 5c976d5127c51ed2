# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the store forgets after some days. The last audit of each server stays, and so does every open line of the ledger."""

from __future__ import annotations

from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._store import schema
from ansible_collections.whm.mail.plugins.plugin_utils._store.sql import sa

_DAY = 86400


def forget_audits(connection: Any, days: int, now: int) -> None:
    """Audits that are older, and findings that have been gone for longer.

    :param days: 0 for never.
    """
    if not days:
        return
    before = now - days * _DAY
    each, other = schema.servers, schema.servers.alias()
    newer = sa.select(other.c.run_id).where(other.c.server == each.c.server, other.c.run_id > each.c.run_id)
    old = sa.select(each.c.run_id, each.c.server).where(each.c.audited_at < before, sa.exists(newer))
    for row in connection.execute(old).all():
        for table in (schema.run_findings, schema.figures, schema.servers):
            connection.execute(sa.delete(table).where(table.c.run_id == row.run_id, table.c.server == row.server))
    empty = sa.not_(sa.exists().where(schema.servers.c.run_id == schema.runs.c.id))
    connection.execute(sa.delete(schema.runs).where(schema.runs.c.started_at < before, empty))
    connection.execute(sa.delete(schema.findings).where(schema.findings.c.gone_at < before))


def forget_entries(connection: Any, days: int, now: int) -> None:
    """Lines of the ledger that ended longer ago, with their history and evidence; an open one never.

    :param days: 0 for never.
    """
    if not days:
        return
    table = schema.entries.c
    old = sa.select(table.id).where(table.ended_at < now - days * _DAY, table.status.not_in(schema.ACTIVE))
    for part in (schema.history, schema.evidence):
        connection.execute(sa.delete(part).where(part.c.entry_id.in_(old)))
    connection.execute(sa.delete(schema.entries).where(schema.entries.c.id.in_(old)))
