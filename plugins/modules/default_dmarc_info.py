#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: default_dmarc_info
short_description: Read the default DMARC record of a server
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns the DMARC record that is the server's default. That it stands here does not mean that any domain publishes it;
    M(whm.mail.email_auth_info) says what domains publish.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
notes:
  - "Reads: C(get_default_dmarc_record), which servers have since version 124. An older one fails the task, with kind V(unsupported)."
  - The reference does not name a privilege for this function.
seealso:
  - module: whm.mail.default_dmarc
  - module: whm.mail.email_auth_info
"""

EXAMPLES = r"""
- name: Which DMARC record does the server propose
  whm.mail.default_dmarc_info:
  register: default_dmarc

- name: Warn where it asks receivers for nothing
  ansible.builtin.debug:
    msg: "{{ inventory_hostname }}: {{ default_dmarc.record }}"
  when: default_dmarc.record is none or default_dmarc.record is search('p=none')
"""

RETURN = r"""
record:
  description:
    - The default record, as the server wrote it. Null when it answered with an empty one.
    - Whether a server where nobody set one answers with its built-in record or with an empty one is not documented.
  returned: success
  type: str
  sample: v=DMARC1; p=none;
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample:
    kind: connection
    function: get_default_dmarc_record
    reason: the connection was refused
    host: whm1.example.com:2087
    http_status: null
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.default_dmarc import FUNCTION, default_record
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client


def read(client: Client, params: Params) -> dict[str, Any]:
    return {"record": default_record(client.call(FUNCTION))}


MODULE = InfoModule(options={}, read=read)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
