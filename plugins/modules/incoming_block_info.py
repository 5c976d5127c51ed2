#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: incoming_block_info
short_description: Read from which countries and domains a server takes no mail
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns the countries and the domains whose mail the server refuses.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
notes:
  - "Reads: C(list_blocked_incoming_email_countries), C(list_blocked_incoming_email_domains), which servers have since version 84."
  - The reference does not name a privilege for these functions.
seealso:
  - module: whm.mail.incoming_country_block
  - module: whm.mail.incoming_domain_block
  - module: whm.mail.mail_queue_info
"""

EXAMPLES = r"""
- name: From where is no mail taken
  whm.mail.incoming_block_info:
  register: blocked

- name: Show them
  ansible.builtin.debug:
    msg: "{{ (blocked.countries | map(attribute='country_code')) + (blocked.domains | map(attribute='domain')) }}"
"""

RETURN = r"""
countries:
  description: The countries, by their code. Empty when none is blocked.
  returned: success
  type: list
  elements: dict
  contains:
    country_code:
      description: Code of the country, ISO 3166-1 alpha-2, in capitals; V(ZZ) stands for addresses that belong to no country.
      type: str
      sample: AD
    blocked:
      description: Whether mail from there is refused. Only those from where it is are listed.
      type: bool
      sample: true
domains:
  description: The domains of senders, by their name. Empty when none is blocked.
  returned: success
  type: list
  elements: dict
  contains:
    domain:
      description: The domain.
      type: str
      sample: example.com
    blocked:
      description: Whether mail from there is refused. Only those from where it is are listed.
      type: bool
      sample: true
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample:
    kind: connection
    function: list_blocked_incoming_email_countries
    reason: the connection was refused
    host: whm1.example.com:2087
    http_status: null
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.incoming_blocks import CALLS, blocks_of
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client


def read(client: Client, params: Params) -> dict[str, Any]:
    return blocks_of(client.batch(CALLS))


MODULE = InfoModule(options={}, read=read)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
