# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server is and what the caller may do there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._convert import as_list, to_flag, to_text
from ansible_collections.whm.mail.plugins.module_utils._envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._errors import WhmError
from ansible_collections.whm.mail.plugins.module_utils._plan import Call

ROLES = ("DNS", "MailReceive", "MailSend", "SpamFilter")
FACTS = ("version", "gethostname", "applist", "myprivs")
CALLS = [
    *(Call(function, {}, function) for function in FACTS),
    *(Call("is_role_enabled", {"role": role}, f"is_role_enabled {role}") for role in ROLES),
]


def server_item(answered: Sequence[Answer | WhmError]) -> dict[str, Any]:
    """The server as it stands in results. What it did not give is null or empty, and ``unavailable`` says why.

    :param answered: what CALLS ended in.
    """
    outcomes = dict(zip((call.item for call in CALLS), answered))
    answers = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Answer)}
    unavailable = {name: outcome.reason for name, outcome in outcomes.items() if isinstance(outcome, WhmError)}

    def get(name: str, key: str) -> Any:
        return answers[name].get(key) if name in answers else None

    privileges = next((row for row in as_list(get("myprivs", "privileges")) if isinstance(row, dict)), {})
    return {
        "version": to_text(get("version", "version")),
        "hostname": to_text(get("gethostname", "hostname")),
        "functions": sorted(str(name) for name in as_list(get("applist", "app"))),
        "privileges": {key: bool(to_flag(value)) for key, value in sorted(privileges.items())},
        "roles": {role: to_flag(get(f"is_role_enabled {role}", "enabled")) for role in ROLES},
        "unavailable": unavailable,
    }
