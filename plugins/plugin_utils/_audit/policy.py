# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts of a server held against the policy: one finding for each difference, none where the policy is met. Pure."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.expunge import mailbox_guids, mailbox_names, matching
from ansible_collections.whm.mail.plugins.module_utils._mail.forwards import normal_destinations
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns_checks import elsewhere
from ansible_collections.whm.mail.plugins.module_utils._mail.names import normal_address, normal_domain
from ansible_collections.whm.mail.plugins.module_utils._state.foresee import Foreseen, foresee
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import StateModule
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, NotFound
from ansible_collections.whm.mail.plugins.modules import (
    dkim,
    dmarc,
    exim_config,
    forward_destination,
    outgoing_mail,
    spf,
)
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import (
    SUBSET_OF,
    Facts,
    Finding,
    Item,
    reason_unread,
)
from ansible_collections.whm.mail.plugins.plugin_utils._audit.rules import RULES
from ansible_collections.whm.mail.plugins.plugin_utils._audit.unread import parts_of, sees_all, sentence_of, why_not
from ansible_collections.whm.mail.plugins.plugin_utils._audit.words import SUBSETS, VALIDITIES, in_words

Policy = Mapping[str, Any]

_FLAGS = {"hold": "hold", "suspended": "outgoing_suspended"}  # option of the policy: key of the account
_WORDS = {"hold": "held", "suspended": "suspended"}


def drift(facts: Facts, policy: Policy) -> list[Finding]:
    """Everything in which the server differs from the policy.

    :param policy: the policy variables without their prefix; what is absent or None does not count.
    """
    findings: list[Finding] = []
    for resource, compare in _COMPARE.items():
        wanted = policy.get(resource)
        if not wanted:
            continue
        subset = SUBSET_OF[resource]
        unread = reason_unread(facts, subset) if subset else None
        if unread:
            findings.append(_unchecked(resource, str(subset), unread))
        else:
            findings += compare(facts, wanted)
    return findings


def covered(policy: Policy) -> set[tuple[str, str]]:
    """What the policy itself speaks of, as (resource, item): problems there are its business, and not reported again.

    Records that the server judges are not among them: one that is as the policy wants it may be bad all the same.
    """
    said = {("forwards", str(entry["user"])) for entry in policy.get("forwards") or []}
    absent = [entry for entry in policy.get("dkim") or [] if entry.get("state") == "absent"]
    said |= {("dkim", normal_domain(domain)) for entry in absent for domain in entry["domains"]}
    if policy.get("exim"):
        said.add(("exim", "configuration"))
    return said


def wanted_flags(entries: Iterable[Item], users: Iterable[str]) -> dict[tuple[str, str], bool]:
    """(user, option) to what it should be. As tasks run one after the other, the later entry prevails.

    :param users: the accounts of the server, which ``exclusive`` speaks of too.
    """
    known = list(users)
    wanted: dict[tuple[str, str], bool] = {}
    for entry in entries:
        for option in _FLAGS:
            value = entry.get(option)
            if value is None:
                continue
            if entry.get("exclusive"):
                wanted.update({(user, option): False for user in known})
            wanted.update({(str(user), option): bool(value) for user in entry.get("users") or []})
    return wanted


def _unchecked(resource: str, subset: str, why: str) -> Finding:
    sentence = f"What policy_{resource} wants could not be checked, for want of {in_words(subset, SUBSETS)} (subset {subset}): {why}."
    return Finding(resource, "*", "readable", "problem", sentence, True, False)


def _outgoing_mail(facts: Facts, entries: Sequence[Item]) -> Iterator[Finding]:
    tasks = [entry for entry in entries if any(entry.get(option) is not None for option in _FLAGS)]
    seen = yield from _foreseen("outgoing_mail", outgoing_mail.MODULE, facts, tasks)
    accounts = {str(row["user"]): row for row in facts["accounts"]}
    wanted = wanted_flags(tasks, accounts)
    for user, error in seen.unread.items():
        if isinstance(error, NotFound):
            yield _absent("outgoing_mail", user, sees_all(facts))
            continue
        for option, key in _FLAGS.items():
            if accounts[user].get(key) is None:
                yield _untold(user, option, wanted.get((user, option)))
    for user, fields in seen.after.items():
        for option, value in fields.items():
            sentence = _flag_sentence(user, option, value)
            yield Finding("outgoing_mail", user, option, "drift", sentence, value, seen.before[user][option])


