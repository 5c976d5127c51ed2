# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mailboxes: list_pops_for, get_mailbox_status(_list), terminate_cpuser_mailbox_sessions (BEHAVIOUR E)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from .errors import Failure
from .mail_engine import Mail, engine_of
from .params import Params
from .registry import Context, handler
from .state import MAIN, Account, Folder
from .texts import quoted

QUEUE_SECONDS = 1.0


@handler("list_pops_for", role="MailReceive", package="Email")
def list_pops_for(ctx: Context, params: Params) -> dict[str, Any]:
    """Sorted addresses without the default mailbox; an empty list for none."""
    user = params.need("user")
    account = ctx.server.accounts.get(user)
    if account is None and ctx.caller.is_root:
        raise Failure(f"The {quoted(user)} user does not exist.")
    return {"pops": ctx.account(user).addresses()}


def _no_doveadm(account: str) -> Failure:
    """Only that a doveadm failure comes back is known; the words are ours."""
    return Failure(f"The {quoted('doveadm')} command failed: User doesn't exist: {account}", typed=False)


def find_mail(ctx: Context, name: str) -> Mail:
    """The mail of an address, of `_mainaccount@domain`, or of a cPanel user."""
    if "@" not in name:
        account = ctx.server.accounts.get(name)
        if account is None and ctx.caller.is_root:
            raise _no_doveadm(name)
        return _own_mail(ctx.account(name))
    local, _at, domain = name.partition("@")
    owner = ctx.server.accounts.get(ctx.server.domains.get(domain, ""))
    if owner is None or not ctx.may_touch(owner):
        raise Failure(f"{quoted(name)} has no owner!", typed=False)
    if local == MAIN:
        return _own_mail(owner)
    box = owner.mailboxes.get(name)
    if box is None:
        raise _no_doveadm(name)
    return Mail(name, box.folders)


def _own_mail(account: Account) -> Mail:
    return Mail(account.user, account.main.folders, [account.mailboxes[address] for address in account.addresses()])


def status_of(ctx: Context, name: str) -> Mapping[str, Folder]:
    mail = find_mail(ctx, name)
    return engine_of(ctx.server).status(mail)


def _numbers(ctx: Context, folder: Folder) -> dict[str, Any]:
    kind: type[str] | type[int] = str if "mailbox_strings" in ctx.server.quirks else int
    return {"guid": folder.guid, "messages": kind(folder.messages), "vsize": kind(folder.vsize)}


@handler("get_mailbox_status", role="MailReceive", package="Mailboxes")
def get_mailbox_status(ctx: Context, params: Params) -> dict[str, Any]:
    folders = status_of(ctx, params.need("account"))
    return {name: _numbers(ctx, folder) for name, folder in folders.items()}


@handler("get_mailbox_status_list", role="MailReceive", package="Mailboxes")
def get_mailbox_status_list(ctx: Context, params: Params) -> dict[str, Any]:
    """The same facts in arbitrary order."""
    folders = status_of(ctx, params.need("account"))
    names = sorted(folders, key=lambda name: zlib.crc32(name.encode()))
    return {"mailboxes": [{"mailbox": name, **_numbers(ctx, folders[name])} for name in names]}


@handler("terminate_cpuser_mailbox_sessions", writes=True, role="MailReceive", package="Mailboxes")
def terminate_sessions(ctx: Context, params: Params) -> None:
    """Only queues a task, never reports changes. The parameter is `username`. How long the queue is, is our guess."""
    account = ctx.account(params.need("username"))

    def queue() -> bool:
        ctx.server.pending.append((ctx.clock() + QUEUE_SECONDS, lambda: engine_of(ctx.server).end_sessions(account)))
        return account.sessions > 0

    ctx.mutate(account.user, queue)
