# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Greylisting (reference). The traps that it documents are always there:

- save_cpgreylist_config sets some settings and needs at least one (quirk ``greylist_full_setter``: the others are reset);
- cpgreylist_save_common_mail_providers_config sets the server's switch to 1 where it is not given; other parameters are named by providers;
- the answer about providers that are not trusted any more has its two maps the wrong way round (quirk ``greylist_maps``: the right way);
- ips_failed is one object where hosts are added, and a map where they are deleted (quirk ``greylist_failed_map``: a map in both).

Our guesses: that a host is added once (quirk ``greylist_host_again``: as often as it is asked), that only the very spelling that is listed
is deleted, that hosts stay as they were spelled (quirk ``greylist_networks``: a range that is a network becomes one), that bounds are refused,
that provider keys nobody knows are ignored by cpgreylist_save_common_mail_providers_config, that trust leaves the automatic update alone,
and that deferred mail comes as a whole (quirk ``greylist_page``: twenty rows). Reasons that are not in the reference's examples are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import Failure
from .greylist import HIGHEST, Greylist, as_network, is_host
from .params import Params
from .registry import Context, area, handler
from .state import Server
from .texts import quoted

AREA = "greylisting"
PAGE = 20
_PACKAGE = "cPGreyList"
_NEW = "autotrust_new_common_mail_providers"


@area(AREA)
def _seed(server: Server, wanted: Any) -> Greylist:
    """{enabled, exim_enabled, config: {..}, new_providers, providers: {key: {trusted, autoupdate, ips, fails} or null}, hosts: [{host,
    comment}, ..], netblocks: {range: 0 or 1}, deferred: number of rows}."""
    greylist: Greylist = server.areas.get(AREA) or Greylist()
    greylist.patch(wanted or {})
    return greylist


def _greylist(ctx: Context) -> Greylist:
    found: Greylist = ctx.server.areas[AREA]
    return found


@handler("cpgreylist_status", package=_PACKAGE)
def cpgreylist_status(ctx: Context, params: Params) -> dict[str, Any]:
    shown = _greylist(ctx).shown()
    return {"service": "cPGreyList", **{name: shown[name] for name in ("is_enabled", "is_exim_enabled")}}


@handler("enable_cpgreylist", writes=True, package=_PACKAGE)
def enable_cpgreylist(ctx: Context, params: Params) -> None:
    greylist = _greylist(ctx)
    ctx.mutate(None, lambda: greylist.switch(True))


@handler("disable_cpgreylist", writes=True, package=_PACKAGE)
def disable_cpgreylist(ctx: Context, params: Params) -> None:
    greylist = _greylist(ctx)
    ctx.mutate(None, lambda: greylist.switch(False))


@handler("load_cpgreylist_config", package=_PACKAGE)
def load_cpgreylist_config(ctx: Context, params: Params) -> dict[str, Any]:
    return {"cpgreylist_config": _greylist(ctx).shown()}


@handler("save_cpgreylist_config", writes=True, package=_PACKAGE)
def save_cpgreylist_config(ctx: Context, params: Params) -> dict[str, Any]:
    greylist = _greylist(ctx)
    given = {name: params.get(name) for name in (*HIGHEST, "spf_bypass") if params.has(name)}
    if not given:
        raise Failure("Provide at least one setting.")
    for name, value in given.items():
        highest = HIGHEST.get(name, 1)
        lowest = 0 if name == "spf_bypass" else 1
        if not value.isdecimal() or not lowest <= int(value) <= (highest or int(value)):
            raise Failure(f"{quoted(value)} is not a valid value for {quoted(name)}.")
    settings = {name: int(value) for name, value in given.items()}
    reset = "greylist_full_setter" in ctx.server.quirks
    ctx.mutate(None, lambda: greylist.store(settings, reset))
    return {"cpgreylist_config": greylist.shown()}


@handler("read_cpgreylist_deferred_entries", package=_PACKAGE)
def read_cpgreylist_deferred_entries(ctx: Context, params: Params) -> dict[str, Any]:
    rows = _greylist(ctx).deferred
    shown = rows[:PAGE] if "greylist_page" in ctx.server.quirks else rows
    return {
        "greylist_deferred_entries": shown,
        "limit": len(shown),
        "offset": 0,
        "server_timezone": "UTC",
        "server_tzoffset": 0,
        "total_rows": len(rows),
    }


@handler("read_cpgreylist_trusted_hosts", package=_PACKAGE)
def read_cpgreylist_trusted_hosts(ctx: Context, params: Params) -> dict[str, Any]:
    shown: Callable[[str], str] = as_network if "greylist_networks" in ctx.server.quirks else str
    rows = [{**row, "host_ip": shown(row["host_ip"])} for row in _greylist(ctx).hosts]
    return {"greylist_trusted_hosts": rows}


