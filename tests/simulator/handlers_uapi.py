# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""uapi_cpanel and cpanel, and the UAPI functions of the module Email behind them."""

from __future__ import annotations

import re
from typing import Any

from .errors import Failure, Raw, UapiFailure
from .handlers_outgoing import set_line
from .params import Params
from .registry import API2, UAPI, Context, handler, uapi
from .state import Account, LineFile, Mailbox
from .texts import missing_parameter, no_user, quoted, role_disabled

#: The vendor's guide to testing custom code, comments and tests of three clients.
NO_USER = "User parameter is invalid or was not supplied"


def call_uapi(ctx: Context, user: str, module: str, function: str, params: Params) -> dict[str, Any]:
    """A UAPI result: {status, data, errors, messages, warnings, metadata}."""
    account = ctx.account(user)
    found = UAPI.get((module, function))
    try:
        if found is None:
            raise UapiFailure(
                f"The system could not find the function {quoted(function)} in the module {quoted(module)}."
            )  # our words
        if found.role in ctx.server.disabled_roles:
            raise UapiFailure(role_disabled(str(found.role)))
        # The quirks name the function as UAPI does.
        ctx.function = function
        data = found.run(ctx, account, params)
        errors = None
    except UapiFailure as failure:
        data, errors = None, [str(failure)]
    metadata = {"transformed": 1} if isinstance(data, list) else {}
    talks = "uapi_talks" in ctx.server.quirks
    return {
        "data": data,
        "errors": errors,
        "messages": [f"A message about {function}."] if talks else None,
        "warnings": [f"A warning about {function}.\nIt has two lines."] if talks else None,
        "status": 0 if errors else 1,
        "metadata": metadata,
    }


@handler("uapi_cpanel", acl="cpanel-api", package="Cpanel")
def uapi_cpanel(ctx: Context, params: Params) -> dict[str, Any]:
    """The inner status does not reach metadata.result: look at both."""
    user = params.need("cpanel.user")
    module, function = params.need("cpanel.module"), params.need("cpanel.function")
    return {"uapi": call_uapi(ctx, user, module, function, params)}


def call_api2(ctx: Context, user: str, module: str, function: str, params: Params) -> dict[str, Any]:
    """cPanel API 2: what went wrong stands in `error` and in the one row of `data`, and the call around it stays successful."""
    account = ctx.account(user)
    body: dict[str, Any] = {"apiversion": 2, "module": module, "func": function}
    found = API2.get((module, function))
    try:
        if found is None:
            why = f"Could not find function {quoted(function)} in module {quoted(module)}"  # our words
            return {**body, "data": [], "error": why, "event": {"result": 0, "reason": why}}
        if found.role in ctx.server.disabled_roles:
            raise UapiFailure(role_disabled(str(found.role)))
        return {**body, "data": found.run(ctx, account, params), "event": {"result": 1}}
    except UapiFailure as failure:
        if "api2_status" in ctx.server.quirks:
            return {**body, "data": [{"status": 0, "statusmsg": str(failure)}], "event": {"result": 1}}
        row = {"result": 0, "reason": str(failure)}  # as captured of addpop (11.32)
        return {**body, "data": [row], "error": str(failure), "event": {"result": 1}}


@handler("cpanel", acl="cpanel-api", package="Cpanel")
def cpanel(ctx: Context, params: Params) -> dict[str, Any]:
    """Bare, as three independent users of live servers read it; the reference shows an envelope, which a quirk adds."""
    user, version = params.get("cpanel_jsonapi_user"), params.get("cpanel_jsonapi_apiversion") or "2"
    if user not in ctx.server.accounts and "cpanel_enveloped" not in ctx.server.quirks:
        error = {"data": {"reason": NO_USER, "result": "0"}, "type": "text", "error": NO_USER}
        raise Raw({"cpanelresult": error} if version == "2" else error)
    params.need("cpanel_jsonapi_user")
    module, function = params.need("cpanel_jsonapi_module"), params.need("cpanel_jsonapi_func")
    if version == "1":
        raise Raw(_call_api1(module, function))
    if version == "3":
        result = call_uapi(ctx, user, module, function, params)
        body = {"apiversion": 3, "module": module, "func": function, "result": result}
    else:
        body = {"cpanelresult": call_api2(ctx, user, module, function, params)}
    if "cpanel_enveloped" in ctx.server.quirks:
        return body
    raise Raw(body)


