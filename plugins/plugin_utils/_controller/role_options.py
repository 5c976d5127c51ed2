# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the roles, as argument specifications. Their ``meta/argument_specs.yml`` document them; a test compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Options = Mapping[str, Mapping[str, Any]]

_NAMES = {"type": "list", "elements": "str"}
_FLAG = {"type": "bool"}
_NUMBER = {"type": "int"}
_TEXT = {"type": "str"}


def _needed(option: Mapping[str, Any]) -> dict[str, Any]:
    return {**option, "required": True}


def _entries(**options: Any) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "default": [], "options": options}


def _words(*choices: str, default: Any) -> dict[str, Any]:
    return {**_NAMES, "choices": list(choices), "default": default}


#: What two roles read: ``policy`` keeps it, ``audit`` reports on it.
POLICY: Options = {
    "policy_outgoing_mail": _entries(
        users=_needed(_NAMES), hold=_FLAG, suspended=_FLAG, exclusive=_FLAG, max_changes=_NUMBER, ignore_missing=_FLAG
    ),
    "policy_forwards": _entries(user=_needed(_TEXT), destinations=_needed(_NAMES), ignore_missing=_FLAG),
    "policy_dkim": _entries(
        domains=_needed(_NAMES), state={"type": "str", "choices": ["present", "absent"]}, ignore_missing=_FLAG
    ),
    "policy_spf": _entries(domain=_needed(_TEXT), record=_needed(_TEXT), ignore_missing=_FLAG),
    "policy_dmarc": _entries(domain=_needed(_TEXT), policy=_needed(_TEXT), ignore_missing=_FLAG),
    "policy_exim": {
        "type": "dict",
        "default": {},
        "options": {"state": {"type": "str", "choices": ["valid"]}, "discard_edit": _FLAG},
    },
    "policy_spamd": {
        "type": "dict",
        "default": {},
        "options": {
            "allowedips": _NAMES,
            "maxconnperchild": _NUMBER,
            "maxchildren": _NUMBER,
            "pidfile": _TEXT,
            "timeouttcp": _NUMBER,
            "timeoutchild": _NUMBER,
            "reset_others": _FLAG,
        },
    },
    "policy_mailbox_messages": _entries(
        addresses=_needed(_NAMES),
        mailboxes=_NAMES,
        guids=_NAMES,
        query=_needed(_TEXT),
        allow_all=_FLAG,
        max_messages=_NUMBER,
        ignore_missing=_FLAG,
    ),
}

AUDIT: Options = {
    "audit_gather_subset": {**_NAMES, "default": ["all", "!mailboxes"]},
    "audit_since": {"type": "str", "default": "24h"},
    "audit_timeout": {"type": "int", "default": 300},
    "audit_folder": {"type": "str", "default": "whm-audit"},
    "audit_formats": _words("json", "csv", "junit", "html", default=["json", "csv", "junit", "html"]),
    "audit_file_mode": {"type": "str", "default": "0640"},
    "audit_title": {"type": "str", "default": "Mail audit"},
    "audit_include_facts": {"type": "bool", "default": True},
    "audit_compare": {"type": "bool", "default": True},
    "audit_earlier": _TEXT,
    "audit_queue_hours": {"type": "int", "default": 24},
    "audit_fail_on": _words("drift", "problem", "unread", default=[]),
    **POLICY,
}

_LEDGER: Options = {
    "containment_folder": {"type": "str", "default": "whm-containment"},
    "containment_by": {"type": "str", "default": "unknown"},
}

_CRITERIA = ("recipients", "failures", "queue_share")

CONTAINMENT: Options = {
    "containment_since": {"type": "str", "default": "1h"},
    "containment_criteria": _words(*_CRITERIA, default=list(_CRITERIA)),
    "containment_recipients": {"type": "int", "default": 500},
    "containment_failures": {"type": "int", "default": 200},
    "containment_queue_share": {"type": "int", "default": 50},
    "containment_queue_messages": {"type": "int", "default": 50},
    "containment_exempt_users": {**_NAMES, "default": []},
    "containment_exempt_owners": {**_NAMES, "default": []},
    "containment_max": {"type": "int", "default": 10},
    "containment_action": {"type": "str", "choices": ["hold", "suspend"], "default": "hold"},
    "containment_hold_for": {"type": "str", "default": ""},
    "containment_end_sessions": {"type": "bool", "default": True},
    "containment_collect_evidence": {"type": "bool", "default": True},
    "containment_incident": _TEXT,
    **_LEDGER,
}

RELEASE: Options = {
    "containment_release_users": {**_NAMES, "default": []},
    "containment_release_incident": {"type": "str", "default": ""},
    "containment_release_expired": {"type": "bool", "default": False},
    **_LEDGER,
}

#: Role and entry point to its variables.
ROLES: Mapping[tuple[str, str], Options] = {
    ("audit", "main"): AUDIT,
    ("policy", "main"): POLICY,
    ("containment", "main"): CONTAINMENT,
    ("containment", "release"): RELEASE,
}
