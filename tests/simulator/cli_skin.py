# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""whmapi1, uapi and cpapi2 (BEHAVIOUR D): tiny programs that hand their arguments to the running simulator."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from .box import Box
from .core import Outcome
from .errors import Failure
from .faults import Fault
from .handlers_uapi import call_api2, cli_uapi
from .params import Params
from .registry import Context
from .state import Caller

PROGRAMS = ("whmapi1", "uapi", "cpapi2")
TWINS = {"uapi": "uapi_cpanel", "cpapi2": "cpanel"}  # the functions of WHM that do the same
Pairs = list[tuple[str, str]]

# It begins in a hundredth of a second: no module is imported but the one that Python's own sockets are made of.
_SCRIPT = """{shebang}
import _socket, sys
stdin = sys.stdin.buffer.read() if any(a.startswith("--input=") for a in sys.argv[1:]) else b""
words = b"".join(a.encode("utf-8", "surrogateescape") + b"\\0" for a in sys.argv[1:])
asked = b"%d\\n" % len(words) + words + stdin
link = _socket.socket()
told = b""
try:
    link.connect(("127.0.0.1", {port}))
    asked = b"POST {path} HTTP/1.0\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(asked) + asked
    while asked:
        asked = asked[link.send(asked):]
    while chunk := link.recv(65536):
        told += chunk
except OSError:
    told = b""
headers, _blank, body = told.partition(b"\\r\\n\\r\\n")
head, _newline, texts = body.partition(b"\\n")
if not head:
    sys.exit("The simulator does not answer.")
status, sleep, kill, length = head.split()
if float(sleep):
    import time
    time.sleep(float(sleep))
if int(kill):
    import os
    os.kill(os.getpid(), 9)
sys.stderr.buffer.write(texts[: int(length)])
sys.stdout.buffer.write(texts[int(length) :])
sys.stdout.flush()
sys.exit(int(status))
"""


def answer(box: Box, program: str, request: bytes) -> bytes:
    """What a program is told: how it ends and the length of what goes to stderr in one line, then that, then what goes to stdout.

    :param request: the length of its arguments in one line, these, each with a zero byte behind it, and what it read from stdin.
    """
    length, _newline, rest = request.partition(b"\n")
    words, stdin = rest[: int(length)], rest[int(length) :]
    args = words.decode("utf-8", "surrogateescape").split("\0")[:-1]
    told = run(box, {"program": program, "args": args, "stdin": stdin.decode("utf-8")})
    stderr, stdout = (str(told[key]).encode("utf-8", "surrogateescape") for key in ("stderr", "stdout"))
    head = "%d %s %d %d\n" % (told["exit"], told["sleep"], told["kill"], len(stderr))
    return head.encode("ascii") + stderr + stdout


def write_programs(folder: Path, box: Box, port: int, secret: str) -> Path:
    """A folder with the three executables for one server."""
    folder.mkdir(parents=True, exist_ok=True)
    for program in PROGRAMS:
        path = folder / program
        target = f"/{secret}/cli/{box.name}/{program}"
        path.write_text(_SCRIPT.format(shebang=shebang(), port=port, path=target), "utf-8")
        path.chmod(0o700)
    return folder


def shebang(python: str = sys.executable) -> str:
    """The first line of a program; a path with a space in it needs quoting that only env understands."""
    return f'#!/usr/bin/env -S "{python}" -IS' if " " in python else f"#!{python} -IS"


class CannotRunError(Exception):
    """The program ends with a message on stderr, a nonzero status and no metadata."""


def _told(stdout: str = "", stderr: str = "", status: int = 0) -> dict[str, Any]:
    return {"stdout": stdout, "stderr": stderr, "exit": status, "sleep": 0, "kill": False}


