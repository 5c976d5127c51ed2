# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main situations of every module, and what a request carries."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.log import Entry
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key, zone_of
from ansible_collections.whm.mail.tests.unit.plugins.builders import Situation

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("[!_]*.py"))
MODULES = [
    name
    for name in MODULES
    if name not in ("audit_report", "audit_server", "containment_ledger", "controller_file", "role_variables")
]  # they call no server

USERS = [f"user{number}" for number in range(1, 26)]
DESTINATIONS = ["team@example.com", "root", "|/usr/local/bin/archive --tag a,b"]
YEAR = {"since": "2026-01-01", "until": "2027-01-01"}
HOLD = {"function": "hold_outgoing_email", "params": {"user": "alice"}, "write": True}
SORTED = {"want": "user", "api.sort.enable": True, "api.sort.a.field": "user"}
SPAMD = {"allowedips": ["127.0.0.1", "10.0.0.0/8"], "maxconnperchild": 9, "maxchildren": 3, "pidfile": "/run/spamd.pid"}


def many(box: Any) -> None:
    box.patch({"generate": {"accounts": 25, "prefix": "user"}})


def older(box: Any) -> None:
    box.quirks.add("no_status_list")


def without_key(box: Any) -> None:
    zone = zone_of(box.state, "alice.example.com")
    zone.key, zone.dkim = None, []


def before_60(box: Any) -> None:
    box.patch({"version": "11.58.0.4", "mail_sni": {"enabled": ["dave.example.org"]}})


# What a module sends differently from case to case, beyond the SITUATIONS of its unit tests.
MORE: dict[str, list[Situation]] = {
    "account_info": [
        Situation(),
        Situation({"users": ["alice", "bob"]}),
        Situation({"users": USERS}, prepare=many),
        Situation({"domains": ["alice.example.com"]}),
        Situation({"users": ["alice", "nosuch"], "domains": ["bob.example.com"]}),
    ],
    "api": [
        Situation({"function": "version"}),
        Situation({"function": "listaccts", "params": SORTED}),
        Situation({"function": "batch", "params": {"command": ["version", "accountsummary?user=alice"]}}),
        Situation(HOLD),
        Situation(HOLD, check_mode=True),
    ],
    "delivery_info": [
        Situation({**YEAR, "users": ["alice", "bob"], "recipient": "ann@example.org", "outcome": "success"}),
        Situation({**YEAR, "users": USERS}),
    ],
    "delivery_stats_info": [
        Situation(YEAR),
        Situation({**YEAR, "per": "account"}),
        Situation({**YEAR, "users": ["alice", "dave"]}),
    ],
    "dkim": [
        Situation({"domains": ["alice.example.com", "bob.example.com"]}, prepare=without_key),
        Situation({"domains": ["alice.example.com"]}, prepare=without_key, check_mode=True),
        Situation({"domains": ["alice.example.com", "bob.example.com"], "state": "absent"}),
    ],
    "dkim_key": [
        Situation({"keys": [{"domain": "alice.example.com", "private_key": pool_key(0)}]}, prepare=without_key),
        Situation(
            {"keys": [{"domain": "alice.example.com", "private_key": pool_key(0)}], "publish": False},
            prepare=without_key,
        ),
    ],
    "email_auth_info": [
        Situation({"domains": ["alice.example.com"]}),
        Situation({"domains": ["alice.example.com", "bob.example.com"], "checks": ["spf", "ptr"]}),
    ],
    "exim_config": [Situation({"discard_edit": True}), Situation({"discard_edit": True}, check_mode=True)],
    "exim_config_info": [
        Situation(),
        Situation({"text": "X = y\n# \u00e9 & %\n"}),
        Situation({"text": "x", "section": "acl"}),
    ],
    "forward_destination": [
        Situation({"users": ["bob"], "destinations": DESTINATIONS}),
        Situation({"users": ["bob"], "destinations": DESTINATIONS}, check_mode=True),
        Situation({"users": ["root", "alice", "nobody"], "destinations": []}),
        Situation({"forwards": [{"user": "root", "destinations": ["ops@example.net"]}]}),
        Situation({"users": ["bob", "nosuch"], "destinations": DESTINATIONS}, True),
    ],
    "forward_destination_info": [Situation(), Situation({"users": ["root"]}), Situation({"users": ["root", "bob"]})],
    "mail_facts": [
        Situation({**YEAR, "gather_subset": ["all"], "domains": ["alice-shop.example"]}),
        Situation({"gather_subset": ["mailboxes"]}, prepare=older),
    ],
    "mail_queue_info": [Situation(), Situation({"users": ["alice"], "frozen": False})],
    "mail_sni": [
        Situation({"domains": ["alice.example.com"], "rebuild": True}),
        Situation({"domains": ["alice.example.com", "bob.example.com"], "rebuild": True}, check_mode=True),
        Situation({"domains": ["alice.example.com", "bob.example.com"]}, prepare=before_60),
        Situation({"domains": ["dave.example.org"], "state": "disabled", "reload_dovecot": False}, prepare=before_60),
    ],
    "mail_sni_info": [Situation(), Situation({"domains": ["alice.example.com", "bob.example.com"]})],
    "mailbox_info": [
        Situation({"users": ["alice"]}),
        Situation({"users": ["alice", "bo"], "addresses": ["bob@bob.example.com"]}),
        Situation({"addresses": ["sales+eu@alice.example.com"]}),
        Situation({"addresses": ["info@alice.example.com"]}, prepare=older),
        Situation({"users": ["alice"]}, prepare=older),
        Situation({"users": ["nosuch"]}, True),
    ],
    "outgoing_mail": [
        Situation({"users": ["alice"], "hold": True}),
        Situation({"users": ["alice"], "hold": True}, check_mode=True),
        Situation({"users": ["bob"], "hold": False}),
        Situation({"users": ["alice", "dave"], "hold": True, "suspended": False}),
        Situation({"users": ["alice", "dave"], "suspended": True}),
        Situation({"users": ["alice"], "hold": True, "exclusive": True, "max_changes": 9}),
        Situation({"users": USERS, "hold": True}, prepare=many),
        Situation({"users": ["alice", "nosuch"], "hold": True}, True),
    ],
    "recipient_count_info": [Situation(YEAR), Situation({**YEAR, "users": ["alice", "bob"]})],
    "server_info": [Situation(), Situation(prepare=lambda box: box.quirks.add("version_legacy"))],
    "spamd_config": [
        Situation({**SPAMD, "timeouttcp": 30, "timeoutchild": 300}),
        Situation({**SPAMD, "timeouttcp": 30, "timeoutchild": 300}, check_mode=True),
        Situation({**SPAMD, "reset_others": True}),
        Situation({**SPAMD, "allowedips": [], "reset_others": True}),
    ],
    "spf": [
        Situation({"records": [{"domain": "bob.example.com", "record": "v=spf1 +a -all"}]}),
        Situation({"domains": ["alice.example.com", "bob.example.com"], "record": "v=spf1 +a -all"}),
    ],
}


