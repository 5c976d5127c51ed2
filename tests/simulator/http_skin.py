# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WHM port: paths, credentials, envelopes on the wire, and the faults that spoil them (BEHAVIOUR 0, A)."""

from __future__ import annotations

import json
import random
import re
import threading
import zlib
from typing import Any
from urllib.parse import parse_qsl, unquote

from .auth import admit, parse_authorization
from .box import Box
from .faults import Fault
from .httpd import Request, Response
from .log import Entry
from .state import Caller

TEXT = 'text/plain; charset="utf-8"'
HTML = 'text/html; charset="utf-8"'
PREFIX = "/json-api/"
# In front of every path of a session; calls that bring a token do without, and may have it all the same.
_SESSION = re.compile(r"\A/cpsess\d{10}(?=/)")
GZIP_FROM = 1024
Pairs = list[tuple[str, str]]


def encode(body: dict[str, Any]) -> bytes:
    """surrogateescape lets state hold bytes that are not UTF-8 and puts them on the wire as they were."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape")


def denied(status: int = 403) -> Response:
    """The shape of a refused login: no metadata, apiversion "2" although this is WHM."""
    body = {
        "cpanelresult": {
            "apiversion": "2",
            "error": "Access denied",
            "data": {"reason": "Access denied", "result": "0"},
            "type": "text",
        }
    }
    return Response(status, encode(body), [("Content-Type", TEXT)], end="close")


def page(title: str, status: int = 200) -> Response:
    html = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Response(status, html.encode(), [("Content-Type", HTML)])


def crashed(status: int, body: str, legacy: bool) -> Response:
    """A crashed API process: the text in the shape of the request's API version, or a web page."""
    text = f"Internal Error (ID {random.randint(10**8, 10**9)})"
    if body == "html":
        response = page("Internal Server Error" if status == 500 else "Service Unavailable", status)
        return Response(status, response.body, response.headers, end="close")
    shape: dict[str, Any] = {"metadata": {"version": 1, "result": 0, "reason": text}}
    if legacy:
        shape = {"status": 0, "statusmsg": text}
    return Response(status, encode(shape), [("Content-Type", TEXT)], end="close")


def decode_form(request: Request, json_too: bool = False) -> Pairs:
    """Query first, then the body; of bodies only form encoding counts, or JSON too."""
    pairs = parse_qsl(request.query, keep_blank_values=True)
    kind = request.headers.get("content-type", "")
    if request.body and kind.startswith("application/x-www-form-urlencoded"):
        pairs += parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    if request.body and json_too and kind.startswith("application/json"):
        given = json.loads(request.body)
        pairs += [
            (str(name), str(item))
            for name, value in given.items()
            for item in (value if isinstance(value, list) else [value])
        ]
    return pairs


