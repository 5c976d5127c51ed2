# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold, release, suspend and unsuspend the outgoing mail of an account (BEHAVIOUR E)."""

from __future__ import annotations

from .errors import Failure
from .params import Params
from .registry import Context, handler
from .state import Account, LineFile, Server
from .texts import no_access, no_user, not_a_valid_user


def _target(ctx: Context, params: Params) -> Account:
    """The checks in the server's order: sent, not empty, exists, may be touched, not root."""
    user = params.need("user")
    if not ctx.server.is_system_user(user):
        raise Failure(no_user(user) if ctx.caller.is_root else no_access(user))
    if user == "root" and ctx.caller.is_root:
        raise Failure(not_a_valid_user(user))
    # nobody and cpanel are system users without an account file, so they fail here.
    return ctx.account(user)


def drop_lines(server: Server, lines: LineFile, name: str) -> bool:
    """Take a name out of a list; with the prefix hazard also whatever merely begins with it."""
    return lines.remove_prefix(name) if "prefix_hazard" in server.quirks else lines.remove(name)


def set_line(server: Server, lines: LineFile, name: str, wanted: bool) -> bool:
    """Put a name into one of Exim's lists, or take it out; whether the list changed."""
    if "list_write_fails" in server.quirks:
        return False
    return lines.add(name) if wanted else drop_lines(server, lines, name)


def _set(ctx: Context, params: Params, attribute: str, lines: LineFile, wanted: bool) -> None:
    """Always OK whatever the state was; repeating a hold rewrites its time."""
    account = _target(ctx, params)
    stamp = ctx.now() if wanted else None

    def change() -> bool:
        changed = bool(getattr(account, attribute) != stamp)
        setattr(account, attribute, stamp)
        return set_line(ctx.server, lines, account.user, wanted) or changed

    ctx.mutate(account.user, change)


@handler("hold_outgoing_email", writes=True, role="MailSend", acl="suspend-acct")
def hold_outgoing_email(ctx: Context, params: Params) -> None:
    _set(ctx, params, "hold", ctx.server.hold_list, True)


@handler("release_outgoing_email", writes=True, role="MailSend", acl="suspend-acct")
def release_outgoing_email(ctx: Context, params: Params) -> None:
    _set(ctx, params, "hold", ctx.server.hold_list, False)


@handler("suspend_outgoing_email", writes=True, role="MailSend", acl="suspend-acct")
def suspend_outgoing_email(ctx: Context, params: Params) -> None:
    _set(ctx, params, "outgoing_suspended", ctx.server.suspended_list, True)


@handler("unsuspend_outgoing_email", writes=True, role="MailSend", acl="suspend-acct")
def unsuspend_outgoing_email(ctx: Context, params: Params) -> None:
    _set(ctx, params, "outgoing_suspended", ctx.server.suspended_list, False)
