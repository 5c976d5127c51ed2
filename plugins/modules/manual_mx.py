#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: manual_mx
short_description: Redirect the mail of domains to another host
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes Exim deliver the mail of domains to a host of your choice, whatever their MX records in DNS say. WHM calls this a manual MX redirect.
  - It is useful while a domain moves, so that mail that still reaches the old server goes on to the new one.
  - No function reads the redirects. What a domain had before stands only in the answer to the change, from which this module takes whether
    it was one.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: partial
    details:
      - What is there now cannot be known without changing it. Check mode counts every domain as changed, and a warning says so.
  diff_mode:
    support: partial
    details:
      - In check mode the host before the change is shown as C(not known). After a change it is what the server said in its answer.
  idempotent:
    support: partial
    details:
      - The server is asked every time. The task reports no change when the server says that it was so already.
      - In check mode, and where an answer was lost so that the call had to be sent again, a domain that was so already may be reported as
        changed.
options:
  domains:
    description:
      - Domains that all get O(mx_host), or that with O(state=absent) lose their redirect. One that fails does not stop the others.
      - A domain need not belong to an account of the server, because a redirect is useful for one that has left it. With
        O(ignore_missing=true) domains that no account owns are left out, so that only the server that has the domain redirects it.
      - Give either this or O(redirects).
    type: list
    elements: str
    aliases: [domain]
  mx_host:
    description:
      - Where the mail of O(domains) goes. A host name, an IPv4 address or an IPv6 address.
    type: str
  redirects:
    description:
      - Domains with hosts of their own.
    type: list
    elements: dict
    suboptions:
      domain:
        description: The domain.
        type: str
        required: true
      mx_host:
        description: Where its mail goes, as in O(mx_host).
        type: str
        required: true
  state:
    description:
      - Whether the redirects are there. V(absent) takes O(domains) alone, because a redirect is removed wherever it leads.
    type: str
    choices: [present, absent]
    default: present
notes:
  - A call whose answer is lost is sent again, because setting or removing a redirect twice does no harm. The second answer then tells the work
    of the first, so that the domain counts as changed and RV(redirects[].previous) is not there.
  - There is no C(exclusive), because nothing tells which other redirects there are.
  - "Reads: nothing, because no function tells the redirects; with O(ignore_missing=true) C(accountsummary), and C(myprivs) and C(gethostname)
    where a domain is not found. Writes: C(set_manual_mx_redirects) and C(unset_manual_mx_redirects), one call a domain, in batches. Servers
    before version 90 do not have them."
  - The reference does not name a privilege for these functions, nor does it say whether resellers may call them.
seealso:
  - module: whm.mail.forward_destination
  - module: whm.mail.email_routing
"""

EXAMPLES = r"""
- name: A domain has moved, and its late mail goes on to the new server
  whm.mail.manual_mx:
    domain: example.com
    mx_host: whm2.example.net

- name: Several domains, each with its own host
  whm.mail.manual_mx:
    redirects:
      - domain: example.com
        mx_host: mail.example.net
      - domain: example.org
        mx_host: 192.0.2.25

- name: The redirect is not needed any more, on whichever server it is
  whm.mail.manual_mx:
    domains: [example.com, example.info]
    state: absent
    ignore_missing: true
"""

RETURN = r"""
redirects:
  description: The domains, in the order given.
  returned: unless the options are refused
  type: list
  elements: dict
  contains:
    domain:
      description: The domain.
      type: str
      sample: example.com
    mx_host:
      description:
        - Where its mail goes, as the server confirmed it. In check mode, where it would go. Null when there is no redirect.
        - Null, too, where RV(redirects[].error) says that it is not known.
      type: str
      sample: mail.example.net
    previous:
      description:
        - Where it went before, as the server says in its answer. Null when there was no redirect.
        - Not there where nobody knows, as in check mode, for a domain that failed, and after a lost answer.
      type: str
      sample: mail.example.org
    changed:
      description:
        - Whether the redirect is another than before, by RV(redirects[].previous). Where that is not there, whether the server was told to
          set or remove it.
      type: bool
      sample: true
    error:
      description: Why this domain failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: set_manual_mx_redirects
        reason: The disk is full.
        host: whm1.example.com:2087
        http_status: 200
missing:
  description: The domains that this server does not have and that O(ignore_missing) left out, in the order given. Empty otherwise.
  returned: when the server could be read, or nothing was asked of it
  type: list
  elements: str
  sample: [example.info]
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
      description: Changed.
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

import ipaddress
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.names import domain_names, normal_domain
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_domains
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    State,
    States,
    Step,
    Told,
    Verdict,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

