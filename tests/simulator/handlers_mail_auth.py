# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SPF records, and what the world's DNS says about SPF and PTR (BEHAVIOUR E)."""

from __future__ import annotations

import ipaddress
import zlib
from typing import Any

from .handlers_dkim import owned, paired, per_domain, readable
from .mail_dns import Zone, zone_of
from .params import Params
from .registry import Context, handler
from .spf_records import broken_term, result_of
from .state import Server

_PRIVATE = [ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]


@handler("install_spf_records", writes=True, role="MailSend", package="EmailAuth")
def install_spf_records(ctx: Context, params: Params) -> dict[str, Any]:
    """Pairs domain and record by position. A record with bad syntax is a status-0 element, the rest are installed. What it
    does about several records is not known; here one is left."""
    records = dict(zip(owned(ctx, params), paired(params, "domain", "record"), strict=True))

    def work(zone: Zone, domain: str) -> tuple[int, str]:
        record = records[domain]
        broken = broken_term(record)
        if broken is not None:
            return 0, f"[FAIL:invalid SPF term {broken}]"
        if zone.zone == "missing":
            return 1, "missing zone"
        if zone.spf == [record]:
            return 1, "no changes needed"
        verb = "REPLACE" if zone.spf else "ADD"
        ctx.mutate(ctx.server.domains.get(domain), lambda: zone.publish("spf", [record]))
        return 1, f"[{verb}:TXT@{domain}.:{record}]"

    return per_domain(ctx, list(records), work)


@handler("validate_current_spfs", role="MailSend", package="EmailAuth")
def validate_current_spfs(ctx: Context, params: Params) -> dict[str, Any]:
    """One row for each domain and address, in arbitrary order; which keys a row has depends on its state."""
    rows = [
        spf_row(ctx, domain, address) for domain in readable(ctx, params) for address in _zone(ctx, domain).addresses
    ]
    return {"payload": sorted(rows, key=lambda row: zlib.crc32(f"{row['domain']}{row['ip_address']}".encode()))}


def _zone(ctx: Context, domain: str) -> Zone:
    return zone_of(ctx.server, domain)


def _written(address: str) -> tuple[str, int]:
    """IPv6 addresses come at length, as in the example of the reference."""
    found = ipaddress.ip_address(address)
    if found.version == 4:
        return address, 4
    return ":".join(f"{int(part, 16):x}" for part in found.exploded.split(":")), 6


def spf_row(ctx: Context, domain: str, address: str) -> dict[str, Any]:
    zone = _zone(ctx, domain)
    text, version = _written(address)
    row: dict[str, Any] = {"domain": domain, "ip_address": text, "ip_version": version}
    if zone.dns_error:
        return {**row, "state": "ERROR", "error": f"(XID 7hx2mq) {zone.dns_error}"}
    row["expected"] = f"ip{version}:{text}"
    if not zone.spf:
        return {**row, "state": "MISSING", "records": []}
    results = [result_of(record, address, zone.addresses) for record in zone.spf]
    row["records"] = [
        {"current": record.lower(), "state": result, "reason": f"{domain}: {result} (our guess)"}
        for record, result in zip(zone.spf, results, strict=True)
    ]
    if len(results) > 1:
        return {**row, "state": "MULTIPLE"}
    bad = "INVALID" if "old_words" in ctx.server.quirks else "MISMATCHED"
    return {**row, "state": "VALID" if results == ["PASS"] else bad}


@handler("validate_current_ptrs", role="MailSend", package="EmailAuth")
def validate_current_ptrs(ctx: Context, params: Params) -> dict[str, Any]:
    """One row for each domain and address, in the order of the request."""
    domains = readable(ctx, params)
    return {"payload": [_ptr_row(ctx, domain, text) for domain in domains for text in _zone(ctx, domain).addresses]}


def _ptr_row(ctx: Context, domain: str, address: str) -> dict[str, Any]:
    zone, helo = _zone(ctx, domain), ctx.server.hostname
    row: dict[str, Any] = {"domain": domain, "helo": helo}
    if zone.ptr == "invalid_address":
        return {**row, "state": "ERROR", "error": "1.1.1.1.1 is not a valid IP address."}
    found = ipaddress.ip_address(address)
    row.update(ip_address=_written(address)[0], ip_version=found.version, arpa_domain=found.reverse_pointer)
    if any(found in network for network in _PRIVATE):
        return {**row, "state": "IP_IS_PRIVATE", "nameservers": [], "ptr_records": []}
    row.update(nameservers=["ns1.example.net"], ptr_records=[])
    if zone.dns_error:
        return {**row, "state": "ERROR", "error": f"(XID q4tz8k) {zone.dns_error}"}
    if zone.ptr == "missing":
        return {**row, "state": "MISSING_PTR"}
    return {**row, **_ptr_records(ctx.server, zone.ptr, row["ip_address"])}


def _ptr_records(server: Server, kind: str, address: str) -> dict[str, Any]:
    """HELO_MISMATCH is a word of 11.120 only (BEHAVIOUR E); what newer servers say instead is our guess."""
    helo, other = server.hostname, "host10.provider.example"
    name, forward, verdict = {
        "valid": (helo, [address], "VALID"),
        "helo_mismatch": (other, [address], "VALID"),
        "no_forward": (other, [], "MISSING_FWD"),
        "mismatch": (other, ["198.51.100.7"], "FWD_MISMATCH"),
    }[kind]
    state = "VALID" if kind == "valid" else "PTR_MISMATCH"
    if kind == "helo_mismatch" and "old_words" in server.quirks:
        state = "HELO_MISMATCH"
    return {"state": state, "ptr_records": [{"domain": name, "forward_records": forward, "state": verdict}]}