def _call_api1(module: str, function: str) -> dict[str, Any]:
    """cPanel API 1 in the shape of an old capture (11.32): a text, and an error beside event.result 1. It has no function here."""
    body = {"apiversion": "1", "type": "event", "module": module, "func": function, "source": "module"}
    error = f"{module}::{function} is not simulated."  # our words
    return {**body, "data": {"result": ""}, "event": {"result": 1}, "error": error}


def _need(params: Params, name: str) -> str:
    if not params.get(name):
        raise UapiFailure(missing_parameter(name, params.package_function))
    return params.get(name)


def _box(account: Account, params: Params) -> Mailbox:
    address = _need(params, "email")
    box = account.mailboxes.get(address)
    if box is None:
        raise UapiFailure(f"You do not have an email account named {quoted(address)}.")  # our words
    return box


def _set_line(ctx: Context, account: Account, params: Params, lines: LineFile, wanted: bool) -> None:
    box = _box(account, params)
    ctx.mutate(account.user, lambda: set_line(ctx.server, lines, box.address, wanted))


@uapi("Email", "hold_outgoing", writes=True)
def hold_outgoing(ctx: Context, account: Account, params: Params) -> None:
    _set_line(ctx, account, params, ctx.server.hold_list, True)


@uapi("Email", "release_outgoing", writes=True)
def release_outgoing(ctx: Context, account: Account, params: Params) -> None:
    _set_line(ctx, account, params, ctx.server.hold_list, False)


@uapi("Email", "suspend_outgoing", writes=True, role="MailSend")
def suspend_outgoing(ctx: Context, account: Account, params: Params) -> int:
    """Returns 1 where its siblings return null."""
    _set_line(ctx, account, params, ctx.server.suspended_list, True)
    return 1


@uapi("Email", "unsuspend_outgoing", writes=True)
def unsuspend_outgoing(ctx: Context, account: Account, params: Params) -> None:
    _set_line(ctx, account, params, ctx.server.suspended_list, False)


def _set_flag(ctx: Context, account: Account, params: Params, name: str, wanted: bool) -> None:
    box = _box(account, params)

    def change() -> bool:
        before = bool(getattr(box, name))
        setattr(box, name, wanted)
        return before != wanted

    ctx.mutate(account.user, change)


@uapi("Email", "suspend_login", writes=True, role="MailReceive")
def suspend_login(ctx: Context, account: Account, params: Params) -> None:
    _set_flag(ctx, account, params, "suspended_login", True)


@uapi("Email", "unsuspend_login", writes=True, role="MailReceive")
def unsuspend_login(ctx: Context, account: Account, params: Params) -> None:
    _set_flag(ctx, account, params, "suspended_login", False)


@uapi("Email", "suspend_incoming", writes=True, role="MailReceive")
def suspend_incoming(ctx: Context, account: Account, params: Params) -> None:
    _set_flag(ctx, account, params, "suspended_incoming", True)


@uapi("Email", "unsuspend_incoming", writes=True, role="MailReceive")
def unsuspend_incoming(ctx: Context, account: Account, params: Params) -> None:
    _set_flag(ctx, account, params, "suspended_incoming", False)


@uapi("Email", "get_held_message_count", role="MailReceive")
def get_held_message_count(ctx: Context, account: Account, params: Params) -> int:
    return _box(account, params).held_messages


@uapi("Email", "delete_held_messages", writes=True, role="MailReceive")
def delete_held_messages(ctx: Context, account: Account, params: Params) -> int:
    """How many were deleted, 0 when none."""
    box = _box(account, params)
    count = box.held_messages

    def change() -> bool:
        box.held_messages = 0
        return count > 0

    ctx.mutate(account.user, change)
    return count


