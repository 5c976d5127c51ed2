# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DKIM keys on the server: shared by dkim_key and its info twin. What it says of a key is public, save ``RsaKey.pem``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

from ansible_collections.whm.mail.plugins.module_utils._mail.names import normal_domain
from ansible_collections.whm.mail.plugins.module_utils._mail.rsa import BadKey, RsaKey, read_private_key
from ansible_collections.whm.mail.plugins.module_utils._state.plan import State
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError

#: A domain's key: None without one, BadKey where the server keeps something that is none, an error where it does not say.
Found = Union[RsaKey, BadKey, None, WhmError]


def fetch_keys(client: Client, domains: Sequence[str]) -> dict[str, Found]:
    """The keys of these domains, in that order. One call a domain, in batches: one foreign domain would refuse a whole list."""
    outcomes = client.batch([Call("fetch_dkim_private_keys", {"domain": domain}) for domain in domains])
    return {domain: _found(domain, outcome) for domain, outcome in zip(domains, outcomes)}


def _found(domain: str, outcome: Answer | WhmError) -> Found:
    if isinstance(outcome, WhmError):
        return outcome
    rows = [row for row in outcome.records("payload") if normal_domain(row.get("domain", "")) == domain]
    if not rows or "pem" not in rows[0]:
        return UnexpectedAnswer(f"the answer says nothing about the key of {domain}", "fetch_dkim_private_keys")
    pem = rows[0]["pem"]
    if pem in (None, ""):
        return None
    if not isinstance(pem, str):
        return UnexpectedAnswer(f"what the answer holds as the key of {domain} is no text", "fetch_dkim_private_keys")
    try:
        return read_private_key(pem)
    except BadKey as exc:
        return exc


def key_state(key: RsaKey | None) -> State:
    """What of a key is shown and compared. The fingerprint stands for the key, which is secret."""
    if key is None:
        return {"fingerprint": None, "bits": None, "public_record": None}
    state: dict[str, Any] = {"fingerprint": key.fingerprint, "bits": key.bits, "public_record": key.public_record}
    return state
