# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Countries and domains from which no mail is taken (reference, 84 and later). The order of the lists is our guess."""

from __future__ import annotations

from typing import Any

from .params import Params
from .registry import Context, area, handler
from .state import Server

AREA = "blocks"


@area(AREA)
def _seed(server: Server, wanted: Any) -> dict[str, list[str]]:
    """{countries: [code, ..], domains: [domain, ..]}."""
    before = server.areas.get(AREA) or {"countries": [], "domains": []}
    return {key: list((wanted or {}).get(key, before[key])) for key in before}


@handler("list_blocked_incoming_email_countries", package="Exim")
def list_blocked_incoming_email_countries(ctx: Context, params: Params) -> dict[str, Any]:
    return {"countries": [{"country_code": code} for code in ctx.server.areas[AREA]["countries"]]}


@handler("list_blocked_incoming_email_domains", package="Exim")
def list_blocked_incoming_email_domains(ctx: Context, params: Params) -> dict[str, Any]:
    return {"domains": [{"domain": domain} for domain in ctx.server.areas[AREA]["domains"]]}
