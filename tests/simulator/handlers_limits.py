# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""massmodifyacct, as far as limits of mail go. Its other parameters are taken and do nothing here, like misspelt ones.

Documented: the parameters, whose names tell cases apart and of which unknown ones are ignored; result 0 outside as soon as one user
fails; a row for each user with the truth. Guesses: the words of refusals, that a user that fails does not stop the others, and that
a value that is no limit fails its user.
"""

from __future__ import annotations

import re
from typing import Any

from .errors import Failure
from .params import Params
from .registry import Context, handler
from .state import ACCOUNT_FIELDS, Account, Server
from .texts import quoted

#: Parameter to the field of listaccts, the lowest number, and what a number is capped at by the quirk limits_capped.
LIMITS = {
    "MAX_EMAIL_PER_HOUR": ("max_email_per_hour", 0, 1_000_000),
    "MAX_DEFER_FAIL_PERCENTAGE": ("max_defer_fail_percentage", 0, 100),
    "MAX_EMAILACCT_QUOTA": ("max_emailacct_quota", 1, 4_294_967_296),
}
_UNLIMITED = "unlimited"


@handler("massmodifyacct", writes=True)
def massmodifyacct(ctx: Context, params: Params) -> dict[str, Any]:
    """One that fails makes the whole fail, although the others were changed."""
    rows = [_modified(ctx, user, params) for user in params.need_all("user")]
    if not all(row["result"] for row in rows):
        raise Failure("Failed to modify one or more users.", thrown=False, data={"payload": rows})
    return {"payload": rows}


def _modified(ctx: Context, user: str, params: Params) -> dict[str, Any]:
    row: dict[str, Any] = {"user": user, "messages": [], "warnings": []}
    try:
        account = ctx.account(user)
        limits = {LIMITS[name][0]: _limit(ctx.server, name, params.get(name)) for name in LIMITS if params.has(name)}
    except Failure as failure:
        return {**row, "result": 0, "reason": failure.text}
    ctx.mutate(user, lambda: _store(account, limits))
    told = {"cpuser": _cpuser(account), "domain": account.domain, "setshell": "unmodified", "user": user}
    return {**row, "extended": told, "result": 1, "reason": "Account Modified"}


def _limit(server: Server, name: str, text: str) -> int | str:
    """0 is no limit where the page says so."""
    _field, lowest, most = LIMITS[name]
    if text == _UNLIMITED:
        return text
    if not re.fullmatch("[0-9]+", text) or int(text) < lowest:
        raise Failure(f"{quoted(text)} is not a valid value for {quoted(name)}.")
    number = min(int(text), most) if "limits_capped" in server.quirks else int(text)
    return number or _UNLIMITED


def _store(account: Account, limits: dict[str, int | str]) -> bool:
    changed = any(_field(account, name) != value for name, value in limits.items())
    account.fields.update(limits)
    return changed


def _field(account: Account, name: str) -> Any:
    return account.fields.get(name, ACCOUNT_FIELDS[name])


def _cpuser(account: Account) -> dict[str, str]:
    """The account's own file, where numbers are text."""
    limits = {name: str(_field(account, field)) for name, (field, _lowest, _most) in LIMITS.items()}
    return {"USER": account.user, "OWNER": account.owner, "PLAN": account.plan, **limits}
