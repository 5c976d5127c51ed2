# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is held during an outbreak: accounts far above the others, held against limits, exemptions and the ledger. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.names import can_be_account
from ansible_collections.whm.mail.plugins.module_utils._mail.times import both
from ansible_collections.whm.mail.plugins.plugin_utils._containment.entries import (
    FLAG,
    Account,
    Entry,
    active,
    ended_at,
    settled,
)

Facts = Mapping[str, Any]
Limits = Mapping[str, Any]
Numbers = dict[str, Any]

#: Limit to the subset of the facts that it is compared with.
SUBSETS = {"recipients": "recipients", "failures": "stats", "queue_share": "queue"}

#: Who counts as a sender and is no account, and what to do about them.
_BEYOND = {
    "": "these messages belong to no account, such as bounces; look at who is written to",
    "unknown": "the server does not know whose these messages are; look at the deliveries",
    "root": "it is the server itself; look at its jobs and programs",
    "nobody": "it is the web server; look for a website that sends mail",
    "-remote-": "these messages came from other servers; look at who may relay",
    "-system-": "it is the server itself; look at its jobs and programs",
    "mailnull": "it is Exim itself; look at the bounces in the queue",
    "mailman": "it is the mailing lists; look at their members",
}

_NO_ACCOUNT = "no account"

_COUNTS = ("recipients", "failures", "failed", "deferred", "queued", "queue_share")


