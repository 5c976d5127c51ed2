# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Codes of servers and of this collection in the words of people. JSON and CSV keep the codes. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.rules import RULES

RESOURCES = {
    "outgoing_mail": "Outgoing mail",
    "forwards": "Forwarding",
    "dkim": "DKIM",
    "spf": "SPF",
    "ptr": "PTR",
    "dmarc": "DMARC",
    "exim": "Exim",
    "queue": "Queue",
    "spamd": "spamd",
    "mailbox_messages": "Mailboxes",
    "subset": "Not readable",
    "server": "Server",
    "accounts": "Account",
    "services": "Service",
    "tokens": "API token",
    **{variable: rule.label for variable, rule in RULES.items()},
}

#: Subsets of the facts, their lists, and what of them was not read.
SUBSETS = {
    "accounts": "accounts",
    "forwards": "forwarding of system accounts",
    "addresses": "mail addresses",
    "mailboxes": "mailboxes",
    "auth": "DNS records of domains",
    "queue": "mail queue",
    "stats": "counts of deliveries",
    "recipients": "counts of recipients",
    "blocks": "countries and domains from which no mail is taken",
    "greylisting": "greylisting",
    "exim": "Exim configuration",
    "server": "the server itself",
    "services": "state of the mail services",
    "tokens": "API tokens",
    "domains": "list of domains",
}

#: The verdict of a check.
VALIDITIES = {
    "valid": "valid",
    "missing": "no record",
    "mismatch": "does not match",
    "multiple": "several records",
    "malformed": "cannot be read",
    "no_key": "no key",
    "weak_key": "key too short",
    "helo_mismatch": "not the name that the server greets with",
    "private_address": "private address",
    "dkim_error": "good, but DKIM is not",
    "spf_error": "good, but SPF is not",
    "dkim_spf_error": "good, but DKIM and SPF are not",
    "error": "DNS could not be asked",
    "not_checked": "not checked",
}

#: The kind of an error.
KINDS = {
    "error": "failed",
    "invalid_input": "an option cannot be used",
    "connection": "no connection",
    "authentication": "login refused",
    "refusal": "refused by the server",
    "permission": "not permitted to this login",
    "unsupported": "not offered by this server",
    "unexpected_answer": "answer not understood",
    "server_error": "the server failed",
    "configuration": "sent elsewhere by the server",
    "read_only": "it would have changed something",
    "not_effective": "without effect",
    "unknown_outcome": "outcome not known",
    "not_tried": "not tried",
    "deadline": "out of time",
    "abandoned": "given up",
    "too_many_changes": "too many changes",
    "not_found": "not found",
    "file": "a file cannot be used",
}

#: What of an item a finding or a change is about.
FIELDS = {
    "hold": "outgoing mail held",
    "outgoing_suspended": "outgoing mail suspended",
    "suspended": "account suspended",
    "validity": "verdict",
    "status": "whether it could be read",
    "destinations": "destinations",
    **{field: word for rule in RULES.values() for field, word in rule.fields},
}

#: How much of a server was read.
STATES = {"ok": "Read", "partial": "Read in part", "failed": "Failed", "unreachable": "Unreachable"}


def in_words(code: Any, words: dict[str, str]) -> str:
    """A code in words; one that is not known is at least readable."""
    text = str(code)
    return words.get(text, text.replace("_", " "))


def value_in_words(field: str, value: Any) -> Any:
    """The value of a field that is a code in words; any other as it is."""
    known = {"validity": VALIDITIES, "status": {code: name.lower() for code, name in STATES.items()}}
    return in_words(value, known[field]) if field in known else value


def item_in_words(resource: str, item: str) -> str:
    """The item of a finding: ``*`` is all of them, and what could not be read is named after the list it belongs to."""
    if item == "*":
        return "all"
    if resource != "subset":
        return item
    name, _blank, rest = item.partition(" ")
    listed = in_words(name, SUBSETS)
    return f"{listed}: {rest}" if rest else listed
