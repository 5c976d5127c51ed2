#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_info
short_description: Read what a WHM server is and what the caller may do there
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns version, host name, the functions that the caller may call, its privileges, and the roles of the server.
  - A good first task of a playbook. It shows that the connection works and what this token can do.
  - What the server or the token cannot give is null or empty, and RV(server.unavailable) says why. It does not fail the task.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
notes:
  - "Reads: C(version), C(gethostname), C(applist), C(myprivs), C(is_role_enabled), C(get_default_dmarc_record), in one batch where the server allows it."
  - Any caller may ask what it may do. The reference does not name a privilege for the other functions.
"""

EXAMPLES = r"""
- name: What is this server
  whm.mail.server_info:
  register: whm

- name: Stop when the token cannot hold mail
  ansible.builtin.assert:
    that:
      - "'hold_outgoing_email' in whm.server.functions"
      - whm.server.roles.MailSend
"""

RETURN = r"""
server:
  description: The server.
  returned: success
  type: dict
  contains:
    version:
      description: Version of cPanel & WHM.
      type: str
      sample: 11.138.0.6
    hostname:
      description: Its own name.
      type: str
      sample: whm1.example.com
    functions:
      description: Names of the functions that the caller may call, sorted.
      type: list
      elements: str
      sample: [accountsummary, hold_outgoing_email, listaccts]
    privileges:
      description: The caller's privileges. Null for one that the server tells in a form that is not known, which a warning names.
      type: dict
      sample: {all: true, track-email: true}
    roles:
      description: Whether the server's roles that concern mail are enabled. Null when that is not known.
      type: dict
      sample: {DNS: true, MailReceive: true, MailSend: true, SpamFilter: true}
    default_dmarc:
      description: The default DMARC record. An empty text where it is empty, null where the server does not have one or does not tell.
      type: str
      sample: v=DMARC1; p=none;
    unavailable:
      description: What could not be read, by name of the function (and role), with the reason.
      type: dict
      sample: {}
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: authentication, function: batch, reason: the server refused access, host: "whm1.example.com:2087", http_status: 403}
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.server import CALLS, server_item
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.isolate import read_each


def read(client: Client, params: Params) -> dict[str, Any]:
    return {"server": server_item(client, read_each(client, CALLS))}


MODULE = InfoModule(options={}, read=read)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
