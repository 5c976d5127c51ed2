# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exim's configuration: checked, repaired, and its edits thrown away (BEHAVIOUR E; shapes from the reference).

Our guess: an invalid configuration is told with result 1, as the syntax check is documented to; `exim_invalid_fails` makes
it 0. What was not valid and can be repaired is replaced by the configuration the server started with.
"""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import Failure, Raw
from .exim_engine import GOOD_CONFIG, Engine, MemoryExim, Queued, Rules, message_id
from .params import Params
from .registry import Context, area, handler
from .state import Server
from .texts import translate

AREA = "exim"
_KEYS = {"config", "template_error", "unrepairable", "edit", "long_ids", "queue", "gone"}
_CAPABILITIES = {
    "add_header": 1, "archive": 1, "boxtrapper": 1, "content_scanning": 1, "dkim": 1, "domainkeys": 0, "dovecot": 1,
    "exiscan": 1, "force_command": 1, "maildir": 1, "mailman": 1, "no_forward_outbound_spam": 1,
    "no_forward_outbound_spam_over_int": 0, "notquit": 1, "passwd": 1, "rewrite_from_all": 0, "rewrite_from_remote": 0,
    "spf": 1, "srs": 0,
}  # fmt: skip


@dataclass
class Exim:
    """`template_error`: the dry run fails although the installed file is good. `unrepairable`: why a repair fails."""

    engine: Engine = field(default_factory=MemoryExim)
    config: str = GOOD_CONFIG
    template_error: str | None = None
    unrepairable: str | None = None
    edit: bool = False

    def fault(self) -> str | None:
        return self.engine.check(self.config, None).error or self.template_error

    def repair(self) -> bool:
        was = self.fault()
        self.config, self.template_error = GOOD_CONFIG, None
        return was is not None

    def discard(self) -> bool:
        had, self.edit = self.edit, False
        return had


@area(AREA)
def _seed(server: Server, wanted: Any) -> Exim:
    """{config: text, template_error:, unrepairable:, edit: true, queue: [..] or {messages: [..], generate: [..]}, gone: true}."""
    exim: Exim = server.areas.get(AREA) or Exim()
    wanted = wanted or {}
    unknown = sorted(set(wanted) - _KEYS)
    if unknown:
        raise ValueError(f"exim has unknown keys: {', '.join(unknown)}.")
    for name in ("config", "template_error", "unrepairable", "edit"):
        setattr(exim, name, wanted.get(name, getattr(exim, name)))
    exim.engine.gone = bool(wanted.get("gone", exim.engine.gone))
    if isinstance(exim.engine, MemoryExim):
        exim.engine.long_ids = bool(wanted.get("long_ids", exim.engine.long_ids))
    if "queue" in wanted:
        exim.engine.put(_queue(server, wanted["queue"], bool(wanted.get("long_ids"))))
    return exim


def _queue(server: Server, wanted: Any, long_ids: bool = False) -> list[Queued]:
    given = wanted if isinstance(wanted, Mapping) else {"messages": wanted}
    rows = [{"long_id": long_ids, **one} for one in given.get("messages") or []]
    messages = [_message(server, row, number) for number, row in enumerate(rows, 1)]
    wishes = given.get("generate") or []
    for wish in [wishes] if isinstance(wishes, Mapping) else wishes:
        messages += _generated(server, wish, len(messages) + 1)
    return messages


def _message(server: Server, one: dict[str, Any], number: int) -> Queued:
    """`age` in seconds before now, or `time`; `user` is the account behind the sender unless it is given."""
    sent = int(one.get("time", time.time() - int(one.get("age", 0))))
    sender = str(one.get("sender", ""))
    return Queued(
        msgid=str(one.get("msgid") or message_id(sent, number, one.get("long_id", False))),
        sender=sender,
        recipients=tuple(one.get("recipients", ["someone@example.org"])),
        size=int(one.get("size", 2048)),
        time=sent,
        frozen=bool(one.get("frozen", False)),
        user=one.get("user", rules_of(server).owner(sender)),
    )


def _generated(server: Server, wanted: Mapping[str, Any], first: int) -> list[Queued]:
    """{messages: 1000, sender: a@b.example, frozen_every: 10, bounce_every: 7, spread: 86400}; without a sender the domains of the
    server send one after another."""
    every = {key: int(wanted.get(key, 0)) for key in ("frozen_every", "bounce_every")}
    count, spread = int(wanted.get("messages", 0)), int(wanted.get("spread", 86400))
    domains = sorted(server.domains) or [server.hostname]

    def is_one(key: str, number: int) -> bool:
        return bool(every[key]) and number % every[key] == 0

    return [
        _message(
            server,
            {
                "age": spread * number // max(count, 1),
                "sender": ""
                if is_one("bounce_every", number)
                else wanted.get("sender", f"box@{domains[number % len(domains)]}"),
                "frozen": is_one("frozen_every", number),
                "size": 500 * (number % 40 + 1),
            },
            first + number,
        )
        for number in range(count)
    ]


def exim_of(ctx: Context) -> Exim:
    found: Exim = ctx.server.areas[AREA]
    return found


def rules_of(server: Server) -> Rules:
    """What the server's files tell Exim now."""
    return Rules(server.hold_list, server.suspended_list, server.domains)


