# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a hold on one server: decide who is released, write it down, release, write down what became of it."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._containment import finish
from ansible_collections.whm.mail.plugins.plugin_utils._containment.asking import (
    Ask,
    Result,
    change,
    not_read,
    row,
    rows_of,
)
from ansible_collections.whm.mail.plugins.plugin_utils._containment.entries import (
    Entry,
    active,
    release,
    released,
)
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import StoreError
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger

#: Keys of a line that the result shows.
SHOWN = ("user", "action", "status", "incident", "id")

_WAYS = ("users", "incident", "expired")


def selection(own: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the options select; None when they do not say exactly one thing."""
    given = {name: own[f"release_{name}"] for name in _WAYS}
    return given if sum(bool(value) for value in given.values()) == 1 else None


def unknown(chosen: Mapping[str, Any], entries: Collection[Entry]) -> list[str]:
    """Names that are to be released and that no line of any server knows."""
    users, incidents = ({str(entry[key]) for entry in entries} for key in ("user", "incident"))
    lost = [name for name in chosen["users"] or [] if name not in users]
    return lost + [name for name in [chosen["incident"]] if name and name not in incidents]


def lift(ask: Ask, ledger: Ledger, server: str, chosen: Mapping[str, Any], check_mode: bool) -> Result:
    """The result of the task.

    :param chosen: as :func:`selection` gives it, and ``by``.
    """
    mine = ledger.entries(server)
    open_lines = [entry for entry in mine if active(entry)]
    if not open_lines:
        return {"changed": False, "released": [], "left": [], "sentences": []}
    users = list(dict.fromkeys(entry["user"] for entry in open_lines))
    read = ask("account_info", {"users": users}, True)
    if "accounts" not in read:
        return {"released": [], "left": [], **not_read(read)}
    decision = release(mine, read["accounts"], {**chosen, "now": int(time.time())})
    failed = list(decision["unread"])
    if not check_mode:
        ledger.write(decision["write"])
    results = change(ask, decision["release"], False, check_mode)
    failed += finish.not_changed(decision["release"], results, False)
    lines = released(decision["release"], rows_of(results), int(time.time()))
    if not check_mode:
        try:
            ledger.write(lines)
        except StoreError as exc:
            failed.append(f"{exc} What was done stands in the result; the next release writes it down.")
    return {
        "changed": bool(decision["release"] if check_mode else decision["write"]),
        "released": [row(line, results, SHOWN) for line in lines],
        "left": decision["left"],
        "sentences": _sentences(lines, decision["left"], check_mode),
        **({"failed": True, "msg": " ".join(failed)} if failed else {}),
    }


def _sentences(lines: Sequence[Entry], left: Sequence[Result], check_mode: bool) -> list[str]:
    done = "would be" if check_mode else "was"
    gone = [line["user"] for line in lines if check_mode or line["status"] == "released"]
    return [f"{user} {done} released." for user in gone] + [
        "{user} is left alone: {why}.".format(**row) for row in left
    ]