def outliers(facts: Facts, limits: Limits, exempt: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """The accounts above a limit: ``found`` and ``exempt`` by name; ``beyond``, who else is above one and cannot be held, with the reason;
    and ``unread``, the limits that could not be looked at, or only in part.

    :param limits: ``recipients``, ``failures``, ``queue_share`` (percent; from ``queue_messages`` messages on). None does not count.
    :param exempt: ``users`` and ``owners``.
    """
    unread = [_unread(facts, name) for name in SUBSETS if limits.get(name) is not None and not _whole(facts, name)]
    counts = _counts(facts)
    accounts = {str(account["user"]): account for account in facts["accounts"]}
    others = sorted({name for counter in counts.values() for name in counter} - accounts.keys())
    found: list[dict[str, Any]] = []
    spared: list[dict[str, Any]] = []
    beyond: list[dict[str, Any]] = []
    for user in [*accounts, *others]:
        numbers = _numbers(counts, user)
        why = _why(numbers, limits)
        if not why:
            continue
        owner = accounts.get(user, {}).get("owner")
        row = {"user": user, "owner": owner, "numbers": numbers, "why": why}
        if user in exempt["users"] or (owner is not None and owner in exempt["owners"]):
            spared.append(row)
        elif user in accounts and can_be_account(user):
            found.append(row)
        else:
            beyond.append({**row, "user": user or None, "name": user or _NO_ACCOUNT, "reason": _beyond(user)})
    return {"found": found, "exempt": spared, "beyond": beyond, "unread": unread}


def _beyond(user: str) -> str:
    """Why somebody cannot be held, and where to look instead."""
    return _BEYOND.get(user, "there is no account of this name, or this login is not shown it")


def decide(
    found: Sequence[Mapping[str, Any]],
    accounts: Sequence[Account],
    entries: Sequence[Entry],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """What to do about the accounts above a limit.

    :param entries: the ledger of this server.
    :param settings: ``server``, ``host``, ``incident``, ``action``, ``by``, ``until`` (epoch or None), ``now``, ``since``, ``max``.
    :returns: ``write``, entries to write down: what came to light to be otherwise, then what is planned; ``hold``, planned entries to
        carry out; ``finish``, entries held of which something is left to do; ``left``, accounts that are left alone and why; ``refused``, a
        sentence when there are too many, else None.
    """
    known = {str(account["user"]): account for account in accounts}
    wanted = {str(row["user"]) for row in found}
    now = int(settings["now"])
    ledger = [settled(entry, known.get(entry["user"]), now, entry["user"] in wanted) for entry in entries]
    hold = [entry for entry in ledger if entry["status"] == "planned" and entry["user"] in wanted]
    begun = [entry["user"] for entry in hold]
    reasons = [(row, _left_alone(str(row["user"]), known[str(row["user"])], ledger, settings)) for row in found]
    hold += [
        _planned(row, known[row["user"]], settings) for row, why in reasons if not why and row["user"] not in begun
    ]
    changed = [entry for entry, old in zip(ledger, entries) if entry != old]
    # An account that is not shown was removed, or belongs to another reseller: nothing can be done about it any more.
    held = [entry for entry in ledger if entry["status"] == "held" and entry["user"] in known]
    return {
        "hold": hold,
        "write": changed + [entry for entry in hold if entry not in entries],
        "finish": [entry for entry in held if not entry["complete"]],
        "left": [{"user": row["user"], "why": why} for row, why in reasons if why],
        "refused": _too_many(hold, held, int(settings["max"])),
    }


def _left_alone(user: str, account: Account, ledger: Sequence[Entry], settings: Mapping[str, Any]) -> str | None:
    """Why an account above a limit is not held now; None when it is."""
    mine = [entry for entry in ledger if entry["user"] == user]
    if any(entry["status"] == "planned" for entry in mine):
        return None
    if any(active(entry) for entry in mine):
        return "containment holds it already"
    if account.get("hold") or account.get("outgoing_suspended"):
        return "somebody else holds or suspended it already"
    if account.get(FLAG[settings["action"]]) is None:
        return "the server does not tell whether it is held"
    last = max((ended_at(entry) for entry in mine), default=0)
    if last >= int(settings["since"]):
        when = both("at", last)["at"]
        return f"it was released within the window, at {when}, and the numbers are those from before"
    return None


def _planned(row: Mapping[str, Any], account: Account, settings: Mapping[str, Any]) -> Entry:
    now, server = int(settings["now"]), str(settings["server"])
    return {
        "id": "{}/{}/{}/{}".format(settings["incident"], server, row["user"], now),
        "incident": settings["incident"],
        "server": server,
        "host": settings["host"],
        "user": row["user"],
        "action": settings["action"],
        "status": "planned",
        **both("planned_at", now),
        **both("held_at", None),
        **both("ended_at", None),
        **both("until", settings["until"]),
        "by": settings["by"],
        "ended_by": None,
        "why": list(row["why"]),
        "numbers": dict(row["numbers"]),
        "window": {"since": both("at", int(settings["since"]))["at"], "until": both("at", now)["at"]},
        "before": {flag: account.get(flag) for flag in FLAG.values()},
        "evidence": None,
        "complete": False,
    }


def _too_many(hold: Sequence[Entry], already: Sequence[Entry], most: int) -> str | None:
    if not hold or len(hold) + len(already) <= most:
        return None
    names = ", ".join(str(entry["user"]) for entry in hold[:5]) + (", ..." if len(hold) > 5 else "")
    return (
        f"{len(hold)} {'account' if len(hold) == 1 else 'accounts'} would be held ({names}), "
        f"with {len(already)} that are held already; containment_max allows {most} a "
        "server. Nothing was held. Look at the thresholds, or raise containment_max."
    )


def _given(facts: Facts, limit: str) -> bool:
    return SUBSETS[limit] in facts


def _whole(facts: Facts, limit: str) -> bool:
    return _given(facts, limit) and not (limit == "failures" and facts["stats"].get("truncated"))


def _unread(facts: Facts, limit: str) -> str:
    if _given(facts, limit):
        return f"containment_{limit} was looked at only in part, because the server cut its {SUBSETS[limit]} short."
    error = (facts.get("unavailable") or {}).get(SUBSETS[limit]) or {}
    reason = str(error.get("reason") or "it was not gathered").rstrip(".")
    return f"containment_{limit} was not looked at, because the server did not give {SUBSETS[limit]}: {reason}."


def _counts(facts: Facts) -> dict[str, Counter[str]]:
    """What was counted, by account. Nothing for what the server did not give."""
    counts: dict[str, Counter[str]] = {}
    if _given(facts, "recipients"):
        counts["recipients"] = _sum(facts["recipients"], "count")
    if _given(facts, "failures"):
        counts["failed"] = _sum(facts["stats"]["accounts"], "failed")
        counts["deferred"] = _sum(facts["stats"]["accounts"], "deferred")
    if _given(facts, "queue_share"):
        counts["queued"] = Counter(_name(message) for message in facts["queue"]["messages"])
    return counts


def _sum(rows: Iterable[Mapping[str, Any]], key: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for row in rows:
        total[_name(row)] += row.get(key) or 0
    return total


def _name(row: Mapping[str, Any]) -> str:
    """Whose it is; empty for nobody's."""
    return str(row.get("user") or "")


def _numbers(counts: Mapping[str, Counter[str]], user: str) -> Numbers:
    """The numbers of an account; None for what the server did not give."""
    numbers: Numbers = {name: counts[name][user] if name in counts else None for name in _COUNTS}
    if "failed" in counts:
        numbers["failures"] = numbers["failed"] + numbers["deferred"]
    if "queued" in counts:
        numbers["queue_share"] = round(100 * numbers["queued"] / (sum(counts["queued"].values()) or 1))
    return numbers


def _why(numbers: Numbers, limits: Limits) -> list[str]:
    why = []
    if _above(numbers["recipients"], limits.get("recipients")):
        why.append(f"{numbers['recipients']} recipients (limit {limits['recipients']})")
    if _above(numbers["failures"], limits.get("failures")):
        parts = f"{numbers['failed']} failed, {numbers['deferred']} deferred"
        why.append(f"{numbers['failures']} failures ({parts}; limit {limits['failures']})")
    enough = (numbers["queued"] or 0) >= int(limits.get("queue_messages") or 0)
    if enough and _above(numbers["queue_share"], limits.get("queue_share")):
        share = f"{numbers['queue_share']} % of the queue"
        why.append(f"{share} ({numbers['queued']} messages; limit {limits['queue_share']} %)")
    return why


def _above(number: int | None, limit: Any) -> bool:
    return number is not None and limit is not None and number > int(limit)


def sentences(
    decision: Mapping[str, Any],
    exempt: Iterable[Mapping[str, Any]],
    check_mode: bool,
    beyond: Iterable[Mapping[str, Any]] = (),
) -> list[str]:
    """What is done, as people read it: one sentence an account, and one for everybody else who is above a limit."""
    verb = "would be" if check_mode else "is being"
    words = {"hold": "held", "suspend": "suspended"}
    said = [f"{row['user']} {verb} {words[row['action']]}: {', '.join(row['why'])}." for row in decision["hold"]]
    said += [f"{row['user']} is above a limit and left alone: {row['why']}." for row in decision["left"]]
    said += [f"{row['user']} is exempt: {', '.join(row['why'])}." for row in exempt]
    return said + cannot_hold(beyond)


def cannot_hold(beyond: Iterable[Mapping[str, Any]]) -> list[str]:
    """A sentence for each who is above a limit and cannot be held."""
    return [
        f"{row['name']} is above a limit and cannot be held: {', '.join(row['why'])}. WHM holds accounts only: {row['reason']}."
        for row in beyond
    ]
