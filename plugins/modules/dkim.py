#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dkim
short_description: Switch DKIM of domains on or off
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that domains have a DKIM key and that DNS carries its record, or that DNS carries none.
  - The server judges by asking live DNS, and so does this module before and after a change.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: full
    details:
      - The record of a key that does not exist yet cannot be predicted. It is null in check mode. Nor can it be predicted that the server
        will replace a key which it thinks weak; in check mode RV(domains[].bits) and RV(domains[].record) are those of the key that is
        there.
      - That a domain's DNS is served elsewhere shows only when it is changed.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  domains:
    description:
      - The domains. One that fails does not stop the others. One that no account owns fails, unless O(ignore_missing=true).
    type: list
    elements: str
    required: true
    aliases: [domain]
  state:
    description:
      - V(present) means that a good key exists and DNS carries exactly its record. A missing key is made, a weak one replaced. Keys below
        1024 bits are always replaced, because receivers refuse them, others as the server's own policy says whenever something is changed.
      - V(absent) means that DNS carries no DKIM record. The key stays on the server.
    type: str
    choices: [present, absent]
    default: present
notes:
  - A domain whose DNS is served elsewhere cannot converge. It fails, and RV(domains[].record) holds what to publish there at
    RV(domains[].name).
  - "Reads: C(validate_current_dkims), ten domains a request, because each asks live DNS; with O(ignore_missing=true) also
    C(accountsummary), and C(myprivs) and C(gethostname) where a domain is not found. Writes: C(ensure_dkim_keys_exist), C(enable_dkim),
    C(disable_dkim)."
  - C(validate_current_dkims) may refresh the server's own cache of validity, in check mode too. It changes neither DNS nor mail.
  - Resellers manage the domains of the accounts that they own. The reference does not name a privilege for these functions. The role
    MailSend must be enabled.
seealso:
  - module: whm.mail.email_auth_info
"""

EXAMPLES = r"""
- name: DKIM is on for these domains
  whm.mail.dkim:
    domains:
      - example.com
      - example.org

- name: And off for this one
  whm.mail.dkim:
    domain: example.net
    state: absent

- name: And on for those of a long list that this server has
  whm.mail.dkim:
    domains: [example.com, example.info]
    ignore_missing: true
"""

RETURN = r"""
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
    state:
      description:
        - V(present) when DNS carries the record of a good key, V(absent) when it carries none, else V(invalid).
        - In check mode, what it would be.
      type: str
      sample: present
    validity:
      description:
        - The server's verdict. One of V(valid), V(missing), V(mismatch), V(multiple), V(malformed), V(no_key), and V(weak_key) for a
          valid record of a key below 1024 bits, which receivers refuse.
        - A key that is no longer published is V(missing), a domain without key and record V(no_key).
      type: str
      sample: valid
    key:
      description: Whether the server has a key for the domain. In check mode, whether it would have.
      type: bool
      sample: true
    bits:
      description: Size of the key. Null when there is none. In check mode, before the change.
      type: int
      sample: 2048
    name:
      description: Where the record belongs in DNS.
      type: str
      sample: default._domainkey.example.com
    record:
      description: The TXT record that belongs to the key. Null when there is no key. In check mode, before the change.
      type: str
      sample: v=DKIM1; k=rsa; p=MIIBIjANBgkqh...;
    published:
      description: The TXT records that DNS shows. In check mode, those before the change.
      type: list
      elements: str
      sample: ["v=DKIM1; k=rsa; p=MIIBIjANBgkqh...;"]
    changed:
      description: Whether this domain was changed.
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
      description: Not changed, or not known.
      type: list
      elements: str
      sample: [example.org]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import (
    DKIM_PREFIX,
    answered,
    dkim_validity,
    published,
    refused_domain,
    validate,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns_checks import checks_of
from ansible_collections.whm.mail.plugins.module_utils._mail.names import domain_names
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_domains
from ansible_collections.whm.mail.plugins.module_utils._mail.rsa import record_bits
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Repairs,
    Sets,
    State,
    States,
    Step,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError

FUNCTION = "validate_current_dkims"

OPTIONS = {
    "domains": {"type": "list", "elements": "str", "required": True, "aliases": ["domain"]},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **IGNORE_MISSING,
}


def check(params: Params) -> Params:
    return {**params, "domains": domain_names("domains", params["domains"])}


def read(client: Client, params: Params) -> Current:
    found = validate(client, FUNCTION, params["domains"])
    return {domain: _state(domain, answered(domain, rows, FUNCTION)) for domain, rows in found.items()}


def _state(domain: str, row: dict[str, Any] | WhmError) -> State | WhmError:
    if isinstance(row, WhmError):
        return row
    return _shape(domain, dkim_validity(row), published(row), to_text(row.get("expected")))


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    checks = checks_of(facts, params["domains"], "dkim")
    return {
        domain: check
        if isinstance(check, WhmError)
        else _shape(domain, check["validity"], check["records"], check["expected"])
        for domain, check in checks.items()
    }


def _shape(domain: str, verdict: str, records: Sequence[str], record: str | None) -> State:
    return {
        "state": "present" if verdict == "valid" else "invalid" if records else "absent",
        "validity": verdict,
        "key": verdict != "no_key",
        "bits": record_bits(record or ""),
        "name": DKIM_PREFIX + domain,
        "record": record,
        "published": list(records),
    }


def plan(states: States, params: Params) -> Plan:
    steps: list[Step] = []
    for domain, state in states.items():
        if state["state"] != params["state"]:
            steps += _present(domain, state) if params["state"] == "present" else _absent(domain, state)
    return make_plan(states, steps)


def _present(domain: str, state: State) -> list[Step]:
    """The key first: the server keeps a good one, replaces a weak one and makes a missing one."""
    target = {"domain": domain}
    remedy = (
        f"Its DNS may be served elsewhere: publish there the TXT record in `record`, and only that, at {state['name']}."
    )
    made = Repairs() if state["key"] else Sets({"key": True})
    effect = Sets({"state": "present", "validity": "valid"})
    return [
        Step(Call("ensure_dkim_keys_exist", target), domain, made, verdict=refused_domain),
        Step(Call("enable_dkim", target), domain, effect, verdict=refused_domain, remedy=remedy),
    ]


def _absent(domain: str, state: State) -> list[Step]:
    remedy = f"Its DNS may be served elsewhere: remove there the TXT record at {state['name']}."
    effect = Sets({"state": "absent", "validity": "missing" if state["key"] else "no_key"})
    return [Step(Call("disable_dkim", {"domain": domain}), domain, effect, verdict=refused_domain, remedy=remedy)]


MODULE = StateModule(
    items="domains",
    key="domain",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    from_facts=from_facts,
    incidental=("bits", "name", "record", "published"),
    subjects=Subjects("domains", absent_domains),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
