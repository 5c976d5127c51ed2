# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the roles, as argument specifications. Their ``meta/argument_specs.yml`` document them; a test compares the two."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import chosen
from ansible_collections.whm.mail.plugins.module_utils._mail.subsets import SUBSETS
from ansible_collections.whm.mail.plugins.module_utils._mail.times import duration, parse
from ansible_collections.whm.mail.plugins.plugin_utils._controller.files import mode_of
from ansible_collections.whm.mail.plugins.plugin_utils._controller.identity import user

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


Check = Callable[[str, Any], Any]  # of a variable's name and value; raises ValueError, with a sentence, or InvalidInput


def _time(name: str, value: str) -> None:
    parse(name, value, int(time.time()))


def _duration(name: str, value: str) -> None:
    try:
        longer = not value or duration(value) > 0
    except ValueError as exc:
        raise ValueError(f"{name}: {exc}; leave it empty for no end.") from None
    if not longer:
        raise ValueError(f"{name}: {value} is no time at all; give a longer one, or leave it empty for no end.")


def _days(name: str, value: int) -> None:
    if value < 0:
        raise ValueError(f"{name}: {value} is below 0; give whole days, or 0 to keep everything.")


def _hours(name: str, value: int) -> None:
    if value < 0:
        raise ValueError(f"{name}: {value} is below 0; give whole hours.")


def _subsets(name: str, value: list[str]) -> None:
    chosen(name, value, list(SUBSETS))


def _seconds(name: str, value: int) -> None:
    if not 1 <= value <= 86400:
        raise ValueError(f"{name}: {value} is not between 1 and 86400 seconds.")


def _incident(name: str, value: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        raise ValueError(
            f"{name}: {value} cannot name an incident; use letters, digits, dots, hyphens and underscores, 64 at most, and begin with a "
            "letter or a digit."
        )


def _something(name: str, value: list[str]) -> None:
    if not value:
        raise ValueError(f"{name} is empty, so that nobody could be found; name at least one, or leave it out for all.")


def _senders(name: str, value: list[Mapping[str, Any]]) -> None:
    for number, entry in enumerate(value, 1):
        if "countries" not in entry and "domains" not in entry:
            raise ValueError(f"{name}, entry {number}: countries and domains are both missing; give one of them.")


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
    "policy_dmarc": _entries(
        domain=_needed(_TEXT), record={"type": "str", "required": True, "aliases": ["policy"]}, ignore_missing=_FLAG
    ),
    "policy_default_dmarc": {
        "type": "dict",
        "default": {},
        "options": {"record": {**_TEXT, "may_be_empty": True}},
    },
    "policy_mail_limits": _entries(
        users=_needed(_NAMES),
        max_email_per_hour=_TEXT,
        max_defer_fail_percentage=_TEXT,
        max_emailacct_quota=_TEXT,
        ignore_missing=_FLAG,
    ),
    "policy_blocks": {
        **_entries(
            countries=_NAMES,
            domains=_NAMES,
            state={"type": "str", "choices": ["present", "absent"]},
            exclusive=_FLAG,
            max_changes=_NUMBER,
        ),
        "check": _senders,
    },
    "policy_greylisting": {
        "type": "dict",
        "default": {},
        "options": {
            "enabled": _FLAG,
            "child_timeout_secs": _NUMBER,
            "initial_block_time_mins": _NUMBER,
            "max_child_procs": _NUMBER,
            "must_try_time_mins": _NUMBER,
            "purge_interval_mins": _NUMBER,
            "record_exp_time_mins": _NUMBER,
            "spf_bypass": _FLAG,
            "autotrust_new_common_mail_providers": _FLAG,
            "trusted_hosts": _entries(
                hosts=_needed(_NAMES),
                comment={**_TEXT, "may_be_empty": True},
                state={"type": "str", "choices": ["present", "absent"]},
                exclusive=_FLAG,
                max_changes=_NUMBER,
            ),
            "providers": _entries(providers=_needed(_NAMES), trusted=_FLAG, autotrust=_FLAG),
        },
    },
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
    "audit_gather_subset": {**_NAMES, "default": ["all", "!mailboxes"], "check": _subsets},
    "audit_since": {"type": "str", "default": "24h", "check": _time},
    "audit_timeout": {"type": "int", "default": 300, "check": _seconds},
    "audit_folder": {"type": "str", "default": "whm-audit"},
    "audit_formats": _words("json", "csv", "junit", "html", "openmetrics", default=["json", "csv", "junit", "html"]),
    "audit_file_mode": {"type": "str", "default": "0640", "check": mode_of},
    "audit_title": {"type": "str", "default": "Mail audit"},
    "audit_include_facts": {"type": "bool", "default": False},
    "audit_compare": {"type": "bool", "default": True},
    "audit_earlier": _TEXT,
    "audit_queue_hours": {"type": "int", "default": 24, "check": _hours},
    "audit_keep_days": {"type": "int", "default": 365, "check": _days},
    "audit_fail_on": _words("drift", "problem", "unread", default=[]),
    **POLICY,
}

_LEDGER: Options = {
    "containment_folder": {"type": "str", "default": "whm-containment"},
    "containment_by": {"type": "str", "default": user()},
}

_CRITERIA = ("recipients", "failures", "queue_share")

CONTAINMENT: Options = {
    "containment_since": {"type": "str", "default": "1h", "check": _time},
    "containment_criteria": {**_words(*_CRITERIA, default=list(_CRITERIA)), "check": _something},
    "containment_recipients": {"type": "int", "default": 500},
    "containment_failures": {"type": "int", "default": 200},
    "containment_queue_share": {"type": "int", "default": 50},
    "containment_queue_messages": {"type": "int", "default": 50},
    "containment_exempt_users": {**_NAMES, "default": []},
    "containment_exempt_owners": {**_NAMES, "default": []},
    "containment_max": {"type": "int", "default": 10},
    "containment_action": {"type": "str", "choices": ["hold", "suspend"], "default": "hold"},
    "containment_hold_for": {"type": "str", "default": "", "check": _duration},
    "containment_end_sessions": {"type": "bool", "default": True},
    "containment_collect_evidence": {"type": "bool", "default": True},
    "containment_incident": {"type": "str", "check": _incident},
    "containment_keep_days": {"type": "int", "default": 365, "check": _days},
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
