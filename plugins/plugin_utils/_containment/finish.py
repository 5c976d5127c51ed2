# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each account that was to be held, finished or released, each by itself whatever became of the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._containment.entries import OPTION, Entry

Result = Mapping[str, Any]

_SILENT = "the task says nothing of it"
_DONE = {"hold": "held", "suspend": "suspended"}


def finished(lines: Sequence[Entry], deliveries: Mapping[str, Result], ended: Result | None) -> dict[str, Any]:
    """Lines of accounts that are held, after their evidence was kept and their sessions were ended.

    :param deliveries: by the id of the line, what delivery_info said, where evidence was to be kept.
    :param ended: what mailbox_sessions said; None when sessions were not to end.
    :returns: ``entries`` to write down, complete where nothing is left to do, which the next run does otherwise; ``failed``, a sentence for
        each thing that is left.
    """
    written: list[Entry] = []
    failed: list[str] = []
    for line in lines:
        user, missing = str(line["user"]), []
        read = deliveries.get(line["id"])
        unread = read is not None and "deliveries" not in read
        if read is not None and unread:
            missing.append(f"Deliveries of {user} could not be read: {_message(read)}.")
        why = _of_accounts([ended], user) if ended is not None else None
        if why:
            missing.append(f"Sessions of {user} could not be ended: {why}.")
        kept = line.get("evidence") or (read is not None and not unread) or None
        written.append({**line, "evidence": kept, "complete": not missing})
        failed += missing
    return {"entries": written, "failed": failed}


def not_changed(entries: Sequence[Entry], tasks: Sequence[Result], holding: bool) -> list[str]:
    """A sentence for each account that the tasks were to hold (or release) and did not.

    :param tasks: what was registered of them; one that was skipped says nothing.
    """
    found = []
    for entry in entries:
        user = str(entry["user"])
        why = _of_accounts(tasks, user, {OPTION[entry["action"]]: holding})
        if why:
            word = _DONE[entry["action"]]
            done = f"{word}" if holding else ("released" if word == "held" else "unsuspended")
            found.append(f"{user} could not be {done}: {why}.")
    return found


def _of_accounts(tasks: Sequence[Result], user: str, wanted: Mapping[str, Any] | None = None) -> str | None:
    """Why tasks with a result for each account did not do it for this one; None when one of them did."""
    for task in tasks:
        if user in (task.get("missing") or []):  # removed meanwhile: nothing is left to be done about it
            return None
        for row in task.get("accounts") or []:
            if row.get("user") == user and "error" in row:
                return _reason(row["error"])
            if row.get("user") == user and all(row.get(key) is value for key, value in (wanted or {}).items()):
                return None
    return next((_message(task) for task in tasks if task.get("failed") or task.get("unreachable")), _SILENT)


def _message(result: Result) -> str:
    return _reason(result.get("error") or {}) if result.get("error") else _plain(result.get("msg"))


def _reason(error: Mapping[str, Any]) -> str:
    return _plain(error.get("reason") or error.get("kind"))


def _plain(text: Any) -> str:
    return str(text or _SILENT).strip().rstrip(".")
