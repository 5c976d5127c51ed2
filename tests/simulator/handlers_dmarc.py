# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DMARC: records of domains, what the world sees of them, and the server's default (reference, 124 and later).

No captured answer of these functions is public. Messages and the handling of zones follow those of DKIM and SPF, which is our guess.
"""

from __future__ import annotations

import re
from typing import Any

from .errors import Failure
from .handlers_dkim import is_valid, owned, per_domain, readable
from .handlers_mail_auth import spf_row
from .mail_dns import DMARC, Zone, described, zone_of
from .params import Params
from .registry import Context, area, handler
from .state import Server
from .texts import argument_mismatch

DEFAULT_AREA = "default_dmarc"
_GOOD = re.compile(r"v=DMARC1\s*;.*\bp\s*=\s*(?i:none|quarantine|reject)\b")
_POLICY = "none|quarantine|reject"
_VALUES = {"p": _POLICY, "sp": _POLICY, "adkim": "[rs]", "aspf": "[rs]", "pct": "[0-9]+", "ri": "[0-9]+", "t": "[yn]"}


def is_readable(record: str) -> bool:
    """Whether a receiver can read it (RFC 7489, 6.4). How strict the server is where it says MALFORMED is not known; here as a receiver."""
    tags = [(name.strip().lower(), equals, value.strip()) for name, equals, value in _tags(record)]
    if len(tags) < 2 or tags[0] != ("v", "=", "DMARC1"):
        return False
    if not all(equals and re.fullmatch(r"[^\s]+", name) for name, equals, _value in tags):
        return False
    known = [(_VALUES[name], value) for name, _equals, value in tags[1:] if name in _VALUES]
    return all(re.fullmatch(rule, value, re.IGNORECASE) for rule, value in known) and "p" in [tag[0] for tag in tags]


def _tags(record: str) -> list[tuple[str, str, str]]:
    return [part.partition("=") for part in record.rstrip(" ;").split(";")]


def _targets(ctx: Context, params: Params) -> list[str]:
    """Without a domain it means every domain of the server (reference); a reseller's own, which is our guess."""
    if params.all("domain"):
        return owned(ctx, params)
    accounts = ctx.server.accounts
    everything = [name for name in described(ctx.server) if name in ctx.server.domains]
    return [name for name in everything if ctx.may_touch(accounts[ctx.server.domains[name]])]


@handler("apply_dmarc", writes=True, package="EmailAuth")
def apply_dmarc(ctx: Context, params: Params) -> dict[str, Any]:
    """One policy serves all domains, several are paired with them. What it does about a record that is no DMARC is not documented: here it
    is a status-0 element, or with the quirk it is published all the same. Of several records one is left (our guess)."""
    domains, policies = _targets(ctx, params), params.need_all("policy")
    if len(policies) not in (1, len(domains)):
        raise Failure(argument_mismatch("domain", "policy"))
    wanted = dict(zip(domains, policies * len(domains) if len(policies) == 1 else policies, strict=False))

    def work(zone: Zone, domain: str) -> tuple[int, str]:
        record = wanted[domain]
        if not _GOOD.match(record) and "dmarc_takes_all" not in ctx.server.quirks:
            return 0, f"[FAIL:invalid DMARC record {record}]"
        if zone.zone == "missing":
            return 1, "missing zone"
        if zone.dmarc == [record]:
            return 1, "no changes needed"
        verb = "REPLACE" if zone.dmarc else "ADD"
        ctx.mutate(ctx.server.domains.get(domain), lambda: zone.publish("dmarc", [record]))
        return 1, f"[{verb}:TXT@_dmarc.{domain}:{record}]"

    return per_domain(ctx, domains, work)