def _split(args: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Options begin with --; what follows is function and key=value."""
    options = {}
    for arg in args:
        if arg.startswith("--"):
            name, _equals, value = arg[2:].partition("=")
            options[name] = value
    return options, [arg for arg in args if not arg.startswith("--")]


def _pairs(words: Sequence[str]) -> Pairs:
    """Values are URI-decoded."""
    return [
        (unquote(key), unquote(value.replace("+", " ")))
        for key, _equals, value in (word.partition("=") for word in words)
    ]


def _stdin_pairs(options: dict[str, str], text: str) -> Pairs:
    """--input=json: one JSON object of parameters (seen in a public script, not documented on the stored pages)."""
    if "input" not in options:
        return []
    try:
        given = json.loads(text) if options["input"] == "json" else None
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise CannotRunError("The input is not a JSON object.")
    found: Pairs = []
    for name, value in given.items():
        for item in value if isinstance(value, list) else [value]:
            found.append((str(name), _text(item)))
    return found


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else "" if value is None else str(value)


def _render(body: Any, options: dict[str, str]) -> str:
    """YAML unless asked otherwise."""
    output = options.get("output", "yaml")
    if output == "json":
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n"
    if output == "jsonpretty":
        return json.dumps(body, ensure_ascii=False, indent=3) + "\n"
    if output == "yaml":
        return yaml.dump(body, Dumper=_Dumper, explicit_start=True, allow_unicode=True, default_flow_style=False) + (
            "" if body else "\n"
        )
    raise CannotRunError(f"Unknown output format: {output}")


class _Dumper(yaml.CSafeDumper if hasattr(yaml, "CSafeDumper") else yaml.SafeDumper):  # type: ignore[misc]
    """Without anchors for what occurs twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def run(box: Box, asked: dict[str, Any]) -> dict[str, Any]:
    """What a program has to print, and how it has to end."""
    program, args = str(asked["program"]), [str(arg) for arg in asked["args"]]
    try:
        return _run(box, program, args, str(asked.get("stdin", "")))
    finally:
        box.commands_done += 1


def _run(box: Box, program: str, args: Sequence[str], stdin: str) -> dict[str, Any]:
    try:
        options, words = _split(args)
        given = _stdin_pairs(options, stdin)
        function, pairs, label = _call(program, options, words, given)
    except CannotRunError as problem:
        return _told(stderr=f"{program}: {problem}\n", status=1)
    entry = box.record(
        label, pairs, connection=None, method="CLI", url=shlex.join([program, *args]), caller="root", transport="cli"
    )
    fault = box.fault_for(label, pairs, cli=True)
    entry.fault = fault.kind if fault else None
    if fault is not None and not fault.applies:
        return _told(stderr=f"{program}: this program must be run as root.\n", status=1)
    try:
        outcome = _execute(box, program, function, options, pairs)
        told = _told(_render(outcome.body, options))
        entry.applied, entry.mutated = True, outcome.mutated
    except (CannotRunError, Failure) as problem:
        told = _told(stderr=f"{program}: {problem}\n", status=1)
    return _spoil(told, fault) if fault else told


def _call(program: str, options: dict[str, str], words: list[str], given: Pairs) -> tuple[str, Pairs, str]:
    """(function, parameters, name for the log). uapi and cpapi2 are logged as their WHM twins."""
    if program == "whmapi1":
        if not words:
            raise CannotRunError("Provide the name of a function.")
        return words[0], [pair for pair in [*_pairs(words[1:]), *given] if pair[0] != "api.version"], words[0]
    if len(words) < 2 or not options.get("user"):
        raise CannotRunError("Provide --user, a module and a function.")
    module, function = words[0], words[1]
    names = ("cpanel.user", "cpanel.module", "cpanel.function")
    if program == "cpapi2":
        names = ("cpanel_jsonapi_user", "cpanel_jsonapi_module", "cpanel_jsonapi_func")
    head = list(zip(names, (options["user"], module, function), strict=True))
    return function, [*head, *_pairs(words[2:]), *given], TWINS[program]


def _execute(box: Box, program: str, function: str, options: dict[str, str], pairs: Pairs) -> Outcome:
    """Exit status 0 even when metadata.result is 0; only what cannot run at all ends otherwise."""
    caller = box.state.callers["root"]
    if program == "whmapi1":
        return box.execute(_caller(box, options), function, pairs, legacy=False)
    module = pairs[1][1]

    def job() -> Outcome:
        box.state.settle(box.clock())
        ctx = Context(box.state, caller, box.clock, function)
        params = Params(pairs, f"Cpanel::API::{module}::{function}")
        if program == "uapi":
            return Outcome(cli_uapi(ctx, options["user"], module, function, params), ctx.mutated)
        body = {"cpanelresult": call_api2(ctx, options["user"], module, function, params)}
        return Outcome(body, ctx.mutated)

    box.before(caller.name, TWINS[program], pairs)
    return box.work(job)


def _caller(box: Box, options: dict[str, str]) -> Caller:
    """`--user` makes the call as that reseller (the vendor's own client). What an unknown one leads to is not known."""
    name = options.get("user", "root")
    if name not in box.state.callers:
        raise CannotRunError(f"There is no reseller {name}.")  # our words
    return box.state.callers[name]


def _spoil(told: dict[str, Any], fault: Fault) -> dict[str, Any]:
    warning = "Use of uninitialized value $x in concatenation (.) or string at line 42.\n"
    if fault.kind == "killed":
        return {**told, "kill": True}
    if fault.kind == "hangs":
        return {**told, "sleep": fault.wait}
    if fault.kind == "empty_output":
        return {**told, "stdout": ""}
    if fault.kind == "stderr_warnings":
        return {**told, "stderr": warning}
    return {**told, "stdout": warning + told["stdout"] + warning}
