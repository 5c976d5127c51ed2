#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: email_auth_info
short_description: Check DKIM, SPF, PTR and DMARC of domains
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns for each domain what DNS says about its mail, what the server expects there, and what is wrong, in sentences that name the
    remedy.
  - The server asks live DNS, which takes it some seconds for a domain whose name servers do not answer.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  domains:
    description:
      - The domains.
      - When omitted, all domains of all accounts that the caller may see. That are main and addon domains, parked ones, and subdomains.
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    aliases: [domain]
  checks:
    description:
      - What to check.
      - All when omitted. A server that knows no DMARC check is then asked for the others, and RV(unavailable) says so.
    type: list
    elements: str
    choices: [dkim, spf, ptr, dmarc]
    aliases: [check]
notes:
  - A bad record does not fail the task. RV(domains[].problems) is what a playbook looks at.
  - "Reads: C(validate_current_dkims), C(validate_current_spfs), C(validate_current_ptrs), C(validate_current_dmarcs), ten domains a request;
    C(has_local_authority) for those with which something is wrong; and C(get_domain_info) without O(domains)."
  - C(validate_current_dkims) may refresh the server's own cache of validity. It changes neither DNS nor mail.
  - C(has_local_authority) needs the role DNS. Where the server refuses it, RV(domains[].local_authority) is null and nothing fails.
  - C(validate_current_dmarcs) came with version 124.
  - Root may ask about any domain, resellers about those of the accounts that they own. The reference does not name a privilege for these
    functions. The role MailSend must be enabled.
seealso:
  - module: whm.mail.default_dmarc_info
  - module: whm.mail.dkim
  - module: whm.mail.dmarc
  - module: whm.mail.spf
"""

EXAMPLES = r"""
- name: Check a domain
  whm.mail.email_auth_info:
    domain: example.com
  register: auth

- name: Say what is wrong, and what to do about it
  ansible.builtin.debug:
    msg: "{{ auth.domains | map(attribute='problems') | flatten }}"

- name: Check every domain of every account
  whm.mail.email_auth_info:

- name: Check only DKIM and SPF of several domains
  whm.mail.email_auth_info:
    domains:
      - example.com
      - example.org
    checks:
      - dkim
      - spf
