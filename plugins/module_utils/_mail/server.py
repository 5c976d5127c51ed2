# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server is and what the caller may do there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail import default_dmarc
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import Fields, as_list
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, Unsupported, WhmError

ROLES = ("DNS", "MailReceive", "MailSend", "SpamFilter")
FACTS = ("version", "gethostname", "applist", "myprivs")
PRIVILEGES = Call("myprivs")
CALLS = [
    *(Call(function) for function in FACTS),
    *(Call("is_role_enabled", {"role": role}) for role in ROLES),
    default_dmarc.CALL,
]
#: What each of CALLS is about, as ``unavailable`` names it.
NAMES = [*FACTS, *(f"is_role_enabled {role}" for role in ROLES), default_dmarc.FUNCTION]


def server_item(client: Client, answered: Sequence[Answer | WhmError]) -> dict[str, Any]:
    """The server as it stands in results. What it did not give is null or empty, and ``unavailable`` says why.

    :param answered: what CALLS ended in.
    """
    outcomes = dict(zip(NAMES, answered))
    answers = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Answer)}
    unavailable = {name: outcome.reason for name, outcome in outcomes.items() if isinstance(outcome, WhmError)}

    def of(name: str, key: str) -> Mapping[str, Any]:
        """The data of an answer; what lacks the key is not available."""
        answer = answers.get(name)
        if answer and answer.get(key) is None:
            unavailable[name] = f"the answer has no {key}"
        return {key: answer.get(key)} if answer else {}

    fields, rights = Fields("server_info"), Fields("myprivs")
    dmarc = answers.get(default_dmarc.FUNCTION)
    if isinstance(outcomes[default_dmarc.FUNCTION], Unsupported):
        del unavailable[default_dmarc.FUNCTION]  # servers before version 124 have none
    item = {
        "version": fields.text(of("version", "version"), "version"),
        "hostname": fields.text(of("gethostname", "hostname"), "hostname"),
        "functions": sorted(str(name) for name in as_list(of("applist", "app").get("app"))),
        "privileges": _privileges(of("myprivs", "privileges").get("privileges"), rights),
        "roles": {role: fields.flag(of(f"is_role_enabled {role}", "enabled"), "enabled") for role in ROLES},
        "default_dmarc": _default_dmarc(dmarc, unavailable) if dmarc else None,
        "unavailable": unavailable,
    }
    client.tell(fields)
    client.tell(rights)
    return item


def _default_dmarc(answer: Answer, unavailable: dict[str, str]) -> str | None:
    """The default DMARC record, an empty text where it is empty."""
    try:
        return default_dmarc.default_record(answer) or ""
    except UnexpectedAnswer as exc:
        unavailable[default_dmarc.FUNCTION] = exc.reason
        return None


def privileges_of(answer: Answer) -> dict[str, Any]:
    """The answer of PRIVILEGES: what the caller was granted; empty when it does not say."""
    return _privileges(answer.get("privileges"), Fields("myprivs"))


def _privileges(listed: Any, rights: Fields) -> dict[str, Any]:
    """Not granted is 0, the empty text, or nothing at all."""
    found = next((row for row in as_list(listed) if isinstance(row, dict)), {})
    return {key: rights.flag(found, key) if value else False for key, value in sorted(found.items())}
