# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Countries and domains from which a server takes no mail: reading the two lists and changing them.

Shared by incoming_country_block, incoming_domain_block, incoming_block_info and the subset ``blocks`` of mail_facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._mail.countries import NOWHERE
from ansible_collections.whm.mail.plugins.module_utils._mail.exclusive import check_max_changes
from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import Facts, Params, Subset
from ansible_collections.whm.mail.plugins.module_utils._mail.names import is_domain, normal_domain
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Plan, Sets, States, Step, make_plan
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_text, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, UnexpectedAnswer, WhmError

#: The state of what stands in no list.
FREE = {"blocked": False}

_BLOCKED = {"blocked": True}

# A label that is a wildcard.
_WILDCARD = re.compile(r"(?<![^.])\*(?![^.])")


@dataclass(frozen=True)
class Blocklist:
    """One of the two lists.

    :param items: its name, which is also the option, the key of the result and that of the answer.
    :param key: what an item is called, also in answers and as the parameter that adds and removes items.
    :param listing: the function that reads it.
    :param block: the function that adds to it.
    :param unblock: the function that removes from it.
    :param normal: how its items are written.
    """

    items: str
    key: str
    listing: str
    block: str
    unblock: str
    normal: Callable[[str], str]

    def names(self, outcome: Outcome) -> list[str]:
        """What is blocked, sorted. A row that cannot be read fails the whole: without it nobody knows what is blocked."""
        if isinstance(outcome, WhmError):
            raise outcome
        texts = [to_text(row.get(self.key)) for row in outcome.listing(self.items)]
        if None in texts:
            raise UnexpectedAnswer(f"the answer has rows without {self.key}", self.listing)
        return sorted({self.normal(text) for text in texts if text})

    def rows(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """What is blocked as it stands in results."""
        return [{self.key: name, **_BLOCKED} for name in names]

    def read(self, client: Client) -> list[str]:
        return self.names(client.call(self.listing))

    def of_facts(self, facts: Mapping[str, Any]) -> list[str]:
        """What ``read`` would give, from the facts of ``mail_facts``."""
        return [self.normal(str(row[self.key])) for row in facts["blocks"][self.items] if row["blocked"]]

    def check(self, params: Params, names: Sequence[str]) -> Params:
        """The options with these names.

        :raises InvalidInput: they do not go together.
        """
        check_max_changes(params, self.items)
        if params["exclusive"] and params["state"] == "absent":
            raise InvalidInput(
                f"exclusive: true says which {self.items} are blocked; state: absent does not go with it. To block none, give "
                "an empty list with exclusive: true."
            )
        return {**params, self.items: list(names)}

    def states(self, blocked: Iterable[str], params: Params) -> dict[str, Mapping[str, bool]]:
        """The items that the options name, then those that ``exclusive`` speaks of."""
        listed = list(blocked)
        there, others = set(listed), listed if params["exclusive"] else []
        return {name: _BLOCKED if name in there else FREE for name in unique([*params[self.items], *others])}

    def plan(self, states: States, params: Params) -> Plan:
        """What is to be blocked goes first: that is what cannot wait."""
        named = set(params[self.items])
        present = params["state"] == "present"
        block = [name for name, state in states.items() if present and name in named and not state["blocked"]]
        unblock = [name for name, state in states.items() if state["blocked"] and not (present and name in named)]
        steps = [self._step(self.block, name, True) for name in block]
        steps += [self._step(self.unblock, name, False) for name in unblock]
        changing = {*named, *block, *unblock}
        return make_plan({name: state for name, state in states.items() if name in changing}, steps)

    def _step(self, function: str, name: str, blocked: bool) -> Step:
        """The flag ``updated`` of the answer is one for the whole list, and 0 where all was so already: the list that is read
        back decides."""
        return Step(Call(function, {self.key: name}), name, Sets({"blocked": blocked}), joins=self.key)


COUNTRIES = Blocklist(
    items="countries",
    key="country_code",
    listing="list_blocked_incoming_email_countries",
    block="block_incoming_email_from_country",
    unblock="unblock_incoming_email_from_country",
    normal=lambda text: text.strip().upper(),
)
DOMAINS = Blocklist(
    items="domains",
    key="domain",
    listing="list_blocked_incoming_email_domains",
    block="block_incoming_email_from_domain",
    unblock="unblock_incoming_email_from_domain",
    normal=normal_domain,
)
LISTS = (COUNTRIES, DOMAINS)

#: What reads both.
CALLS = [Call(each.listing) for each in LISTS]


def sender_domains(option: str, values: Iterable[str]) -> list[str]:
    """Domains of senders in lower case without repetitions; ``*`` may stand for a label, and for the top-level domain.

    :raises InvalidInput: one of them cannot be a domain, or is every domain.
    """
    names = unique([normal_domain(value) for value in values])
    for name in names:
        labels = name.split(".")
        if len(labels) > 1 and set(labels) == {"*"}:
            raise InvalidInput(f"{option}: {name} is every domain; no mail would be taken from anywhere.")
        if labels[-1].isdigit() or not is_domain(_WILDCARD.sub("xx", name)):
            raise InvalidInput(
                "{}: {} is not a domain such as example.com or *.example.com, where * stands for a whole label.".format(
                    option, name or "an empty value"
                )
            )
    return names


def warn_of_nowhere(steps: Sequence[Step], final: States, errors: Mapping[str, WhmError]) -> dict[str, Any]:
    """A warning where addresses that belong to no country were blocked by this task."""
    blocked = any(step.item == NOWHERE and step.effect.fields["blocked"] for step in steps)
    return {"warnings": [_NAT]} if blocked and NOWHERE not in errors else {}


_NAT = (
    f"{NOWHERE} is blocked now. It stands for addresses that belong to no country. The reference says not to block it on a server "
    "behind NAT, which may then refuse its own mail."
)


def blocks_of(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Both lists as they stand in results, from what came of ``CALLS``."""
    return {each.items: each.rows(each.names(outcome)) for each, outcome in zip(LISTS, outcomes)}


def _facts(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    return {"blocks": blocks_of(outcomes)}


SUBSET = Subset(lambda params: CALLS, _facts)
