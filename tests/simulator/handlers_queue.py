# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mail queue (BEHAVIOUR E). Listed in full every time; its seed is `queue` in the area `exim`."""

from __future__ import annotations

from typing import Any

from .errors import Failure
from .exim_engine import EximGone, Queued, shown_size
from .handlers_exim import exim_of
from .params import Params
from .registry import Context, handler


@handler("fetch_mail_queue", role="MailSend", package="Exim")
def fetch_mail_queue(ctx: Context, params: Params) -> dict[str, Any]:
    """A failure carries an empty list all the same. That every caller sees the whole queue is our guess."""
    try:
        messages = exim_of(ctx).engine.queue()
    except EximGone:
        text = "Failed to launch exim to interrogate message queue"
        raise Failure(text, thrown=False, data={"records": []}) from None
    return {"records": [_record(message) for message in messages]}


def _record(message: Queued) -> dict[str, Any]:
    return {
        "msgid": message.msgid,
        "sender": message.sender,
        "recipients": list(message.recipients),
        "size": shown_size(message.size),
        "time": message.time,
        "frozen": int(message.frozen),
        "user": message.user,
    }