@handler("create_cpgreylist_trusted_host", writes=True, package=_PACKAGE)
def create_cpgreylist_trusted_host(ctx: Context, params: Params) -> dict[str, Any]:
    """One after the other; those that fail have their reason in an answer that says OK."""
    greylist, quirks, now = _greylist(ctx), ctx.server.quirks, ctx.now()
    comment = params.get("comment")
    again = "greylist_host_again" in quirks
    added: list[dict[str, Any]] = []
    failed: dict[str, str] = {}
    for host in params.need_all("ip"):
        if not is_host(host):
            failed[host] = f"Sorry, {host} is not a valid IP address."
        elif greylist.listed(host) and not again and not quirks.hits("silent_noop", ctx.function, host):
            failed[host] = f"{host} is trusted already."
        else:
            ctx.mutate(host, lambda host=host: greylist.add(host, comment, now, again))  # type: ignore[misc]
            added += [row for row in greylist.hosts if row["host_ip"] == host][-1:]
    as_map = "greylist_failed_map" in quirks
    one = {"comment": next(iter(failed.values()))} if failed else {}
    return {"comment": comment, "ips_added": added, "ips_failed": failed if as_map else one}


@handler("delete_cpgreylist_trusted_host", writes=True, package=_PACKAGE)
def delete_cpgreylist_trusted_host(ctx: Context, params: Params) -> dict[str, Any]:
    greylist = _greylist(ctx)
    networks = "greylist_networks" in ctx.server.quirks
    removed: list[str] = []
    failed: dict[str, str] = {}
    for host in params.need_all("ip"):
        stored = next(
            (row["host_ip"] for row in greylist.hosts if networks and as_network(row["host_ip"]) == host), host
        )
        if greylist.listed(stored):
            ctx.mutate(stored, lambda stored=stored: greylist.remove(stored))  # type: ignore[misc]
            removed.append(host)
        elif is_host(host) or "/" in host:
            failed[host] = f"{host} is not trusted."
        else:
            failed[host] = f'Invalid IP address or range: "{host}"'
    return {"ips_failed": failed, "ips_removed": removed}


@handler("cpgreylist_is_server_netblock_trusted", package=_PACKAGE)
def cpgreylist_is_server_netblock_trusted(ctx: Context, params: Params) -> dict[str, Any]:
    return {"ip_blocks": dict(_greylist(ctx).netblocks)}


@handler("cpgreylist_load_common_mail_providers_config", package=_PACKAGE)
def cpgreylist_load_common_mail_providers_config(ctx: Context, params: Params) -> dict[str, Any]:
    return _switches(_greylist(ctx))


def _switches(greylist: Greylist) -> dict[str, Any]:
    rows = {key: provider.row() for key, provider in greylist.providers.items()}
    return {_NEW: int(greylist.new_providers), "common_mail_providers": rows}


@handler("cpgreylist_save_common_mail_providers_config", writes=True, package=_PACKAGE)
def cpgreylist_save_common_mail_providers_config(ctx: Context, params: Params) -> dict[str, Any]:
    greylist = _greylist(ctx)
    switches = {key: params.flag(key) for key in greylist.providers if params.has(key)}
    new = params.flag(_NEW, default=True)
    about = next(iter(switches)) if len(switches) == 1 else None
    ctx.mutate(about, lambda: greylist.update(new, switches))
    return _switches(greylist)


@handler("cpgreylist_list_entries_for_common_mail_provider", package=_PACKAGE)
def cpgreylist_list_entries_for_common_mail_provider(ctx: Context, params: Params) -> dict[str, Any]:
    greylist = _greylist(ctx)
    found: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for key in params.need_all("provider"):
        provider = greylist.providers.get(key)
        if provider is None or provider.fails:
            failed[key] = provider.fails if provider else f"Unknown mail provider: {key}"
        else:
            same = {"create_time": "2015-07-28T08:16:52.000Z", "provider_id": provider.number}
            trusted = int(provider.trusted)
            found[key] = {"ips": [{**same, "host_ip": host, "is_trusted": trusted} for host in provider.ips]}
    return {"providers": found, "providers_failed": failed}


def _trust(ctx: Context, params: Params, on: bool) -> tuple[dict[str, int], dict[str, str]]:
    """Provider to the number of its addresses, and provider to the reason why it failed."""
    greylist = _greylist(ctx)
    done: dict[str, int] = {}
    failed: dict[str, str] = {}
    for key in params.need_all("provider"):
        if key in greylist.providers:
            ctx.mutate(key, lambda key=key: greylist.trust(key, on))  # type: ignore[misc]
            done[key] = len(greylist.providers[key].ips)
        else:
            failed[key] = f"Unknown mail provider: {key}"
    return done, failed


@handler("cpgreylist_trust_entries_for_common_mail_provider", writes=True, package=_PACKAGE)
def cpgreylist_trust_entries_for_common_mail_provider(ctx: Context, params: Params) -> dict[str, Any]:
    done, failed = _trust(ctx, params, on=True)
    return {
        "providers_failed": failed,
        "providers_trusted": {key: {"ips_trusted": count} for key, count in done.items()},
    }


@handler("cpgreylist_untrust_entries_for_common_mail_provider", writes=True, package=_PACKAGE)
def cpgreylist_untrust_entries_for_common_mail_provider(ctx: Context, params: Params) -> dict[str, Any]:
    done, failed = _trust(ctx, params, on=False)
    counts = {key: {"ips_untrusted": count} for key, count in done.items()}
    if "greylist_maps" in ctx.server.quirks:
        return {"providers_failed": failed, "providers_untrusted": counts}
    return {"providers_failed": counts, "providers_untrusted": failed}