"""

RETURN = r"""
domains:
  description: The domains, in the order given. All of them by name.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    domain:
      description: The domain.
      type: str
      sample: example.com
    dkim:
      description: DKIM. Null when it was not checked.
      type: dict
      contains: &check
        validity:
          description:
            - The verdict in one vocabulary, where WHM's words differ from function to function.
            - V(valid) is C(VALID). V(missing) is C(MISSING) and C(MISSING_PTR). V(mismatch) is C(MISMATCH), C(MISMATCHED), C(INVALID) and
              C(PTR_MISMATCH). V(helo_mismatch) is C(HELO_MISMATCH). V(private_address) is C(IP_IS_PRIVATE). V(multiple) is C(MULTIPLE), and several records.
              V(malformed) is C(MALFORMED). V(no_key) is C(NOPUB). V(weak_key) is C(VALID) with a DKIM key below 1024 bits. V(error) is
              C(ERROR) and C(DNS_ERROR). V(dkim_error), V(spf_error) and V(dkim_spf_error) are C(DKIM_ERROR), C(SPF_ERROR) and
              C(DKIM_SPF_ERROR).
            - A word that is not known stands in lower case.
            - Over several addresses, that of the first that is not valid.
          type: str
          sample: mismatch
        name:
          description: Where the record belongs in DNS. Null for the PTR records of several addresses, and where the server does not say.
          type: str
          sample: default._domainkey.example.com
        records:
          description: What DNS shows there. TXT records, or the names of PTR records. SPF records come in lower case.
          type: list
          elements: str
          sample: ["v=DKIM1; k=rsa; p=MIIBIjANBgkqh...;"]
        expected:
          description:
            - What the server expects. For DKIM and DMARC the record, for PTR the name, for SPF only the terms for its addresses.
            - Null when the server does not say.
          type: str
          sample: v=DKIM1; k=rsa; p=MIIBIjANBgkqh...;
        error:
          description: Why DNS could not be asked, or what the server says beside its verdict. Null when there is nothing.
          type: str
          sample: DNS returned SERVFAIL (code 2)
    spf:
      description: SPF, in the same shape, and for each address. Null when it was not checked.
      type: dict
      contains:
        <<: *check
        addresses: &addresses
          description: The same for each address from which the server sends, ordered by address.
          type: list
          elements: dict
          contains:
            ip_address:
              description: The address. Null when the server has none that is valid.
              type: str
              sample: 192.0.2.10
            validity:
              description: As above.
              type: str
              sample: mismatch
            name:
              description: As above.
              type: str
              sample: 10.2.0.192.in-addr.arpa
            records:
              description: As above.
              type: list
              elements: str
              sample: [mail.example.com]
            expected:
              description: As above.
              type: str
              sample: mail1.example.com
            error:
              description: As above.
              type: str
              sample: 1.1.1.1.1 is not a valid IP address.
    ptr:
      description: PTR records, in the same shape, and for each address. Null when it was not checked.
      type: dict
      contains:
        <<: *check
        addresses: *addresses
    dmarc:
      description: DMARC, in the same shape. Null when it was not checked.
      type: dict
      contains: *check
    local_authority:
      description:
        - Whether this server is authoritative for the domain's DNS, so that what is wrong can be mended there. Where it is not, the sentences of
          RV(domains[].problems) say where the records belong.
        - Null where nothing is wrong with DKIM, SPF and DMARC, because then it is not asked, and where the server does not tell.
      type: bool
      sample: true
    nameservers:
      description: The name servers of the domain. Empty where RV(domains[].local_authority) is null.
      type: list
      elements: str
      sample: [ns1.example.net, ns2.example.net]
    problems:
      description: What is wrong and what to do about it, a sentence each. Empty when all that was checked is well.
      type: list
      elements: str
      sample: ["DMARC: there is no record at _dmarc.example.com; publish there a TXT record such as v=DMARC1; p=none;"]
    error:
      description: Why the server refused a check of this domain. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: validate_current_dkims
        reason: 'No users correspond to the domain "example.org".'
        host: whm1.example.com:2087
        http_status: 200
unavailable:
  description: Checks that this server does not know.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    check:
      description: The check.
      type: str
      sample: dmarc
    reason:
      description: Why it could not be made.
      type: str
      sample: 'Unknown app ("validate_current_dmarcs") requested for this version (1) of the API.'
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

from collections.abc import Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.domains import INFO, domain_items, domain_rows
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import Rows, validate
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns_checks import FUNCTIONS
from ansible_collections.whm.mail.plugins.module_utils._mail.names import domain_names
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, Unsupported

OPTIONS = {
    "domains": {"type": "list", "elements": "str", "aliases": ["domain"]},
    "checks": {"type": "list", "elements": "str", "choices": list(FUNCTIONS), "aliases": ["check"]},
}

NEW = "dmarc"  # the check that older servers do not know


def check(params: Params) -> Params:
    if params["checks"] == []:
        raise InvalidInput("checks is empty: name at least one, or leave it out for all.")
    named = params["domains"]
    return {**params, "domains": None if named is None else domain_names("domains", named)}


def read(client: Client, params: Params) -> dict[str, Any]:
    names = params["domains"]
    if names is None:
        names = [row["domain"] for row in domain_rows(client.call(INFO))]
    return _checked(client, names, params) if names else nothing(params)


def _checked(client: Client, names: Sequence[str], params: Params) -> dict[str, Any]:
    answers: dict[str, dict[str, Rows]] = {}
    unavailable = []
    for name, function in FUNCTIONS.items():
        if params["checks"] is None or name in params["checks"]:
            found = validate(client, function, names, Unsupported)
            first = next(iter(found.values()))
            if isinstance(first, Unsupported):
                if name != NEW or params["checks"]:
                    raise first
                unavailable.append({"check": name, "reason": first.reason})
            else:
                answers[name] = found
    return {"domains": domain_items(client, names, answers), "unavailable": unavailable}


def nothing(params: Params) -> dict[str, Any]:
    return {"domains": [], "unavailable": []}


MODULE = InfoModule(
    items="domains", key=("domain",), options=OPTIONS, check=check, read=read, lists=(("domains",),), empty=nothing
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
