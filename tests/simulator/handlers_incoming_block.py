# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Countries and domains from which no mail is taken (reference, 84 and later). The order of the lists is our guess.

What changes a list takes several values and answers with one flag for all: 0 says that nothing was changed, because all was so
already. Which values a server refuses is not documented, nor what becomes of the others then. Here it refuses what the state
file says (``refused``), and then does nothing; the quirk ``half_a_list`` does what stands before it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from .errors import Failure
from .params import Params
from .registry import Context, area, handler
from .state import Server

AREA = "blocks"


@area(AREA)
def _seed(server: Server, wanted: Any) -> dict[str, list[str]]:
    """{countries: [code, ..], domains: [domain, ..], refused: [value, ..]}."""
    before = server.areas.get(AREA) or {"countries": [], "domains": [], "refused": []}
    return {key: list((wanted or {}).get(key, before[key])) for key in before}


@handler("list_blocked_incoming_email_countries", package="Exim")
def list_blocked_incoming_email_countries(ctx: Context, params: Params) -> dict[str, Any]:
    return {"countries": [{"country_code": code} for code in ctx.server.areas[AREA]["countries"]]}


@handler("list_blocked_incoming_email_domains", package="Exim")
def list_blocked_incoming_email_domains(ctx: Context, params: Params) -> dict[str, Any]:
    return {"domains": [{"domain": domain} for domain in ctx.server.areas[AREA]["domains"]]}


@handler("block_incoming_email_from_country", writes=True, package="Exim")
def block_incoming_email_from_country(ctx: Context, params: Params) -> dict[str, int]:
    return _change(ctx, "countries", params.need_all("country_code"), True)


@handler("unblock_incoming_email_from_country", writes=True, package="Exim")
def unblock_incoming_email_from_country(ctx: Context, params: Params) -> dict[str, int]:
    """The reference does not call the parameter required. That the server refuses to do without is our guess."""
    return _change(ctx, "countries", params.need_all("country_code"), False)


@handler("block_incoming_email_from_domain", writes=True, package="Exim")
def block_incoming_email_from_domain(ctx: Context, params: Params) -> dict[str, int]:
    return _change(ctx, "domains", params.need_all("domain"), True)


@handler("unblock_incoming_email_from_domain", writes=True, package="Exim")
def unblock_incoming_email_from_domain(ctx: Context, params: Params) -> dict[str, int]:
    return _change(ctx, "domains", params.need_all("domain"), False)


def _change(ctx: Context, name: str, values: list[str], block: bool) -> dict[str, int]:
    """That values are kept as they were given, in capitals or not, is our guess."""
    before = list(ctx.server.areas[AREA][name])
    refused = [value for value in values if value in ctx.server.areas[AREA]["refused"]]
    if refused and "half_a_list" in ctx.server.quirks:
        values = values[: values.index(refused[0])]
    elif refused:
        values = []
    for value in values:
        ctx.mutate(value, partial(_put, ctx.server, name, value, block))
    if refused:
        raise Failure(f"{refused[0]} is not valid.")
    return {"updated": int(any((value in before) is not block for value in values))}


def _put(server: Server, name: str, value: str, block: bool) -> bool:
    listed = server.areas[AREA][name]
    if (value in listed) is block:
        return False
    listed.append(value) if block else listed.remove(value)
    return True
