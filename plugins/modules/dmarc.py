#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dmarc
short_description: Publish or remove DMARC records of domains
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that DNS carries exactly the given DMARC record for each domain, and no second one, or none at all.
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
      - Domains that all get O(record), or that lose theirs with O(state=absent). One that fails does not stop the others. One that no
        account owns fails, unless O(ignore_missing=true).
      - Give either this or O(records).
    type: list
    elements: str
    aliases: [domain]
  record:
    description:
      - The DMARC record, such as V(v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com).
      - Its syntax is checked before anything is sent. A record that receivers ignore, or a tag of it, is refused.
      - Needed with O(domains), unless O(state=absent), where it does not count.
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
        description: The DMARC record, as in O(record).
        type: str
  state:
    description:
      - V(present) publishes the record, and V(absent) removes whatever DMARC record there is.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Two records are the same when they differ only in the order of tags behind C(v=DMARC1), in blanks, in a semicolon at the end, or in upper
    and lower case where that means nothing. C(v=DMARC1) is compared to the letter, because receivers ignore a record that begins otherwise.
  - The server's own verdict stands beside the comparison as RV(domains[].validity). It also judges DKIM and SPF, on which DMARC relies.
  - A domain whose DNS is served elsewhere cannot converge. It fails, and the record has to be published there.
  - The functions behind this module act on every domain of the server when they are given none. This collection never sends them without.
  - "Reads: C(validate_current_dmarcs), ten domains a request, because each asks live DNS; with O(ignore_missing=true) also
    C(accountsummary), and C(myprivs) and C(gethostname) where a domain is not found. Writes: C(apply_dmarc), C(remove_dmarc)."
  - Needs cPanel & WHM 124 or later. Resellers manage the domains of the accounts that they own. The reference does not name a privilege for
    these functions.
seealso:
  - module: whm.mail.email_auth_info
  - module: whm.mail.default_dmarc
  - module: whm.mail.dkim
  - module: whm.mail.spf
"""

EXAMPLES = r"""
- name: Receivers report what they get in the name of the domain
  whm.mail.dmarc:
    domain: example.com
    record: v=DMARC1; p=none; rua=mailto:dmarc@example.com

- name: Several domains, each with its own record
  whm.mail.dmarc:
    records:
      - domain: example.com
        record: v=DMARC1; p=quarantine
      - domain: example.org
        record: v=DMARC1; p=reject

- name: The same list for every server
  whm.mail.dmarc:
    domains: [example.com, example.info]
    record: v=DMARC1; p=reject
    ignore_missing: true

- name: No record at all
  whm.mail.dmarc:
    domain: example.net
    state: absent
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
      description: V(present) when DNS carries a DMARC record, V(absent) when it carries none. In check mode, as it would be.
      type: str
      sample: present
    records:
      description:
        - The DMARC records that DNS carries, in normal form. In check mode, those that it would carry.
        - Empty when there is none. With more than one, receivers ignore all.
      type: list
      elements: str
      sample: [v=DMARC1; p=reject]
    validity:
      description:
        - The server's own verdict, which a record that is the wanted one does not replace, as in M(whm.mail.email_auth_info).
          V(dkim_error), V(spf_error) and V(dkim_spf_error) say that the record is good and that what it relies on is not.
        - Null in check mode for a domain that would be changed, and where it could not be read since.
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
        function: apply_dmarc
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

from ansible_collections.whm.mail.plugins.module_utils._mail.dmarc import BadRecord, check_record, normal
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import Rows, refused_domain, validate
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns_checks import Check, checked, checks_of, told
from ansible_collections.whm.mail.plugins.module_utils._mail.names import domain_names
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_domains
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

FUNCTION = "validate_current_dmarcs"

