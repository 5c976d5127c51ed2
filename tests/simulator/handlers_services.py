# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The services of the server, and the API tokens of its callers (reference, 11.137)."""

from __future__ import annotations

from typing import Any

from .errors import Failure
from .params import Params
from .registry import Context, area, handler
from .state import Server
from .texts import quoted

SERVICES, TOKENS = "services", "api_tokens"

_NAMES = {
    "cpgreylistd": "cPGreyList Daemon", "crond": "Cron Daemon", "exim": "Exim Mail Server", "imap": "IMAP Server", "lmtp": "LMTP Server",
    "mysql": "MySQL Server", "pop": "POP3 Server", "spamd": "Apache SpamAssassin", "tailwatchd": "TailWatch Daemon",
}  # fmt: skip


@area(SERVICES)
def _seed_services(server: Server, wanted: Any) -> dict[str, dict[str, int]]:
    """{exim: {installed: 1, enabled: 1, monitored: 1, running: 0}, ..}; what is not said is 1."""
    running = dict.fromkeys(("installed", "enabled", "monitored", "running"), 1)
    before = server.areas.get(SERVICES) or {name: dict(running) for name in _NAMES}
    return {
        name: {**before.get(name, running), **((wanted or {}).get(name) or {})} for name in {**before, **(wanted or {})}
    }


@handler("servicestatus", package="Services")
def servicestatus(ctx: Context, params: Params) -> dict[str, Any]:
    """Without `service`, all of them. What is said of one that does not exist, and that only root may ask, are our guesses."""
    if not ctx.caller.is_root:
        raise Failure("You do not have the required privileges to run \u201cservicestatus\u201d.")
    services = ctx.server.areas[SERVICES]
    wanted = params.all("service") or sorted(services)
    unknown = next((name for name in wanted if name not in services), None)
    if unknown:
        raise Failure(f"The service {quoted(unknown)} is not known.")
    return {"service": [{"display_name": _NAMES.get(name, name), "name": name, **services[name]} for name in wanted]}


@area(TOKENS)
def _seed_tokens(server: Server, wanted: Any) -> dict[str, dict[str, Any]]:
    """{caller: {name: {create_time:, expires_at:, whitelist_ips:, acls:}}}; without it each caller has one, for good and from everywhere."""
    return dict(server.areas.get(TOKENS, {})) | {str(name): dict(value or {}) for name, value in (wanted or {}).items()}


@handler("api_token_list", package="Tokens")
def api_token_list(ctx: Context, params: Params) -> dict[str, Any]:
    """Those of the caller, by name; never the token itself. Without any, an empty list, as Perl's JSON has it (our guess)."""
    one: dict[str, Any] = {"ansible": {}}
    tokens = ctx.server.areas[TOKENS].get(ctx.caller.name, one)
    rows = {
        name: {
            "acls": {"all": 1},
            "create_time": 1700000000,
            "expires_at": None,
            "name": name,
            "whitelist_ips": None,
            **(values or {}),
        }
        for name, values in tokens.items()
    }
    return {"tokens": rows}
