# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mail SNI: reading. Shared by mail_sni and its info twin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._state.plan import Current, State, Verdict
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_flag, to_int, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer, clean_reason
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import Refused, UnexpectedAnswer, WhmError

#: The first version on which mail SNI cannot be switched off.
ALWAYS_SINCE = 60


def read_sni(client: Client, domains: Sequence[str]) -> Current:
    """Domain to ``{"enabled": bool}``, in the order given; an error where the server refuses one."""
    outcomes = client.batch([Call("mail_sni_status", {"domain": domain}) for domain in domains])
    return {domain: _state(outcome) for domain, outcome in zip(domains, outcomes)}


def _state(outcome: Answer | WhmError) -> State | WhmError:
    if isinstance(outcome, WhmError):
        return outcome
    enabled = to_flag(outcome.get("enabled"))
    if enabled is None:
        return UnexpectedAnswer("the answer does not say whether mail SNI is enabled", "mail_sni_status")
    return {"enabled": enabled}


def is_switchable(client: Client) -> bool:
    """Whether this server is old enough to switch mail SNI off. One that does not tell its version is not."""
    try:
        version = to_text(client.call("version").get("version"))
    except Refused:
        return False
    return version is not None and major(version) < ALWAYS_SINCE


def major(version: str) -> int:
    """60 of ``11.60.0.1`` and of ``60.0 (build 1)``: the same version in two spellings. A text without one counts as new."""
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    if len(numbers) > 1 and numbers[0] == 11:
        return numbers[1]
    return numbers[0] if numbers else ALWAYS_SINCE


def refused_switch(domain: str) -> Any:
    """A verdict for enable_mail_sni and disable_mail_sni: failed domains stand in a map beside a result of 1."""

    def verdict(answer: Answer) -> Verdict:
        failed = answer.get("failed_domains")
        reason = failed.get(domain) if isinstance(failed, dict) else None
        return Verdict(refused=clean_reason(reason) if reason is not None else "")

    return verdict


def refused_rebuild(answer: Answer) -> Verdict:
    """rebuild_mail_sni_config says 1 outside and its success inside."""
    said = answer.get("success")
    success = to_int(said)
    if success == 0:
        return Verdict(refused="the files were not rebuilt (success 0)")
    return Verdict(unclear="" if success or said is None else "its success is neither 1 nor 0")
