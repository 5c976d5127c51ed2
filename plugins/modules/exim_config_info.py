#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: exim_config_info
short_description: Check an Exim configuration
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Tells whether the configuration of Exim that is installed on the server is valid, or whether a text would be.
  - An invalid configuration does not fail the task.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  text:
    description:
      - The configuration to check. The installed one when omitted.
      - Only this text is checked. Nothing is installed.
    type: str
  section:
    description:
      - Name of the section that O(text) is, such as V(acl) or V(routers). O(text) is a whole configuration when omitted.
    type: str
notes:
  - "Reads: C(validate_exim_configuration_syntax), and C(validate_current_installed_exim_config) when O(text) is omitted."
  - The second of them rebuilds the configuration in a dry run. That takes the server a while, so O(api_timeout) may need to be longer.
  - The first one tells its verdict in every language. The second tells it in words, which are understood in English only. On a
    server in another language a fault that only the dry run finds may therefore go unnoticed, and a warning says so.
  - The reference does not name a privilege for these functions. The role MailSend must be enabled.
seealso:
  - module: whm.mail.exim_config
"""

EXAMPLES = r"""
- name: Is the installed configuration valid
  whm.mail.exim_config_info:
    api_timeout: 300
  register: exim

- name: Check the configuration that a template would give
  whm.mail.exim_config_info:
    text: "{{ lookup('ansible.builtin.template', 'exim.conf.j2') }}"
  register: planned
  failed_when: planned is failed or not planned.valid

- name: Check one section
  whm.mail.exim_config_info:
    section: acl
    text: |
      check_recipient:
        accept hosts = +loopback
"""

RETURN = r"""
valid:
  description: Whether the configuration is valid.
  returned: success
  type: bool
  sample: false
message:
  description: What is wrong, in the server's words. Null when nothing is.
  returned: success
  type: str
  sample: |-
    Exim configuration error in line 4 of /etc/exim.conf:
      main option "smtp_accept_mx" unknown
line:
  description: Number of the first line that is wrong, if the server tells it.
  returned: success
  type: int
  sample: 4
excerpt:
  description: That line as the server shows it, between arrows. Null when it does not.
  returned: success
  type: str
  sample: "==>smtp_accept_mx 100<=="
transcript:
  description: What the check printed, without HTML. Null when it printed nothing.
  returned: success
  type: str
  sample: |-
    Doing Dry Run
    Dry Run ok
capabilities:
  description: What this Exim can do. Empty when the configuration is not valid or the server does not tell.
  returned: success
  type: dict
  sample: {dkim: true, spf: true, srs: false}
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample:
    kind: connection
    function: validate_current_installed_exim_config
    reason: no complete answer within 60 seconds (api_timeout)
    host: whm1.example.com:2087
    http_status: null
"""

import re
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.exim import check_installed, check_text
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

OPTIONS = {
    "text": {"type": "str"},
    "section": {"type": "str"},
}


def check(params: Params) -> Params:
    text, section = params["text"], params["section"]
    if text is None and section is not None:
        raise InvalidInput(
            "section says which section text is, but text is missing: give its text, or leave section out."
        )
    if text is not None and not text.strip():
        raise InvalidInput(
            "text is empty, which WHM takes for the installed configuration: leave text out to check that."
        )
    if section is not None and not re.match(r"[A-Za-z][A-Za-z0-9_]*\Z", section):
        raise InvalidInput("section: {} is not the name of a section such as acl.".format(section or "an empty value"))
    return params


def read(client: Client, params: Params) -> dict[str, Any]:
    if params["text"] is None:
        return check_installed(client)
    return check_text(client, params["text"], params["section"])


MODULE = InfoModule(options=OPTIONS, check=check, read=read)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