def _say(ctx: Context, reason: str) -> None:
    """A reason that the function sets itself: on a server in another language it comes translated only (BEHAVIOUR B)."""
    ctx.reason = translate(reason, ctx.server.spoken)


def _page(lines: str) -> str:
    return f"<pre>{html.escape(lines)}</pre>"


@handler("validate_current_installed_exim_config", role="MailSend", package="Exim")
def validate_installed(ctx: Context, params: Params) -> dict[str, Any]:
    """The page after the documented first lines, and what is said when it fails, are our guess."""
    fault = exim_of(ctx).fault()
    if fault is None:
        _say(ctx, "Your configuration is currently valid.")
        return {"message": _page("Doing Dry Run\nDry Run ok\nConfiguration file passes test!\n")}
    message = {"message": _page(f"Doing Dry Run\n{fault}\n")}
    if "exim_invalid_fails" in ctx.server.quirks:
        raise Failure("Your configuration is currently invalid.", thrown=False, data=message)
    _say(ctx, "Your configuration is currently invalid.")
    return message


@handler("validate_exim_configuration_syntax", role="MailSend", package="Exim")
def validate_syntax(ctx: Context, params: Params) -> dict[str, Any]:
    """An invalid text still is result 1; without a text the installed configuration is judged (reference)."""
    verdict = exim_of(ctx).engine.check(params.get("cfg_text") or exim_of(ctx).config, params.get("section") or None)
    data: dict[str, Any] = {"exim_caps": {**_CAPABILITIES, "directives": {"accept_8bitmime": 1, "spf_guess": 0}}}
    if verdict.error:
        data = {
            "broken_cfg_html": f"<b>{html.escape(verdict.broken)}</b>\n",
            "broken_cfg_text": f"==>{verdict.broken}<==\n",
            "error_line": verdict.line,
            "error_msg": verdict.error,
        }
    ctx.metadata["output"] = {"raw": verdict.transcript}
    if "exim_flat" in ctx.server.quirks:
        head = {"command": ctx.function, "reason": ctx.reason, "result": 1, "version": 1}
        raise Raw({**head, "data": data, **ctx.metadata})
    return data


@handler("exim_configuration_check", writes=True, role="MailSend", package="Exim")
def exim_configuration_check(ctx: Context, params: Params) -> dict[str, Any]:
    """Repairs what it finds. The failure comes with result 0 (described) or 1 (documented example): exim_failure_is_1."""
    exim = exim_of(ctx)
    if exim.fault() is not None and exim.unrepairable:
        message = {"message": f"<p>{html.escape(exim.unrepairable)}</p>"}
        if "exim_failure_is_1" not in ctx.server.quirks:
            raise Failure("Configuration Update Failed", thrown=False, data=message)
        _say(ctx, "Configuration Update Failed")
        return message
    if exim.fault() is not None:
        ctx.mutate(None, exim.repair)
    _say(ctx, "Configuration OK")
    return {"message": None}


@handler("remove_in_progress_exim_config_edit", writes=True, role="MailSend", package="Exim")
def remove_edit(ctx: Context, params: Params) -> None:
    """Always succeeds, and nothing tells whether there was an edit."""
    ctx.mutate(None, exim_of(ctx).discard)
    _say(ctx, "Removed OK")
