# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwarders and default addresses of an account (reference of UAPI; INDEX-UAPI for what was observed).

Observed: a forwarder that is added again is taken and stays one; ``email`` may be the local part; taking one away answers null; the
text of ``:fail:`` of a default address has quotes around it; a new account's default address is its own name, which can also be set.
Guesses: all words of refusals; that a comma list makes a forwarder each; that addresses are kept in lower case; that a program is meant below the
account's home; that a forwarder that is not there is taken away without complaint (quirk ``forwarder_gone_refused``); that a forwarder's
``:fail:`` has quotes around it as that of a default address; what the default text is, which the reference tells for both functions alike.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from .errors import UapiFailure
from .handlers_email_accounts import need
from .params import Params
from .registry import Context, area, uapi
from .state import Account, Server
from .texts import quoted

FORWARDERS, DEFAULTS = "email_forwarders", "default_addresses"
NO_PERSON = "No such person at this address"
_ADDRESS = re.compile(r"[^\s@,]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+\Z")


@area(FORWARDERS)
def _forwarders(server: Server, given: Any) -> dict[str, list[str]]:
    """Address to destinations, as they are listed; an empty list takes it away. A patch leaves the others."""
    found: dict[str, list[str]] = server.areas.get(FORWARDERS, {})
    for address, destinations in (given or {}).items():
        found[address] = list(destinations or [])
    return found


@area(DEFAULTS)
def _defaults(server: Server, given: Any) -> dict[str, str]:
    """Domain to its default address, as it is listed. A domain that is not named here has its account's name."""
    found: dict[str, str] = server.areas.get(DEFAULTS, {})
    found.update(given or {})
    return found


def forwarders(server: Server, address: str) -> list[str]:
    found: dict[str, list[str]] = server.areas[FORWARDERS]
    return found.setdefault(address, [])


def default_of(server: Server, account: Account, domain: str) -> str:
    found: dict[str, str] = server.areas[DEFAULTS]
    return found.get(domain, account.user)


def _domain(account: Account, domain: str) -> str:
    if domain.lower() not in account.domains:
        raise UapiFailure(f"The domain {quoted(domain)} does not belong to the account {quoted(account.user)}.")
    return domain.lower()


def _destinations(ctx: Context, account: Account, params: Params) -> list[str]:
    method = need(params, "fwdopt")
    if method == "fwd":
        return [_target(ctx, text.strip()) for text in need(params, "fwdemail").split(",")]
    if method == "system":
        return [_user(ctx, need(params, "fwdsystem"))]
    if method == "fail":
        return [f'":fail: {params.get("failmsgs") or NO_PERSON}"']
    if method == "blackhole":
        return [":blackhole:"]
    if method != "pipe":
        raise UapiFailure(f"The forwarding method {quoted(method)} is not known.")
    path = need(params, "pipefwd")
    return ["|" + (path if path.startswith("/") else f"/home/{account.user}/{path}")]


def _target(ctx: Context, text: str) -> str:
    """An address; a bare name is taken too (observed of default addresses)."""
    return text if _ADDRESS.match(text) else _user(ctx, text)


def _user(ctx: Context, name: str) -> str:
    if not ctx.server.is_system_user(name):
        raise UapiFailure(f"{quoted(name)} is neither an address nor a user of this system.")
    return name


@uapi("Email", "add_forwarder", writes=True, role="MailReceive")
def add_forwarder(ctx: Context, account: Account, params: Params) -> list[dict[str, str]]:
    domain = _domain(account, need(params, "domain"))
    address = f"{need(params, 'email').partition('@')[0].lower()}@{domain}"
    added = _destinations(ctx, account, params)

    def change() -> bool:
        kept = forwarders(ctx.server, address)
        new = [text for text in added if text not in kept]
        kept.extend(new)
        return bool(new)

    ctx.mutate(account.user, change)
    return [{"domain": domain, "email": address, "forward": text} for text in added]


@uapi("Email", "delete_forwarder", writes=True, role="MailReceive")
def delete_forwarder(ctx: Context, account: Account, params: Params) -> None:
    address, destination = need(params, "address"), need(params, "forwarder")
    _domain(account, address.partition("@")[2])
    if destination not in forwarders(ctx.server, address) and "forwarder_gone_refused" in ctx.server.quirks:
        raise UapiFailure(f"There is no forwarder from {quoted(address)} to {quoted(destination)}.")

    def change() -> bool:
        kept = forwarders(ctx.server, address)
        if destination not in kept:
            return False
        kept.remove(destination)
        return True

    ctx.mutate(account.user, change)


@uapi("Email", "list_forwarders", role="MailReceive")
def list_forwarders(ctx: Context, account: Account, params: Params) -> list[dict[str, str]]:
    """``dest`` is the address that forwards."""
    domain = _domain(account, need(params, "domain"))
    kept: dict[str, list[str]] = ctx.server.areas[FORWARDERS]
    wanted = params.get("regex")
    return [
        _row(address, destination)
        for address in sorted(kept)
        for destination in kept[address]
        if address.partition("@")[2].lower() == domain and (not wanted or re.search(wanted, f"{address} {destination}"))
    ]


def _row(address: str, destination: str) -> dict[str, str]:
    return {
        "dest": address,
        "forward": destination,
        "html_dest": address,
        "html_forward": destination.replace("&", "&amp;").replace('"', "&quot;"),
        "uri_dest": quote(address, safe=""),
        "uri_forward": quote(destination, safe=""),
    }


@uapi("Email", "set_default_address", writes=True, role="MailReceive")
def set_default_address(ctx: Context, account: Account, params: Params) -> list[dict[str, str]]:
    """Without ``domain`` the main domain is changed (reference). There is no method ``system``."""
    domain = _domain(account, params.get("domain") or account.domain)
    if need(params, "fwdopt") == "system":
        raise UapiFailure(f"The forwarding method {quoted('system')} is not known.")
    value = _destinations(ctx, account, params)[0]
    kept: dict[str, str] = ctx.server.areas[DEFAULTS]

    def change() -> bool:
        before = default_of(ctx.server, account, domain)
        kept[domain] = value
        return before != value

    ctx.mutate(account.user, change)
    return [{"dest": value, "domain": domain}]


@uapi("Email", "list_default_address", role="MailReceive")
def list_default_address(ctx: Context, account: Account, params: Params) -> list[dict[str, str]]:
    """``user`` is flagged as required and works without (observed)."""
    asked = [_domain(account, params.get("domain"))] if params.get("domain") else sorted(account.domains)
    return [{"defaultaddress": default_of(ctx.server, account, domain), "domain": domain} for domain in asked]
