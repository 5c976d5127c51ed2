# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server was asked about and did not tell: not absent, not fine, but not known. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SUBSET_OF, Facts, Finding, Item
from ansible_collections.whm.mail.plugins.plugin_utils._audit.rules import RULES
from ansible_collections.whm.mail.plugins.plugin_utils._audit.words import KINDS, SUBSETS, in_words

#: A whole subset, or every item of it, or all of an item.
ALL = "*"

#: List of the facts to the subset that it belongs to and to what identifies its items.
LISTS = {
    "accounts": ("accounts", "user"),
    "forwards": ("forwards", "user"),
    "addresses": ("mailboxes", "address"),
    "auth": ("auth", "domain"),
    "recipients": ("recipients", "user"),
}

CHECKS = ("dkim", "spf", "dmarc", "ptr")

#: Subsets that are known as a whole: an item that is not in them is not there.
_WHOLE = {
    "queue",
    "exim",
    "server",
    "stats",
    "recipients",
    "services",
    "tokens",
    *(rule.subset for rule in RULES.values() if not rule.named),
}

_FLAGS = {"hold": "held", "outgoing_suspended": "suspended"}  # of accounts, and what they say of outgoing mail
_OPTIONS = {"hold": "hold", "suspended": "outgoing_suspended"}  # field of a finding to flag of the account


@dataclass(frozen=True)
class Spot:
    """One thing that is not known.

    :param subset: of the facts.
    :param item: an account, a domain, an address; ALL for each of them.
    :param field: what of it; ALL for everything.
    """

    subset: str
    item: str
    field: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def unread(facts: Facts) -> list[Spot]:
    """Everything that the server was asked about and did not tell, each once."""
    found: dict[tuple[str, str, str], Spot] = {}
    for spot, _finding in _told(facts):
        found.setdefault((spot.subset, spot.item, spot.field), spot)
    return list(found.values())


def problems(facts: Facts) -> Iterator[Finding]:
    """The same as findings. They say ``readable``, so that none passes for what an earlier audit said of the thing itself."""
    for _spot, finding in _told(facts):
        yield finding


def _told(facts: Facts) -> Iterator[tuple[Spot, Finding]]:
    yield from _subsets(facts)
    yield from _items(facts)
    yield from _flags(facts)
    yield from _checks(facts)
    yield from _fields(facts)


def _subsets(facts: Facts) -> Iterator[tuple[Spot, Finding]]:
    for subset, error in sorted((facts.get("unavailable") or {}).items()):
        why = why_not(error)
        sentence = f"The server did not give {in_words(subset, SUBSETS)} (subset {subset}): {why}."
        yield Spot(subset, ALL, ALL, why), _finding("subset", subset, sentence)


def _items(facts: Facts) -> Iterator[tuple[Spot, Finding]]:
    """Single items that the server refused inside a subset that it gave."""
    for name, (subset, key) in LISTS.items():
        for row in facts.get(name) or []:
            if row.get("error"):
                item, why = str(row.get(key) or row.get("user") or "unknown"), why_not(row["error"])
                finding = _finding("subset", f"{name} {item}", f"{item} could not be read: {why}.")
                fields = [check for check in CHECKS if row.get(check) is None] if name == "auth" else [ALL]
                for field in fields:
                    yield Spot(subset, item, field, why), finding
    for row in (facts.get("stats") or {}).get("accounts") or []:
        if row.get("error"):
            item, why = str(row.get("user") or "unknown"), why_not(row["error"])
            yield (
                Spot("stats", item, ALL, why),
                _finding("subset", f"stats {item}", f"The deliveries of {item} could not be counted: {why}."),
            )
    for item, reason in sorted(((facts.get("server") or {}).get("unavailable") or {}).items()):
        why = str(reason).rstrip(".")
        yield Spot("server", item, ALL, why), _finding("subset", f"server {item}", f"{item} could not be read: {why}.")


def _flags(facts: Facts) -> Iterator[tuple[Spot, Finding]]:
    rows = [row for row in facts.get("accounts") or [] if not row.get("error")]
    for flag, word in _FLAGS.items():
        silent = [str(row["user"]) for row in rows if row.get(flag) is None]
        names = {ALL: "any account"} if rows and len(silent) == len(rows) else {user: user for user in silent}
        for item, name in names.items():
            why = f"the server does not tell whether outgoing mail of {name} is {word}"
            finding = _finding("outgoing_mail", item, f"The {why[4:]}.")
            yield Spot("accounts", item, flag, why), finding


def _checks(facts: Facts) -> Iterator[tuple[Spot, Finding]]:
    """Checks of DNS that were not made, and those in which DNS could not be asked."""
    rows = [row for row in facts.get("auth") or [] if not row.get("error")]
    for check in CHECKS:
        silent = [str(row["domain"]) for row in rows if row.get(check) is None]
        names = [ALL] if rows and len(silent) == len(rows) else silent
        for item in names:
            name = check.upper()
            why = f"the server did not check {name}" + ("" if item == ALL else f" of {item}")
            yield Spot("auth", item, check, why), _finding(check, item, f"The {why[4:]}.")
    for row in facts.get("auth") or []:
        for check in CHECKS:
            for where, sentence in _unasked(row, check).items():
                yield Spot("auth", str(row["domain"]), check, sentence), _finding(check, where, sentence)


