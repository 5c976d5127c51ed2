# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts, settings and entries of the ledger for the tests of containment."""

from __future__ import annotations

from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._containment.decide import decide

NOW = 1_795_000_000
SINCE = NOW - 3600
Row = dict[str, Any]


def account(user: str, owner: str = "root", **flags: bool | None) -> Row:
    return {"user": user, "owner": owner, "hold": False, "outgoing_suspended": False, **flags}


def found(users: list[str]) -> list[Row]:
    return [{"user": user, "owner": "root", "numbers": {"recipients": 600}, "why": ["much"]} for user in users]


def settings(**changes: Any) -> Row:
    given = {"server": "whm1", "host": "192.0.2.1", "incident": "spring", "action": "hold", "by": "ann", "until": None}
    return {**given, "now": NOW, "since": SINCE, "max": 10, **changes}


def entry(user: str, status: str = "held", **changes: Any) -> Row:
    (row,) = decide(found([user]), [account(user)], [], settings())["hold"]
    ended = {"ended_at_epoch": NOW - 60} if status in ("released", "gone") else {}
    return {**row, "status": status, "complete": status == "held", **ended, **changes}
