# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a policy as a whole, although each of its entries is in order by itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.dmarc import normal as normal_dmarc
from ansible_collections.whm.mail.plugins.module_utils._mail.forwards import normal_destinations
from ansible_collections.whm.mail.plugins.module_utils._mail.names import normal_domain
from ansible_collections.whm.mail.plugins.module_utils._mail.spf import shown
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import StateModule
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.plugins.modules import (
    dkim,
    dmarc,
    forward_destination,
    mailbox_messages,
    outgoing_mail,
    spf,
)
from ansible_collections.whm.mail.plugins.plugin_utils._audit.rules import RULES, contradictions, refusals

Entry = Mapping[str, Any]

_FLAGS = ("hold", "suspended")

#: Variable to the module that carries it out, and to the task that an entry is.
_TASKS: dict[str, tuple[StateModule, Callable[[Entry], Entry]]] = {
    "outgoing_mail": (outgoing_mail.MODULE, dict),
    "forwards": (forward_destination.MODULE, lambda entry: {"forwards": [entry]}),
    "dkim": (dkim.MODULE, dict),
    "spf": (spf.MODULE, lambda entry: {"records": [entry]}),
    "dmarc": (dmarc.MODULE, lambda entry: {"records": [entry]}),
    "mailbox_messages": (mailbox_messages.MODULE, dict),
}


def conflicts(policy: Mapping[str, Any]) -> list[str]:
    """A sentence for each contradiction.

    :param policy: the policy variables without their prefix; what is absent or None does not count.
    """
    groups: Sequence[Entry] = policy.get("outgoing_mail") or []
    found = [sentence for variable in _TASKS for sentence in _refused(variable, policy.get(variable) or [])]
    for flag in _FLAGS:
        found += _flag(flag, groups)
    found += _twice("policy_forwards", "destinations", _destinations(policy.get("forwards")))
    found += _twice("policy_dkim", "state", _states(policy.get("dkim")))
    found += _twice("policy_spf", "record", _records(policy.get("spf"), "record", shown))
    found += _twice("policy_dmarc", "record", _records(policy.get("dmarc"), "record", normal_dmarc))
    for variable in (variable for variable in RULES if policy.get(variable)):
        found += [*refusals(variable, policy[variable]), *contradictions(variable, policy[variable])]
    return found


def groups(entries: Iterable[Entry] | None) -> list[dict[str, Any]]:
    """Entries that one task can carry out: those whose ignore_missing is the same, and without it."""
    rows = list(entries or [])
    found = []
    for ignored in (False, True):
        mine = [row for row in rows if bool(row.get("ignore_missing")) is ignored]
        plain = [{key: value for key, value in row.items() if key != "ignore_missing"} for row in mine]
        found += [{"ignore_missing": ignored, "rows": plain}] if plain else []
    return found


def _refused(variable: str, entries: Iterable[Entry]) -> Iterator[str]:
    """Entries that their module would refuse, found before another entry was carried out."""
    module, task = _TASKS[variable]
    for number, entry in enumerate(entries, 1):
        given = task(entry)
        for left, right in (pair for pair in module.constraints.get("mutually_exclusive", []) if len(pair) == 2):
            if given.get(left) is not None and given.get(right) is not None:
                yield f"policy_{variable}, entry {number}: give either {left} or {right}."
                break
        else:
            try:
                module.check({name: given.get(name, option.get("default")) for name, option in module.options.items()})
            except InvalidInput as exc:
                yield f"policy_{variable}, entry {number}: {exc.reason}"


def _flag(flag: str, groups: Sequence[Entry]) -> Iterator[str]:
    """Accounts that two entries want differently: their tasks would undo each other in every run."""
    given = [(number, group) for number, group in enumerate(groups, 1) if group.get(flag) is not None]
    for index, (number, group) in enumerate(given):
        for other, second in given[index + 1 :]:
            for user in sorted(_named(group) | _named(second)):
                wants = {_want(flag, user, group), _want(flag, user, second)} - {None}
                if len(wants) == 2:
                    where = f"policy_outgoing_mail, entries {number} and {other}"
                    yield f"{where}: they disagree on {flag} of {user}."


def _named(group: Entry) -> set[str]:
    return {str(user) for user in group.get("users") or []}


def _want(flag: str, user: str, group: Entry) -> bool | None:
    """What an entry wants of an account; None where it does not speak of it."""
    if user in _named(group):
        return bool(group[flag])
    return False if group.get("exclusive") else None


def _destinations(entries: Iterable[Entry] | None) -> Iterator[tuple[str, Any]]:
    for entry in entries or []:
        yield str(entry["user"]), normal_destinations(str(value) for value in entry.get("destinations") or [])


def _states(entries: Iterable[Entry] | None) -> Iterator[tuple[str, Any]]:
    for entry in entries or []:
        for domain in entry.get("domains") or []:
            yield normal_domain(domain), entry.get("state") or "present"


def _records(entries: Iterable[Entry] | None, key: str, normal: Callable[[str], str]) -> Iterator[tuple[str, Any]]:
    for entry in entries or []:
        yield normal_domain(entry["domain"]), normal(str(entry[key]))


def _twice(variable: str, what: str, pairs: Iterable[tuple[str, Any]]) -> list[str]:
    first: dict[str, Any] = {}
    differing = [name for name, value in pairs if first.setdefault(name, value) != value]
    return [f"{variable}: {name} stands twice with a different {what}." for name in dict.fromkeys(differing)]
