# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit document: every server of the play, what was found there, and the numbers that charts are drawn from. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SEVERITIES, SUBSET_OF, Facts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.unread import ALL, CHECKS, unread

SCHEMA = 1
STATUSES = ("ok", "partial", "failed", "unreachable")
#: What stops the mail of an account, as (key of the account, name of its number). Several may be true of one account.
STOPS = (("hold", "held"), ("outgoing_suspended", "outgoing_suspended"), ("suspended", "suspended"))

#: Numbers of accounts, of a server and of the fleet.
ACCOUNTS = ("total", "sending", "not_known", *(name for _key, name in STOPS))

#: How many senders and mailboxes are kept for each server, and shown for the fleet.
TOP = 10

_LOST = "An earlier task of the play failed for this server or could not reach it, so the audit did not ask it."


def server(
    name: str, host: str, gathered: Mapping[str, Any] | None, drift: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """One server of the document.

    :param gathered: the registered result of mail_facts; None when the task never ran for it.
    """
    facts = ((gathered or {}).get("ansible_facts") or {}).get("whm_mail")
    found: dict[str, Any] = {"name": name, "host": host}
    if facts is None:
        error = _error(gathered, host)
        return {**found, "status": _lost(gathered), "error": error, "gathered": [], "unread": [], "drift": []}
    unavailable = facts.get("unavailable") or {}
    spots = [spot.as_dict() for spot in unread(facts)] + _unseen(drift)
    return {
        **found,
        "status": "partial" if spots else "ok",
        "gathered": [name for name in facts.get("subsets") or [] if name not in unavailable],
        "unread": spots,
        "facts": facts,
        "figures": figures(facts),
        "drift": [dict(finding) for finding in drift],
    }


def without_facts(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without what was read: all that tables and charts need, and much smaller."""
    servers = [{key: value for key, value in row.items() if key != "facts"} for row in document["servers"]]
    return {**document, "servers": servers}


def _unseen(drift: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What the policy names and this login was not shown. What a subset lacks as a whole is not among it: it stands there already,
    or was not to be gathered."""
    return [
        {"subset": str(SUBSET_OF[row["resource"]]), "item": item, "field": ALL, "reason": row["message"].rstrip(".")}
        for row in drift
        if row["field"] == "readable" and row["found"] is None and row["severity"] == "problem"
        for item in row["item"].split(", ")
    ]


def _lost(gathered: Mapping[str, Any] | None) -> str:
    error = (gathered or {}).get("error") or {}
    lost = (gathered or {}).get("unreachable") or error.get("kind") in ("connection", "deadline")
    return "unreachable" if lost else "failed"


def _error(gathered: Mapping[str, Any] | None, host: str) -> dict[str, Any]:
    if gathered is None:
        return {"kind": "not_tried", "function": None, "reason": _LOST, "host": host, "http_status": None}
    error = gathered.get("error") or {}
    reason = gathered.get("msg") or error.get("reason") or "mail_facts gave no facts and no reason."
    return {
        "kind": error.get("kind") or ("connection" if gathered.get("unreachable") else "error"),
        "function": error.get("function"),
        "reason": str(reason),
        "host": error.get("host") or host,
        "http_status": error.get("http_status"),
    }


def figures(facts: Facts) -> dict[str, Any]:
    """Numbers of a server; only those whose facts there are."""
    found = {name: count(facts[subset]) for name, (subset, count) in _FIGURES.items() if subset in facts}
    version = (facts.get("server") or {}).get("version")
    return {"version": version, **found} if version else found


def _accounts(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """An account that is held and suspended counts as both; ``sending``, ``not_known`` and those of ``stopped`` add up to all."""
    stopped = [_stopped(row) for row in rows if any(row.get(key) is True for key, _name in STOPS)]
    sending = sum(all(row.get(key) is False for key, _name in STOPS) for row in rows)
    return {
        "total": len(rows),
        "sending": sending,
        "not_known": len(rows) - sending - len(stopped),
        **{name: sum(row.get(key) is True for row in rows) for key, name in STOPS},
        "stopped": stopped,
    }


def _stopped(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"user": str(row["user"]), "domain": row.get("domain"), **{key: row.get(key) for key, _name in STOPS}}


def _auth(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Check to validity to number of domains."""
    return {
        "domains": len(rows),
        **{name: dict(sorted(Counter(_validity(row.get(name)) for row in rows).items())) for name in CHECKS},
    }


def _validity(check: Mapping[str, Any] | None) -> str:
    return str(check["validity"]) if check else "not_checked"


def _queue(queue: Mapping[str, Any]) -> dict[str, Any]:
    messages = queue.get("messages") or []
    by_age = (queue.get("summary") or {}).get("by_age") or []
    return {
        "messages": len(messages),
        "frozen": sum(bool(row.get("frozen")) for row in messages),
        "by_age": [{"from": row["from"], "to": row["to"], "messages": row["messages"]} for row in by_age],
    }


def _senders(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    counted = [(int(row["count"]), str(row["user"])) for row in rows if row.get("count")]
    most = sorted(counted, key=lambda pair: (-pair[0], pair[1]))[:TOP]
    return [{"user": user, "count": count} for count, user in most]


def _mailboxes(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kept = ("address", "mailbox", "messages", "vsize")
    largest = sorted(rows, key=lambda row: (-(row.get("vsize") or 0), str(row["address"]), str(row["mailbox"])))
    return [{key: row.get(key) for key in kept} for row in largest[:TOP] if row.get("vsize")]


_FIGURES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "accounts": ("accounts", _accounts),
    "auth": ("auth", _auth),
    "queue": ("queue", _queue),
    "top_senders": ("recipients", _senders),
    "largest_mailboxes": ("mailboxes", _mailboxes),
}


def document(
    servers: Iterable[Mapping[str, Any]],
    generated_at: Mapping[str, Any],
    version: str,
    policy_given: bool,
    left_out: Iterable[str] = (),
) -> dict[str, Any]:
    """The whole document, servers by name.

    :param left_out: names of which nothing is said, because the play left them out, or has not come to them.
    """
    rows = sorted((dict(row) for row in servers), key=lambda row: str(row["name"]))
    return {
        "schema": SCHEMA,
        "generated_at": dict(generated_at),
        "collection_version": version,
        "policy_given": policy_given,
        "summary": summary(rows),
        "servers": rows,
        "left_out": sorted(left_out),
    }


def summary(servers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Totals of the fleet."""
    statuses = Counter(row["status"] for row in servers)
    severities = Counter(finding["severity"] for row in servers for finding in row["drift"])
    counted = [row["figures"] for row in servers if "figures" in row]
    accounts = [row["accounts"] for row in counted if "accounts" in row]
    queues = [row["queue"] for row in counted if "queue" in row]
    return {
        "servers": {"total": len(servers), **{name: statuses[name] for name in STATUSES}},
        "findings": {name: severities[name] for name in SEVERITIES},
        "accounts": {key: _total(row[key] for row in accounts) for key in ACCOUNTS},
        "domains": _total(row["auth"]["domains"] for row in counted if "auth" in row),
        "queue": {key: _total(row[key] for row in queues) for key in ("messages", "frozen")},
    }


def _total(numbers: Iterable[int]) -> int | None:
    """Their sum; None where no server told one, which is not the same as none of them."""
    told = list(numbers)
    return sum(told) if told else None
