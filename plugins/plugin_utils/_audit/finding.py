# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings: what an audit has to say, one difference or problem each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ansible_collections.whm.mail.plugins.plugin_utils._audit.rules import RULES
from ansible_collections.whm.mail.plugins.plugin_utils._audit.words import KINDS, in_words

Facts = Mapping[str, Any]
Item = Mapping[str, Any]

#: Differs from the policy; is wrong whatever the policy; is worth knowing. In the order in which people read them.
SEVERITIES = ("drift", "problem", "info")

#: Policy variable without its prefix, or problem, to the subset of the facts that answers it; None where no facts do.
SUBSET_OF = {
    "outgoing_mail": "accounts",
    "forwards": "forwards",
    "dkim": "auth",
    "spf": "auth",
    "ptr": "auth",
    "dmarc": "auth",
    "exim": "exim",
    "queue": "queue",
    "spamd": None,
    "mailbox_messages": "mailboxes",
    "services": "services",
    "tokens": "tokens",
    "subset": None,
    **{variable: rule.subset for variable, rule in RULES.items()},
}


@dataclass(frozen=True)
class Finding:
    """One finding of one server.

    :param resource: what kind of thing it concerns: a key of SUBSET_OF.
    :param item: which one: an account, a domain, an address.
    :param field: what of it.
    :param severity: one of SEVERITIES.
    :param message: a sentence for people that stands on its own, without the server.
    """

    resource: str
    item: str
    field: str
    severity: str
    message: str
    expected: Any = None
    found: Any = None

    def as_dict(self, server: str) -> dict[str, Any]:
        return {
            "id": finding_id(server, self.resource, self.item, self.field),
            "resource": self.resource,
            "item": self.item,
            "field": self.field,
            "expected": self.expected,
            "found": self.found,
            "severity": self.severity,
            "message": self.message,
        }


def finding_id(server: str, resource: str, item: str, field: str) -> str:
    """The same in every run: server/resource/item/field, each part escaped so that slashes part only these four."""
    return "/".join(quote(part, safe="@:+*,<> ", errors="replace") for part in (server, resource, item, field))


def in_order(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Findings as people read them: the severest first, then by resource, item and field; each id once, its first finding."""
    first: dict[str, dict[str, Any]] = {}
    for finding in findings:
        first.setdefault(finding["id"], dict(finding))
    return sorted(
        first.values(), key=lambda row: (SEVERITIES.index(row["severity"]), row["resource"], row["item"], row["field"])
    )


def reason_unread(facts: Facts, subset: str) -> str | None:
    """Why a subset is not in the facts; None when it is."""
    if subset in (facts.get("unavailable") or {}):
        error = facts["unavailable"][subset]
        return str(error.get("reason") or in_words(error.get("kind") or "the server did not give it", KINDS)).rstrip(
            "."
        )
    if subset not in facts:
        return "it was not gathered"
    return None
