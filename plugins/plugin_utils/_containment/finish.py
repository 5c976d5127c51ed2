# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each account that was to be held, finished or released, each by itself whatever became of the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._containment.entries import OPTION, Entry, evidence_file

Result = Mapping[str, Any]

_SILENT = "the task says nothing of it"
_DONE = {"hold": "held", "suspend": "suspended"}


def finished(
    entries: Sequence[Entry], deliveries: Result, evidence: Result, ended: Result, folder: str | None, sessions: bool
) -> dict[str, Any]:
    """Entries that are held, after their evidence was kept and their sessions were ended.

    :param deliveries: what was registered of the loop over the entries that read their deliveries; so ``evidence`` of that which kept
        them, and ``ended`` of the task that ended their sessions.
    :param folder: of the evidence; None when none was to be kept.
    :param sessions: whether their sessions were to end.
    :returns: ``entries`` to write down, complete where nothing is left to do, which the next run does otherwise; ``failed``, a sentence for
        each thing that is left.
    """
    written: list[Entry] = []
    failed: list[str] = []
    for entry in entries:
        user, kept = str(entry["user"]), entry.get("evidence")
        missing = []
        if folder is not None:
            unread, unkept = _of_loop(deliveries, user), _of_loop(evidence, user)
            missing += [f"Deliveries of {user} could not be read: {unread}."] if unread else []
            missing += [f"Evidence about {user} could not be kept: {unkept}."] if unkept else []
            kept = kept if unkept else evidence_file(entry, folder)
        why = _of_accounts([ended], user) if sessions else None
        missing += [f"Sessions of {user} could not be ended: {why}."] if why else []
        written.append({**entry, "evidence": kept, "complete": not missing})
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


def _of_loop(task: Result, user: str) -> str | None:
    """Why a loop over entries failed for an account; None when it did not."""
    for row in task.get("results") or []:
        if (row.get("item") or {}).get("user") == user:
            return _message(row) if row.get("failed") or row.get("unreachable") else None
    return _message(task) if task.get("failed") or task.get("unreachable") else _SILENT


def _message(result: Result) -> str:
    return _reason(result.get("error") or {}) if result.get("error") else _plain(result.get("msg"))


def _reason(error: Mapping[str, Any]) -> str:
    return _plain(error.get("reason") or error.get("kind"))


def _plain(text: Any) -> str:
    return str(text or _SILENT).strip().rstrip(".")
