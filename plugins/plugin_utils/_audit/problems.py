# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong on a server, or worth knowing, whatever the policy says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.countries import NOWHERE
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import Facts, Finding, Item, in_order
from ansible_collections.whm.mail.plugins.plugin_utils._audit.policy import covered, drift, exim_fault, wanted_flags
from ansible_collections.whm.mail.plugins.plugin_utils._audit.unread import parts_of, sentence_of
from ansible_collections.whm.mail.plugins.plugin_utils._audit.unread import problems as unread_problems
from ansible_collections.whm.mail.plugins.plugin_utils._audit.words import VALIDITIES, in_words

DOMAIN_CHECKS = ("dkim", "spf", "dmarc")  # PTR is by address

# Verdicts that find no fault: with the second DNS could not be asked, and nothing is known.
_NO_FAULT = ("valid", "error")
_SOON, _DAY = 14, 86400  # days; seconds
_BY_OTHERS = ("dkim_error", "spf_error", "dkim_spf_error")


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
    yield from unread_problems(facts)
    yield from _forwards(facts)
    yield from _auth(facts)
    yield from _ptr(facts)
    yield from _queue(facts, queue_hours)
    yield from _exim(facts)
    yield from _services(facts)
    yield from _tokens(facts)
    yield from _nowhere(facts, policy)
    yield from _stopped(facts, policy)


def _forwards(facts: Facts) -> Iterator[Finding]:
    for row in facts.get("forwards") or []:
        if row["user"] == "root" and "error" not in row and not row["destinations"]:
            sentence = "Mail of root is forwarded nowhere, so what the server reports is read by nobody."
            yield Finding("forwards", "root", "destinations", "problem", sentence, None, [])


def _auth(facts: Facts) -> Iterator[Finding]:
    for row in facts.get("auth") or []:
        for name in DOMAIN_CHECKS:
            parts = [part for part in parts_of(row, name) if part["validity"] not in _NO_FAULT]
            if parts:
                validity = parts[0]["validity"]
                field = "state" if name == "dkim" else "record"
                sentence = (
                    sentence_of(row, name) or f"{name.upper()} of {row['domain']}: {in_words(validity, VALIDITIES)}."
                )
                # A record that is good, and fails because of what it relies on, is not to be replaced.
                expected = None if validity in _BY_OTHERS else row[name].get("expected")
                yield Finding(name, str(row["domain"]), field, "problem", sentence, expected, validity)


def _ptr(facts: Facts) -> Iterator[Finding]:
    """By address, which many domains share: said once. Where the server names none, by what the sentences name instead."""
    concerned: dict[str, list[tuple[Item, Item]]] = {}
    for row in facts.get("auth") or []:
        for part in (row.get("ptr") or {}).get("addresses") or []:
            if part["validity"] not in _NO_FAULT:
                where = str(part["ip_address"] or part["name"] or row["domain"])
                concerned.setdefault(where, []).append((row, part))
    for where, pairs in sorted(concerned.items()):
        row, part = pairs[0]
        sentence = sentence_of(row, "ptr", where) or f"PTR of {where}: {in_words(part['validity'], VALIDITIES)}."
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


def _services(facts: Facts) -> Iterator[Finding]:
    """A service that should run and does not. One that is switched off is meant to be."""
    for row in facts.get("services") or []:
        if row["enabled"] and row["running"] is False:
            sentence = f"The mail service {row['service']} does not run, although it is enabled."
            yield Finding("services", row["service"], "running", "problem", sentence, True, False)


def _tokens(facts: Facts) -> Iterator[Finding]:
    """Tokens that will be refused soon, or are already."""
    now = (facts.get("gathered_at") or {}).get("epoch")
    for row in facts.get("tokens") or []:
        name, ends = str(row["name"]), row["expires_epoch"]
        if ends is not None and now is not None and ends - now < _SOON * _DAY:
            when = "expired" if ends <= now else "expires"
            sentence = f"The API token {name} {when} on {row['expires']}."
            yield Finding("tokens", name, "expires", "problem", sentence, None, row["expires"])


def _nowhere(facts: Facts, policy: Mapping[str, Any]) -> Iterator[Finding]:
    """Addresses that belong to no country are blocked, where the policy does not say so: behind NAT the server's own may be among them."""
    entries = [entry for entry in policy.get("blocks") or [] if entry.get("countries") is not None]
    said = any(entry.get("exclusive") or NOWHERE in map(str.upper, entry["countries"]) for entry in entries)
    rows = (facts.get("blocks") or {}).get("countries") or []
    if not said and any(row["country_code"] == NOWHERE for row in rows):
        sentence = f"Mail from addresses that belong to no country ({NOWHERE}) is refused. Behind NAT those of the server itself may be among them."
        yield Finding("blocks", NOWHERE, "blocked", "info", sentence, None, True)


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
