# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail routing of the domains of an account (reference of UAPI; INDEX-UAPI for what was observed).

Documented: set_always_accept has a flag of its own inside data, without mxcheck it sets auto, and DNS is not touched. Observed: the
parameter domain of list_mxs does not limit the rows (134), subdomains have none, a priority is a text (110), and checkmx.changed is 1 where
nothing changed. Guesses: what is refused with that flag instead of with an error, the words, and that what is detected does not depend on what is
set.
"""

from __future__ import annotations

from typing import Any

from .errors import UapiFailure
from .params import Params
from .registry import Context, area, uapi
from .state import Account, Server
from .texts import missing_parameter, quoted

AREA = "mail_routing"
_ROUTINGS = ("auto", "local", "secondary", "remote")
_USUAL: dict[str, Any] = {"routing": "auto", "detected": "local", "warnings": [], "fails": None}


@area(AREA)
def _seed(server: Server, given: Any) -> dict[str, dict[str, Any]]:
    """Domain to its routing, or to {routing, detected, warnings, fails}: fails is why it cannot be set. A patch leaves the others."""
    routings: dict[str, dict[str, Any]] = server.areas.get(AREA, {})
    for domain, told in (given or {}).items():
        fields = {"routing": told} if isinstance(told, str) else dict(told)
        routings[str(domain)] = {**_USUAL, **routings.get(str(domain), {}), **fields}
    return routings


def routing_of(server: Server, domain: str) -> dict[str, Any]:
    return server.areas[AREA].get(domain) or dict(_USUAL)


def _flags(found: dict[str, Any]) -> dict[str, Any]:
    """What both functions say of a domain: 1 for what its mail really does."""
    counts = found["detected"] if found["routing"] == "auto" else found["routing"]
    return {
        "detected": found["detected"],
        "mxcheck": found["routing"],
        **{name: int(counts == name) for name in ("local", "secondary", "remote")},
    }


def _mail_domains(account: Account) -> list[str]:
    return [account.domain, *account.addon_domains, *account.parked_domains]


@uapi("Email", "list_mxs", role="DNS")
def list_mxs(ctx: Context, account: Account, params: Params) -> list[dict[str, Any]]:
    return [_row(ctx.server, domain) for domain in _mail_domains(account)]


def _row(server: Server, domain: str) -> dict[str, Any]:
    flags = _flags(routing_of(server, domain))
    exchanger = domain if flags["detected"] == "local" else f"mx.{domain}"
    entry = {"domain": domain, "entrycount": 1, "mx": exchanger, "priority": "0", "row": "odd"}
    return {
        **flags,
        "alwaysaccept": flags["local"],
        "domain": domain,
        "entries": [entry],
        "mx": exchanger,
        "status": 1,
        "statusmsg": "Fetched MX List",
    }


@uapi("Email", "set_always_accept", writes=True, role="DNS")
def set_always_accept(ctx: Context, account: Account, params: Params) -> dict[str, Any]:
    domain = params.get("domain")
    if not domain:
        raise UapiFailure(missing_parameter("domain", params.package_function))
    routing = params.get("mxcheck") or params.get("alwaysaccept") or "auto"
    before = routing_of(ctx.server, domain)
    if domain not in _mail_domains(account):
        return _refused(f"The domain {quoted(domain)} does not belong to the account {quoted(account.user)}.")
    if routing not in _ROUTINGS:
        return _refused(f"{quoted(routing)} is no mail routing.")
    if before["fails"]:
        return _refused(before["fails"])

    def change() -> bool:
        now = ctx.server.areas[AREA].setdefault(domain, dict(_USUAL))
        earlier, now["routing"] = now["routing"], routing
        return bool(earlier != routing)

    ctx.mutate(account.user, change)
    told = _flags({**before, "routing": routing})
    checked = {
        **told,
        "changed": 1,
        "isprimary": told["local"],
        "issecondary": told["secondary"],
        "warnings": before["warnings"],
    }
    said = f"Set Always Accept Status to: {routing}"
    return {**told, "checkmx": checked, "results": said, "status": 1, "statusmsg": said}


def _refused(why: str) -> dict[str, Any]:
    return {"status": 0, "statusmsg": why}