@handler("remove_dmarc", writes=True, package="EmailAuth")
def remove_dmarc(ctx: Context, params: Params) -> dict[str, Any]:
    """Takes every record out of the zone (reference: it removes "records"). What it says where there is none is our guess."""

    def work(zone: Zone, domain: str) -> tuple[int, str]:
        if zone.zone == "missing":
            return 1, "missing zone"
        if not zone.dmarc:
            return 1, "no changes needed"
        removed = zone.dmarc[0]
        ctx.mutate(ctx.server.domains.get(domain), lambda: zone.publish("dmarc", []))
        return 1, f"[REMOVE:TXT@_dmarc.{domain}:{removed}]"

    return per_domain(ctx, _targets(ctx, params), work)


@handler("validate_current_dmarcs", package="EmailAuth")
def validate_current_dmarcs(ctx: Context, params: Params) -> dict[str, Any]:
    """Without a domain it means all. Whether a policy's record is good is not enough: DKIM and SPF have to be, too. How several records
    of a domain come is not documented: here in a row each, or with the quirk as the first of them."""
    domains = readable(ctx, params) if params.all("domain") else described(ctx.server)
    return {"payload": [row for domain in domains for row in _rows(ctx, domain)]}


def _rows(ctx: Context, domain: str) -> list[dict[str, Any]]:
    zone = zone_of(ctx.server, domain)
    row = {"domain": domain, "subdomain": f"_dmarc.{domain}", "record": "", "suggested": DMARC, "error": ""}
    if zone.dns_error:
        return [{**row, "state": "DNS_ERROR", "error": zone.dns_error}]
    if not zone.dmarc:
        return [{**row, "state": "MISSING"}]
    if len(zone.dmarc) > 1:
        shown = zone.dmarc[:1] if "dmarc_first_only" in ctx.server.quirks else zone.dmarc
        return [{**row, "record": record, "state": "MALFORMED"} for record in shown]
    return [{**row, "record": zone.dmarc[0], **_verdict(ctx, domain, zone)}]


def _verdict(ctx: Context, domain: str, zone: Zone) -> dict[str, str]:
    if not is_readable(zone.dmarc[0]):
        return {"state": "MALFORMED"}
    bad = [] if is_valid(ctx, domain) else ["DKIM"]
    if any(spf_row(ctx, domain, address)["state"] != "VALID" for address in zone.addresses):
        bad.append("SPF")
    if bad:
        return {"state": "_".join([*bad, "ERROR"]), "error": f"{' and '.join(bad)} of {domain} is not valid."}
    return {"state": "VALID"}


@area(DEFAULT_AREA)
def _seed_default(server: Server, wanted: Any) -> str:
    """The default record that was set on this server; the empty text where none was."""
    return str(server.areas.get(DEFAULT_AREA, "") if wanted is None else wanted)


@handler("get_default_dmarc_record", package="EmailAuth")
def get_default_dmarc_record(ctx: Context, params: Params) -> dict[str, Any]:
    """One object, no list (reference, 124 and later). Our guesses: where none was set the built-in record comes, or with the
    quirk nothing, and any caller may ask. What `validate_current_dmarcs` suggests does not follow it here; whether it
    does is not known."""
    built_in = "" if "default_dmarc_empty" in ctx.server.quirks else DMARC
    return {"payload": {"record": ctx.server.areas[DEFAULT_AREA] or built_in}}


@handler("set_default_dmarc_record", writes=True, package="EmailAuth")
def set_default_dmarc_record(ctx: Context, params: Params) -> dict[str, Any]:
    """The empty text is the built-in record (reference). What no `record` at all does is not documented; here it is the same. That a
    record of another form fails the call, with these words, is our guess; so is that only root may set it."""
    record = next(iter(params.all("record")), "")
    if not ctx.caller.is_root:
        raise Failure("Only root may set the default DMARC record.")
    if record and not _GOOD.match(record):
        raise Failure("The record must begin with v=DMARC1; and carry p=none, p=quarantine or p=reject.")
    ctx.mutate(None, lambda: _keep(ctx.server, record))
    return {"payload": {"success": 1}}


def _keep(server: Server, record: str) -> bool:
    changed = bool(server.areas[DEFAULT_AREA] != record)
    server.areas[DEFAULT_AREA] = record
    return changed
