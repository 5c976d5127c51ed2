#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greylisting_info
short_description: Read greylisting, whom it trusts and what it defers
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns the settings of greylisting, the trusted hosts, the common mail providers, and whether the neighbours of the server are trusted.
  - Also returns what is deferred at present, if asked to.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  deferred:
    description:
      - Return what is known of deferred senders, too. On a busy server these are many rows.
    type: bool
    default: false
  provider_hosts:
    description:
      - Return the hosts of each common mail provider, too. Costs one further request.
    type: bool
    default: false
notes:
  - WHM's function for deferred mail has no parameters, and says how many rows there are. It is asked for a thousand rows at a time as other
    functions are. Where it still returns fewer than there are, RV(truncated) is true and a warning says so.
  - "Reads: C(cpgreylist_status), C(load_cpgreylist_config), C(cpgreylist_load_common_mail_providers_config),
    C(read_cpgreylist_trusted_hosts), C(cpgreylist_is_server_netblock_trusted), C(read_cpgreylist_deferred_entries) for O(deferred=true),
    and C(cpgreylist_list_entries_for_common_mail_provider) for O(provider_hosts=true)."
  - The reference does not name a privilege for these functions.
seealso:
  - module: whm.mail.greylisting
  - module: whm.mail.greylisting_provider
  - module: whm.mail.greylisting_trusted_host
"""

EXAMPLES = r"""
- name: How is greylisting set
  whm.mail.greylisting_info:
  register: found

- name: Show whom it trusts
  ansible.builtin.debug:
    msg: "{{ (found.hosts | map(attribute='host')) + (found.providers | selectattr('trusted') | map(attribute='provider')) }}"

- name: What is deferred at present
  whm.mail.greylisting_info:
    deferred: true
  register: found

- name: Show who waits
  ansible.builtin.debug:
    msg: "{{ found.deferred | map(attribute='sender') | unique }}"
