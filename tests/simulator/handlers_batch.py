# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""batch: several calls in one (BEHAVIOUR C)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from .errors import Failure
from .params import Params
from .registry import Context, handler

Command = tuple[str, list[tuple[str, str]]]


def parse_command(text: str) -> Command:
    """`function?query`, split at the first `?`. Values inside were encoded twice; the second layer goes here."""
    function, _mark, query = text.partition("?")
    return function, parse_qsl(query, keep_blank_values=True)


def split_commands(args: Sequence[tuple[str, str]]) -> list[Command]:
    """The commands of a batch as asked for, for the log and the faults."""
    return [parse_command(text) for text in Params(args).all("command")]


def _succeeded(body: dict[str, Any]) -> bool:
    return "metadata" not in body or int(body["metadata"]["result"]) == 1


@handler("batch", package="Batch")
def batch(ctx: Context, params: Params) -> dict[str, Any]:
    """All commands are authorised before the first one runs; afterwards each answers for itself."""
    from .core import authorise, run

    commands = [parse_command(text) for text in params.need_all("command")]
    for function, _args in commands:
        if function == "batch":
            raise Failure("A batch may not hold a batch.")  # not documented, our words
        authorise(ctx, function)
    quirks = ctx.server.quirks
    abort = params.flag("abort_on_error") and "abort_ignored" not in quirks
    if "batch_stops" in quirks:
        commands = commands[: int(quirks.option("batch_stops", "at", (len(commands) + 1) // 2))]
    answers: list[dict[str, Any]] = []
    for function, args in commands:
        answers.append(run(ctx, function, args))
        if abort and not _succeeded(answers[-1]):
            break
    if "batch_drops" in quirks:
        every = int(quirks.option("batch_drops", "every", 2))
        answers = [item for number, item in enumerate(answers, 1) if number % every]
    # The commands above used the same context for their own metadata.
    ctx.metadata, ctx.reason = {}, "OK"
    return {"result": answers}
