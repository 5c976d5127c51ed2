# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners and permissions of mail files, which normalize_user_email_configuration puts in order.

Documented: the name of its parameter, and that it answers nothing. That it says the same when there was nothing to do is a guess.
"""

from __future__ import annotations

from typing import Any

from .params import Params
from .registry import Context, area, handler
from .state import Server

AREA = "mail_files"


@area(AREA)
def _seed(server: Server, given: Any) -> set[str]:
    """The accounts whose mail files are out of order; a patch with a list replaces them all."""
    disordered: set[str] = server.areas.get(AREA, set())
    return disordered if given is None else {str(user) for user in given["disordered"]}


@handler("normalize_user_email_configuration", writes=True, package="Email")
def normalize_user_email_configuration(ctx: Context, params: Params) -> None:
    """The parameter is username, and not user."""
    account = ctx.account(params.need("username"))

    def repair() -> bool:
        disordered: set[str] = ctx.server.areas[AREA]
        found = account.user in disordered
        disordered.discard(account.user)
        return found

    ctx.mutate(account.user, repair)
