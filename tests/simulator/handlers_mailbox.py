# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mailboxes: list_pops_for, get_mailbox_status(_list), terminate_cpuser_mailbox_sessions (BEHAVIOUR E)."""

from __future__ import annotations

import zlib
from typing import Any

from .errors import Failure
from .params import Params
from .registry import Context, handler
from .state import MAIN, Account, Folder, Mailbox
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


def find_folders(ctx: Context, name: str) -> dict[str, Folder]:
    """The folders of an address, of `_mainaccount@domain`, or of a cPanel user."""
    if "@" not in name:
        account = ctx.server.accounts.get(name)
        if account is None and ctx.caller.is_root:
            raise _no_doveadm(name)
        return _own_folders(ctx.account(name))
    local, _at, domain = name.partition("@")
    owner = ctx.server.accounts.get(ctx.server.domains.get(domain, ""))
    if owner is None or not ctx.may_touch(owner):
        raise Failure(f"{quoted(name)} has no owner!", typed=False)
    if local == MAIN:
        return _own_folders(owner)
    box = owner.mailboxes.get(name)
    if box is None:
        raise _no_doveadm(name)
    return box.folders


def _own_folders(account: Account) -> dict[str, Folder]:
    """A user's own mailbox also shows the folders of the other addresses: INBOX.user@example_com."""
    found = dict(account.main.folders)
    for address in account.addresses():
        found.update(_as_subfolders(account.mailboxes[address]))
    return found


def _as_subfolders(box: Mailbox) -> dict[str, Folder]:
    local, _at, domain = box.address.partition("@")
    root = f"INBOX.{local}@{domain.replace('.', '_')}"
    return {root + name.removeprefix("INBOX"): folder for name, folder in box.folders.items()}


def _numbers(ctx: Context, folder: Folder) -> dict[str, Any]:
    kind: type[str] | type[int] = str if "mailbox_strings" in ctx.server.quirks else int
    return {"guid": folder.guid, "messages": kind(folder.messages), "vsize": kind(folder.vsize)}


@handler("get_mailbox_status", role="MailReceive", package="Mailboxes")
def get_mailbox_status(ctx: Context, params: Params) -> dict[str, Any]:
    folders = find_folders(ctx, params.need("account"))
    return {name: _numbers(ctx, folder) for name, folder in folders.items()}


@handler("get_mailbox_status_list", role="MailReceive", package="Mailboxes")
def get_mailbox_status_list(ctx: Context, params: Params) -> dict[str, Any]:
    """The same facts in arbitrary order."""
    folders = find_folders(ctx, params.need("account"))
    names = sorted(folders, key=lambda name: zlib.crc32(name.encode()))
    return {"mailboxes": [{"mailbox": name, **_numbers(ctx, folders[name])} for name in names]}


@handler("terminate_cpuser_mailbox_sessions", writes=True, role="MailReceive", package="Mailboxes")
def terminate_sessions(ctx: Context, params: Params) -> None:
    """Only queues a task, never reports changes. The parameter is `username`. How long the queue is, is our guess."""
    account = ctx.account(params.need("username"))

    def end() -> bool:
        had, account.sessions = account.sessions, 0
        return had > 0

    def queue() -> bool:
        ctx.server.pending.append((ctx.clock() + QUEUE_SECONDS, end))
        return account.sessions > 0

    ctx.mutate(account.user, queue)