def _wanted(params: Params, address: str) -> bool:
    """`regex` filters by address; one that does not compile filters nothing (our guess)."""
    if not params.get("regex"):
        return True
    try:
        return bool(re.search(params.get("regex").strip("/"), address))
    except re.error:
        return True


@uapi("Email", "list_pops", role="MailReceive")
def list_pops(ctx: Context, account: Account, params: Params) -> list[dict[str, Any]]:
    found = [
        {
            "email": address,
            "login": address,
            "suspended_incoming": int(account.mailboxes[address].suspended_incoming),
            "suspended_login": int(account.mailboxes[address].suspended_login),
        }
        for address in account.addresses()
        if _wanted(params, address)
    ]
    if not params.flag("skip_main"):
        own = {"email": account.user, "login": "Main Account", "suspended_incoming": 0, "suspended_login": 0}
        found.insert(0, own)
    return found


def _megabytes(size: int, plain: bool) -> int | str:
    """As live servers of 110 and 138 send it: 3603.95, in quotes."""
    return size // 2**20 if plain else f"{size / 2**20:.2f}"


def _with_disk(ctx: Context, box: Mailbox, restrictions: bool) -> dict[str, Any]:
    local, _at, domain = box.address.partition("@")
    used = sum(folder.vsize for folder in box.folders.values())
    suspended_outgoing = int(box.address in ctx.server.suspended_list)
    percent = round(100 * used / box.quota) if box.quota else 0
    plain = "reference_types" in ctx.server.quirks
    found: dict[str, Any] = {
        "email": box.address,
        "login": box.address,
        "user": local,
        "domain": domain,
        "_diskquota": box.quota if plain or not box.quota else str(box.quota),
        "_diskused": used if plain else str(used),
        "diskquota": _megabytes(box.quota, plain) if box.quota else "unlimited",
        "diskused": _megabytes(used, plain),
        "diskusedpercent": percent,
        "diskusedpercent20": percent // 20 * 20,
        "diskusedpercent_float": float(percent),
        "humandiskquota": f"{box.quota // 2**20} MB" if box.quota else "None",
        "humandiskused": f"{used // 1024} KB",
        "txtdiskquota": box.quota // 2**20 if box.quota else "unlimited",
        "mtime": 1700000000,
        "suspended_login": int(box.suspended_login),
        "suspended_incoming": int(box.suspended_incoming),
        "suspended_outgoing": suspended_outgoing,
    }
    if restrictions:
        # Only these two are documented as tied to get_restrictions=1.
        found["hold_outgoing"] = int(box.address in ctx.server.hold_list)
        # On 134 null says that it is allowed; of its siblings that was not seen.
        found["suspended_login"] = found["suspended_login"] or (0 if plain else None)
        found["has_suspended"] = int(box.suspended_login or box.suspended_incoming or bool(suspended_outgoing))
    return found


@uapi("Email", "list_pops_with_disk", role="MailReceive")
def list_pops_with_disk(ctx: Context, account: Account, params: Params) -> list[dict[str, Any]]:
    domain, local = params.get("domain"), params.get("email")
    found = []
    for address in account.addresses():
        name, _at, host = address.partition("@")
        if (domain and host != domain) or (local and local not in (name, address)) or not _wanted(params, address):
            continue
        found.append(_with_disk(ctx, account.mailboxes[address], params.flag("get_restrictions")))
    limit = params.get("maxaccounts")
    return found[: int(limit)] if limit.isdecimal() and int(limit) else found


def cli_uapi(ctx: Context, user: str, module: str, function: str, params: Params) -> dict[str, Any]:
    """The shape the `uapi` program prints."""
    if user not in ctx.server.accounts:
        raise Failure(no_user(user))
    result = call_uapi(ctx, user, module, function, params)
    return {"apiversion": 3, "module": module, "func": function, "result": result}
