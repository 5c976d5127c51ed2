#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_sni
short_description: Switch mail SNI of domains, or rebuild its configuration
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that mail SNI is enabled for domains, that is that Dovecot and Exim present the certificate of the name that a mail
    program connects to.
  - Since version 60 of cPanel & WHM it is always enabled and cannot be disabled. There O(state=enabled) changes nothing and passes on the
    server's warning, and O(state=disabled) fails without sending a change.
  - Also rebuilds the configuration of mail SNI, which every version still does.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: full
  diff_mode:
    support: partial
    details:
      - A rebuild is not shown.
  idempotent:
    support: partial
    details:
      - With O(rebuild=true) every run acts and reports a change, because nothing tells whether the files are up to date.
options:
  domains:
    description:
      - The domains. One that fails does not stop the others. One that no account owns fails, unless O(ignore_missing=true).
      - May be left out, or empty, when O(rebuild=true).
    type: list
    elements: str
    aliases: [domain]
  state:
    description:
      - Whether mail SNI is enabled for the domains.
      - V(disabled) works before version 60 only.
    type: str
    choices: [enabled, disabled]
    default: enabled
  rebuild:
    description:
      - Rebuild the configuration files of mail SNI, after the domains were switched.
      - Where a domain is switched this happens by itself.
    type: bool
    default: false
  reload_dovecot:
    description:
      - Reload Dovecot after the files were rebuilt, so that it uses them.
    type: bool
    default: true
notes:
  - "Reads: C(mail_sni_status), and C(version) with O(state=disabled); with O(ignore_missing=true) also C(accountsummary), and C(myprivs)
    and C(gethostname) where a domain is not found. Writes: C(enable_mail_sni), C(disable_mail_sni), C(rebuild_mail_sni_config)."
  - Resellers manage the domains of the accounts that they own. The reference does not name a privilege for these functions.
seealso:
  - module: whm.mail.mail_sni_info
"""

EXAMPLES = r"""
- name: Mail SNI is enabled
  whm.mail.mail_sni:
    domains:
      - example.com
      - example.org

- name: Rebuild its configuration after certificates were replaced by hand
  whm.mail.mail_sni:
    rebuild: true

- name: Mail SNI is enabled for those of a long list that this server has
  whm.mail.mail_sni:
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
    enabled:
      description: Whether mail SNI is enabled for it. In check mode, whether it would be. Absent when the domain could not be read.
      type: bool
      sample: true
    changed:
      description: Whether this domain was changed. Never on version 60 and later.
      type: bool
      sample: false
    error:
      description: Why this domain failed. Absent when it did not.
      type: dict
      sample:
        kind: permission
        function: mail_sni_status
        reason: "You do not have access to a domain named \"example.net\"."
        host: whm1.example.com:2087
        http_status: 200
rebuilt:
  description: Whether the configuration files were rebuilt. In check mode, whether they would be.
  returned: when the server could be read
  type: bool
  sample: false
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
  description: How far the task got, by domain. The rebuild is V(rebuild) here.
  returned: when some domains failed
  type: dict
  contains:
    done:
      description: Changed, and read back.
      type: list
      elements: str
      sample: [example.com, rebuild]
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

from ansible_collections.whm.mail.plugins.module_utils._mail.names import domain_names
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_domains
from ansible_collections.whm.mail.plugins.module_utils._mail.sni import (
    is_switchable,
    read_sni,
    refused_rebuild,
    refused_switch,
)
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Sets,
    States,
    Step,
    Unreadable,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, Unsupported, WhmError

OPTIONS = {
    "domains": {"type": "list", "elements": "str", "aliases": ["domain"]},
    "state": {"type": "str", "choices": ["enabled", "disabled"], "default": "enabled"},
    "rebuild": {"type": "bool", "default": False},
    "reload_dovecot": {"type": "bool", "default": True},
    **IGNORE_MISSING,
}

#: What is done beside the domains.
REBUILD = "rebuild"

SWITCHES = {True: "enable_mail_sni", False: "disable_mail_sni"}


def check(params: Params) -> Params:
    if params["domains"] is None and not params["rebuild"]:
        raise InvalidInput(
            "domains is missing: name the domains, or set rebuild: true to rebuild the configuration; an empty list is nothing to do."
        )
    return {**params, "domains": domain_names("domains", params["domains"] or [])}


def read(client: Client, params: Params) -> Current:
    """The version tells whether a server can disable it; asking the server to try is not needed."""
    if params["domains"] and params["state"] == "disabled" and not is_switchable(client):
        raise Unsupported(
            "cPanel & WHM does not allow mail SNI to be disabled since version 60; nothing was changed",
            "disable_mail_sni",
            remedy="Take the task out, or limit it to older servers.",
        )
    return read_sni(client, params["domains"]) if params["domains"] else {}


def plan(states: States, params: Params) -> Plan:
    wanted = params["state"] == "enabled"
    effect = Sets({"enabled": wanted})
    steps = [
        Step(Call(SWITCHES[wanted], {"domain": domain}), domain, effect, verdict=refused_switch(domain))
        for domain, state in states.items()
        if state["enabled"] is not wanted
    ]
    if steps or params["rebuild"]:
        call = Call("rebuild_mail_sni_config", {"reload_dovecot": params["reload_dovecot"]})
        steps.append(Step(call, REBUILD, Unreadable({"rebuilt": True}), verdict=refused_rebuild))
    return make_plan(states, steps)


def rebuilt(steps: Sequence[Step], final: States, errors: Mapping[str, WhmError]) -> dict[str, Any]:
    return {"rebuilt": any(step.item == REBUILD for step in steps)}


MODULE = StateModule(
    items="domains",
    key="domain",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    summary=rebuilt,
    subjects=Subjects("domains", absent_domains, beside=("rebuild",)),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
