# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the mail of system accounts goes: get_ and set_user_email_forward_destination (BEHAVIOUR E)."""

from __future__ import annotations

import re
from typing import Any

from .errors import Failure
from .params import Params
from .registry import Context, handler
from .state import Server
from .texts import quoted

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?!-)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


def _check_user(ctx: Context, user: str) -> None:
    """root, nobody and cpanel stay local and are root's business; the others need an account file."""
    if not (ctx.caller.is_root and user in ctx.server.system_users):
        ctx.account(user)


@handler("get_user_email_forward_destination", role="MailReceive", package="Email")
def get_destination(ctx: Context, params: Params) -> dict[str, Any]:
    """/etc/aliases, /etc/localaliases, ~/.forward: the first hit wins. Nothing set is "", not an empty list."""
    user = params.need("user")
    _check_user(ctx, user)
    server = ctx.server
    for table in (server.aliases, server.localaliases, server.dot_forward):
        if user in table:
            return {"forward_to": list(table[user])}
    return {"forward_to": ""}


def split_destinations(text: str) -> list[str]:
    r"""Split at commas; `\,` protects one, surrounding quotes go."""
    items = [item.replace("\\,", ",").strip() for item in re.split(r"(?<!\\),", text)]
    return [_unquote(item) for item in items if item]


def _unquote(item: str) -> str:
    return item[1:-1] if len(item) > 1 and item[0] == item[-1] and item[0] in "\"'" else item


def _valid(server: Server, item: str) -> bool:
    return item.startswith("|") or server.is_system_user(item) or bool(_ADDRESS.fullmatch(item))


@handler("set_user_email_forward_destination", writes=True, role="MailReceive", package="Email")
def set_destination(ctx: Context, params: Params) -> dict[str, Any]:
    """Replaces, never merges. An empty text switches forwarding off."""
    user = params.need("user")
    text = params.need("forward_to", may_be_empty=True)
    _check_user(ctx, user)
    wanted = split_destinations(text)
    for item in wanted:
        if not _valid(ctx.server, item):
            # The server's own text names the parameter "forward".
            raise Failure(f"{quoted(item)} in the {quoted('forward')} parameter is not valid.")
    ctx.mutate(user, lambda: _write(ctx.server, user, wanted))
    return {}


def _write(server: Server, user: str, wanted: list[str]) -> bool:
    """/etc/localaliases and ~/.forward always, /etc/aliases only if the user is already there."""
    tables = [server.localaliases, server.dot_forward]
    if user in server.aliases:
        tables.append(server.aliases)
    changed = any(table.get(user, []) != wanted for table in tables)
    for table in tables:
        if wanted:
            table[user] = list(wanted)
        else:
            table.pop(user, None)
    return changed
