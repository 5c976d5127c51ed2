# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts: listaccts, accountsummary, list_users, getdomainowner (BEHAVIOUR C)."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

from .errors import Failure
from .params import Params
from .registry import Context, handler
from .state import ACCOUNT_FIELDS, Account, Server

SEARCH_FIELDS = {"domain": "domain", "ip": "ip", "user": "user", "package": "plan", "owner": "owner"}


@cache
def _date(seconds: int) -> str:
    return time.strftime("%y %b %d %H:%M", time.gmtime(seconds))


#: What an account's own state decides. The flags come from the account's own file, not from the Exim lists.
_OWN: dict[str, Callable[[Server, Account], Any]] = {
    "user": lambda server, account: account.user,
    "domain": lambda server, account: account.domain,
    "owner": lambda server, account: account.owner,
    "plan": lambda server, account: account.plan + ("\udcff" if "invalid_utf8" in server.quirks else ""),
    "email": lambda server, account: account.email or "*unknown*",
    "uid": lambda server, account: account.uid,
    "ip": lambda server, account: account.ip,
    "unix_startdate": lambda server, account: account.startdate,
    "startdate": lambda server, account: _date(account.startdate),
    "suspended": lambda server, account: int(account.suspended),
    "suspendreason": lambda server, account: account.suspendreason,
    "suspendtime": lambda server, account: account.suspendtime,
    "outgoing_mail_hold": lambda server, account: int(account.hold is not None),
    "outgoing_mail_suspended": lambda server, account: int(account.outgoing_suspended is not None),
}


def record(server: Server, account: Account) -> dict[str, Any]:
    """One element of acct[]."""
    return {**ACCOUNT_FIELDS, **{name: own(server, account) for name, own in _OWN.items()}, **account.fields}


def _field(server: Server, account: Account, name: str) -> Any:
    """One field of it, null for one that there is not."""
    if name in account.fields or name not in _OWN:
        return account.fields.get(name, ACCOUNT_FIELDS.get(name))
    return _OWN[name](server, account)


def _matcher(search: str, searchtype: str, exact: bool) -> Callable[[Account], bool]:
    """Which accounts a search hits. An invalid expression silently means all of them."""
    if searchtype == "domain_and_user":
        fields = ["domain", "user"]
        if exact:
            return lambda account: False  # never matches in 11.120
    else:
        fields = [SEARCH_FIELDS[searchtype]]
    if exact:
        return lambda account: bool(getattr(account, fields[0]) == search)
    try:
        expression = re.compile(search, re.IGNORECASE)
    except re.error:
        return lambda account: True
    return lambda account: any(expression.search(getattr(account, field)) for field in fields)


@handler("listaccts", acl="list-accts")
def listaccts(ctx: Context, params: Params) -> dict[str, Any] | None:
    """Zero hits: no data at all. The order is arbitrary, like a hash's."""
    searchtype = params.get("searchtype") or "user"
    if searchtype not in (*SEARCH_FIELDS, "domain_and_user"):
        raise Failure("Unknown search type.", thrown=False)
    accounts = ctx.visible()
    exact = params.get("searchmethod") == "exact"
    if params.get("search"):
        hits = _matcher(params.get("search"), searchtype, exact)
        accounts = [account for account in accounts if hits(account)]
        if not accounts and exact and searchtype == "user":
            raise Failure("No accounts found.", thrown=False)
    if not accounts:
        return None
    accounts.sort(key=lambda account: zlib.crc32(account.user.encode()))
    want = [name for name in params.get("want").split(",") if name]
    if want:
        return {"acct": [{name: _field(ctx.server, account, name) for name in want} for account in accounts]}
    return {"acct": [record(ctx.server, account) for account in accounts]}


@handler("accountsummary", acl="acct-summary")
def accountsummary(ctx: Context, params: Params) -> dict[str, Any]:
    """Not found and not owned look alike: result 0 with data, both at once."""
    user, domain = params.get("user"), params.get("domain")
    if not user and not domain:
        raise Failure("You must specify a user or domain to get a summary of.", typed=False)
    account = ctx.server.accounts.get(user or ctx.server.domains.get(domain, ""))
    if account is None or not ctx.may_touch(account):
        raise Failure("Account does not exist.", thrown=False, data={"acct": None})
    return {"acct": [record(ctx.server, account)]}


@handler("list_users")
def list_users(ctx: Context, params: Params) -> dict[str, Any]:
    users = [account.user for account in ctx.visible()]
    return {"users": sorted(["root", *users] if ctx.caller.is_root else {ctx.caller.name, *users})}


@handler("getdomainowner")
def getdomainowner(ctx: Context, params: Params) -> dict[str, Any]:
    """null with result 1 when unknown or not the caller's."""
    account = ctx.server.accounts.get(ctx.server.domains.get(params.need("domain"), ""))
    return {"user": account.user if account is not None and ctx.may_touch(account) else None}
