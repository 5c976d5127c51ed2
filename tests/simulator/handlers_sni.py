# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mail SNI: always on since version 60, a switch before (BEHAVIOUR E; the older ways from the reference's history).

Our guesses: the refusal of a foreign domain, that an unknown one is refused like it, and that before version 60 the status
follows the switch at once while the files do so by a rebuild.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import Failure
from .params import Params
from .registry import Context, area, handler
from .state import Server
from .texts import quoted

AREA = "mail_sni"
ALWAYS = "Mail SNI is always enabled now."
_ALWAYS_SINCE = 60
_CONFIG = "/etc/dovecot/sni.conf"


@dataclass
class MailSni:
    """`enabled` counts before version 60 only; `built` is what the configuration files hold, `fails` domain to reason."""

    supported: bool = True
    enabled: set[str] = field(default_factory=set)
    built: set[str] = field(default_factory=set)
    fails: dict[str, str] = field(default_factory=dict)
    rebuilds: int = 0
    reloads: int = 0
    rebuild_fails: bool = False

    def switch(self, domain: str, on: bool) -> bool:
        if (domain in self.enabled) is on:
            return False
        if on:
            self.enabled.add(domain)
        else:
            self.enabled.remove(domain)
        return True

    def rebuild(self, reload: bool) -> bool:
        self.built = set(self.enabled)
        self.rebuilds += 1
        self.reloads += reload
        return True


@area(AREA)
def _seed(server: Server, wanted: Any) -> MailSni:
    """{supported: false, enabled: [domain, ..], fails: {domain: reason}, rebuild_fails: true}."""
    sni: MailSni = server.areas.get(AREA) or MailSni()
    given: Mapping[str, Any] = wanted or {}
    unknown = sorted(set(given) - {"supported", "enabled", "fails", "rebuild_fails"})
    if unknown:
        raise ValueError(f"mail_sni has unknown keys: {', '.join(unknown)}.")
    sni.supported = bool(given.get("supported", sni.supported))
    sni.rebuild_fails = bool(given.get("rebuild_fails", sni.rebuild_fails))
    sni.fails.update(given.get("fails") or {})
    if "enabled" in given:
        sni.enabled = set(given["enabled"] or ())
        sni.built = set(sni.enabled)
    return sni


def _sni(ctx: Context) -> MailSni:
    found: MailSni = ctx.server.areas[AREA]
    return found


def always_on(server: Server) -> bool:
    """11.58.0.4 and 58.0.4 are the same version in two spellings."""
    numbers = [int(part) for part in server.version.split(".") if part.isdecimal()]
    major = numbers[1] if numbers[0] == 11 and len(numbers) > 1 else numbers[0]
    return major >= _ALWAYS_SINCE


def _refusal(ctx: Context, domain: str) -> str | None:
    user = ctx.server.domains.get(domain)
    if user is None or not ctx.may_touch(ctx.server.accounts[user]):
        return f"You do not have access to a domain named {quoted(domain)}."
    return None


def _warn(ctx: Context) -> None:
    ctx.metadata["warnings"] = [ALWAYS]


def _switch(ctx: Context, domains: list[str], on: bool) -> dict[str, Any]:
    sni = _sni(ctx)
    updated: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for domain in domains:
        reason = _refusal(ctx, domain) or sni.fails.get(domain)
        if reason:
            failed[domain] = reason
        else:
            ctx.mutate(ctx.server.domains[domain], lambda domain=domain: sni.switch(domain, on))  # type: ignore[misc]
            updated[domain] = {domain: 1}
    return {"updated_domains": updated, "failed_domains": failed}


@handler("mail_sni_status", package="SSL")
def mail_sni_status(ctx: Context, params: Params) -> dict[str, Any]:
    domain = params.need("domain")
    refusal = _refusal(ctx, domain)
    if refusal:
        raise Failure(refusal)
    if always_on(ctx.server):
        _warn(ctx)
        return {"enabled": 1}
    return {"enabled": int(domain in _sni(ctx).enabled)}


@handler("is_sni_supported", package="SSL")
def is_sni_supported(ctx: Context, params: Params) -> dict[str, Any]:
    return {"sni": int(_sni(ctx).supported)}


@handler("enable_mail_sni", writes=True, package="SSL")
def enable_mail_sni(ctx: Context, params: Params) -> dict[str, Any]:
    """Today: OK, a warning, updated_domains always empty, failed_domains for foreign ones."""
    domains = params.all("domain")
    if not domains:
        raise Failure("No domains specified.", thrown=False)
    if not always_on(ctx.server):
        return _switch(ctx, domains, on=True)
    _warn(ctx)
    failed = {domain: refusal for domain in domains if (refusal := _refusal(ctx, domain))}
    return {"updated_domains": {}, "failed_domains": failed}


@handler("disable_mail_sni", writes=True, package="SSL")
def disable_mail_sni(ctx: Context, params: Params) -> dict[str, Any]:
    """Today: always fails, with an empty object."""
    if always_on(ctx.server):
        raise Failure("cPanel & WHM no longer allows mail SNI to be disabled.", thrown=False, data={})
    domains = params.all("domain")
    if not domains:
        raise Failure("No domains specified.", thrown=False)
    return _switch(ctx, domains, on=False)


@handler("rebuild_mail_sni_config", writes=True, package="SSL")
def rebuild_mail_sni_config(ctx: Context, params: Params) -> dict[str, Any]:
    """Acts every time. The files are named to root only; success 0 beside result 1 is our guess at how it fails."""
    sni = _sni(ctx)
    if sni.rebuild_fails:
        return {"success": 0, **({"configs_built": []} if ctx.caller.is_root else {})}
    ctx.mutate(None, lambda: sni.rebuild(params.flag("reload_dovecot")))
    return {"success": 1, **({"configs_built": [_CONFIG]} if ctx.caller.is_root else {})}
