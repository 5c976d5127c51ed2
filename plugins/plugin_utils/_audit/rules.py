# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of the policy whose differences are simply those that their module finds: a row each. Pure.

The drift, the conflicts, what a server does not have, the words and the task to paste all read the row. A variable that has more to say
stands in :mod:`policy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._mail.countries import is_code
from ansible_collections.whm.mail.plugins.module_utils._mail.hosts import is_host
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import StateModule
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.plugins.modules import (
    default_dmarc,
    greylisting,
    greylisting_provider,
    greylisting_trusted_host,
    incoming_country_block,
    incoming_domain_block,
    mail_limit,
)

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """What one module does for a variable.

    :param name: of the module.
    :param tasks: the variable's value to the tasks of role policy, in their order.
    :param sentence: item, field, what it is and what it should be, to a sentence for people.
    :param paste: item, field and expected value to the options of a task that makes it so; None where it is not this part's, or cannot be said.
    :param wishes: checked options of a task to (item, field, value) for all that it speaks of. Two tasks that differ contradict each other.
    """

    name: str
    module: StateModule
    tasks: Callable[[Any], Sequence[Options]]
    sentence: Callable[[str, str, Any, Any], str]
    paste: Callable[[str, str, Any], Options | None]
    wishes: Callable[[Options], Iterable[tuple[str, str, Any]]]


@dataclass(frozen=True)
class Rule:
    """One variable of the policy.

    :param label: what it is called on the page.
    :param subset: of the facts that tells it.
    :param what: what is called by its name where it could not be read.
    :param item: how the only thing of its kind is called; empty where the items have names.
    :param named: the key of an entry that names its items, and what these are, where an entry can say ignore_missing.
    :param fields: words for its fields, where they are no words themselves.
    """

    label: str
    subset: str
    what: str
    parts: tuple[Part, ...]
    item: str = ""
    named: tuple[str, str] | None = None
    fields: tuple[tuple[str, str], ...] = ()


def _is_and_should(what: str, is_now: Any, expected: Any) -> str:
    return f"{what} is {_shown(is_now)}; it should be {_shown(expected)}."


def _shown(value: Any) -> str:
    if value is None or value in ("", []):
        return "not set"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _default_dmarc(item: str, field: str, is_now: Any, expected: Any) -> str:
    return _is_and_should("The default DMARC record", is_now, expected)


_LIMITS = {
    "max_email_per_hour": "The most messages an hour of %s",
    "max_defer_fail_percentage": "The share of failed messages, in percent, at which sending of %s stops",
    "max_emailacct_quota": "The largest quota of a mailbox of %s, in MiB,",
}


def _limit(item: str, field: str, is_now: Any, expected: Any) -> str:
    return _is_and_should(_LIMITS[field] % item, is_now, expected)


def _blocks(what: str, module: StateModule, is_mine: Callable[[str], bool]) -> Part:
    """What a policy says of one of the two lists of those from whom no mail is taken; an entry may name both."""
    items = module.items
    options = (items, "state", "exclusive", "max_changes")

    def tasks(entries: Sequence[Options]) -> list[Options]:
        named = [entry for entry in entries if entry.get(items) is not None]
        return [{name: entry[name] for name in options if entry.get(name) is not None} for entry in named]

    def sentence(item: str, field: str, is_now: Any, expected: Any) -> str:
        return f"Mail from the {what} {item} is {_TAKEN[is_now]}; it should be {_TAKEN[expected]}."

    def paste(item: str, field: str, expected: Any) -> Options | None:
        return {items: [item], "state": "present" if expected else "absent"} if is_mine(item) else None

    def wishes(params: Options) -> Iterator[tuple[str, str, Any]]:
        yield from ((name, "blocked", params["state"] == "present") for name in params[items])

    return Part(f"incoming_{what}_block", module, tasks, sentence, paste, wishes)


_TAKEN = {True: "refused", False: "taken"}


def _greylisting_tasks(wanted: Options) -> list[Options]:
    settings = {name: value for name, value in wanted.items() if name in greylisting.OPTIONS}
    return [settings] if settings else []


def _greylisting(item: str, field: str, is_now: Any, expected: Any) -> str:
    now, should = ("on" if value is True else "off" if value is False else value for value in (is_now, expected))
    return _is_and_should("Greylisting" if field == "enabled" else f"{field} of greylisting", now, should)


def _trusted_host(item: str, field: str, is_now: Any, expected: Any) -> str:
    if field == "trusted":
        return f"{item} is {'not ' * bool(expected)}trusted by greylisting; it should {'not ' * (not expected)}be."
    return _is_and_should(f"The comment of {item}, which greylisting trusts,", is_now, expected)


def _paste_host(item: str, field: str, expected: Any) -> Options | None:
    if not is_host(item):
        return None
    if field == "comment":
        return {"hosts": [item], "comment": expected} if expected else None
    return {"hosts": [item], "state": "present" if expected else "absent"}


def _host_wishes(params: Options) -> Iterator[tuple[str, str, Any]]:
    for host in params["hosts"]:
        yield host, "trusted", params["state"] == "present"
        if params["comment"] is not None:
            yield host, "comment", params["comment"]


def _provider(item: str, field: str, is_now: Any, expected: Any) -> str:
    what = f"The mail provider {item} is" if field == "trusted" else f"What the mail provider {item} adds is"
    return f"{what} {'not ' * bool(expected)}trusted by greylisting; it should {'not ' * (not expected)}be."


def _given(params: Options, names: Iterable[str]) -> dict[str, Any]:
    return {name: params[name] for name in names if params[name] is not None}


RULES: dict[str, Rule] = {
    "default_dmarc": Rule(
        label="Default DMARC record",
        subset="server",
        what="the default DMARC record",
        item="record",
        parts=(
            Part(
                "default_dmarc",
                default_dmarc.MODULE,
                tasks=lambda wanted: [wanted],
                sentence=_default_dmarc,
                paste=lambda item, field, expected: {"record": expected or ""},
                wishes=lambda params: [("record", "record", params["record"])],
            ),
        ),
    ),
    "mail_limits": Rule(
        label="Limits of mail",
        subset="accounts",
        what="the limits of mail",
        named=("users", "account"),
        fields=(
            ("max_email_per_hour", "messages an hour"),
            ("max_defer_fail_percentage", "share of failed messages"),
            ("max_emailacct_quota", "largest quota of a mailbox"),
        ),
        parts=(
            Part(
                "mail_limit",
                mail_limit.MODULE,
                tasks=list,
                sentence=_limit,
                paste=lambda item, field, expected: {"users": [item], field: expected},
                wishes=lambda params: [
                    (user, name, value) for user in params["users"] for name, value in params["limits"].items()
                ],
            ),
        ),
    ),
    "greylisting": Rule(
        label="Greylisting",
        subset="greylisting",
        what="greylisting",
        item="settings",
        parts=(
            Part(
                "greylisting",
                greylisting.MODULE,
                tasks=_greylisting_tasks,
                sentence=_greylisting,
                paste=lambda item, field, expected: {field: expected} if field in greylisting.OPTIONS else None,
                wishes=lambda params: [("settings", *each) for each in _given(params, greylisting.OPTIONS).items()],
            ),
            Part(
                "greylisting_trusted_host",
                greylisting_trusted_host.MODULE,
                tasks=lambda wanted: wanted.get("trusted_hosts") or [],
                sentence=_trusted_host,
                paste=_paste_host,
                wishes=_host_wishes,
            ),
            Part(
                "greylisting_provider",
                greylisting_provider.MODULE,
                tasks=lambda wanted: wanted.get("providers") or [],
                sentence=_provider,
                paste=lambda item, field, expected: {"providers": [item], field: expected},
                wishes=lambda params: [
                    (key, *each)
                    for key in params["providers"]
                    for each in _given(params, ("trusted", "autotrust")).items()
                ],
            ),
        ),
    ),
    "blocks": Rule(
        label="Blocked sender",
        subset="blocks",
        what="whether mail is taken",
        parts=(
            _blocks("country", incoming_country_block.MODULE, is_code),
            _blocks("domain", incoming_domain_block.MODULE, lambda item: not is_code(item)),
        ),
        fields=(("blocked", "whether mail is refused"),),
    ),
}


def refusals(variable: str, value: Any) -> Iterator[str]:
    """Sentences about tasks that their module would refuse."""
    for part in RULES[variable].parts:
        for number, task in enumerate(part.tasks(value), 1):
            outcome = _checked(part, task)
            if isinstance(outcome, InvalidInput):
                where = f"policy_{variable}" + (f", entry {number}" if isinstance(value, list) else "")
                yield f"{where}: {outcome.reason}"


def contradictions(variable: str, value: Any) -> Iterator[str]:
    """Sentences about items that two tasks want differently: they would undo each other in every run."""
    for part in RULES[variable].parts:
        outcomes = [_checked(part, task) for task in part.tasks(value)]
        tasks = [params for params in outcomes if not isinstance(params, InvalidInput)]
        first: dict[tuple[str, str], Any] = {}
        told = set()
        for item, field, wanted in (wish for params in tasks for wish in part.wishes(params)):
            if first.setdefault((item, field), wanted) != wanted:
                told.add((item, field))
        for params in (params for params in tasks if params.get("exclusive")):
            mine = {(item, field) for item, field, _wanted in part.wishes(params)}
            told |= {where for where, wanted in first.items() if wanted is True and where not in mine}
        for item, field in sorted(told):
            yield f"policy_{variable}: two entries disagree on {field} of {item}."


def _checked(part: Part, task: Options) -> Options | InvalidInput:
    """The task's options as the module sees them, or why it would refuse them."""
    options = part.module.options
    for names in part.module.constraints.get("mutually_exclusive", []):
        if sum(task.get(name) is not None for name in names) > 1:
            return InvalidInput(f"give only one of {', '.join(names)}.")
    try:
        return part.module.check({name: task.get(name, option.get("default")) for name, option in options.items()})
    except InvalidInput as exc:
        return exc
