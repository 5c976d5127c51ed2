# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expunging messages by query: both functions hand it to `doveadm -v expunge` (BEHAVIOUR E)."""

from __future__ import annotations

import shlex
from typing import Any

from .doveadm_values import QueryError
from .errors import Failure
from .handlers_mailbox import find_mail
from .mail_engine import Mail, engine_of
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
    """What doveadm prints is not a count. Nothing printed is an empty object, and for all we saw it never prints a message."""
    mail = find_mail(ctx, account)
    user = ctx.server.domains.get(account.partition("@")[2], account)
    data: dict[str, Any] = {}
    refused: list[QueryError] = []
    if ctx.server.quirks.hits("doveadm_warnings", ctx.function, user):
        data["errors"] = (
            "doveconf: Warning: Obsolete setting in /etc/dovecot/dovecot.conf:5: ssl_protocols has been replaced\n"
        )
    if ctx.server.quirks.hits("doveadm_errors", ctx.function, user):
        words = [*words[:2], _every_second(mail), "(", *words[2:], ")"]
        data["errors"] = f"doveadm({mail.user}): Error: Syncing mailbox failed: Internal error occurred.\n"

    def run() -> bool:
        try:
            done = engine_of(ctx.server).expunge(mail, words, ctx.clock())
        except QueryError as error:
            refused.append(error)
            return False
        data.update({key: text for key, text in (("messages", done.output), ("errors", done.errors)) if text})
        return done.changed

    ctx.mutate(user, run)
    if refused:
        raise Failure(f"The {quoted('doveadm')} command failed: {refused[0]}", typed=False)
    return data


def _every_second(mail: Mail) -> str:
    """The message set that stands for stopping half way."""
    most = max((folder.messages for folder in mail.folders.values()), default=0)
    return ",".join(str(number) for number in range(1, max(most, 1) + 1, 2))
