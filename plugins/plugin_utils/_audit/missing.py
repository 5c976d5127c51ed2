# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a policy counts on a server: entries that say ignore_missing count for nothing that the server certainly does not have. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.names import normal_domain
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import Facts, Item
from ansible_collections.whm.mail.plugins.plugin_utils._audit.rules import RULES

Policy = Mapping[str, Any]

#: Variable of the policy to the key that names its items, one or several, and to what these are.
_NAMED = {
    "outgoing_mail": ("users", "account"),
    "forwards": ("user", "user"),
    "dkim": ("domains", "domain"),
    "spf": ("domain", "domain"),
    "dmarc": ("domain", "domain"),
    **{variable: rule.named for variable, rule in RULES.items() if rule.named},
}

#: List of the facts to the key that names its rows, and to what these are.
_ROWS = {"forwards": ("user", "user"), "auth": ("domain", "domain")}


def applicable(facts: Facts, policy: Policy) -> tuple[Facts, Policy]:
    """The policy without what this server does not have and need not, and the facts without what was asked only because of that.

    Of what else is missing everything is left as it is: it is a difference, or could not be read.
    """
    gone = _gone(facts, policy)
    left = {
        variable: _entries(policy[variable], *_NAMED[variable], gone) if variable in _NAMED else policy[variable]
        for variable in policy
    }
    named = {kind: _names(policy, kind) for kind in ("user", "domain")}
    wanted = {kind: _names(left, kind) for kind in ("user", "domain")}
    rows = {}
    for name, (key, kind) in _ROWS.items():
        dropped = (gone[kind] & named[kind]) - wanted[kind]
        if name in facts:
            rows[name] = [row for row in facts[name] if normal_domain(row.get(key)) not in dropped]
    return {**facts, **rows}, left


def _gone(facts: Facts, policy: Policy) -> dict[str, set[str]]:
    """By kind, what the server certainly does not have."""
    found = {
        kind: {normal_domain(row[key]) for row in facts.get(name) or [] if row.get("missing")}
        for name, (key, kind) in _ROWS.items()
    }
    there = {normal_domain(row["user"]) for row in facts.get("accounts") or []}
    accounts = _names(policy, "account") if "accounts" in facts and facts.get("all_accounts") is True else set()
    return {**found, "account": accounts - there}


def _entries(entries: Sequence[Item] | None, key: str, kind: str, gone: Mapping[str, set[str]]) -> list[Item]:
    found: list[Item] = []
    for entry in entries or []:
        names = entry.get(key)
        if not entry.get("ignore_missing"):
            found.append(entry)
        elif isinstance(names, (list, tuple)):
            found.append({**entry, key: [name for name in names if normal_domain(name) not in gone[kind]]})
        elif normal_domain(names) not in gone[kind]:
            found.append(entry)
    return found


def _names(policy: Policy, kind: str) -> set[str]:
    """Everything of this kind that the policy names."""
    return {
        normal_domain(name)
        for variable, (key, of) in _NAMED.items()
        if of == kind
        for entry in policy.get(variable) or []
        for name in _each(entry.get(key))
    }


def _each(names: Any) -> Iterator[Any]:
    yield from names if isinstance(names, (list, tuple)) else [names]
