# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real answers, and what can happen to them on the way.

The answers are what the simulator sends, and the shapes of BEHAVIOUR 0 and B that it does not. Damage is done to the
document (a verdict replaced, a part left out, put elsewhere or taken from another answer), to the way in which it is
written down, and to the bytes.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.whm.mail.tests.simulator import STATES, loading
from ansible_collections.whm.mail.tests.simulator.box import Box
from hypothesis import strategies as st

Draw = Callable[..., Any]
Path = tuple[Any, ...]

_XID = re.compile(r"\(XID \w+\)")  # random, and a failure must be repeatable

#: The calls of the batch among the answers, as function and query.
BATCH = (
    ("accountsummary", "user=alice"),
    ("hold_outgoing_email", "user=nosuch"),
    ("hold_outgoing_email", "user=alice"),
    ("version", ""),
    ("uapi_cpanel", "cpanel.user=alice&cpanel.module=Email&cpanel.function=list_pops"),
    ("cpanel", "cpanel_jsonapi_user=alice&cpanel_jsonapi_module=EmailTrack&cpanel_jsonapi_func=stats&cpanel_jsonapi_apiversion=2"),
)  # fmt: skip
_CARRIED = dict(pair.split("=") for pair in BATCH[4][1].split("&"))
_API_2 = dict(pair.split("=") for pair in BATCH[5][1].split("&"))

_CALLS: list[tuple[str, dict[str, str]]] = [
    ("listaccts", {"want": "user,outgoing_mail_hold"}),
    ("accountsummary", {"user": "nosuch"}),
    ("hold_outgoing_email", {"user": "alice"}),
    ("hold_outgoing_email", {"user": "nosuch"}),
    ("enable_dkim", {"domain": "dave.example.org"}),
    ("get_mailbox_status_list", {"account": "info@alice.example.com"}),
    ("get_user_email_forward_destination", {"user": "bob"}),
    ("emailtrack_user_stats", {}),
    ("mail_sni_status", {"domain": "alice.example.com"}),
    ("disable_mail_sni", {"domain": "alice.example.com"}),
    ("exim_configuration_check", {}),
    ("no_such_function", {}),
    ("version", {}),
    ("uapi_cpanel", _CARRIED),
    ("uapi_cpanel", {**_CARRIED, "cpanel.function": "no_such_function"}),
    ("cpanel", _API_2),
    ("cpanel", {**_API_2, "cpanel_jsonapi_func": "no_such_function"}),
    ("cpanel", {**_API_2, "cpanel_jsonapi_apiversion": "3", "cpanel_jsonapi_module": "Email", "cpanel_jsonapi_func": "list_pops"}),
]  # fmt: skip
_QUIRKS: list[list[str]] = [
    [], ["string_results", "string_numbers", "warnings_in_metadata"], ["translated", "version_legacy", "cpanel_enveloped"],
]  # fmt: skip

#: BEHAVIOUR 0, A and B: what no handler of the simulator's core sends.
_SHAPES: list[tuple[str, dict[str, Any]]] = [
    ("hold_outgoing_email", {"cpanelresult": {"apiversion": "2", "error": "Access denied",
                                              "data": {"reason": "Access denied", "result": "0"}, "type": "text"}}),
    ("hold_outgoing_email", {"metadata": {"version": 1, "result": 0, "reason": "Unknown error.", "command": "hold_outgoing_email"}}),
    ("accountsummary", {"status": 1, "statusmsg": "Ok", "acct": [{"user": "alice"}]}),
    ("accountsummary", {"status": 0, "statusmsg": "Account does not exist", "acct": None}),
    ("hold_outgoing_email", {"result": [{"status": 1, "statusmsg": "Done"}]}),
    ("hold_outgoing_email", {"error": "Unknown App Requested: hold_outgoing_email"}),
    ("cpanel", {"data": {"reason": "User parameter is invalid", "result": "0"}, "type": "text", "error": "User parameter is invalid"}),
    ("cpanel", {"apiversion": 1, "type": "event", "func": "addlist", "data": {"result": "0"}, "event": {"result": 1}}),
    ("cpanel", {"apiversion": 3, "func": "f", "result": {"status": 0, "errors": ["no"], "warnings": ["w"], "data": None}}),
    ("cpanel", {"cpanelresult": {"apiversion": 2, "data": [{"status": 0, "statusmsg": "no"}], "event": {"result": 1}}}),
    ("cpanel", {"cpanelresult": {"data": [{"status": 1, "statusmsg": "yes"}, {"status": 0, "statusmsg": "no"}], "event": {"result": 1}}}),
    ("uapi_cpanel", {"metadata": {"result": 1}, "data": {"uapi": {"status": 1, "data": {"status": 0, "statusmsg": "no"}, "errors": None}}}),
    ("uapi_cpanel", {"metadata": {"result": 1}, "data": {"uapi": {"status": 1, "data": [{"result": 0, "reason": "no"}], "messages": "m"}}}),
    ("validate_exim_configuration_syntax", {"command": "x", "reason": "OK", "result": 1, "version": 1, "data": {"exim_caps": {}}}),
]  # fmt: skip


