# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Autoresponders of an account's addresses (reference of UAPI; INDEX-UAPI for what was observed).

Observed: add_auto_responder replaces one that exists without a word; the body ends with exactly one newline afterwards; from loses
`<address>`; start and stop that are left out are null (all 11.136), and 0 is used for none (134); list_auto_responders tells address and subject
alone; get_auto_responder of an address without one answers status 1 with charset alone. Guesses: that 0 is told as 0, what is refused and
in which words, that deleting one that is not there is no error, and that an address need not be a mailbox.
"""

from __future__ import annotations

import re
from typing import Any

from .errors import UapiFailure
from .params import Params
from .registry import Context, area, uapi
from .state import Account, Server
from .texts import missing_parameter, quoted

AREA = "autoresponders"
_USUAL = {
    "from": "Somebody", "subject": "Away", "body": "Away.\n", "interval": 8, "is_html": 0, "start": None, "stop": None, "charset": "utf-8",
}  # fmt: skip
_NEEDED = ("email", "domain", "from", "subject", "body", "interval", "is_html")


@area(AREA)
def _seed(server: Server, given: Any) -> dict[str, dict[str, Any]]:
    """Address to fields of its autoresponder; null takes one away. A patch leaves the others."""
    found: dict[str, dict[str, Any]] = server.areas.get(AREA, {})
    for address, fields in (given or {}).items():
        if fields is None:
            found.pop(str(address), None)
        else:
            found[str(address)] = {**_USUAL, **found.get(str(address), {}), **fields}
    return found


def _need(params: Params, name: str) -> str:
    if not params.get(name):
        raise UapiFailure(missing_parameter(name, params.package_function))
    return params.get(name)


def _check_domain(account: Account, domain: str) -> None:
    if domain not in account.domains:
        raise UapiFailure(f"The domain {quoted(domain)} does not belong to the account {quoted(account.user)}.")


def _time(ctx: Context, params: Params, name: str) -> int | None:
    text = params.get(name)
    if not text and "autoresponder_needs_times" in ctx.server.quirks:
        raise UapiFailure(missing_parameter(name, params.package_function))
    return int(text) if text else None


@uapi("Email", "add_auto_responder", writes=True, role="MailReceive")
def add_auto_responder(ctx: Context, account: Account, params: Params) -> None:
    given = {name: _need(params, name) for name in _NEEDED}
    _check_domain(account, given["domain"].lower())
    if not given["interval"].isdecimal() or given["is_html"] not in ("0", "1"):
        raise UapiFailure("The interval or the HTML flag is not valid.")
    address = f"{given['email'].partition('@')[0]}@{given['domain']}".lower()
    made: dict[str, Any] = {
        "from": re.sub(r"\s*<[^<>]*>", "", given["from"]).strip(),
        "subject": given["subject"],
        "body": given["body"].rstrip("\n") + "\n",
        "interval": int(given["interval"]),
        "is_html": int(given["is_html"]),
        "start": _time(ctx, params, "start"),
        "stop": _time(ctx, params, "stop"),
        "charset": params.get("charset") or "utf-8",
    }
    if made["start"] and made["stop"] and made["stop"] <= made["start"]:
        raise UapiFailure("The stop time must be after the start time.")

    def change() -> bool:
        found = ctx.server.areas[AREA]
        before, found[address] = found.get(address), made
        return bool(before != made)

    ctx.mutate(account.user, change)


@uapi("Email", "delete_auto_responder", writes=True, role="MailReceive")
def delete_auto_responder(ctx: Context, account: Account, params: Params) -> None:
    address = _need(params, "email").lower()
    _check_domain(account, address.rpartition("@")[2])
    ctx.mutate(account.user, lambda: ctx.server.areas[AREA].pop(address, None) is not None)


@uapi("Email", "get_auto_responder", role="MailReceive")
def get_auto_responder(ctx: Context, account: Account, params: Params) -> dict[str, Any]:
    address = _need(params, "email").lower()
    found = ctx.server.areas[AREA].get(address) if address.rpartition("@")[2] in account.domains else None
    return dict(found) if found else {"charset": params.get("temp_charset") or "utf-8"}


@uapi("Email", "list_auto_responders", role="MailReceive")
def list_auto_responders(ctx: Context, account: Account, params: Params) -> list[dict[str, Any]]:
    domain = _need(params, "domain").lower()
    _check_domain(account, domain)
    found = sorted(ctx.server.areas[AREA].items())
    return [
        {"email": address, "subject": fields["subject"]}
        for address, fields in found
        if address.rpartition("@")[2] == domain
    ]
