#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: spf
short_description: Publish SPF records of domains
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that DNS carries exactly the given SPF record for each domain, and no second one.
  - Records are compared by what they mean. See the notes.
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
      - Shows records in their normal form.
  idempotent:
    support: full
options:
  domains:
    description:
      - Domains that all get O(record). One that fails does not stop the others. One that no account owns fails, unless
        O(ignore_missing=true).
      - Give either this with O(record), or O(records).
    type: list
    elements: str
    aliases: [domain]
  record:
    description:
      - The SPF record, such as V(v=spf1 +a +mx -all).
      - Its syntax is checked before anything is sent.
    type: str
  records:
    description:
      - Domains with records of their own.
    type: list
    elements: dict
    suboptions:
      domain:
        description: The domain.
        type: str
        required: true
      record:
        description: The SPF record, as in O(record).
        type: str
        required: true
notes:
  - Two records are the same when they differ only in upper and lower case, spaces, the qualifier C(+) that may be left out, C(/32) and C(/128),
    the spelling of an address, repetitions, the place of C(redirect=) and C(exp=), or the order of neighbours with the same qualifier. The
    order of C(-ip4:192.0.2.1) and C(+ip4:192.0.2.0/24) does make a difference. The server reads records back in lower case, so upper
    case in macros makes none.
  - WHM has no function that removes an SPF record, and therefore this module has no C(state). Publish V(v=spf1 -all) for a domain that sends no mail.
  - A domain whose DNS is served elsewhere cannot converge. It fails, and the record has to be published there.
  - "Reads: C(validate_current_spfs), ten domains a request, because each asks live DNS; with O(ignore_missing=true) also
    C(accountsummary), and C(myprivs) and C(gethostname) where a domain is not found. Writes: C(install_spf_records)."
  - Resellers manage the domains of the accounts that they own. The reference does not name a privilege for these functions. The role
    MailSend must be enabled.
seealso:
  - module: whm.mail.email_auth_info
"""

EXAMPLES = r"""
- name: Only this server sends mail of the domain
  whm.mail.spf:
    domain: example.com
    record: v=spf1 +a +mx -all

- name: Several domains, each with its own record
  whm.mail.spf:
    records:
      - domain: example.com
        record: v=spf1 +mx include:_spf.example.net ~all
      - domain: example.org
        record: v=spf1 -all

- name: The same list for every server
  whm.mail.spf:
    domains: [example.com, example.info]
    record: v=spf1 +a +mx -all
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
    records:
      description:
        - The SPF records that DNS carries, in normal form. In check mode, those that it would carry.
        - Empty when there is none. With more than one, receivers ignore all.
      type: list
      elements: str
      sample: [v=spf1 a mx -all]
    validity:
      description:
        - The server's own verdict, which a record that is the wanted one does not replace, as in M(whm.mail.email_auth_info).
          V(mismatch) says that the record does not allow this server to send.
        - Null in check mode for a record that would be changed, and where it could not be read since.
      type: str
      sample: valid
    changed:
      description: Whether this domain was changed.
      type: bool
      sample: true
    error:
      description: Why this domain failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: install_spf_records
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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import (
    Rows,
    answered,
    published,
    refused_domain,
    validate,
    worst,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns_checks import checks_of
from ansible_collections.whm.mail.plugins.module_utils._mail.names import domain_names
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_domains
from ansible_collections.whm.mail.plugins.module_utils._mail.spf import BadRecord, check_record, normal, shown
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

FUNCTION = "validate_current_spfs"

OPTIONS = {
    "domains": {"type": "list", "elements": "str", "aliases": ["domain"]},
    "record": {"type": "str"},
    "records": {
        "type": "list",
        "elements": "dict",
        "options": {"domain": {"type": "str", "required": True}, "record": {"type": "str", "required": True}},
    },
    **IGNORE_MISSING,
}
CONSTRAINTS = {
    "mutually_exclusive": [["domains", "records"], ["record", "records"]],
    "required_one_of": [["domains", "records"]],
    "required_together": [["domains", "record"]],
}


def check(params: Params) -> Params:
    """Adds ``wanted``: domain to record."""
    if params["domains"] is None and params["records"] is None:
        raise InvalidInput("domains and records are both missing: give one of them; an empty list is nothing to do.")
    wanted: dict[str, str] = {}
    for option, domain, record in _given(params):
        text = _record(option, domain, record)
        if normal(wanted.setdefault(domain, text)) != normal(text):
            raise InvalidInput(f"{option}: {domain} stands twice with different records; leave one of them.")
    return {**params, "wanted": wanted}


def _given(params: Params) -> Iterator[tuple[str, str, str]]:
    """Option, domain and record of each item."""
    for item in params["records"] or []:
        yield "records", domain_names("records", [item["domain"]])[0], item["record"]
    for domain in domain_names("domains", params["domains"] or []):
        yield "record", domain, params["record"]


def _record(option: str, domain: str, record: str) -> str:
    try:
        return check_record(record)
    except BadRecord as exc:
        raise InvalidInput(f"{option}: the record of {domain} cannot be used: {exc}.") from None


def read(client: Client, params: Params) -> Current:
    found = validate(client, FUNCTION, list(params["wanted"]))
    return {domain: _state(domain, rows) for domain, rows in found.items()}


def _state(domain: str, rows: Rows) -> State | WhmError:
    """What the server itself says of the record stands beside it: that it is the wanted one does not make it a good one."""
    row = answered(domain, rows, FUNCTION)
    if isinstance(row, WhmError) or isinstance(rows, WhmError):
        return row
    return {"records": sorted(shown(record) for record in published(row)), "validity": worst(rows)}


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    checks = checks_of(facts, params["wanted"], "spf")
    return {
        domain: check
        if isinstance(check, WhmError)
        else {"records": sorted(shown(record) for record in check["records"]), "validity": check["validity"]}
        for domain, check in checks.items()
    }


def plan(states: States, params: Params) -> Plan:
    steps = []
    for domain, state in states.items():
        record = params["wanted"][domain]
        effect = Sets({"records": [normal(record)]})
        if state["records"] != effect.fields["records"]:
            call = Call("install_spf_records", {"domain": domain, "record": record})
            remedy = f"Its DNS may be served elsewhere: publish there the TXT record {record} at {domain}."
            steps.append(Step(call, domain, effect, verdict=refused_domain, remedy=remedy))
    made = make_plan(states, steps)
    unjudged = {step.item: {**made.after[step.item], "validity": None} for step in steps}
    return replace(made, after={**made.after, **unjudged})


def verdicts(steps: Sequence[Step], final: States, errors: Mapping[str, WhmError]) -> dict[str, Any]:
    """Warns of records that are the wanted ones, and that the server finds fault with all the same."""
    sent = {step.item for step in steps}
    found = [
        f"The SPF record of {domain} is the wanted one, and the server's verdict on it is {state['validity']}: "
        "whm.mail.email_auth_info tells what is wrong."
        for domain, state in final.items()
        if domain not in sent and domain not in errors and state["validity"] != "valid"
    ]
    return {"warnings": found} if found else {}


MODULE = StateModule(
    items="domains",
    key="domain",
    options=OPTIONS,
    constraints=CONSTRAINTS,
    check=check,
    read=read,
    plan=plan,
    from_facts=from_facts,
    summary=verdicts,
    incidental=("validity",),
    subjects=Subjects("wanted", absent_domains),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
