#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dkim_key_info
short_description: Read the DKIM keys of domains
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns fingerprint, size and public record of the DKIM keys that the server holds, and the private keys themselves if asked for.
  - What DNS says about them is told by M(whm.mail.email_auth_info).
requirements:
  - cryptography, which ansible-core brings along; only where the module runs on another machine it may be missing
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  domains:
    description:
      - The domains.
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    required: true
    aliases: [domain]
  include_private_key:
    description:
      - Whether to return the private keys. Set C(no_log) for the task then, or they stand in Ansible's output and logs.
    type: bool
    default: false
notes:
  - "Reads: C(fetch_dkim_private_keys)."
  - The function always sends the private keys to where the module runs. Without O(include_private_key) they go no further.
  - Root may ask about any domain, resellers about those of the accounts that they own. The reference does not name a privilege for this
    function. The role MailSend must be enabled.
seealso:
  - module: whm.mail.dkim_key
  - module: whm.mail.email_auth_info
"""

EXAMPLES = r"""
- name: Read the key of a domain
  whm.mail.dkim_key_info:
    domain: example.com
  register: dkim

- name: Say which keys are short
  ansible.builtin.debug:
    msg: "{{ dkim['keys'] | rejectattr('bits', 'none') | selectattr('bits', 'lt', 2048) | map(attribute='domain') }}"

- name: Fetch the keys themselves, to take them to another server
  whm.mail.dkim_key_info:
    domains:
      - example.com
      - example.org
    include_private_key: true
  no_log: true
  register: old_server_keys
"""

RETURN = r"""
keys:
  description: The domains, in the order given.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    domain:
      description: The domain.
      type: str
      sample: example.com
    fingerprint:
      description:
        - SHA-256 of the public key (its SubjectPublicKeyInfo), in hex. Null when the server has no key for the domain.
        - C(openssl pkey -in FILE -pubout -outform DER | sha256sum) says the same of a file.
      type: str
      sample: 4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a
    bits:
      description: Size of the key. Null when there is none.
      type: int
      sample: 2048
    public_record:
      description: The TXT record that belongs to the key, for C(default._domainkey.<domain>). Null when there is none.
      type: str
      sample: v=DKIM1; k=rsa; p=MIIBIjANBgkqh...;
    private_key:
      description:
        - The private key in PEM form (PKCS#1). Null when there is none.
        - Only with O(include_private_key=true).
      type: str
      sample: '...'
    error:
      description: Why this domain could not be read. Absent when it could; then there are no other fields.
      type: dict
      sample:
        kind: unexpected_answer
        function: fetch_dkim_private_keys
        reason: "the key of example.com cannot be read: it is an EC key; WHM signs with RSA keys only"
        host: whm1.example.com:2087
        http_status: null
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.dkim_keys import Found, fetch_keys, key_state
from ansible_collections.whm.mail.plugins.module_utils._mail.names import domain_names
from ansible_collections.whm.mail.plugins.module_utils._mail.rsa import BadKey, need_library
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError

OPTIONS = {
    "domains": {"type": "list", "elements": "str", "required": True, "aliases": ["domain"]},
    "include_private_key": {"type": "bool", "default": False, "no_log": False},
}


def check(params: Params) -> Params:
    need_library()
    return {**params, "domains": domain_names("domains", params["domains"])}


def read(client: Client, params: Params) -> dict[str, Any]:
    keys = fetch_keys(client, params["domains"])
    private = params["include_private_key"]
    return {"keys": [{"domain": domain, **_row(domain, key, private)} for domain, key in keys.items()]}


def _row(domain: str, key: Found, private: bool) -> dict[str, Any]:
    if isinstance(key, BadKey):
        key = UnexpectedAnswer(f"the key of {domain} cannot be read: {key}", "fetch_dkim_private_keys")
    if isinstance(key, WhmError):
        return {"error": key}
    return {**key_state(key), **({"private_key": key.pem if key else None} if private else {})}


def nothing(params: Params) -> dict[str, Any]:
    return {"keys": []}


MODULE = InfoModule(
    items="keys", key=("domain",), options=OPTIONS, check=check, read=read, lists=(("domains",),), empty=nothing
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