def _untold(user: str, option: str, value: bool | None) -> Finding:
    """
    :param value: None where the policy does not speak of this flag. The module changes nothing of an account then either.
    """
    should = "" if value is None else f"; it should{'' if value else ' not'} be"
    sentence = f"The server does not tell whether outgoing mail of {user} is {_WORDS[option]}{should}."
    return _unread("outgoing_mail", user, value, sentence)


def _absent(resource: str, user: str, sees_all_accounts: bool) -> Finding:
    """An account of the policy that the server does not list: to a reseller it does not show those of others."""
    if sees_all_accounts:
        return Finding(resource, user, "account", "drift", f"There is no account {user}.", "present", "absent")
    sentence = f"This login is not shown an account {user}: it does not exist, or somebody else owns it."
    return _unread(resource, user, "present", sentence)


def _flag_sentence(user: str, option: str, value: bool) -> str:
    word = _WORDS[option]
    if value:
        return f"Outgoing mail of {user} is not {word}; it should be."
    return f"Outgoing mail of {user} is {word}; it should not be."


def _forwards(facts: Facts, entries: Sequence[Item]) -> Iterator[Finding]:
    wanted = {str(entry["user"]): list(entry.get("destinations") or []) for entry in entries}
    tasks = [{"forwards": [{"user": user, "destinations": each} for user, each in wanted.items()]}]
    seen = yield from _foreseen("forwards", forward_destination.MODULE, facts, tasks)
    rows = {str(row["user"]): row for row in facts["forwards"]}
    for user in seen.unread:
        error = rows.get(user, {}).get("error") or {}
        expected = normal_destinations(str(value) for value in wanted[user])
        yield _unread("forwards", user, expected, f"Where the mail of {user} goes was not read{_because(error)}.")
    for user, fields in seen.after.items():
        is_now, expected = seen.before[user]["destinations"], fields["destinations"]
        sentence = f"Mail of {user} {_going(is_now, True)}; it should {_going(expected, False)}."
        yield Finding("forwards", user, "destinations", "drift", sentence, expected, is_now)


def _going(destinations: Sequence[str], now: bool) -> str:
    if destinations:
        return "{} to {}".format("goes" if now else "go", ", ".join(destinations))
    return "is not forwarded" if now else "not be forwarded"


def _dkim(facts: Facts, entries: Sequence[Item]) -> Iterator[Finding]:
    wanted = {
        normal_domain(domain): entry.get("state") or "present" for entry in entries for domain in entry["domains"]
    }
    states = [(state, [domain for domain in wanted if wanted[domain] == state]) for state in ("present", "absent")]
    tasks = [{"domains": domains, "state": state} for state, domains in states if domains]
    seen = yield from _foreseen("dkim", dkim.MODULE, facts, tasks)
    rows = _by_domain(facts)
    for domain in seen.unread:
        yield _unchecked_domain(rows, "dkim", domain, wanted[domain])
    for domain in seen.after:
        validity = in_words(rows[domain]["dkim"]["validity"], VALIDITIES)
        if wanted[domain] == "present":
            sentence = sentence_of(rows[domain], "dkim") or f"DKIM of {domain}: {validity}; it should be valid."
        else:
            sentence = f"DKIM of {domain}: {validity}; there should be no record."
        before, after = seen.before[domain], seen.after[domain]
        sentence = _where(facts, rows[domain], sentence)
        yield Finding("dkim", domain, "state", "drift", sentence, after["state"], before["state"])


def _spf(facts: Facts, entries: Sequence[Item]) -> Iterator[Finding]:
    wanted = {normal_domain(row["domain"]): str(row["record"]) for row in entries}
    tasks = [{"records": [{"domain": domain, "record": record} for domain, record in wanted.items()]}]
    seen = yield from _foreseen("spf", spf.MODULE, facts, tasks)
    rows = _by_domain(facts)
    for domain in seen.unread:
        yield _unchecked_domain(rows, "spf", domain, wanted[domain])
    for domain, fields in seen.after.items():
        sentence = _where(facts, rows[domain], _record_sentence(rows[domain], "spf", domain, wanted[domain]))
        yield Finding("spf", domain, "record", "drift", sentence, fields["records"], seen.before[domain]["records"])


