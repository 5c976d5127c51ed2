# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several test files build: envelopes, and a transport that answers from a list."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply

HOST = "whm1.example.com:2087"


def ok(data: Any = None, **metadata: Any) -> dict[str, Any]:
    """A WHM API 1 envelope of a call that worked; without data, as most writes answer."""
    envelope: dict[str, Any] = {"metadata": {"version": 1, "result": 1, "reason": "OK", "command": "x", **metadata}}
    return envelope if data is None else {**envelope, "data": data}


def no(reason: Any, data: Any = None) -> dict[str, Any]:
    """The envelope of a call that failed."""
    return ok(data, result=0, reason=reason)


def batch(*elements: Any, **metadata: Any) -> dict[str, Any]:
    return ok({"result": list(elements)}, **metadata)


def wire(document: Any) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode("utf-8")


Step = Reply | WhmError | bytes | dict[str, Any] | Callable[[str, list[tuple[str, str]]], Any]


class Script:
    """A transport: each request takes the next step, and one more than there are steps is an error.

    A step is an envelope, a body, a Reply, an error to raise, or a function of the request that gives one of these.
    """

    host = HOST

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.sent: list[tuple[str, list[tuple[str, str]]]] = []
        self.secret: list[bool] = []
        self.closed = False

    def send(self, function: str, pairs: Any, secret: bool = False) -> Reply:
        self.sent.append((function, list(pairs)))
        self.secret.append(secret)
        assert self.steps, f"one request too many: {function}"
        step = self.steps.pop(0)
        if callable(step):
            step = step(function, list(pairs))
        if isinstance(step, WhmError):
            raise step
        return step if isinstance(step, Reply) else Reply(200, wire(step))

    def close(self) -> None:
        self.closed = True

    @property
    def functions(self) -> list[str]:
        return [function for function, _pairs in self.sent]


def scripted(*steps: Step, **options: Any) -> tuple[Client, Script, list[float]]:
    """A client over a script, with the pauses that it makes."""
    script, pauses = Script(*steps), []
    return Client(script, **{"read_only": False, "sleep": pauses.append, **options}), script, pauses


def answering(function: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """A batch whose elements say which user they were for."""
    return batch(*(ok({"for": dict(parse_qsl(value.partition("?")[2])).get("user")}) for _key, value in pairs))


UNKNOWN = 'Unknown app ("%s") requested for this version (1) of the API.'


def commands(pairs: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Function and domains of each call in a batch."""
    found = [value.partition("?") for name, value in pairs if name == "command"]
    return [
        (function, [unquote(text) for text in parse_qs(query).get("domain", [])]) for function, _mark, query in found
    ]


def server(answer: Callable[[str, list[str]], Any], barred: set[str] = frozenset()) -> tuple[Client, Any]:
    """A server that refuses batches with a barred function as a whole, before it answers any of their calls."""

    def step(function: str, pairs: list[tuple[str, str]]) -> Any:
        inside = commands(pairs) if function == "batch" else [(function, [v for n, v in pairs if n == "domain"])]
        for name, _domains in inside:
            if name in barred:
                return no(UNKNOWN % name)
        answers = [answer(name, domains) for name, domains in inside]
        return batch(*answers) if function == "batch" else answers[0]

    client, script, _pauses = scripted(*[step] * 500, read_only=True)
    return client, script


DENIED = {
    "cpanelresult": {
        "apiversion": "2",
        "error": "Access denied",
        "data": {"reason": "Access denied", "result": "0"},
        "type": "text",
    }
}


PAGE = (
    "<!DOCTYPE html>\n<html><head><title>{0}</title><style>b {{ x: y }}</style></head><body><h1>{0}</h1></body></html>"
)