class WhmApp:
    """Answers the requests to one server."""

    def __init__(self, box: Box, stop: threading.Event) -> None:
        self.box = box
        self._stop = stop

    def __call__(self, request: Request) -> Response:
        response = self.answer(request)
        response.headers += [("Cache-Control", "no-cache"), ("Server", f"cpsrvd/{self.box.state.version}")]
        return response

    def answer(self, request: Request) -> Response:
        if not request.secure and "redirect_to_ssl" in self.box.quirks:
            location = f"https://{self.box.host}:{self.box.port}{request.target}"
            self._note(request, "", [], None, status=301)
            return Response(301, b"", [("Location", location), ("Content-Type", HTML)], end="close")
        path = _SESSION.sub("", request.path)
        known = path.startswith(PREFIX)
        function = unquote(path[len(PREFIX) :]) if known else ""
        pairs = decode_form(request, "json_bodies" in self.box.quirks) if known else []
        header = request.headers.get("authorization")
        with self.box.lock:
            caller = admit(self.box.state, self.box.lockout, request.address, header, self.box.clock())
        if caller is None:
            tried = parse_authorization(header or "")[1] or None
            self._note(request, function, pairs, tried, status=403)
            return denied()
        if not known:
            self._note(request, "", [], caller.name, status=200)
            return page("WHM")
        return self._call(request, caller, function, pairs)

    def _note(self, request: Request, function: str, pairs: Pairs, caller: str | None, status: int) -> Entry:
        return self.box.record(
            function,
            pairs,
            connection=request.connection,
            method=request.method,
            url=request.target,
            caller=caller,
            http_status=status,
            transport="https" if request.secure else "http",
        )

    def _call(self, request: Request, caller: Caller, function: str, pairs: Pairs) -> Response:
        legacy = ("api.version", "1") not in pairs
        args = [pair for pair in pairs if pair[0] != "api.version"]
        entry = self._note(request, function, args, caller.name, status=200)
        fault = self.box.fault_for(function, args)
        entry.fault = fault.kind if fault else None
        if fault is not None and not fault.applies:
            response = self._spoil(fault, b"", legacy)
        else:
            outcome = self.box.execute(caller, function, args, legacy=legacy)
            entry.applied, entry.mutated = True, outcome.mutated
            if self._is_403(outcome.body):
                entry.http_status = 403
                return denied()
            data = encode(outcome.body)
            response = self._spoil(fault, data, legacy) if fault else self._good(request, data)
        silent = response.end in ("abort", "reset")
        entry.http_status = None if silent else response.status
        return response

    def _is_403(self, body: dict[str, Any]) -> bool:
        reason = body.get("metadata", {}).get("reason")
        return "acl_403" in self.box.quirks and reason in ("Access denied", "Permission denied")

    def _good(self, request: Request, data: bytes) -> Response:
        response = Response(200, data, [("Content-Type", TEXT)], chunked=True)
        accepted = request.headers.get("accept-encoding", "")
        if len(data) >= GZIP_FROM and "gzip" in accepted and "no_gzip" not in self.box.quirks:
            packer = zlib.compressobj(1, zlib.DEFLATED, 31)
            response.body = packer.compress(data) + packer.flush()
            response.headers.append(("Content-Encoding", "gzip"))
        return response

    def _spoil(self, fault: Fault, data: bytes, legacy: bool) -> Response:
        """The answer that a fault makes of a good one."""
        kind = fault.kind
        if kind.startswith("reset_"):
            return Response(end="reset")
        if kind.startswith("stall_"):
            self._stop.wait(fault.wait)
        if kind.startswith(("stall_", "close_before", "close_after")):
            return Response(end="abort")
        if kind.startswith("status_"):
            return crashed(int(kind.split("_")[1]), fault.body, legacy)
        if kind in _PAGES:
            return _page_fault(kind, fault)
        response = Response(200, _spoil_body(fault, data), [("Content-Type", TEXT)], chunked=True)
        if kind == "drip":
            response.drip = fault.wait
        if kind == "close_between":
            response.end = "silent_close"
        return response


_PAGES = ("forbidden", "unauthorized", "redirect_307", "login_page", "disk_full", "retry_after")


def _page_fault(kind: str, fault: Fault) -> Response:
    if kind == "forbidden":
        return denied()
    if kind == "unauthorized":
        return denied(401)
    if kind == "redirect_307":
        return Response(307, b"", [("Location", "/cpsess0123456789/json-api/"), ("Content-Type", HTML)])
    if kind == "retry_after":
        response = crashed(503, fault.body, False)
        response.headers.append(("Retry-After", str(int(fault.wait))))
        return response
    if kind == "login_page":
        return page("WHM Login")
    # A full root filesystem: the header line ended up in the body.
    html = b"Content-type: " + TEXT.encode() + b"\r\n\r\n" + page("Sorry for the inconvenience!").body
    return Response(200, html, [("Content-Type", TEXT)])


def _spoil_body(fault: Fault, data: bytes) -> bytes:
    if fault.kind == "empty":
        return b""
    if fault.kind == "truncated_json":
        return data[: len(data) // 2]
    if fault.kind == "garbage_before_json":
        return b"Use of uninitialized value in concatenation at line 42.\n\xef\xbb\xbf" + data
    if fault.kind == "invalid_utf8":
        return b'{"\xff\xfe":"\xe9t\xe9",' + data[1:]
    if fault.kind == "huge":
        return b'{"padding":"' + b"x" * fault.size + b'",' + data[1:]
    return data