@dataclass(frozen=True)
class Real:
    """A function and what it answers."""

    function: str
    document: dict[str, Any]


def _box(quirks: list[str]) -> Box:
    box = Box("whm1", loading.servers_of(STATES / "tests.yml")["whm1"], lambda: 1_800_000_000.0)
    for quirk in quirks:
        box.quirks.add(quirk)
    return box


def batch_of(quirks: list[str]) -> dict[str, Any]:
    commands = [f"{function}?{query}" if query else function for function, query in BATCH]
    keys = ["command", *(f"command-{number}" for number in range(1, len(commands)))]
    document = _box(quirks).call("batch", **dict(zip(keys, commands, strict=True)))
    document["data"]["result"] = [_short(element) for element in document["data"]["result"]]
    return document


def _short(value: Any) -> Any:
    """Two rows of a list, and of a row with many fields some: what is left out is more of the same."""
    if isinstance(value, list):
        return [_short(item) for item in value[:2]]
    if isinstance(value, dict):
        return {key: _short(item) for key, item in list(value.items())[:12]}
    return _XID.sub("(XID ab3def)", value) if isinstance(value, str) else value


def _answers() -> Iterator[Real]:
    for quirks in _QUIRKS:
        yield from (Real(function, _short(_box(quirks).call(function, **params))) for function, params in _CALLS)
        yield Real("batch", batch_of(quirks))
    yield from (Real(function, document) for function, document in _SHAPES)


REAL = list(_answers())
BATCHES = [batch_of(quirks) for quirks in _QUIRKS]
FUNCTIONS = sorted({real.function for real in REAL})

#: What may come to stand where a verdict or anything else stood.
VALUES = [
    0, 1, 2, -1, 1.0, 0.9, "0", "1", " 1 ", "1.0", "0_1", "\uff11", "1e0", "", "OK", "true", "NaN", 10**30, None, True, False, [], {},
    [1], {"result": 1}, {"status": 1}, {"metadata": {"result": 1}}, [{"status": 1}],
    "Access denied", '\n{"metadata":{"result":1}}\n', "(XID ab3def) \ud800", {"half": "a\ud800b"},
]  # fmt: skip
_DECIDING = {"metadata", "cpanelresult", "result", "status", "error", "event", "uapi", "data", "command"}


