#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greylisting_provider
short_description: Trust common mail providers in greylisting
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that greylisting trusts the mail of common providers or does not, and whether it trusts addresses that a provider adds later.
  - The vendor keeps the list of providers and of their addresses. M(whm.mail.greylisting_info) returns it.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - A provider counts as trusted when the server says so of the provider. Of its addresses one by one nothing is compared.
options:
  providers:
    description:
      - Keys of the providers, such as V(google), written as the server does.
      - One that the server does not know fails by itself, and the message names those that it knows. The others are still processed.
      - An empty list is nothing to do.
    type: list
    elements: str
    required: true
    aliases: [provider]
  trusted:
    description:
      - Whether the provider's addresses are trusted, so that its mail is not deferred. Left alone when omitted.
    type: bool
  autotrust:
    description:
      - Whether addresses that the provider adds later are trusted at once. Left alone when omitted.
      - This is a switch of each provider. The one for new providers is O(whm.mail.greylisting#module:autotrust_new_common_mail_providers).
    type: bool
notes:
  - WHM's function behind O(autotrust) sets the server's switch for new providers too, to V(true) where it is not told. This module sends that
    switch along as it read it.
  - How the server answers when it does not trust a provider any more is documented in two ways. This module believes the state that it
    reads back.
  - "Reads: C(cpgreylist_load_common_mail_providers_config). Writes: C(cpgreylist_trust_entries_for_common_mail_provider),
    C(cpgreylist_untrust_entries_for_common_mail_provider), C(cpgreylist_save_common_mail_providers_config)."
  - The reference does not name a privilege for these functions.
seealso:
  - module: whm.mail.greylisting
  - module: whm.mail.greylisting_info
  - module: whm.mail.greylisting_trusted_host
"""

EXAMPLES = r"""
- name: Mail of two providers is not deferred, also from addresses that they add later
  whm.mail.greylisting_provider:
    providers: [google, cpanel]
    trusted: true
    autotrust: true

- name: One of them is not trusted any more
  whm.mail.greylisting_provider:
    provider: google
    trusted: false
    autotrust: false
"""

RETURN = r"""
providers:
  description: The providers, in the order given. When the task fails it names every one all the same.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    provider:
      description: Key of the provider.
      type: str
      sample: google
    display_name:
      description: What people call it.
      type: str
      sample: Google
    trusted:
      description: Whether it is trusted. In check mode, whether it would be. Null when the server does not tell.
      type: bool
      sample: true
    autotrust:
      description: Whether addresses that it adds later are trusted. In check mode, whether they would be. Null when the server does not tell.
      type: bool
      sample: true
    changed:
      description: Whether this provider was changed.
      type: bool
      sample: true
    error:
      description: Why this provider failed. Absent when it did not.
      type: dict
      sample:
        kind: not_found
        function: null
        reason: there is no provider gogle; the server knows cpanel, google
        host: whm1.example.com:2087
        http_status: null
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample:
    kind: not_found
    function: null
    reason: there is no provider gogle; the server knows cpanel, google
    host: whm1.example.com:2087
    http_status: null
progress:
  description: How far the task got, by provider.
  returned: when some providers failed
  type: dict
  contains:
    done:
      description: Changed, and read back.
      type: list
      elements: str
      sample: [google]
    failed:
      description: Not changed, or not known.
      type: list
      elements: str
      sample: [gogle]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.greylisting import (
    NEW_PROVIDERS,
    PROVIDERS,
    SAVE_PROVIDERS,
    complaint_of,
    providers_of,
)
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, Result, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Sets,
    State,
    States,
    Step,
    in_the_end,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_flag, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    InvalidInput,
    NotFound,
    UnexpectedAnswer,
    WhmError,
)

OPTIONS = {
    "providers": {"type": "list", "elements": "str", "required": True, "aliases": ["provider"]},
    "trusted": {"type": "bool"},
    "autotrust": {"type": "bool"},
}

# what is wanted of trusted: (function, the two parts of its answer)
TRUST = {
    True: ("cpgreylist_trust_entries_for_common_mail_provider", ("providers_failed", "providers_trusted")),
    False: ("cpgreylist_untrust_entries_for_common_mail_provider", ("providers_failed", "providers_untrusted")),
}


def check(params: Params) -> Params:
    if params["trusted"] is None and params["autotrust"] is None:
        raise InvalidInput("Neither trusted nor autotrust is given: say what the providers should be.")
    providers = unique([str(value).strip() for value in params["providers"]])
    if "" in providers:
        raise InvalidInput("providers: a key is empty; check the variable it comes from.")
    if NEW_PROVIDERS in providers:
        raise InvalidInput(
            f"providers: {NEW_PROVIDERS} is no provider but the server's switch; set it with whm.mail.greylisting."
        )
    return {**params, "providers": providers}


def read(client: Client, params: Params) -> Current:
    answer = client.call(PROVIDERS)
    return _current(providers_of(client, answer), to_flag(answer.get(NEW_PROVIDERS)), params)


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    known = facts["greylisting"]
    providers = {row["provider"]: {name: row[name] for name in FIELDS} for row in known["providers"]}
    return _current(providers, known["config"][NEW_PROVIDERS], params)


FIELDS = ("display_name", "trusted", "autotrust")


def _current(providers: Mapping[str, State], new_providers: bool | None, params: Params) -> Current:
    return {key: _state(key, providers, new_providers, params) for key in params["providers"]}


def _state(key: str, providers: Mapping[str, State], new_providers: bool | None, params: Params) -> State | WhmError:
    """The server's switch stands beside, because it must be sent along; it is no part of a provider."""
    if key not in providers:
        return NotFound(f"there is no provider {key}; the server knows {', '.join(providers) or 'none'}")
    state = {**providers[key], NEW_PROVIDERS: new_providers}
    needed = {"trusted": ("trusted",), "autotrust": ("autotrust", NEW_PROVIDERS)}
    unread = [name for option in needed if params[option] is not None for name in needed[option] if state[name] is None]
    return UnexpectedAnswer(f"the answer does not tell {', '.join(unread)}", PROVIDERS) if unread else state


def plan(states: States, params: Params) -> Plan:
    return make_plan(states, [step for key, state in states.items() for step in _steps(key, state, params)])


def _steps(key: str, state: State, params: Params) -> list[Step]:
    wanted = {name: params[name] for name in ("trusted", "autotrust") if params[name] is not None}
    steps = []
    if wanted.get("trusted") not in (None, state["trusted"]):
        function, parts = TRUST[wanted["trusted"]]
        effect = Sets({"trusted": wanted["trusted"]})
        steps.append(Step(Call(function, {"provider": key}), key, effect, verdict=complaint_of(parts, [key])))
    if wanted.get("autotrust") not in (None, state["autotrust"]):
        call = Call(SAVE_PROVIDERS, {NEW_PROVIDERS: state[NEW_PROVIDERS], key: wanted["autotrust"]})
        steps.append(Step(call, key, Sets({"autotrust": wanted["autotrust"]})))
    return in_the_end(steps, wanted)


def row(key: str, before: State, after: State) -> Result:
    return {"provider": key, **{name: after[name] for name in FIELDS if name in after}}


MODULE = StateModule(
    items="providers",
    key="provider",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    from_facts=from_facts,
    incidental=("display_name", NEW_PROVIDERS),
    row=row,
    subjects=Subjects("providers"),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
