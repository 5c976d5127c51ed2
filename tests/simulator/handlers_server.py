# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server itself: applist, myprivs, version, gethostname, is_role_enabled."""

from __future__ import annotations

from typing import Any

from .errors import Failure, Raw
from .params import Params
from .registry import HANDLERS, Context, handler
from .state import ROLES
from .texts import quoted

PRIVILEGES = (
    "acct-summary", "add-pkg", "add-pkg-ip", "add-pkg-shell", "all", "allow-addoncreate", "allow-emaillimits-pkgs",
    "allow-parkedcreate", "allow-shell", "allow-unlimited-bw-pkgs", "allow-unlimited-disk-pkgs",
    "allow-unlimited-pkgs", "basic-system-info", "basic-whm-functions", "clustering", "cors-proxy-get", "cpanel-api",
    "cpanel-integration", "create-acct", "create-dns", "create-user-session", "demo-setup", "digest-auth",
    "edit-account", "edit-dns", "edit-mx", "edit-pkg", "file-restore", "generate-email-config", "kill-acct",
    "kill-dns", "limit-bandwidth", "list-accts", "list-pkgs", "locale-edit", "mailcheck", "manage-api-tokens",
    "manage-dns-records", "manage-oidc", "manage-styles", "mysql-info", "news", "ns-config", "park-dns", "passwd",
    "quota", "rearrange-accts", "resftp", "restart", "show-bandwidth", "ssl", "ssl-buy", "ssl-gencrt", "ssl-info",
    "stats", "status", "suspend-acct", "thirdparty", "track-email", "upgrade-account", "viewglobalpackages",
)  # fmt: skip


@handler("applist", package="ACLS")
def applist(ctx: Context, params: Params) -> dict[str, Any]:
    return {"app": sorted(name for name in HANDLERS if not ctx.server.lacks(name))}


@handler("myprivs", package="ACLS")
def myprivs(ctx: Context, params: Params) -> dict[str, Any]:
    """A list with one object. Granted is 1 for root and "1" for resellers; not granted is 0, "" or no key."""
    if ctx.caller.is_root:
        return {"privileges": [dict.fromkeys(PRIVILEGES, 1)]}
    found: dict[str, Any] = {}
    for number, name in enumerate(PRIVILEGES):
        if name in ctx.caller.privileges:
            found[name] = "1"
        elif number % 3:
            found[name] = 0 if number % 3 == 1 else ""
    return {"privileges": [found]}


@handler("version", package="Version")
def version(ctx: Context, params: Params) -> dict[str, Any]:
    data = {"version": ctx.server.version}
    if "version_legacy" in ctx.server.quirks:
        raise Raw({"cpanelresult": {"apiversion": "2", "data": data, "type": "text"}})
    return data


@handler("gethostname", package="Sys")
def gethostname(ctx: Context, params: Params) -> dict[str, Any]:
    return {"hostname": ctx.server.hostname}


@handler("is_role_enabled", package="ServerProfile")
def is_role_enabled(ctx: Context, params: Params) -> dict[str, Any]:
    role = params.need("role")
    if role not in ROLES:
        raise Failure(f"{quoted(role)} is not a valid role.")  # not documented, our words
    return {"enabled": int(role not in ctx.server.disabled_roles)}