def _unasked(row: Item, check: str) -> dict[str, str]:
    """Where DNS could not be asked in a check of a domain, with a sentence each. PTR is by address, which domains share."""
    found = {}
    for part in parts_of(row, check):
        if part["validity"] == "error":
            domain = str(row["domain"])
            where = str(part.get("ip_address") or part.get("name") or domain) if check == "ptr" else domain
            found[where] = sentence_of(row, check, "DNS could not be asked", where) or (
                f"{check.upper()}: DNS could not be asked about {where}."
            )
    return found


def parts_of(row: Item, check: str) -> Sequence[Item]:
    """The verdicts of a check: one for each address where it is by address, else one; none when it was not made."""
    found = row.get(check)
    return (found.get("addresses") or [found]) if found else []


def sentence_of(row: Item, check: str, *words: str) -> str:
    """The sentences about a check, of those about the domain that have one of these words; all where there are none."""
    texts = [str(text) for text in row.get("problems") or [] if text.startswith(f"{check.upper()}: ")]
    chosen = [text for text in texts if all(word in text for word in words)]
    return " ".join(chosen)


def _fields(facts: Facts) -> Iterator[tuple[Spot, Finding]]:
    messages = (facts.get("queue") or {}).get("messages") or []
    ageless = sum(row.get("age") is None for row in messages)
    if ageless:
        why = "the server does not tell since when %d of %d messages of the queue wait" % (ageless, len(messages))
        yield Spot("queue", "messages", "age", why), _finding("queue", "messages", f"The {why[4:]}.")
    unsaid = sum(row.get("frozen") is None for row in messages)
    if unsaid:
        why = "the server does not tell whether %d of %d messages of the queue are frozen" % (unsaid, len(messages))
        yield Spot("queue", "messages", "frozen", why), _finding("queue", "messages", f"The {why[4:]}.")
    if "exim" in facts and (facts["exim"] or {}).get("valid") is None:
        why = "the server does not tell whether its Exim configuration is valid"
        yield Spot("exim", "configuration", "valid", why), _finding("exim", "configuration", f"The {why[4:]}.")
    if (facts.get("stats") or {}).get("truncated"):
        why = "the server cut its list of accounts short"
        yield Spot("stats", "accounts", ALL, why), _finding("subset", "stats accounts", f"Counts of deliveries: {why}.")


def _finding(resource: str, item: str, sentence: str) -> Finding:
    return Finding(resource, item, "readable", "problem", sentence, True, False)


def why_not(error: Mapping[str, Any]) -> str:
    return str(error.get("reason") or in_words(error.get("kind") or "it does not say why", KINDS)).rstrip(".")


def sees_all(facts: Facts) -> bool:
    """Whether the caller sees every account, so that one that is not listed does not exist. A reseller does not."""
    return facts.get("all_accounts") is True


def could_show(facts: Facts, gathered: Sequence[str], spots: Sequence[Mapping[str, str]], finding: Item) -> bool:
    """Whether a finding of an earlier audit would stand in this one, too, had nothing changed on the server.

    :param gathered: subsets that were read.
    :param spots: what :func:`unread` said, as dictionaries.
    """
    resource, item, field = (str(finding[key]) for key in ("resource", "item", "field"))
    if resource == "subset":
        name, _blank, item = item.partition(" ")
        subset = LISTS[name][0] if name in LISTS else name
        return subset in gathered and (not item or _known(facts, spots, subset, item, ALL))
    subset_or_none = SUBSET_OF.get(resource)
    if subset_or_none is None:
        return True
    if subset_or_none not in gathered:
        return False
    if subset_or_none == "auth":
        return _checked(facts, spots, resource, item)
    items = item.split(", ") if resource == "mailbox_messages" else [item]
    field = _OPTIONS.get(field, ALL if field == "readable" else field)
    return all(_known(facts, spots, subset_or_none, each, field) for each in items)


def _known(facts: Facts, spots: Sequence[Mapping[str, str]], subset: str, item: str, field: str) -> bool:
    for spot in spots:
        same = ALL in (item, spot["item"]) or spot["item"] == item
        if spot["subset"] == subset and same and (ALL in (field, spot["field"]) or spot["field"] == field):
            return False
    if item == ALL or subset in _WHOLE:
        return True
    if _there(facts, subset, item):
        return True
    # one that is gone, unless it is hidden behind what was not read: the addresses of an account, say
    return (
        subset in ("accounts", "mailboxes") and sees_all(facts) and not any(spot["subset"] == subset for spot in spots)
    )


def _there(facts: Facts, subset: str, item: str) -> bool:
    keys = [(name, key) for name, (of, key) in LISTS.items() if of == subset]
    return any(str(row.get(key)) == item for name, key in keys for row in facts.get(name) or [])


def _checked(facts: Facts, spots: Sequence[Mapping[str, str]], check: str, item: str) -> bool:
    """Whether a check of DNS was made of a domain; of PTR, of an address."""
    mine = [spot for spot in spots if spot["subset"] == "auth" and spot["field"] in (check, ALL)]
    if not mine and (item == ALL or check == "ptr"):
        return True
    if check == "ptr":
        told = [part for row in facts.get("auth") or [] for part in parts_of(row, check) if part["validity"] != "error"]
        return any(item in (part.get("ip_address"), part.get("name")) for part in told)
    return not any(spot["item"] in (item, ALL) for spot in mine) and item != ALL and _there(facts, "auth", item)
