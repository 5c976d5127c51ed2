#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mobileconfig
short_description: Write the Apple mail profile of an address to a file
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Writes a configuration profile (C(.mobileconfig)) that sets up mail, calendar and contacts of an address on Apple devices.
  - The server signs a profile anew for each call, so its bytes always differ. The file is left alone when what is inside the signature is the
    same.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
attributes:
  check_mode:
    support: full
  diff_mode:
    support: partial
    details:
      - The diff has the checksum and the mode, never what is in a profile.
  idempotent:
    support: full
    details:
      - With O(force=true) the file is written every time.
options:
  address:
    description:
      - The mail address, or the name of a cPanel account for its own mailbox.
    type: str
    required: true
  dest:
    description:
      - Absolute path of the file. Its folder must exist.
      - With O(transport=https) it is a file on the controller, unless the task is delegated or runs async. With O(transport=cli) it is a file on
        the server itself.
    type: path
    required: true
  use_ssl:
    description:
      - Whether the profile makes the device use TLS.
    type: bool
    default: true
  services:
    description:
      - What the profile sets up. All of it when omitted.
    type: list
    elements: str
    choices: [email, caldav, carddav]
  mode:
    description:
      - Permissions of the file as a quoted octal number.
    type: raw
    default: "0600"
  force:
    description:
      - Write the file even if it has the same content, for example after the certificate that signs the profiles was renewed.
      - Without it, something else at O(dest) than a profile is not overwritten, a symbolic link among them.
    type: bool
    default: false
notes:
  - It makes one file for one address, and so has no list and no C(ignore_missing). Where only one server has the address, let the task run
    for that server.
  - The file is never incomplete and never readable for others. It is written under another name in the same folder, with its final mode, and
    renamed.
  - A symbolic link at O(dest) is replaced, with O(force=true), and never followed.
  - "Reads: C(generate_mobileconfig). It writes nothing on the server."
  - Resellers may ask for the accounts that they own. The reference has a privilege C(generate-email-config), without saying that it is the one for
    this function. The role MailReceive must be enabled.
"""

EXAMPLES = r"""
- name: Write the profile of an address
  whm.mail.mobileconfig:
    address: info@example.com
    dest: "{{ playbook_dir }}/info.mobileconfig"

- name: Mail only, for a web server to hand out
  whm.mail.mobileconfig:
    address: info@example.com
    dest: "{{ playbook_dir }}/info-mail.mobileconfig"
    services: [email]
    mode: "0644"
"""

RETURN = r"""
dest:
  description: Path of the file.
  returned: success
  type: str
  sample: /srv/profiles/info.mobileconfig
checksum:
  description:
    - SHA-256 of the profile's content, without the signature and the identifiers that the server makes anew each time.
    - Profiles with the same settings have the same checksum. It is not the checksum of the file.
  returned: success
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: generate_mobileconfig, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

import os
import re
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.names import addresses, is_account
from ansible_collections.whm.mail.plugins.module_utils._mail.profiles import (
    checksum_of,
    decode_payload,
    look,
    set_mode,
    write,
)
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, TaskModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import diff
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, UnexpectedAnswer

FUNCTION = "generate_mobileconfig"
SERVICES = ("email", "caldav", "carddav")

OPTIONS = {
    "address": {"type": "str", "required": True},
    "dest": {"type": "path", "required": True},
    "use_ssl": {"type": "bool", "default": True},
    "services": {"type": "list", "elements": "str", "choices": list(SERVICES)},
    "mode": {"type": "raw", "default": "0600"},
    "force": {"type": "bool", "default": False},
}


def check(params: Params) -> Params:
    address = params["address"].strip()
    if not is_account(address):
        (address,) = addresses("address", [address])
    dest, mode, services = params["dest"], params["mode"], params["services"]
    if not os.path.isabs(dest) or dest.endswith("/"):
        raise InvalidInput(f"dest: {dest or 'an empty value'} is not the absolute path of a file.")
    if not isinstance(mode, str) or not re.match(r"0?[0-7]{3}\Z", mode):
        raise InvalidInput(f'mode: {mode} is not a quoted octal number such as "0600".')
    if services == []:
        raise InvalidInput("services is empty: name at least one, or leave it out for all of them.")
    wanted = [service for service in SERVICES if service in (services or SERVICES)]
    return {**params, "address": address, "mode": mode.zfill(4), "services": wanted}


def act(client: Client, params: Params, check_mode: bool) -> dict[str, Any]:
    dest, mode, force = params["dest"], params["mode"], params["force"]
    held = look(dest)
    if held and not held.checksum and not force:
        raise InvalidInput(
            f"dest: {dest} is there and is no profile; set force: true to replace it, or give another path."
        )
    profile, checksum = _generate(client, params)
    rewrite = force or held is None or held.checksum != checksum
    before = {"checksum": held.checksum, "mode": held.mode} if held else {}
    if not check_mode and rewrite:
        write(dest, profile, mode)
    elif not check_mode and before["mode"] != mode:
        set_mode(dest, mode)
    after = {"checksum": checksum, "mode": mode}
    changes = diff({dest: before}, {dest: after})
    return {"changed": rewrite or before != after, "dest": dest, "checksum": checksum, "diff": changes}


def _generate(client: Client, params: Params) -> tuple[bytes, str]:
    """The signed profile, and the checksum of what is in it."""
    asked = {"account": params["address"], "use_ssl": params["use_ssl"]}
    answer = client.call(FUNCTION, **asked, selected_account_services=",".join(params["services"]))
    try:
        profile = decode_payload(str(answer.get("payload")))
        return profile, checksum_of(profile)
    except ValueError:
        raise UnexpectedAnswer("the answer holds no configuration profile", FUNCTION) from None


def writes(params: Params) -> bool:
    """Nothing on the server."""
    return False


MODULE = TaskModule(options=OPTIONS, check=check, writes=writes, act=act)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
