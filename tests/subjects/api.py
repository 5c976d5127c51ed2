# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""api: calls any function by its name."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue

from .kinds import Options, Situation, Subject

HOLD = {"function": "hold_outgoing_email", "params": {"user": "alice"}}
_SORTED = {"want": "user", "api.sort.enable": True, "api.sort.a.field": "user"}


def _check_mode(folder: Path) -> list[Options]:
    """Every function of the catalogue that writes, and the carriers of those that a cPanel account has."""
    writing = [{"function": name, "write": True} for name, row in catalogue.WHM_API_1.items() if row.access == "write"]
    inner = [name.split("::") for name, row in catalogue.CPANEL.items() if row.writes]
    uapi = [
        {"cpanel.user": "alice", "cpanel.module": module, "cpanel.function": function} for module, function in inner
    ]
    carried = [
        *[{"function": "uapi_cpanel", "params": params, "write": True} for params in uapi],
        {"function": "batch", "params": {"command": ["version", "hold_outgoing_email?user=alice"]}, "write": True},
        {
            "function": "cpanel",
            "params": {"cpanel_jsonapi_module": "Email", "cpanel_jsonapi_func": "addpop"},
            "write": True,
        },
        {**HOLD, "write": True},
        {"function": "no_such_function", "write": True},
        {**HOLD, "write": True, "include_secrets": True},
    ]
    return [*writing, *carried]


SUBJECT = Subject(
    situations=(
        Situation({"function": "version"}),
        Situation({**HOLD, "write": True}),
        Situation({**HOLD, "write": True}, check_mode=True),
        Situation({"function": "hold_outgoing_email", "params": {"user": "nosuch"}, "write": True}, True),
        Situation(HOLD, True),
    ),
    sends=(
        Situation({"function": "version"}),
        Situation({"function": "listaccts", "params": _SORTED}),
        Situation({"function": "batch", "params": {"command": ["version", "accountsummary?user=alice"]}}),
        Situation({**HOLD, "write": True}),
        Situation({**HOLD, "write": True}, check_mode=True),
    ),
    check_mode=_check_mode,
    without={"properties": "it does whatever it is told, and says only what the server said"},
)
