# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every domain of every account, and whether the server is authoritative for it (reference, 11.138)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .mail_dns import LOCAL, zone_of
from .params import Params
from .registry import Context, handler
from .state import Account


@handler("get_domain_info", package="Domain")
def get_domain_info(ctx: Context, params: Params) -> dict[str, Any]:
    """Those that somebody made; not the names such as mail.example.com that come by themselves. The order is our guess."""
    return {"domains": [row for account in ctx.visible() for row in _rows(account)]}


def _rows(account: Account) -> Iterator[dict[str, Any]]:
    kinds = {
        "main": [account.domain],
        "addon": account.addon_domains,
        "parked": account.parked_domains,
        "sub": account.subdomains,
    }
    for kind, names in kinds.items():
        for name in names:
            yield {
                "docroot": f"/home/{account.user}/public_html",
                "domain": name,
                "domain_type": kind,
                "ipv4": account.ip,
                "ipv6": None,
                "parent_domain": account.domain,
                "user": account.user,
                "user_owner": account.owner,
            }


@handler("has_local_authority", role="DNS", package="DNS")
def has_local_authority(ctx: Context, params: Params) -> dict[str, Any]:
    """Asks live DNS about each. `error` is only there where that failed; the flag then is 0 (reference, example). Root may ask about any
    domain; that a reseller may, too, is our guess."""
    return {"records": [_authority(ctx, domain) for domain in params.need_all("domain")]}


def _authority(ctx: Context, domain: str) -> dict[str, Any]:
    zone = zone_of(ctx.server, domain)
    row = {"domain": domain, "local_authority": int(zone.zone == LOCAL), "nameservers": [], "zone": domain}
    if zone.dns_error:
        return {**row, "local_authority": 0, "error": f"(XID qdbmuk) DNS query ({domain}/SOA) {zone.dns_error}"}
    names = ["ns1.example.net", "ns2.example.net"] if zone.zone == LOCAL else ["ns1.elsewhere.example"]
    return {**row, "nameservers": names}
