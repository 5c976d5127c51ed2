# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the ledger's entries mean: held by us or not, what a run that was killed left behind, what may be released. Pure.

planned -> held -> releasing -> released. The first and the third are written before the server is asked, the others after it was
read back. Aside: gone (somebody else released it), failed (the server refused), abandoned (never held, and no longer wanted).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.times import both

Account = Mapping[str, Any]
Entry = dict[str, Any]
Result = Mapping[str, Any]

#: Action to the flag of the account that it sets, as account_info names it.
FLAG = {"hold": "hold", "suspend": "outgoing_suspended"}

#: Action to the same flag as outgoing_mail names it.
OPTION = {"hold": "hold", "suspend": "suspended"}

# Errors after which the flag is certainly not ours. Others leave it open: the next run looks.
_REFUSED = ("refusal", "permission", "not_found", "not_tried", "unsupported", "invalid_input", "authentication")


def active(entry: Mapping[str, Any]) -> bool:
    """Whether the account is, or may be, held because of this entry."""
    return entry["status"] in ("planned", "held", "releasing")


def ended_at(entry: Mapping[str, Any]) -> int:
    """When a hold ended; 0 when it did not, or when there never was one."""
    return int(entry.get("ended_at_epoch") or 0) if entry["status"] in ("released", "gone") else 0


def settled(entry: Entry, account: Account | None, now: int, wanted: bool = False) -> Entry:
    """The entry as the server shows it to be: the run that wrote it may have been killed, or somebody else may have released.

    :param account: as account_info returns it; None when the caller does not see it, which says nothing.
    :param wanted: whether the account is to be held now.
    """
    flag = account.get(FLAG[entry["action"]]) if account else None
    if flag is None or not active(entry):
        return entry
    status = entry["status"]
    if flag:
        # planned: nothing lies between writing that and the hold, and the flag was off when it was written.
        held_at = both("held_at", now) if status == "planned" else {}
        return {**entry, "status": "held", **held_at}
    if status == "planned":
        return entry if wanted else {**entry, "status": "abandoned", **both("ended_at", now)}
    return {**entry, "status": "released" if status == "releasing" else "gone", **both("ended_at", now)}


def held(entries: Sequence[Entry], results: Sequence[Result], now: int) -> list[Entry]:
    """Planned entries after outgoing_mail ran: held, failed, or as they were where it is not known."""
    return [_after(entry, _of(entry, results), True, now) for entry in entries]


def released(entries: Sequence[Entry], results: Sequence[Result], now: int) -> list[Entry]:
    """Entries that were to be released after outgoing_mail ran: released, or as they were."""
    return [_after(entry, _of(entry, results), False, now) for entry in entries]


def _of(entry: Entry, results: Sequence[Result]) -> Result | None:
    return next((row for row in results if row.get("user") == entry["user"]), None)


def _after(entry: Entry, row: Result | None, holding: bool, now: int) -> Entry:
    if row is None:
        return entry
    if "error" in row:
        if row["error"].get("kind") not in _REFUSED:
            return entry
        if not holding:
            return {**entry, "status": "held"}
        return {**entry, "status": "failed", "error": row["error"].get("reason"), **both("ended_at", now)}
    if row.get(OPTION[entry["action"]]) is not holding:
        return entry
    if holding:
        return {**entry, "status": "held", **both("held_at", now)}
    return {**entry, "status": "released", **both("ended_at", now)}


def release(entries: Sequence[Entry], accounts: Sequence[Account], selection: Mapping[str, Any]) -> dict[str, Any]:
    """What to release of a server: only accounts that the ledger says we hold and that the server shows as held.

    :param selection: ``users`` (names), ``incident``, ``expired`` (bool), each None or empty for no; ``now``, ``by``.
    :returns: ``write``, entries to write down: what came to light to be otherwise, then what is releasing; ``release``, the latter, to
        carry out; ``left``, selected accounts that are left alone and why; ``unread``, a sentence for each of them that could not be read.
    """
    known = {str(account["user"]): account for account in accounts if "error" not in account}
    errors = {str(account.get("user")): account["error"] for account in accounts if "error" in account}
    now = int(selection["now"])
    ledger = [settled(entry, known.get(entry["user"]), now) for entry in entries]
    chosen = [(entry, old) for entry, old in zip(ledger, entries) if active(old) and _selected(old, selection)]
    going = [entry for entry, _old in chosen if entry["status"] == "held" and entry["user"] in known]
    leaving = [{**entry, "status": "releasing", "ended_by": selection["by"]} for entry in going]
    return {
        "write": [entry for entry, old in zip(ledger, entries) if entry != old and entry not in going] + leaving,
        "release": leaving,
        "left": [
            {"user": entry["user"], "why": _unread(errors[entry["user"]]) if entry["user"] in errors else _kept(entry)}
            for entry, _old in chosen
            if entry not in going
        ],
        "unread": [
            f"{entry['user']} could not be released: {_unread(errors[entry['user']])}."
            for entry, _old in chosen
            if entry["user"] in errors
        ],
    }


def _unread(error: Mapping[str, Any]) -> str:
    return "whether it is held could not be read ({})".format(str(error.get("reason") or error.get("kind")).rstrip("."))


def _selected(entry: Entry, selection: Mapping[str, Any]) -> bool:
    until = entry.get("until_epoch")
    return bool(
        entry["user"] in (selection.get("users") or [])
        or (selection.get("incident") and entry["incident"] == selection["incident"])
        or (selection.get("expired") and until is not None and until <= int(selection["now"]))
    )


def _kept(entry: Entry) -> str:
    if active(entry):
        return "the server does not show it to this caller: it was removed, or belongs to another reseller; it counts for nothing"
    if entry["status"] == "abandoned":
        return "it was planned and never held"
    return "it is not held any more"


def evidence(entry: Entry, found: Mapping[str, Any], queue: Sequence[Mapping[str, Any]]) -> Entry:
    """What is kept about one account.

    :param found: what delivery_info returned of it. Where it failed the deliveries are null, and the error says why.
    """
    user = entry["user"]
    return {
        "schema": 1,
        "entry": {key: value for key, value in entry.items() if key not in ("evidence", "complete")},
        **_deliveries(found, user),
        "queue": [row for row in queue if row.get("user") == user],
    }


def _deliveries(found: Mapping[str, Any], user: str) -> Entry:
    if "deliveries" not in found:
        why = (found.get("error") or {}).get("reason") or found.get("msg") or "they were not read"
        return {"deliveries": None, "deliveries_truncated": None, "deliveries_error": str(why)}
    rows = [row for row in found["deliveries"] if row.get("user") == user]
    return {"deliveries": rows, "deliveries_truncated": bool(found.get("truncated"))}