SET = "set_manual_mx_redirects"
UNSET = "unset_manual_mx_redirects"

#: Where a redirect leads before anybody was asked: null says that there is none.
UNKNOWN = "not known"

OPTIONS = {
    "domains": {"type": "list", "elements": "str", "aliases": ["domain"]},
    "mx_host": {"type": "str"},
    "redirects": {
        "type": "list",
        "elements": "dict",
        "options": {"domain": {"type": "str", "required": True}, "mx_host": {"type": "str", "required": True}},
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **IGNORE_MISSING,
}
CONSTRAINTS = {
    "mutually_exclusive": [["domains", "redirects"], ["mx_host", "redirects"]],
    "required_one_of": [["domains", "redirects"]],
}


def check(params: Params) -> Params:
    """Adds ``hosts``: domain to where its mail goes, None for no redirect."""
    if params["domains"] is None and params["redirects"] is None:
        raise InvalidInput("domains and redirects are both missing: give one of them; an empty list is nothing to do.")
    if params["state"] == "absent":
        _check_absent(params)
    elif params["domains"] is not None and params["mx_host"] is None:
        raise InvalidInput("mx_host is missing: say where the mail of domains goes, or give state: absent.")
    hosts: dict[str, str | None] = {}
    for domain, host in _given(params):
        if hosts.setdefault(domain, host) != host:
            raise InvalidInput(f"redirects: {domain} stands twice with different hosts; leave one of them.")
    return {**params, "hosts": hosts}


def _check_absent(params: Params) -> None:
    for option in ("redirects", "mx_host"):
        if params[option] is not None:
            raise InvalidInput(
                f"{option}: state: absent takes domains alone, because a redirect is removed wherever it leads; leave {option} out."
            )


def _given(params: Params) -> Iterator[tuple[str, str | None]]:
    """Domain and host of each item."""
    for item in params["redirects"] or []:
        yield domain_names("redirects", [item["domain"]])[0], _host("redirects", item["mx_host"])
    if params["domains"]:
        host = _host("mx_host", params["mx_host"]) if params["state"] == "present" else None
        yield from ((domain, host) for domain in domain_names("domains", params["domains"]))


def _host(option: str, value: str) -> str:
    host = normal_host(value)
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return host
    # A name of digits and dots is an address that was misspelt.
    if not host.replace(".", "").isdigit():
        with suppress(InvalidInput):
            return domain_names(option, [host])[0]
    raise InvalidInput(
        f"{option}: {host or 'an empty value'} is neither a host name such as mail.example.net nor an address."
    )


def normal_host(value: str) -> str:
    """A name in lower case and without the dot at its end, an address in its usual form."""
    text = normal_domain(value)
    with suppress(ValueError):
        return str(ipaddress.ip_address(text))
    return text


def read(client: Client, params: Params) -> Current:
    """No function tells."""
    return {domain: {"mx_host": UNKNOWN} for domain in params["hosts"]}


def plan(states: States, params: Params) -> Plan:
    return make_plan(states, [_step(domain, params["hosts"][domain]) for domain in states])


def _step(domain: str, host: str | None) -> Step:
    call = Call(SET, {"domain": domain, "mx_host": host}) if host else Call(UNSET, {"domain": domain})
    return Step(call, domain, Told({"mx_host": host}), partial(verdict, domain))


def verdict(domain: str, answer: Answer) -> Verdict:
    """The answer is a map of domain to the host before, null where there was none. That the server did what it was told follows from its
    envelope alone."""
    payload = answer.get("payload")
    told = {normal_domain(name): host for name, host in payload.items()} if isinstance(payload, dict) else {}
    host = told.get(domain, UNKNOWN)
    if host is not None and (not isinstance(host, str) or host == UNKNOWN):
        return Verdict(
            remarks=(f"the answer does not tell where the mail of {domain} went before, so it counts as changed",)
        )
    return Verdict(former={"mx_host": normal_host(host) or None if host else None})


def row(domain: str, before: State, after: State) -> dict[str, Any]:
    host = after.get("mx_host")
    shown = {"domain": domain, "mx_host": None if host == UNKNOWN else host}
    previous = before.get("mx_host", UNKNOWN)
    return shown if previous == UNKNOWN else {**shown, "previous": previous}


MODULE = StateModule(
    items="redirects",
    key="domain",
    options=OPTIONS,
    constraints=CONSTRAINTS,
    check=check,
    read=read,
    plan=plan,
    row=row,
    subjects=Subjects("hosts", absent_domains),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
