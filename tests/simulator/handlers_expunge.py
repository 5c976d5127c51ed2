# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expunging messages by query: both functions hand it to `doveadm -v expunge` (BEHAVIOUR E)."""

from __future__ import annotations

import shlex
from typing import Any

from .doveadm_query import QueryError
from .errors import Failure
from .handlers_mailbox import find_folders
from .mail_engine import Found, engine_of
from .params import Params
from .registry import Context, handler
from .texts import quoted


@handler("expunge_mailbox_messages", writes=True, role="MailReceive", package="Mailboxes")
def expunge_mailbox_messages(ctx: Context, params: Params) -> dict[str, Any]:
    """`mailbox` takes wildcards, which cannot be escaped; of an account's own mailbox they reach the other addresses too."""
    account, mailbox = params.need("account"), params.need("mailbox")
    return _expunge(ctx, account, ["mailbox", mailbox, *_split(params.need("query"))])


@handler("expunge_messages_for_mailbox_guid", writes=True, role="MailReceive", package="Mailboxes")
def expunge_messages_for_mailbox_guid(ctx: Context, params: Params) -> dict[str, Any]:
    """A GUID that the account does not have matches nothing, as a query that matches nothing (our guess)."""
    account, guid = params.need("account"), params.need("mailbox_guid")
    return _expunge(ctx, account, ["mailbox-guid", guid, *_split(params.need("query"))])


def _split(query: str) -> list[str]:
    """On spaces, quotes honoured. Quotes that are not closed leave no words at all (our guess: so do common libraries)."""
    try:
        return shlex.split(query)
    except ValueError:
        return []


def _expunge(ctx: Context, account: str, words: list[str]) -> dict[str, Any]:
    """What doveadm prints is not a count; its words here are ours. Nothing printed is an empty object."""
    folders = find_folders(ctx, account)
    engine = engine_of(ctx.server)
    try:
        found = engine.search(folders, words, ctx.clock())
    except QueryError as error:
        raise Failure(f"The {quoted('doveadm')} command failed: Fatal: {error}", typed=False) from error
    data: dict[str, Any] = {}
    user = ctx.server.domains.get(account.partition("@")[2], account)
    if ctx.server.quirks.hits("doveadm_errors", ctx.function, user):
        found = Found([(folder, messages[::2]) for folder, messages in found.matches])
        data["errors"] = f"doveadm({account}): Error: Syncing mailbox failed: Internal error occurred.\n"
    ctx.mutate(user, lambda: engine.expunge(found))
    if found.count:
        data["messages"] = f"doveadm({account}): Info: expunged {found.count}\n"
    return data
