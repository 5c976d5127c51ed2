# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure core: (server, caller, call, clock) -> answer. No I/O."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import texts
from .errors import Failure, Raw
from .params import Params
from .postprocess import process
from .registry import HANDLERS, UAPI, Clock, Context, Handler, find
from .state import Caller, Server

Args = Sequence[tuple[str, str]]
# These say OK in the server's language; BEHAVIOUR B only says "a few functions" (which ones: our guess).
_TRANSLATED_OK = ("hold_outgoing_email", "release_outgoing_email", "set_user_email_forward_destination")
_SHORT_CHUNK = ("emailtrack_search", "emailtrack_stats", "emailtrack_user_stats")


@dataclass(frozen=True)
class Outcome:
    """The answer's body and whether the state really changed."""

    body: dict[str, Any]
    mutated: bool


def answer(server: Server, caller: Caller, function: str, args: Args, clock: Clock) -> dict[str, Any]:
    """The JSON body of a WHM API 1 call."""
    return execute(server, caller, function, args, clock).body


def execute(server: Server, caller: Caller, function: str, args: Args, clock: Clock) -> Outcome:
    """Let late effects happen, run the call, dress the answer as this server does."""
    server.settle(clock())
    ctx = Context(server, caller, clock, function)
    body = run(ctx, function, args)
    return Outcome(body, ctx.mutated)


def run(ctx: Context, function: str, args: Args) -> dict[str, Any]:
    """One call inside a context; batch comes back here for each of its commands."""
    try:
        found = authorise(ctx, function)
    except Failure as failure:
        return _envelope(ctx, function, failure=failure)
    ctx.function, ctx.metadata, ctx.reason = function, {}, "OK"
    params = Params(args, found.package_function)
    try:
        _check_role(ctx, found.role)
        data = found.run(ctx, params)
    except Raw as raw:
        return raw.body
    except Failure as failure:
        return _envelope(ctx, function, failure=failure)
    if data is not None:
        data = process(data, params, ctx.server.quirks, ctx.metadata, short_chunk=function in _SHORT_CHUNK)
    return _envelope(ctx, function, data=data)


def authorise(ctx: Context, function: str) -> Handler:
    """The function exists here and the caller has its privilege."""
    found = find(ctx.server, function)
    if found is None:
        raise Failure(texts.unknown_app(function), thrown=False)
    if found.acl and not ctx.caller.is_root and found.acl not in ctx.caller.privileges:
        # Seen with a reseller's token on 138 for other functions; the status was not told, an envelope was there.
        denied = "Access denied" if "access_denied" in ctx.server.quirks else "Permission denied"
        raise Failure(denied, thrown=False)
    return found


def _check_role(ctx: Context, role: str | None) -> None:
    if role in ctx.server.disabled_roles:
        raise Failure(texts.role_disabled(str(role)))


def _reason(ctx: Context, function: str, failure: Failure | None) -> str:
    language = ctx.server.spoken
    if failure is None:
        return texts.translate(ctx.reason, language) if function in _TRANSLATED_OK else ctx.reason
    if failure.thrown:
        return texts.thrown(failure.text, language, failure.typed)
    return failure.text if failure.text.startswith("Unknown app") else texts.translate(failure.text, language)


def _envelope(ctx: Context, function: str, *, data: Any = None, failure: Failure | None = None) -> dict[str, Any]:
    """`data` is absent when the function returns nothing, and mostly when it fails."""
    quirks = ctx.server.quirks
    result: int | str = 0 if failure else 1
    metadata: dict[str, Any] = {
        "version": 1,
        "result": str(result) if "string_results" in quirks else result,
        "command": function,
        "reason": _reason(ctx, function, failure),
    }
    if failure is None:
        metadata.update(ctx.metadata)
    if "warnings_in_metadata" in quirks:
        metadata["warnings"] = [f"A warning about {function} that does not matter."]
        metadata["output"] = {"warnings": ["Another warning, in output."], "raw": "<b>a transcript</b>\n"}
    body: dict[str, Any] = {"metadata": metadata}
    data = failure.data if failure else data
    # batch's elements were dressed one by one; doing it again would quote result inside metadata.
    if data is not None:
        body["data"] = _quote(data) if "string_numbers" in quirks and function != "batch" else data
    return body


def _quote(value: Any) -> Any:
    """Every number as a string."""
    if isinstance(value, dict):
        return {key: _quote(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_quote(item) for item in value]
    return str(value) if isinstance(value, (int, float)) else value


def is_write(function: str, args: Args) -> bool:
    """Whether a call asks for a change: for batch any of its commands, for UAPI the inner function."""
    from .handlers_batch import split_commands

    if function == "batch":
        return any(is_write(name, inner) for name, inner in split_commands(args))
    params = dict(args)
    if function == "uapi_cpanel":
        return _uapi_writes(params.get("cpanel.module", ""), params.get("cpanel.function", ""))
    if function == "cpanel":
        return _uapi_writes(params.get("cpanel_jsonapi_module", ""), params.get("cpanel_jsonapi_func", ""))
    return function in HANDLERS and HANDLERS[function].writes


def _uapi_writes(module: str, function: str) -> bool:
    return (module, function) in UAPI and UAPI[(module, function)].writes


def _load_handlers() -> None:
    """Import every handlers_*.py beside this file, so that a new area is one new file."""
    package = __name__.rpartition(".")[0]
    found = importlib.import_module(package)
    for module in pkgutil.iter_modules(found.__path__):
        if module.name.startswith("handlers_"):
            importlib.import_module(f"{package}.{module.name}")


_load_handlers()
