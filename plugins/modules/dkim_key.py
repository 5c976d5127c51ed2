#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dkim_key
short_description: Install DKIM private keys
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that domains sign with the given DKIM private keys, and that DNS carries the records that belong to them.
  - For keys that were made elsewhere, such as those of a mail server that this one replaces. Where WHM is to make the keys itself, use
    M(whm.mail.dkim).
requirements:
  - cryptography, which ansible-core brings along; only where the module runs on another machine it may be missing
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: full
    details:
      - That a domain's DNS is served elsewhere shows only when it is changed.
  diff_mode:
    support: full
    details:
      - Shows fingerprints and public records. A private key never stands in a diff, a result, an error or a log.
  idempotent:
    support: full
    details:
      - Keys are compared by their numbers, not by their text. Line ends and PKCS#1 or PKCS#8 make no difference.
options:
  keys:
    description:
      - The domains with their keys. One that fails does not stop the others. One that no account owns fails, unless O(ignore_missing=true).
    type: list
    elements: dict
    required: true
    aliases: [key]
    suboptions:
      domain:
        description: The domain.
        type: str
        required: true
      private_key:
        description:
          - The private key, an RSA key of at least 1024 bits in PEM form (PKCS#1 or PKCS#8), not encrypted.
          - It is checked before anything is sent, and installed in PKCS#1 form.
        type: str
        required: true
  publish:
    description:
      - Whether DNS must carry the records of the keys too.
      - With V(false) DNS is neither asked nor changed. For domains whose DNS is served elsewhere, and to install keys before their records
        are published.
    type: bool
    default: true
notes:
  - WHM cannot remove a key. M(whm.mail.dkim) with O(whm.mail.dkim#module:state=absent) takes its record out of DNS.
  - A domain whose DNS is served elsewhere fails when O(publish=true), after its key was installed. RV(keys[].public_record) then holds
    what to publish there at C(default._domainkey.<domain>).
  - "Reads: C(fetch_dkim_private_keys), and C(validate_current_dkims) when O(publish=true), ten domains a request, because each asks live
    DNS; with O(ignore_missing=true) also C(accountsummary), and C(myprivs) and C(gethostname) where a domain is not found. Writes:
    C(install_dkim_private_keys), and C(enable_dkim) right behind it in the same request when O(publish=true)."
  - With O(transport=cli) the keys go to C(whmapi1) through its standard input, not on its command line.
  - Resellers manage the domains of the accounts that they own. The reference does not name a privilege for these functions. The role
    MailSend must be enabled.
seealso:
  - module: whm.mail.dkim_key_info
  - module: whm.mail.dkim
"""

EXAMPLES = r"""
- name: This domain signs with the key from the vault
  whm.mail.dkim_key:
    keys:
      - domain: example.com
        private_key: "{{ vault_dkim_private_key }}"

- name: Read the keys of the old server
  whm.mail.dkim_key_info:
    domains: [example.com, example.org]
    include_private_key: true
  no_log: true
  register: old

- name: And install them here, before DNS is switched over
  whm.mail.dkim_key:
    keys: "{{ old['keys'] | items2dict(**names) | dict2items(**names) }}"
    publish: false
  vars:
    names: {key_name: domain, value_name: private_key}

- name: The same list of keys for every server
  whm.mail.dkim_key:
    keys:
      - domain: example.com
        private_key: "{{ vault_dkim_private_key }}"
      - domain: example.info
        private_key: "{{ vault_dkim_private_key }}"
    ignore_missing: true
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
        - SHA-256 of the public key (its SubjectPublicKeyInfo), in hex. In check mode, of the key that would be installed.
        - Null when the server has no RSA key for the domain.
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
    published:
      description: Whether DNS carries exactly that record. In check mode, whether it would. Absent when O(publish=false).
      type: bool
      sample: true
    validity:
      description:
        - The server's own verdict on the record, as in M(whm.mail.dkim). In check mode, what it would be.
        - Null where the record could not be read since, and absent when O(publish=false).
      type: str
      sample: valid
    changed:
      description: Whether the key or its record was changed.
      type: bool
      sample: true
    error:
      description: Why this domain failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: enable_dkim
        reason: this server does not hold the domain's zone (missing zone)
        host: whm1.example.com:2087
        http_status: null
missing:
  description: The domains that this server does not have and that O(ignore_missing) left out, in the order given. Empty otherwise.
  returned: when the server could be read, or nothing was asked of it
  type: list
  elements: str
  sample: [example.net]
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
      sample: [example.com]
    failed:
      description: Not changed, changed in part, or not known.
      type: list
      elements: str
      sample: [example.org]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from ansible_collections.whm.mail.plugins.module_utils._mail.dkim_keys import Found, fetch_keys, key_state
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import (
    DKIM_PREFIX,
    Rows,
    answered,
    dkim_validity,
    refused_domain,
    validate,
    validity,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import domain_names
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_domains
from ansible_collections.whm.mail.plugins.module_utils._mail.rsa import (
    SHORTEST,
    BadKey,
    RsaKey,
    need_library,
    read_private_key,
)
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Sets,
    State,
    States,
    Step,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, WhmError

OPTIONS = {
    "keys": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "aliases": ["key"],
        "no_log": False,  # its private_key says so itself
        "options": {
            "domain": {"type": "str", "required": True},
            "private_key": {"type": "str", "required": True, "no_log": True},
        },
    },
    "publish": {"type": "bool", "default": True},
    **IGNORE_MISSING,
}


def check(params: Params) -> Params:
    """Adds ``wanted``: domain to key."""
    need_library()
    wanted: dict[str, RsaKey] = {}
    for item in params["keys"]:
        (domain,) = domain_names("keys", [item["domain"]])
        key = _key(domain, item["private_key"])
        if wanted.setdefault(domain, key) != key:
            raise InvalidInput(f"keys: {domain} stands twice with different keys; leave one of them.")
    return {**params, "wanted": wanted}


def _key(domain: str, text: str) -> RsaKey:
    try:
        key = read_private_key(text)
    except BadKey as exc:
        raise InvalidInput(f"keys: the private_key of {domain} cannot be used: {exc}.") from None
    if key.bits < SHORTEST:
        raise InvalidInput(
            "keys: the private_key of %s has %d bits, and receivers refuse keys below %d; make one of 2048 bits."
            % (domain, key.bits, SHORTEST)
        )
    return key


def read(client: Client, params: Params) -> Current:
    domains = list(params["wanted"])
    keys = fetch_keys(client, domains)
    present = {domain: key for domain, key in keys.items() if not isinstance(key, WhmError)}
    dns = validate(client, "validate_current_dkims", list(present)) if params["publish"] else {}
    return {domain: _state(domain, keys[domain], dns.get(domain)) for domain in domains}


def _state(domain: str, key: Found, rows: Rows | None) -> State | WhmError:
    if isinstance(key, WhmError):
        return key
    state = key_state(None if isinstance(key, BadKey) else key)  # what cannot be read can still be replaced
    if rows is None:
        return state
    row = answered(domain, rows, "validate_current_dkims")
    if isinstance(row, WhmError):
        return row
    return {**state, "published": validity(row) == "valid", "validity": dkim_validity(row)}


def plan(states: States, params: Params) -> Plan:
    steps: list[Step] = []
    for domain, state in states.items():
        key = params["wanted"][domain]
        differs = state["fingerprint"] != key.fingerprint
        if differs:
            target = {"domain": domain, "key": key.pem}
            call = Call("install_dkim_private_keys", target)
            steps.append(Step(call, domain, Sets(key_state(key)), verdict=refused_domain))
        if params["publish"] and (differs or not state["published"]):
            steps.append(_publish(domain, key.fingerprint))
    return make_plan(states, steps)


def _publish(domain: str, fingerprint: str) -> Step:
    """Its effect names the key: that the record of the former one is published must not be taken for it."""
    remedy = (
        "Its DNS may be served elsewhere: publish there the TXT record in `public_record` at "
        f"{DKIM_PREFIX}{domain}, or set publish: false."
    )
    effect = Sets({"fingerprint": fingerprint, "published": True, "validity": "valid"})
    return Step(Call("enable_dkim", {"domain": domain}), domain, effect, verdict=refused_domain, remedy=remedy)


MODULE = StateModule(
    items="keys",
    key="domain",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    incidental=("validity",),
    subjects=Subjects("wanted", absent_domains),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
