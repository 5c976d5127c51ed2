#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: incoming_country_block
short_description: Take no mail from countries
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that the server refuses mail from countries, or takes it.
  - The server tells the country by the address from which mail is delivered, before it looks at any other filter.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  countries:
    description:
      - Codes of the countries, ISO 3166-1 alpha-2, in capitals or not. Write V('NO') in quotes, because YAML takes the word for false.
      - V(ZZ) stands for addresses that belong to no country. The reference says not to block it on a server behind NAT, which may then refuse
        its own mail. A warning says so when it is blocked.
      - A code that ISO has not assigned can only be blocked where the server lists it as blocked already. Else the task fails, and
        nothing is changed.
      - An empty list is nothing to do. With O(exclusive=true) it means that no country is to be blocked.
    type: list
    elements: str
    required: true
    aliases: [country]
  state:
    description:
      - Whether mail from the countries is refused, V(present), or taken, V(absent).
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - With V(true), O(countries) are exactly those that are blocked. All others are unblocked, after those of the list were blocked.
      - Needs O(max_changes), and does not go with O(state=absent).
    type: bool
    default: false
  max_changes:
    description:
      - Refuse to start when more countries than this would change.
    type: int
notes:
  - As many countries as O(api_batch_size) travel in one call. The server answers for all of them together, so that what became of each is read
    from its list afterwards. Where it refuses the call, each is tried alone.
  - The countries are not things that a server has or lacks, and therefore there is no C(ignore_missing).
  - "Reads: C(list_blocked_incoming_email_countries). Writes: C(block_incoming_email_from_country),
    C(unblock_incoming_email_from_country). Servers have them since version 84."
  - The reference does not name a privilege for these functions.
seealso:
  - module: whm.mail.incoming_domain_block
  - module: whm.mail.incoming_block_info
"""

EXAMPLES = r"""
- name: Take no mail from two countries
  whm.mail.incoming_country_block:
    countries: [KP, 'NO']

- name: Take mail from one of them again
  whm.mail.incoming_country_block:
    country: 'NO'
    state: absent

- name: Exactly these countries are blocked, and no more than ten may change
  whm.mail.incoming_country_block:
    countries: "{{ blocked_countries | default([]) }}"
    exclusive: true
    max_changes: 10
"""

RETURN = r"""
countries:
  description:
    - The countries that were named, in that order, then those that O(exclusive) unblocked.
    - When the task fails it names every country all the same.
  returned: when the server could be read, or nothing was asked of it
  type: list
  elements: dict
  contains:
    country_code:
      description: Code of the country, in capitals.
      type: str
      sample: KP
    blocked:
      description: Whether mail from there is refused. In check mode, whether it would be. Null when that is not known.
      type: bool
      sample: true
    changed:
      description: Whether this country was changed.
      type: bool
      sample: true
    error:
      description: Why this country failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: block_incoming_email_from_country
        reason: "The server does not know the country."
        host: whm1.example.com:2087
        http_status: 200
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
progress:
  description: How far the task got, by country.
  returned: when some countries failed
  type: dict
  contains:
    done:
      description: Changed, and read back.
      type: list
      elements: str
      sample: [KP]
    failed:
      description: Not changed, or not known.
      type: list
      elements: str
      sample: ["NO"]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.countries import country_codes, is_country
from ansible_collections.whm.mail.plugins.module_utils._mail.exclusive import EXCLUSIVE
from ansible_collections.whm.mail.plugins.module_utils._mail.incoming_blocks import COUNTRIES, FREE, warn_of_nowhere
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Current, unread
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

OPTIONS = {
    "countries": {"type": "list", "elements": "str", "required": True, "aliases": ["country"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **EXCLUSIVE,
}


def check(params: Params) -> Params:
    return COUNTRIES.check(params, country_codes("countries", params["countries"]))


def read(client: Client, params: Params) -> Current:
    return _known(COUNTRIES.read(client), params)


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    states = _known(COUNTRIES.of_facts(facts), params)
    for error in unread(states).values():  # it is the policy that is wrong, and not the server that does not tell
        raise error
    return states


def _known(blocked: Sequence[str], params: Params) -> Current:
    """What is to be blocked is a country, or the server knows it as one. Unblocking harms nobody."""
    states = COUNTRIES.states(blocked, params)
    if params["state"] == "absent":
        return states
    return {code: state if state["blocked"] or is_country(code) else _unknown(code) for code, state in states.items()}


def _unknown(code: str) -> InvalidInput:
    return InvalidInput(
        f"countries: {code} is not a code that ISO 3166-1 has assigned, and this server does not list it; correct it, such as GB "
        "for the United Kingdom."
    )


def needed(params: Params) -> Sequence[str]:
    """One that is misspelt stops all: they may be meant to replace one another."""
    return list(params["countries"])


MODULE = StateModule(
    items="countries",
    key="country_code",
    options=OPTIONS,
    check=check,
    read=read,
    plan=COUNTRIES.plan,
    summary=warn_of_nowhere,
    needed=needed,
    from_facts=from_facts,
    subjects=Subjects("countries", beside=("exclusive",)),
    unlisted=FREE,
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