def _foreseen(
    resource: str, module: StateModule, facts: Facts, tasks: Sequence[Item]
) -> Generator[Finding, None, Foreseen]:
    """What the module that enforces this part of the policy would change; a finding where it would refuse the task."""
    try:
        return foresee(module, facts, tasks)
    except InvalidInput as exc:
        sentence = f"What policy_{resource} wants cannot be carried out. {exc.reason}"
        yield Finding(resource, "*", "policy", "problem", sentence, None, None)
        return Foreseen({}, {}, {})


def _record_sentence(row: Item, name: str, domain: str, record: str) -> str:
    check = row[name]
    has = " and ".join(check["records"]) or "absent"
    sentence = f"The {name.upper()} record of {domain} is {has}; it should be {record}."
    if check["records"] and check["validity"] != "valid":
        said = sentence_of(row, name) or f"{in_words(check['validity'], VALIDITIES)}."
        sentence += f" The server's verdict on what is there: {said}"
    return sentence


def _dmarc(facts: Facts, entries: Sequence[Item]) -> Iterator[Finding]:
    wanted = {normal_domain(row["domain"]): str(row["record"]) for row in entries}
    tasks = [{"records": [{"domain": domain, "record": record} for domain, record in wanted.items()]}]
    seen = yield from _foreseen("dmarc", dmarc.MODULE, facts, tasks)
    rows = _by_domain(facts)
    for domain in seen.unread:
        yield _unchecked_domain(rows, "dmarc", domain, wanted[domain])
    for domain, fields in seen.after.items():
        sentence = _where(facts, rows[domain], _record_sentence(rows[domain], "dmarc", domain, wanted[domain]))
        yield Finding("dmarc", domain, "record", "drift", sentence, fields["records"], seen.before[domain]["records"])


def _where(facts: Facts, row: Item, sentence: str) -> str:
    """The sentence, and where the record belongs when it is not this server's to publish."""
    told = next((each for each in facts.get("domains") or [] if each["domain"] == normal_domain(row["domain"])), row)
    where = elsewhere(told)
    return f"{sentence} {where}" if where and where not in sentence else sentence


def _by_rule(variable: str) -> Callable[[Facts, Any], Iterator[Finding]]:
    """The differences of a variable that has a row in :mod:`rules`."""
    rule = RULES[variable]

    def compare(facts: Facts, wanted: Any) -> Iterator[Finding]:
        for part in rule.parts:
            seen = yield from _foreseen(variable, part.module, facts, part.tasks(wanted))
            for item, error in seen.unread.items():
                if isinstance(error, NotFound) and rule.named and rule.named[1] == "account":
                    yield _absent(variable, item, sees_all(facts))
                    continue
                what = f"{rule.what} of {item}" if item else rule.what
                sentence = f"{what[0].upper()}{what[1:]} could not be read: {why_not(error.as_dict())}."
                yield _unread(variable, item or rule.item, None, sentence)
            for item, fields in seen.after.items():
                for field, value in fields.items():
                    is_now = seen.before[item][field]
                    sentence = part.sentence(item, field, is_now, value)
                    yield Finding(variable, item or rule.item, field, "drift", sentence, value, is_now)

    return compare


def _unchecked_domain(rows: Mapping[str, Item], name: str, domain: str, expected: Any) -> Finding:
    row = rows.get(domain, {})
    if parts_of(row, name):
        sentence = sentence_of(row, name) or f"DNS could not be asked about {name.upper()} of {domain}."
    else:
        sentence = f"{name.upper()} of {domain} was not checked on this server{_because(row.get('error') or {})}."
    return _unread(name, domain, expected, sentence)


def _because(error: Mapping[str, Any]) -> str:
    return f": {why_not(error)}" if error else ""


def _exim(facts: Facts, wanted: Item) -> Iterator[Finding]:
    seen = yield from _foreseen("exim", exim_config.MODULE, facts, [{"state": wanted.get("state") or "valid"}])
    for item in seen.unread:
        sentence = "The server does not tell whether its Exim configuration is valid."
        yield _unread("exim", item or "configuration", wanted.get("state", "valid"), sentence)
    for item, fields in seen.after.items():
        sentence = exim_fault(facts["exim"]) or "The Exim configuration is not valid."
        yield Finding("exim", item or "configuration", "valid", "drift", sentence, fields["valid"], False)


