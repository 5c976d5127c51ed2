# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DKIM: keys on the server, records in DNS, and whether they belong together (BEHAVIOUR E)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import Failure
from .mail_dns import Zone, bits_of, key_for, private_key, public_record, zone_of
from .params import Params
from .registry import Context, handler
from .texts import argument_mismatch, quoted

PREFIX = "default._domainkey."
POLICY_BITS = 2048
Work = Callable[[Zone, str], tuple[int, str]]


def owned(ctx: Context, params: Params) -> list[str]:
    """The domains of a call that changes something: one that is nobody's, or not the caller's, rejects the whole call."""
    domains = params.need_all("domain")
    for domain in domains:
        user = ctx.server.domains.get(domain)
        if user is None and not (domain == ctx.server.hostname and ctx.caller.is_root):
            raise Failure(f"No users correspond to the domain {quoted(domain)}.")
        if user is not None and not ctx.may_touch(ctx.server.accounts[user]):
            raise Failure(f"The account {quoted(ctx.caller.name)} does not control the {quoted(domain)} domain.")
    return domains


def readable(ctx: Context, params: Params) -> list[str]:
    """The validate and fetch calls let root ask about any domain (BEHAVIOUR E)."""
    return params.need_all("domain") if ctx.caller.is_root else owned(ctx, params)


def per_domain(ctx: Context, domains: list[str], work: Work) -> dict[str, Any]:
    """{domain, status, msg} each, in the order of the owners and not of the request; the call itself stays successful."""
    payload = []
    for domain in sorted(domains, key=lambda name: (ctx.server.domains.get(name, ""), name)):
        zone = zone_of(ctx.server, domain)
        status, msg = (0, f"[FAIL:{zone.fails}]") if zone.fails else work(zone, domain)
        payload.append({"domain": domain, "status": status, "msg": msg})
    return {"payload": payload}


@handler("enable_dkim", writes=True, role="MailSend", package="EmailAuth")
def enable_dkim(ctx: Context, params: Params) -> dict[str, Any]:
    """Publishes the record of the key there is. Makes no key (not known; the reference says to ensure keys first)."""

    def work(zone: Zone, domain: str) -> tuple[int, str]:
        if zone.key is None:
            return 0, "[FAIL:no key]"
        record = public_record(zone.key)
        if zone.zone == "missing":
            return 1, "missing zone"
        if zone.dkim == [record]:
            return 1, "no changes needed"
        ctx.mutate(ctx.server.domains.get(domain), lambda: zone.publish("dkim", [record]))
        return 1, f"[ADD:TXT@{PREFIX}{domain}:{record}]"

    return per_domain(ctx, owned(ctx, params), work)


@handler("disable_dkim", writes=True, role="MailSend", package="EmailAuth")
def disable_dkim(ctx: Context, params: Params) -> dict[str, Any]:
    """Takes the record out of the zone; the key stays."""

    def work(zone: Zone, domain: str) -> tuple[int, str]:
        if zone.zone == "missing":
            return 1, "missing zone"
        if not zone.dkim:
            return 1, "no changes needed"
        removed = zone.dkim[0]
        ctx.mutate(ctx.server.domains.get(domain), lambda: zone.publish("dkim", []))
        return 1, f"[REMOVE:TXT@{PREFIX}{domain}:{removed}]"

    return per_domain(ctx, owned(ctx, params), work)


@handler("ensure_dkim_keys_exist", writes=True, role="MailSend", package="EmailAuth")
def ensure_dkim_keys_exist(ctx: Context, params: Params) -> dict[str, Any]:
    """Keeps a good key, replaces a weak one, makes a missing one. Publishes nothing.

    The server's key policy is not known; here keys below 2048 bits are weak, which is our guess.
    """

    def work(zone: Zone, domain: str) -> tuple[int, str]:
        if zone.key is not None and bits_of(zone.key) >= POLICY_BITS:
            return 1, "key is acceptable"
        done = "replaced key" if zone.key else "created new key"
        ctx.mutate(ctx.server.domains.get(domain), lambda: _keep(zone, key_for(domain)))
        return 1, done

    return per_domain(ctx, owned(ctx, params), work)


def _keep(zone: Zone, key: str) -> bool:
    changed, zone.key = zone.key != key, key
    return changed


@handler("install_dkim_private_keys", writes=True, role="MailSend", package="EmailAuth")
def install_dkim_private_keys(ctx: Context, params: Params) -> dict[str, Any]:
    """Pairs domain and key by position. Publishes nothing. What it says of a key that is none is our guess, and so is that
    it repeats the key there, as some messages of openssl's do: a client must cope."""
    keys = dict(zip(owned(ctx, params), paired(params, "domain", "key"), strict=True))

    def work(zone: Zone, domain: str) -> tuple[int, str]:
        key = keys[domain]
        if private_key(key) is None:
            return 0, f"The key {quoted(key)} is not a valid RSA private key."
        ctx.mutate(ctx.server.domains.get(domain), lambda: _keep(zone, key))
        return 1, "Installed Keys"

    return per_domain(ctx, list(keys), work)


def paired(params: Params, first: str, second: str) -> list[str]:
    """The values of the second parameter, as many as there are of the first (BEHAVIOUR B)."""
    values = params.need_all(second)
    if len(values) != len(params.all(first)):
        raise Failure(argument_mismatch(first, second))
    return values


@handler("fetch_dkim_private_keys", role="MailSend", package="EmailAuth")
def fetch_dkim_private_keys(ctx: Context, params: Params) -> dict[str, Any]:
    """`pem` is null without a key (BEHAVIOUR E)."""
    return {"payload": [{"domain": domain, "pem": zone_of(ctx.server, domain).key} for domain in readable(ctx, params)]}


@handler("validate_current_dkims", role="MailSend", package="EmailAuth")
def validate_current_dkims(ctx: Context, params: Params) -> dict[str, Any]:
    """The name asked for comes back with default._domainkey in front; keys are left out where they have nothing to say."""
    return {"payload": [_validate(ctx, domain) for domain in readable(ctx, params)]}


def _validate(ctx: Context, domain: str) -> dict[str, Any]:
    zone = zone_of(ctx.server, domain)
    found: dict[str, Any] = {"domain": PREFIX + domain, "validity_cache_update": "none"}
    if zone.dns_error:
        return {**found, "state": "ERROR", "error": f"(XID 4krw35) {zone.dns_error}", "records": []}
    expected = public_record(zone.key) if zone.key else None
    states = ["VALID" if text == expected else "MISMATCH" if "p=" in text else "PERMFAIL" for text in zone.dkim]
    found["records"] = [{"current": text, "state": state} for text, state in zip(zone.dkim, states, strict=True)]
    if expected is None:
        return {**found, "state": "NOPUB"}
    found["expected"] = expected
    return {**found, "state": _verdict(states)}


def is_valid(ctx: Context, domain: str) -> bool:
    return bool(_validate(ctx, domain)["state"] == "VALID")


def _verdict(states: list[str]) -> str:
    if len(states) != 1:
        return "MULTIPLE" if states else "MISSING"
    return "MALFORMED" if states == ["PERMFAIL"] else states[0]
