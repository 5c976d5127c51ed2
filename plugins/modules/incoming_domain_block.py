#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: incoming_domain_block
short_description: Take no mail from domains
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that the server refuses mail whose sender is of certain domains, or takes it.
  - The server compares the domain of the From address, before it looks at any other filter.
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
  domains:
    description:
      - Domains of senders. C(*) stands for a whole label or for the top-level domain, as in V(*.example.com) and V(example.*).
      - V(*.example.com) means the subdomains of V(example.com) and not V(example.com) itself. Name both where both are meant.
      - Only asterisks, such as V(*.*), would refuse all mail and are not taken.
      - Write names with other letters than those of ASCII as DNS has them, V(xn--bcher-kva.example).
      - An empty list is nothing to do. With O(exclusive=true) it means that no domain is to be blocked.
    type: list
    elements: str
    required: true
    aliases: [domain]
  state:
    description:
      - Whether mail from the domains is refused, V(present), or taken, V(absent).
      - Each entry of the server's list counts for itself. V(absent) for V(mail.example.com) does not except it from V(*.example.com).
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - With V(true), O(domains) are exactly those that are blocked. All others are unblocked, after those of the list were blocked.
      - Needs O(max_changes), and does not go with O(state=absent).
    type: bool
    default: false
  max_changes:
    description:
      - Refuse to start when more domains than this would change.
    type: int
notes:
  - As many domains as O(api_batch_size) travel in one call, so that a list of 1,000 costs twelve requests. The server answers for all of them
    together, and what became of each is read from its list afterwards. Where it refuses the call, each is tried alone.
  - These are domains of senders anywhere, and not things that a server has or lacks. Therefore there is no C(ignore_missing).
  - "Reads: C(list_blocked_incoming_email_domains). Writes: C(block_incoming_email_from_domain), C(unblock_incoming_email_from_domain).
    Servers have them since version 84."
  - The reference does not name a privilege for these functions.
seealso:
  - module: whm.mail.incoming_country_block
  - module: whm.mail.incoming_block_info
"""

EXAMPLES = r"""
- name: Take no mail from a domain and its subdomains
  whm.mail.incoming_domain_block:
    domains:
      - example.net
      - "*.example.net"

- name: Take mail from it again
  whm.mail.incoming_domain_block:
    domain: example.net
    state: absent

- name: Exactly these domains are blocked, and no more than a hundred may change
  whm.mail.incoming_domain_block:
    domains: "{{ blocked_domains | default([]) }}"
    exclusive: true
    max_changes: 100
"""

RETURN = r"""
domains:
  description:
    - The domains that were named, in that order, then those that O(exclusive) unblocked.
    - When the task fails it names every domain all the same.
  returned: when the server could be read, or nothing was asked of it
  type: list
  elements: dict
  contains:
    domain:
      description: The domain, in lower case.
      type: str
      sample: example.net
    blocked:
      description: Whether mail from there is refused. In check mode, whether it would be. Null when that is not known.
      type: bool
      sample: true
    changed:
      description: Whether this domain was changed.
      type: bool
      sample: true
    error:
      description: Why this domain failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: block_incoming_email_from_domain
        reason: "The server does not take the domain."
        host: whm1.example.com:2087
        http_status: 200
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
progress:
  description: How far the task got, by domain.
  returned: when some domains failed
  type: dict
  contains:
    done:
      description: Changed, and read back.
      type: list
      elements: str
      sample: [example.net]
    failed:
      description: Not changed, or not known.
      type: list
      elements: str
      sample: [example.org]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.exclusive import EXCLUSIVE
from ansible_collections.whm.mail.plugins.module_utils._mail.incoming_blocks import DOMAINS, FREE, sender_domains
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Current
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client

OPTIONS = {
    "domains": {"type": "list", "elements": "str", "required": True, "aliases": ["domain"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **EXCLUSIVE,
}


def check(params: Params) -> Params:
    return DOMAINS.check(params, sender_domains("domains", params["domains"]))


def read(client: Client, params: Params) -> Current:
    return DOMAINS.states(DOMAINS.read(client), params)


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    return DOMAINS.states(DOMAINS.of_facts(facts), params)


MODULE = StateModule(
    items="domains",
    key="domain",
    options=OPTIONS,
    check=check,
    read=read,
    plan=DOMAINS.plan,
    from_facts=from_facts,
    subjects=Subjects("domains", beside=("exclusive",)),
    unlisted=FREE,
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