"""

RETURN = r"""
greylisting:
  description: The settings, as in RV(whm.mail.greylisting#module:greylisting). Null for one that the server does not tell.
  returned: when the server could be read
  type: dict
  contains:
    enabled:
      description: Whether greylisting is on.
      type: bool
      sample: true
    exim_enabled:
      description: Whether Exim is on.
      type: bool
      sample: true
    child_timeout_secs:
      description: After how many seconds the daemon gives up one of its children.
      type: int
      sample: 5
    initial_block_time_mins:
      description: For how many minutes a new sender is deferred.
      type: int
      sample: 5
    max_child_procs:
      description: Most children of the daemon.
      type: int
      sample: 5
    must_try_time_mins:
      description: Within how many minutes a new sender must come back.
      type: int
      sample: 240
    purge_interval_mins:
      description: After how many minutes each the daemon deletes what has expired.
      type: int
      sample: 60
    record_exp_time_mins:
      description: After how many minutes a sender that came back is new again.
      type: int
      sample: 4320
    spf_bypass:
      description: Whether mail that a domain's SPF record allows is never deferred.
      type: bool
      sample: true
    autotrust_new_common_mail_providers:
      description: Whether mail providers that the vendor adds later are trusted at once.
      type: bool
      sample: true
hosts:
  description: The trusted hosts, by address. Empty when there are none.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    host:
      description: The host in its shortest spelling, an address, a network or a range. Where it cannot be understood, the same as RV(hosts[].listed).
      type: str
      sample: 198.51.100.0/24
    listed:
      description: The host as the server spells it.
      type: str
      sample: 198.51.100.0-198.51.100.255
    comment:
      description: Comment of its entry, empty when it has none. Null when the server does not tell.
      type: str
      sample: Monitoring and partner
    trusted:
      description: Whether it is on the list. Only those that are on it are returned.
      type: bool
      sample: true
    created:
      description: When it was added, in ISO 8601 UTC. Null when the server does not tell.
      type: str
      sample: "2026-01-31T12:00:00Z"
    created_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769860800
providers:
  description: The common mail providers, by their key.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    provider:
      description: Key of the provider.
      type: str
      sample: google
    display_name:
      description: What people call it.
      type: str
      sample: Google
    trusted:
      description: Whether it is trusted. Null when the server does not tell.
      type: bool
      sample: true
    autotrust:
      description: Whether addresses that it adds later are trusted. Null when the server does not tell.
      type: bool
      sample: true
    hosts:
      description: Its hosts, by address. Only with O(provider_hosts=true).
      type: list
      elements: dict
      contains:
        host:
          description: The host in its shortest spelling.
          type: str
          sample: 192.0.2.0/24
        listed:
          description: The host as the server spells it.
          type: str
          sample: 192.0.2.0-192.0.2.255
        trusted:
          description: Whether it is trusted. Null when the server does not tell.
          type: bool
          sample: true
    error:
      description: Why the server did not tell the hosts of this provider. Absent when it did, or was not asked.
      type: dict
      sample:
        kind: refusal
        function: cpgreylist_list_entries_for_common_mail_provider
        reason: "Unknown mail provider: google"
        host: whm1.example.com:2087
        http_status: null
netblocks:
  description: The blocks of addresses in which the server's own are, by address, so that its neighbours can be trusted.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    netblock:
      description: The block in its shortest spelling.
      type: str
      sample: 192.0.2.0/24
    trusted:
      description: Whether it is trusted. Null when the server does not tell.
      type: bool
      sample: false
deferred:
  description: What is known of deferred senders, the oldest first.
  returned: when the server could be read, and O(deferred=true)
  type: list
  elements: dict
  contains:
    id:
      description: Number of the row. Null when the server does not tell, as in all fields below.
      type: int
      sample: 45
    sender_ip:
      description: Address of the host that sent.
      type: str
      sample: 192.0.2.29
    sender:
      description: Address of the sender.
      type: str
      sample: news@example.net
    recipient:
      description: Address of the recipient.
      type: str
      sample: info@example.com
    deferred_count:
      description: How often mail was deferred.
      type: int
      sample: 1
    accepted_count:
      description: How often mail was taken since.
      type: int
      sample: 0
    created:
      description: When it came first, in ISO 8601 UTC.
      type: str
      sample: "2026-01-31T11:59:32Z"
    created_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769860772
    blocked_until:
      description: Until when mail is deferred.
      type: str
      sample: "2026-01-31T12:09:32Z"
    blocked_until_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769861372
    retry_by:
      description: Until when the sender must come back.
      type: str
      sample: "2026-01-31T15:59:32Z"
    retry_by_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769875172
    expires:
      description: When the row is deleted.
      type: str
      sample: "2026-02-03T11:59:32Z"
    expires_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1770119972
truncated:
  description: Whether the server has more rows than it returned.
  returned: when the server could be read, and O(deferred=true)
  type: bool
  sample: false
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import answered
from ansible_collections.whm.mail.plugins.module_utils._mail.greylisting import (
    CALLS,
    config_of,
    hosts_of,
    provider_rows,
    providers_of,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.greylisting_rows import (
    NETBLOCKS,
    Deferred,
    deferred_rows,
    netblocks_of,
    with_hosts,
)
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client

OPTIONS = {
    "deferred": {"type": "bool", "default": False},
    "provider_hosts": {"type": "bool", "default": False},
}


def read(client: Client, params: Params) -> dict[str, Any]:
    deferred = Deferred()
    calls = [*CALLS, Call(NETBLOCKS), *([deferred.call()] if params["deferred"] else [])]
    status, config, providers, hosts, netblocks, *first = client.batch(calls)
    rows = provider_rows(providers_of(client, providers))
    found = {
        "greylisting": config_of(client, status, config, providers),
        "hosts": hosts_of(client, hosts),
        "providers": with_hosts(client, rows) if params["provider_hosts"] else rows,
        "netblocks": netblocks_of(client, netblocks),
    }
    for page in first:
        deferred.take(answered(page))
        found.update(deferred_rows(client, deferred))
    return found


MODULE = InfoModule(options=OPTIONS, read=read, items="providers", key=("provider",))


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
