# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong on a server, or worth knowing, whatever the policy says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit_finding import Facts, Finding, Item, in_order
from ansible_collections.whm.mail.plugins.plugin_utils._audit_policy import covered, drift, exim_fault, wanted_flags

DOMAIN_CHECKS = ("dkim", "spf", "dmarc")  # PTR is by address


def findings(facts: Facts, server: str, policy: Mapping[str, Any], queue_hours: int) -> list[dict[str, Any]]:
    """All findings of a server: drift first, then problems and remarks that the policy does not speak of.

    :param server: its name in the inventory, part of the findings' ids.
    :param policy: the policy variables without their prefix.
    :param queue_hours: messages that wait for longer are a problem.
    """
    said = covered(policy)
    others = [
        finding
        for finding in problems(facts, policy, queue_hours)
        if (finding.resource, finding.item) not in said
    ]  # fmt: skip
    return in_order(finding.as_dict(server) for finding in [*drift(facts, policy), *others])


def problems(facts: Facts, policy: Mapping[str, Any], queue_hours: int) -> Iterator[Finding]:
    yield from _unavailable(facts)
    yield from _unreadable(facts)
    yield from _forwards(facts)
    yield from _auth(facts)
    yield from _ptr(facts)
    yield from _queue(facts, queue_hours)
    yield from _exim(facts)
    yield from _stopped(facts, policy)


def _unavailable(facts: Facts) -> Iterator[Finding]:
    for subset, error in sorted((facts.get("unavailable") or {}).items()):
        why = str(error.get("reason") or error.get("kind") or "it does not say why").rstrip(".")
        sentence = f"The server did not give the subset {subset}: {why}."
        yield Finding("subset", subset, "readable", "problem", sentence, True, False)


def _unreadable(facts: Facts) -> Iterator[Finding]:
    """Single items that the server refused inside a subset that it gave."""
    keys = {"accounts": "user", "forwards": "user", "addresses": "address", "auth": "domain", "recipients": "user"}
    for name, key in keys.items():
        for row in facts.get(name) or []:
            if row.get("error"):
                item = str(row.get(key) or row.get("user") or "unknown")
                why = str(row["error"].get("reason") or row["error"].get("kind")).rstrip(".")
                sentence = f"{item} could not be read: {why}."
                yield Finding("subset", f"{name} {item}", "readable", "problem", sentence, True, False)


def _forwards(facts: Facts) -> Iterator[Finding]:
    for row in facts.get("forwards") or []:
        if row["user"] == "root" and "error" not in row and not row["destinations"]:
            sentence = "Mail of root is forwarded nowhere, so what the server reports is read by nobody."
            yield Finding("forwards", "root", "destinations", "problem", sentence, None, [])


def _auth(facts: Facts) -> Iterator[Finding]:
    for row in facts.get("auth") or []:
        for name in DOMAIN_CHECKS:
            check = row.get(name)
            if check and check["validity"] != "valid":
                field = "state" if name == "dkim" else "record"
                sentence = _sentences(row, name) or f"{name.upper()} of {row['domain']} is {check['validity']}."
                yield Finding(
                    name, str(row["domain"]), field, "problem", sentence, check.get("expected"), check["validity"]
                )


def _sentences(row: Item, name: str) -> str:
    """What the server's answer was put into, for this check."""
    return " ".join(str(text) for text in row.get("problems") or [] if text.startswith(f"{name.upper()}: "))


def _ptr(facts: Facts) -> Iterator[Finding]:
    """By address, which many domains share: said once. Where the server names none, by what the sentences name instead."""
    concerned: dict[str, list[tuple[Item, Item]]] = {}
    for row in facts.get("auth") or []:
        for part in (row.get("ptr") or {}).get("addresses") or []:
            if part["validity"] != "valid":
                where = str(part["ip_address"] or part["name"] or row["domain"])
                concerned.setdefault(where, []).append((row, part))
    for where, pairs in sorted(concerned.items()):
        row, part = pairs[0]
        said = [text for text in row.get("problems") or [] if text.startswith("PTR: ") and where in text]
        sentence = str(said[0]) if said else f"PTR of {where} is {part['validity']}."
        if len(pairs) > 1:
            sentence += " It concerns %d domains." % len(pairs)
        yield Finding("ptr", where, "record", "problem", sentence, part.get("expected"), part["validity"])


def _queue(facts: Facts, hours: int) -> Iterator[Finding]:
    messages = (facts.get("queue") or {}).get("messages") or []
    frozen = sum(bool(row.get("frozen")) for row in messages)
    old = [row["age"] for row in messages if (row.get("age") or 0) > hours * 3600]
    if frozen:
        sentence = f"{_count(frozen, 'message')} of the queue {'is' if frozen == 1 else 'are'} frozen."
        yield Finding("queue", "messages", "frozen", "problem", sentence, 0, frozen)
    if old:
        waits = "waits" if len(old) == 1 else "wait"
        sentence = (
            f"{_count(len(old), 'message')} {waits} for more than {_count(hours, 'hour')}, the oldest for %d hours."
        )
        yield Finding("queue", "messages", "age", "problem", sentence % (max(old) // 3600), 0, len(old))


def _exim(facts: Facts) -> Iterator[Finding]:
    fault = exim_fault(facts["exim"]) if facts.get("exim") else None
    if fault:
        yield Finding("exim", "configuration", "valid", "problem", fault, "valid", "invalid")


def _stopped(facts: Facts, policy: Mapping[str, Any]) -> Iterator[Finding]:
    """Outgoing mail that is held or suspended, where the policy does not say so: worth knowing, perhaps forgotten."""
    accounts = facts.get("accounts") or []
    wanted = wanted_flags(policy.get("outgoing_mail") or [], [str(row["user"]) for row in accounts])
    for row in accounts:
        for option, key, word in (("hold", "hold", "held"), ("suspended", "outgoing_suspended", "suspended")):
            if row.get(key) is True and (str(row["user"]), option) not in wanted:
                sentence = f"Outgoing mail of {row['user']} is {word}."
                yield Finding("outgoing_mail", str(row["user"]), option, "info", sentence, None, True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
