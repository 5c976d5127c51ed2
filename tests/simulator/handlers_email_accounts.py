# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mailboxes of an account: made, deleted, with password and quota (reference of UAPI; INDEX-UAPI for what was observed)."""

from __future__ import annotations

from typing import Any

from .errors import UapiFailure
from .params import Params
from .registry import Context, uapi
from .state import Account, Folder, Mailbox, make_guid
from .texts import missing_parameter, quoted

MIB = 2**20
_UNLIMITED = 4294967296

#: Seen of the API 2 twin (2016), with its two spaces.
WEAK = (
    "Sorry, the password you selected cannot be used because it is too weak and would be too easy to guess.  Please select a password with "
    "strength rating of 80  or higher."
)


def need(params: Params, name: str) -> str:
    if not params.get(name):
        raise UapiFailure(missing_parameter(name, params.package_function))
    return params.get(name)


def target(account: Account, params: Params) -> str:
    """`email` is the local part or the whole address; without `domain` the main domain is meant (reference)."""
    local, _at, given = need(params, "email").lower().partition("@")
    domain = (params.get("domain") or given or account.domain).lower()
    if domain not in account.domains:
        raise UapiFailure(
            f"The domain {quoted(domain)} does not belong to the account {quoted(account.user)}."
        )  # our words
    return f"{local}@{domain}"


def mailbox(account: Account, address: str) -> Mailbox:
    found = account.mailboxes.get(address)
    if found is None:
        raise UapiFailure(f"You do not have an email account named {quoted(address)}.")  # our words
    return found


def ceiling(account: Account) -> int:
    """The largest quota of a mailbox, in MiB; that it is MAX_EMAILACCT_QUOTA of the account is our guess."""
    text = str(account.fields.get("max_emailacct_quota", "unlimited"))
    return int(text) if text.isdecimal() and int(text) else _UNLIMITED


def _quota(account: Account, params: Params, default: int) -> int:
    """In bytes, 0 for unlimited. What is above the ceiling is lowered to it without a word (reference, edit_pop_quota)."""
    text = params.get("quota")
    wanted = default if text == "" else 0 if text in ("0", "unlimited") else int(text)
    most = ceiling(account)
    if most != _UNLIMITED and (wanted == 0 or wanted > most):
        wanted = most
    return wanted * MIB


def _check_strength(password: str) -> None:
    """What a server finds too weak depends on its settings; here it is what is short or a word (our guess)."""
    if len(password) < 8 or password.isalpha():
        raise UapiFailure(WEAK)


@uapi("Email", "add_pop", writes=True, role="MailReceive")
def add_pop(ctx: Context, account: Account, params: Params) -> str:
    """Not repeatable: a mailbox that exists is an error (observed in 2015 and 2026)."""
    address = target(account, params)
    if address in account.mailboxes:
        raise UapiFailure(f"The account {address} already exists!")
    if not params.get("password_hash"):
        _check_strength(need(params, "password"))
    quota = _quota(account, params, 1024)
    made = Mailbox(
        address,
        {"INBOX": Folder(make_guid(account.user, address))},
        quota=quota,
        password=params.get("password"),
        password_hash=params.get("password_hash"),
    )
    ctx.mutate(account.user, lambda: account.mailboxes.setdefault(address, made) is made)
    return address.replace("@", "+")


@uapi("Email", "delete_pop", writes=True, role="MailReceive")
def delete_pop(ctx: Context, account: Account, params: Params) -> None:
    """The mail goes with it. What is said of an absent one is our guess."""
    found = mailbox(account, target(account, params))
    address = found.address

    def change() -> bool:
        for lines in (ctx.server.hold_list, ctx.server.suspended_list):
            if address in lines:
                lines.remove(address)
        return account.mailboxes.pop(address, None) is not None

    ctx.mutate(account.user, change)


@uapi("Email", "passwd_pop", writes=True, role="MailReceive")
def passwd_pop(ctx: Context, account: Account, params: Params) -> None:
    found = mailbox(account, target(account, params))
    password = need(params, "password")
    _check_strength(password)

    def change() -> bool:
        before, found.password, found.password_hash = found.password, password, ""
        return before != password

    ctx.mutate(account.user, change)


@uapi("Email", "verify_password", role="MailReceive")
def verify_password(ctx: Context, account: Account, params: Params) -> int:
    """That an absent mailbox is answered with 0, too, is our guess."""
    found = account.mailboxes.get(need(params, "email"))
    return int(found is not None and bool(found.password) and found.password == need(params, "password"))


@uapi("Email", "edit_pop_quota", writes=True)
def edit_pop_quota(ctx: Context, account: Account, params: Params) -> None:
    found, wanted = mailbox(account, target(account, params)), _quota(account, params, 1024)

    def change() -> bool:
        before, found.quota = found.quota, wanted
        return before != wanted

    ctx.mutate(account.user, change)


@uapi("Email", "get_max_email_quota_mib", role="MailReceive")
def get_max_email_quota_mib(ctx: Context, account: Account, params: Params) -> Any:
    return ceiling(account)
