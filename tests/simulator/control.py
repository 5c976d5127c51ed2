# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface: a loopback HTTP port, guarded by a random secret in the path."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from . import cli_skin, loading
from .box import Box
from .faults import Fault
from .httpd import Request, Response
from .quirks import Quirks

if TYPE_CHECKING:
    from .simulator import Simulator


class ControlApp:
    """/<secret>/<what>[/<server>]; without a server the request means all of them. Answers are JSON."""

    def __init__(self, simulator: Simulator, secret: str) -> None:
        self._simulator = simulator
        self._secret = secret

    def __call__(self, request: Request) -> Response:
        parts = request.path.strip("/").split("/")
        if not hmac.compare_digest(parts[0].encode(), self._secret.encode()):
            return _json(404, {"error": "Not found."})
        try:
            if parts[1:2] == ["cli"] and len(parts) == 4 and request.method == "POST":
                return Response(200, cli_skin.answer(self._simulator[parts[2]], parts[3], request.body))
            body = json.loads(request.body) if request.body else {}
            return _json(200, self._route(request, parts[1:], body))
        except KeyError as problem:
            return _json(404, {"error": f"Not found: {problem}."})
        except (AttributeError, TypeError, ValueError) as problem:
            return _json(400, {"error": str(problem)})

    def _route(self, request: Request, parts: list[str], body: Any) -> Any:
        # Ansible's url lookup, much quicker than a task, can only GET: a reset may be asked for either way.
        if request.method == "GET" and parts[:1] != ["reset"]:
            return self._read(parts, parse_qs(request.query))
        action = ACTIONS["/".join(parts[:2]) if "/".join(parts[:2]) in ACTIONS else parts[0]]
        names = parts[2:] if "/".join(parts[:2]) in ACTIONS else parts[1:]
        for box in self._boxes(names, body):
            action(box, body)
        return {"ok": True}

    def _boxes(self, names: list[str], body: Any) -> list[Box]:
        wanted = names[0] if names else body.pop("server", None) if isinstance(body, dict) else None
        return [self._simulator[wanted]] if wanted else list(self._simulator.boxes.values())

    def _read(self, parts: list[str], query: dict[str, list[str]]) -> Any:
        what = parts[0] if parts else "info"
        boxes = self._boxes(parts[1:] or query.get("server", []), {})
        if what == "info":
            return self._simulator.info()
        if what == "log":
            return [entry.as_dict() for box in boxes for entry in box.log]
        if what == "state":
            found = {}
            for box in boxes:
                with box.lock:
                    found[box.name] = loading.dump(box.state)
            return found
        if what == "faults":
            return {box.name: [fault.as_dict() for fault in box.faults.all()] for box in boxes}
        if what == "quirks":
            return {box.name: box.quirks.as_dict() for box in boxes}
        raise KeyError(what)


def _json(status: int, body: Any) -> Response:
    text = json.dumps(body, default=_plain)
    return Response(status, text.encode("utf-8"), [("Content-Type", "application/json")])


def _plain(value: Any) -> Any:
    """What an area keeps: objects by their fields, sets as lists."""
    return vars(value) if is_dataclass(value) else list(value)


def _add_faults(box: Box, body: Any) -> None:
    for item in body if isinstance(body, list) else [body]:
        box.faults.add(Fault(**item))


def _set_quirks(box: Box, body: Any) -> None:
    """{"name": true, false or options}, or a list of names to switch on."""
    Quirks(body)  # refuse unknown names before anything is switched
    box.quirks.update(body)


ACTIONS: dict[str, Callable[[Box, Any], None]] = {
    "reset": lambda box, body: box.reset(),
    "log/clear": lambda box, body: box.log.clear(),
    "faults": _add_faults,
    "faults/clear": lambda box, body: box.faults.clear(),
    "quirks": _set_quirks,
    "lockout/clear": lambda box, body: box.lockout.clear(),
    "state": lambda box, body: box.patch(body),
}
