#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_sni_info
short_description: Read whether mail servers choose the certificate by name
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns whether mail SNI is enabled for domains, that is whether Dovecot and Exim present the certificate of the name that a mail
    program connects to.
  - Since version 60 of cPanel & WHM it is always enabled, and the server says so in a warning.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  domains:
    description:
      - The domains. Only RV(supported) is returned when omitted.
      - An empty list asks for nothing, and nothing is sent. RV(supported) is null then.
    type: list
    elements: str
    aliases: [domain]
notes:
  - "Reads: C(is_sni_supported), C(mail_sni_status)."
  - Resellers may ask about the domains of the accounts that they own. The reference does not name a privilege for these functions.
seealso:
  - module: whm.mail.mail_sni
"""

EXAMPLES = r"""
- name: Can this server use SNI at all
  whm.mail.mail_sni_info:
  register: sni

- name: Is it enabled for these domains
  whm.mail.mail_sni_info:
    domains:
      - example.com
      - example.org
"""

RETURN = r"""
supported:
  description: Whether the server supports SNI. Null when it does not say, or when O(domains) is an empty list.
  returned: when the server could be read
  type: bool
  sample: true
domains:
  description: The domains, in the order given.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    domain:
      description: The domain.
      type: str
      sample: example.com
    enabled:
      description: Whether mail SNI is enabled for it. Absent when the server refused the domain.
      type: bool
      sample: true
    error:
      description: Why the server refused this domain. Absent when it did not.
      type: dict
      sample:
        kind: permission
        function: mail_sni_status
        reason: "You do not have access to a domain named \"example.net\"."
        host: whm1.example.com:2087
        http_status: 200
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: is_sni_supported, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.names import domain_names
from ansible_collections.whm.mail.plugins.module_utils._mail.sni import read_sni
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_flag
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError

OPTIONS = {"domains": {"type": "list", "elements": "str", "aliases": ["domain"]}}


def check(params: Params) -> Params:
    return params if params["domains"] is None else {**params, "domains": domain_names("domains", params["domains"])}


def read(client: Client, params: Params) -> dict[str, Any]:
    supported = to_flag(client.call("is_sni_supported").get("sni"))
    rows = []
    for domain, state in (read_sni(client, params["domains"]) if params["domains"] else {}).items():
        rows.append({"domain": domain, **({"error": state} if isinstance(state, WhmError) else state)})
    return {"supported": supported, "domains": rows}


def nothing(params: Params) -> dict[str, Any]:
    return {"supported": None, "domains": []}


MODULE = InfoModule(
    items="domains", key=("domain",), options=OPTIONS, check=check, read=read, lists=(("domains",),), empty=nothing
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
