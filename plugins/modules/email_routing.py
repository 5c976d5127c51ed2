#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: email_routing
short_description: Whether the mail of domains is delivered on this server
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that the mail routing of domains is as given. cPanel calls it Email Routing.
  - A domain whose mail moved to another provider needs V(remote), or else this server keeps the mail that its own accounts send to it.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: full
    details:
      - What the server detects is shown as it is before the change.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - What was set is compared, and not what the server detects. A domain with V(auto) that is detected as V(local) is not as V(local) wants it.
options:
  domains:
    description:
      - The domains. One that fails does not stop the others.
      - A domain that no account owns fails, unless O(ignore_missing=true).
      - The server keeps no routing for some domains of an account, such as subdomains. These fail.
    type: list
    elements: str
    aliases: [domain]
    required: true
  routing:
    description:
      - V(local) delivers the mail here, whatever DNS says.
      - V(remote) sends it to the servers of the domain's MX records.
      - V(secondary) takes it and hands it on to a server with a better priority.
      - V(auto) lets the server choose from the MX records.
    type: str
    choices: [auto, local, secondary, remote]
    required: true
notes:
  - The function behind this module does not touch DNS. The MX records stay as they are.
  - "Reads: C(accountsummary), one request for 100 domains; C(Email::list_mxs), once an account, through C(uapi_cpanel), 100 in a request; with
    O(ignore_missing=true) also C(myprivs) and C(gethostname) where a domain is not found. Writes: C(Email::set_always_accept), through
    C(uapi_cpanel), one call a domain, in batches."
  - Needs cPanel & WHM 86 or later, and the server's role DNS. Root manages every account, a reseller with the privilege C(cpanel-api) those that
    it owns.
seealso:
  - module: whm.mail.manual_mx
  - module: whm.mail.email_account
"""

EXAMPLES = r"""
- name: The mail of a domain has moved to another provider
  whm.mail.email_routing:
    domain: example.com
    routing: remote

- name: Mail of these domains is delivered here, on whichever server has them
  whm.mail.email_routing:
    domains: [example.com, example.info]
    routing: local
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
    user:
      description: The account that owns it.
      type: str
      sample: alice
    routing:
      description: The routing that is set. In check mode, as it would be.
      type: str
      sample: remote
    detected:
      description: What the server detects from the MX records, which V(auto) comes to. Null where it does not tell.
      type: str
      sample: local
    changed:
      description: Whether this domain was changed.
      type: bool
      sample: true
    error:
      description: Why this domain failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: uapi_cpanel
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

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.email import data_of, uapi
from ansible_collections.whm.mail.plugins.module_utils._mail.email_routing import ROUTINGS, routing_of
from ansible_collections.whm.mail.plugins.module_utils._mail.names import domain_names
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_domains
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Sets,
    States,
    Step,
    Verdict,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, to_flag, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer

OPTIONS: dict[str, dict[str, Any]] = {
    "domains": {"type": "list", "elements": "str", "aliases": ["domain"], "required": True},
    "routing": {"type": "str", "choices": list(ROUTINGS), "required": True},
    **IGNORE_MISSING,
}


def check(params: Params) -> Params:
    return {**params, "domains": domain_names("domains", params["domains"])}


def read(client: Client, params: Params) -> Current:
    return dict(routing_of(client, params["domains"]))


def plan(states: States, params: Params) -> Plan:
    wanted = params["routing"]
    return make_plan(
        states,
        [_step(domain, state["user"], wanted) for domain, state in states.items() if state["routing"] != wanted],
    )


def _step(domain: str, user: str, routing: str) -> Step:
    """``alwaysaccept`` means the same as ``mxcheck``, and both together have no meaning (reference)."""
    call = uapi(user, "set_always_accept", {"domain": domain, "mxcheck": routing})
    return Step(call, domain, Sets({"routing": routing}), verdict)


def verdict(answer: Answer) -> Verdict:
    """A third flag inside ``data`` decides. ``checkmx.changed`` says 1 also where nothing changed, so it tells nothing."""
    data = data_of(answer)
    said = data if isinstance(data, dict) else {}
    status = to_flag(said.get("status"))
    if status is False:
        return Verdict(refused=to_text(said.get("statusmsg")) or "no reason given")
    checked = said.get("checkmx")
    remarks = as_list(checked.get("warnings")) if isinstance(checked, dict) else []
    words = tuple(remark for remark in remarks if isinstance(remark, str) and remark)
    return Verdict(unclear="the answer does not tell whether it worked" if status is None else "", remarks=words)


MODULE = StateModule(
    items="domains",
    key="domain",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    incidental=("user", "detected"),
    subjects=Subjects("domains", absent_domains),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