def exim_fault(exim: Item) -> str | None:
    """A sentence about an Exim configuration that is not valid; None when it is, or when that is not known."""
    if exim.get("valid") is not False:
        return None
    why = str(exim.get("message") or "the server does not say why").strip()
    return f"The Exim configuration is not valid: {why}"


def _spamd(facts: Facts, wanted: Item) -> Iterator[Finding]:
    sentence = "Whether the options of spamd are those of the policy cannot be read through WHM's API."
    yield Finding("spamd", "options", "readable", "info", sentence, {key: wanted[key] for key in sorted(wanted)}, None)


def _mailbox_messages(facts: Facts, entries: Sequence[Item]) -> Iterator[Finding]:
    for entry in entries:
        addresses = {normal_address(str(address)) for address in entry.get("addresses") or []}
        where, query = ", ".join(sorted(addresses)), str(entry["query"])
        try:
            chosen = _chooser(entry)
        except InvalidInput as exc:
            sentence = f"How many messages of {where} the policy concerns is not known. {exc.reason}"
            yield Finding("mailbox_messages", where, query, "problem", sentence, None, None)
            continue
        hidden = _hidden(facts, addresses)
        if hidden:
            yield _unread(
                "mailbox_messages", where, None, f"The mailboxes of {where} were not read as a whole: {hidden}."
            )
            continue
        boxes = [row for address in addresses for row in chosen(_boxes(facts, address))]
        messages = sum(row.get("messages") or 0 for row in boxes)
        if messages:
            sentence = "The mailboxes of %s hold %d messages; how many of them match %s cannot be known without expunging them."
            yield Finding("mailbox_messages", where, query, "info", sentence % (where, messages, query), None, messages)


def _hidden(facts: Facts, addresses: set[str]) -> str:
    """Why it is not known what lies in these addresses; empty when it is."""
    rows = {normal_address(str(row["address"])): row for row in facts.get("addresses") or [] if row.get("address")}
    lost = [row for row in facts.get("addresses") or [] if not row.get("address")]  # accounts without their addresses
    for address in sorted(addresses):
        row = rows.get(address)
        if row is None and address not in {str(box["address"]) for box in facts["mailboxes"]}:
            if lost:
                return f"the addresses of {lost[0].get('user')} could not be listed ({why_not(lost[0].get('error') or {})})"
            if not sees_all(facts):
                return f"this login is not shown {address}"
        elif row and row.get("error"):
            return f"{address} could not be read ({why_not(row['error'])})"
    return ""


def _boxes(facts: Facts, address: str) -> list[Item]:
    return [row for row in facts["mailboxes"] if row["address"] == address]


def _chooser(entry: Item) -> Callable[[Sequence[Item]], list[Item]]:
    """Which of the mailboxes of an address mailbox_messages would take for those that the entry names.

    :raises InvalidInput: it would refuse a name or a GUID of the entry.
    """
    guids = mailbox_guids(str(guid) for guid in entry.get("guids") or [])
    names = mailbox_names(str(name) for name in entry.get("mailboxes") or [])

    def chosen(boxes: Sequence[Item]) -> list[Item]:
        there = {str(row["mailbox"]) for row in boxes}
        meant = {each for name in names for each in matching(name, there)}
        return [row for row in boxes if str(row.get("guid")).lower() in guids or str(row["mailbox"]) in meant]

    return chosen


def _unread(resource: str, item: str, expected: Any, sentence: str) -> Finding:
    """Of what is not known nobody can say that it differs, nor that it is as an earlier audit found it."""
    return Finding(resource, item, "readable", "problem", sentence, expected, None)


def _by_domain(facts: Facts) -> dict[str, Item]:
    return {normal_domain(row["domain"]): row for row in facts["auth"]}


_COMPARE: dict[str, Callable[..., Iterable[Finding]]] = {
    "outgoing_mail": _outgoing_mail,
    "forwards": _forwards,
    "dkim": _dkim,
    "spf": _spf,
    "dmarc": _dmarc,
    "exim": _exim,
    "spamd": _spamd,
    "mailbox_messages": _mailbox_messages,
    **{variable: _by_rule(variable) for variable in RULES},
}