def paths(node: Any, path: Path = ()) -> Iterator[Path]:
    """Where something stands in a document."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from paths(child, (*path, key))


def _at(document: Any, path: Path) -> Any:
    for key in path:
        document = document[key]
    return document


def _leave_out(draw: Draw, place: Any, key: Any, document: Any) -> None:
    del place[key]


def _replace(draw: Draw, place: Any, key: Any, document: Any) -> None:
    place[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))


def _rename(draw: Draw, place: Any, key: Any, document: Any) -> None:
    name = draw(st.sampled_from([*sorted(_DECIDING), "Result", "results", "meta"]))
    if isinstance(place, dict):
        place[name] = place.pop(key)
    else:
        place.insert(key, {name: place.pop(key)})


def _wrap(draw: Draw, place: Any, key: Any, document: Any) -> None:
    place[key] = draw(st.sampled_from([lambda it: [it], lambda it: {"data": it}, json.dumps, lambda it: [it, it]]))(
        place[key]
    )


def _graft(draw: Draw, place: Any, key: Any, document: Any) -> None:
    """A part of another answer."""
    other = draw(st.sampled_from(REAL)).document
    place[key] = copy.deepcopy(_at(other, draw(st.sampled_from(list(paths(other))))))


def _hoist(draw: Draw, place: Any, key: Any, document: Any) -> None:
    """To the top, under its own name."""
    document[str(key)] = copy.deepcopy(place[key])


def _add(draw: Draw, place: Any, key: Any, document: Any) -> None:
    name = draw(st.sampled_from(sorted(_DECIDING)))
    target = place[key] if isinstance(place[key], dict) else document
    target[name] = copy.deepcopy(draw(st.sampled_from(VALUES)))


EDITS = [_leave_out, _replace, _replace, _rename, _wrap, _graft, _hoist, _add]


def edit(draw: Draw, document: Any) -> None:
    """One change of a document, half of the time where a verdict stands."""
    found = list(paths(document))
    deciding = [path for path in found if path[-1] in _DECIDING]
    if deciding and draw(st.booleans()):
        found = deciding
    if found:
        path = draw(st.sampled_from(found))
        draw(st.sampled_from(EDITS))(draw, _at(document, path[:-1]), path[-1], document)


#: The ways in which a document may be written down; all mean the same.
STYLES: list[Callable[[Any], str]] = [
    lambda it: json.dumps(it, separators=(",", ":")),
    lambda it: json.dumps(it, ensure_ascii=False),
    lambda it: json.dumps(it, indent=3, sort_keys=True),
    lambda it: json.dumps(it, indent=0),  # each brace at the start of a line
]
BEFORE = [
    b"<html><title>Sorry</title></html>\n",
    b"",
    b"\xef\xbb\xbf", b" \r\n", b"Use of uninitialized value $x{\"foo\"} at line 42.\n", b"Hash { x } is odd.\n{no json\n", b'{"log":"line"}\n',
]  # fmt: skip
AFTER = [b"", b"\n", b"\nUse of {uninitialized} value\n", b"\n{no json", b"\x00", b"  \r\n\r\n"]
PIECES = [
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"\n{", b"\n", b"\x00", b"\xff", b"\\", b"<html>", b"NaN", b"-", b"1e999", b"null", b"\\ud800",
    b"0", b"1", b'{"metadata":{"result":1}}', b'\n{"metadata":{"result":1}}', b'\n{"status":1}\n', b'"result":1,', b'"error":"x",',
]  # fmt: skip


def written(draw: Draw, document: Any) -> bytes:
    return draw(st.sampled_from(STYLES))(document).encode("utf-8", "replace")


def surrounded(draw: Draw, body: bytes) -> bytes:
    """With what programs print around an answer; only a page in front makes it none."""
    return draw(st.sampled_from(BEFORE)) + body + draw(st.sampled_from(AFTER))


def cut(draw: Draw, body: bytes) -> bytes:
    """One change of the bytes."""
    kind = draw(st.sampled_from(["end", "splice", "splice", "repeat", "other", "line"]))
    place = draw(st.integers(0, len(body)))
    if kind == "end":
        return body[:place]
    if kind == "splice":
        gone = draw(st.sampled_from([0, 1, 1, 4, 40]))
        return body[:place] + draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3))) + body[place + gone :]
    if kind == "repeat":
        return body[:place] + body[max(place - draw(st.integers(1, 60)), 0) :]
    if kind == "other":
        other = written(draw, draw(st.sampled_from(REAL)).document)
        return body[:place] + draw(st.sampled_from([b"", b"\n"])) + other
    brace = body.find(b"{", place)
    return body if brace < 0 else body[:brace] + b"\n" + body[brace:]