# Everywhere: one that is there, and one that is missing.
_DOMAINS = ["alice.example.com", "nowhere.example"]
_MISSING: dict[str, dict[str, Any]] = {
    "dkim": {"domains": _DOMAINS},
    "dkim_key": {"keys": [{"domain": name, "private_key": pool_key(0)} for name in _DOMAINS]},
    "forward_destination": {"users": ["root", "alice", "nosuch"], "destinations": []},
    "mail_sni": {"domains": _DOMAINS},
    "mailbox_messages": {
        "addresses": ["info@alice.example.com", "nosuch@alice.example.com"],
        "mailboxes": ["INBOX"],
        "query": "savedbefore 30d",
    },
    "mailbox_sessions": {"users": ["alice", "nosuch"]},
    "outgoing_mail": {"users": ["alice", "nosuch"], "hold": True},
    "spf": {"domains": _DOMAINS, "record": "v=spf1 +a -all"},
}
for _name, _options in _MISSING.items():
    MORE.setdefault(_name, []).append(Situation({**_options, "ignore_missing": True}))
MORE["forward_destination"].append(
    Situation({"users": USERS, "destinations": [], "ignore_missing": True}, prepare=many)
)


def of_unit_tests(module: str) -> list[Situation]:
    """What the module's own test file says it is used for."""
    if not (ROOT / f"tests/unit/plugins/modules/test_{module}.py").is_file():
        return []
    tests = importlib.import_module(f"ansible_collections.whm.mail.tests.unit.plugins.modules.test_{module}")
    found: list[Situation] = getattr(tests, "SITUATIONS", [])
    return found


@dataclass(frozen=True)
class Sent:
    """One function with its parameters, alone or inside a batch."""

    module: str
    situation: Situation
    function: str
    params: tuple[tuple[str, str], ...]
    entry: Entry


def unpack(module: str, situation: Situation, entry: Entry) -> Iterator[Sent]:
    """The request itself, then what it carries.

    What goes to whmapi1 through standard input is an object, where a name cannot stand twice: the commands of a batch are
    numbered there, which is the same to WHM.
    """
    numbered = entry.transport == "cli" and entry.function == "batch" and "--input=json" in entry.url
    params = [
        (re.sub(r"\Acommand-\d+\Z", "command", name) if numbered else name, value) for name, value in entry.params
    ]
    yield Sent(module, situation, entry.function, tuple(params), entry)
    for command in entry.commands:
        yield Sent(module, situation, command["function"], tuple(map(tuple, command["params"])), entry)