OPTIONS = {
    "domains": {"type": "list", "elements": "str", "aliases": ["domain"]},
    "record": {"type": "str"},
    "records": {
        "type": "list",
        "elements": "dict",
        "options": {"domain": {"type": "str", "required": True}, "record": {"type": "str"}},
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **IGNORE_MISSING,
}
CONSTRAINTS = {
    "mutually_exclusive": [["domains", "records"], ["record", "records"]],
    "required_one_of": [["domains", "records"]],
}

#: The server finds no fault with the record itself.
_GOOD = ("valid", "dkim_error", "spf_error", "dkim_spf_error")


def check(params: Params) -> Params:
    """Adds ``wanted``: domain to record; to None where there should be none."""
    if params["domains"] is None and params["records"] is None:
        raise InvalidInput("domains and records are both missing: give one of them; an empty list is nothing to do.")
    wanted: dict[str, str | None] = {}
    for option, domain, record in _given(params):
        text = _record(option, domain, record) if params["state"] == "present" else None
        first = wanted.setdefault(domain, text)
        if text is not None and first is not None and normal(first) != normal(text):
            raise InvalidInput(f"{option}: {domain} stands twice with different records; leave one of them.")
    return {**params, "wanted": wanted}


def _given(params: Params) -> Iterator[tuple[str, str, str | None]]:
    """Option, domain and record of each item."""
    for item in params["records"] or []:
        yield "records", domain_names("records", [item["domain"]])[0], item["record"]
    for domain in domain_names("domains", params["domains"] or []):
        yield "record", domain, params["record"]


def _record(option: str, domain: str, record: str | None) -> str:
    if record is None:
        raise InvalidInput(
            f"{option}: the record of {domain} is missing; give one such as v=DMARC1; p=none, or set state: absent."
        )
    try:
        return check_record(record)
    except BadRecord as exc:
        raise InvalidInput(f"{option}: the record of {domain} cannot be used: {exc}.") from None


def read(client: Client, params: Params) -> Current:
    said = validate(client, FUNCTION, list(params["wanted"]))
    return {domain: _state(_check_of(domain, rows)) for domain, rows in said.items()}


def _check_of(domain: str, rows: Rows) -> Check | WhmError:
    return rows if isinstance(rows, WhmError) else told(domain, checked("dmarc", domain, rows), "dmarc")


def _state(said: Check | WhmError) -> State | WhmError:
    if isinstance(said, WhmError):
        return said
    return {
        "state": "present" if said["records"] else "absent",
        "records": sorted(normal(record) for record in said["records"]),
        "validity": said["validity"],
    }


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    checks = checks_of(facts, params["wanted"], "dmarc")
    return {domain: _state(said) for domain, said in checks.items()}


def plan(states: States, params: Params) -> Plan:
    steps = []
    for domain, state in states.items():
        record = params["wanted"][domain]
        if state["records"] != ([] if record is None else [normal(record)]):
            steps.append(_absent(domain) if record is None else _present(domain, record))
    made = make_plan(states, steps)
    unjudged = {step.item: {**made.after[step.item], "validity": None} for step in steps}
    return replace(made, after={**made.after, **unjudged})


def _present(domain: str, record: str) -> Step:
    call = Call("apply_dmarc", {"domain": domain, "policy": record})
    remedy = f"Its DNS may be served elsewhere: publish there the TXT record {record} at _dmarc.{domain}, and no other."
    effect = Sets({"state": "present", "records": [normal(record)]})
    return Step(call, domain, effect, verdict=refused_domain, remedy=remedy)


def _absent(domain: str) -> Step:
    remedy = f"Its DNS may be served elsewhere: remove there the TXT record at _dmarc.{domain}."
    effect = Sets({"state": "absent", "records": []})
    return Step(Call("remove_dmarc", {"domain": domain}), domain, effect, verdict=refused_domain, remedy=remedy)


def verdicts(steps: Sequence[Step], final: States, errors: Mapping[str, WhmError]) -> dict[str, Any]:
    """Warns of records that are the wanted ones, and that the server finds fault with all the same."""
    sent = {step.item for step in steps}
    texts = [
        f"The DMARC record of {domain} is the wanted one, and the server's verdict on it is {state['validity']}: "
        "whm.mail.email_auth_info tells what is wrong."
        for domain, state in final.items()
        if domain not in sent and domain not in errors and state["records"] and state["validity"] not in _GOOD
    ]
    return {"warnings": texts} if texts else {}


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
