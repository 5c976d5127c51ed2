# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Exim sends the mail of domains instead of looking into DNS: /etc/manualmx, which no function reads.

Documented: the answer maps each domain to where it led before, null for nowhere; a domain for each host. Guesses: the words of
refusals, what counts as a host, that domains are kept in lower case, that root may name any domain, and that others may name only
those of their accounts.
"""

from __future__ import annotations

import ipaddress
import re
from functools import partial
from typing import Any

from .errors import Failure
from .params import Params
from .registry import Context, area, handler
from .state import Server
from .texts import argument_mismatch, quoted

AREA = "manual_mx"
_NAME = re.compile(r"(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z")


@area(AREA)
def _seed(server: Server, given: Any) -> dict[str, str]:
    """Domain to host; null takes one away. A patch leaves the others."""
    redirects: dict[str, str] = server.areas.get(AREA, {})
    for domain, host in (given or {}).items():
        _lead(redirects, str(domain), host)
    return redirects


def _lead(redirects: dict[str, str], domain: str, host: str | None) -> bool:
    """Whether that was a change."""
    before = redirects.get(domain)
    if host is None:
        redirects.pop(domain, None)
    else:
        redirects[domain] = host
    return before != host


@handler("set_manual_mx_redirects", writes=True, package="Exim")
def set_redirects(ctx: Context, params: Params) -> dict[str, Any]:
    domains, hosts = params.need_all("domain"), params.need_all("mx_host")
    if len(domains) != len(hosts):
        raise Failure(argument_mismatch("domain", "mx_host"))
    for host in hosts:
        if not _is_host(host):
            raise Failure(f"{quoted(host)} is not a valid host.")
    return _changed(ctx, dict(zip(domains, hosts, strict=False)))


@handler("unset_manual_mx_redirects", writes=True, package="Exim")
def unset_redirects(ctx: Context, params: Params) -> dict[str, Any]:
    return _changed(ctx, dict.fromkeys(params.need_all("domain")))


def _changed(ctx: Context, wanted: dict[str, str | None]) -> dict[str, Any]:
    for domain in wanted:
        _check_domain(ctx, domain)
    redirects: dict[str, str] = ctx.server.areas[AREA]
    before = {domain: redirects.get(domain.lower()) for domain in wanted}
    for domain, host in wanted.items():
        user = ctx.server.domains.get(domain.lower())
        ctx.mutate(user, partial(_lead, redirects, domain.lower(), host))
    return {"payload": before}


def _check_domain(ctx: Context, domain: str) -> None:
    if "." not in domain or not _NAME.match(domain):
        raise Failure(f"{quoted(domain)} is not a valid domain.")
    account = ctx.server.accounts.get(ctx.server.domains.get(domain.lower(), ""))
    if not ctx.caller.is_root and (account is None or not ctx.may_touch(account)):
        raise Failure(f"You do not have access to the domain {quoted(domain)}.")


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return bool(_NAME.match(text))
    return True
