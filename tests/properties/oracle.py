# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer may honestly be taken for: the judge of the decoder, which shares no code with it.

Made from BEHAVIOUR's shapes alone. A verdict is looked for in a whole object, never in a part of one, and whatever contradicts
itself is no success.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

YES, NO, NEITHER = "success", "refusal", "neither"

_KEYS = {"metadata", "cpanelresult", "status", "error", "result", "event"}
_ONE = re.compile(r"[ \t\r\n]*\+?0*1(?:\.0*)?(?:[eE][+-]?0+)?[ \t\r\n]*\Z", re.ASCII)
_NUMBER = re.compile(r"[ \t\r\n]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\r\n]*\Z", re.ASCII)
_BEGINS = re.compile(r'\{\s*"(?:[^"\\]|\\.)*"\s*:', re.DOTALL)
_PAGE = re.compile(r"<(!doctype\s+html|html|head|body|title)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """What an answer says.

    :param verdict: YES, NO or NEITHER.
    :param data: of a success, as the collection is to pass it on.
    """

    verdict: str
    data: Any = None


def one(value: Any) -> bool:
    """The number one, in whichever type."""
    if isinstance(value, str):
        return bool(_ONE.match(value))
    return isinstance(value, (int, float)) and value == 1


def other_number(value: Any) -> bool:
    """A number that is not one: an explicit no."""
    if isinstance(value, str):
        return bool(_NUMBER.match(value)) and not one(value)
    return isinstance(value, (int, float)) and abs(value) < float("inf") and value != 1


def by(value: Any, data: Any = None) -> Reading:
    return Reading(YES, data) if one(value) else Reading(NO) if other_number(value) else Reading(NEITHER)


def read_document(function: str, document: Any) -> Reading:
    """What one envelope says: a whole answer, or an element of a batch."""
    if not isinstance(document, dict):
        return Reading(NEITHER)
    if document.get("error"):
        return Reading(NO)
    metadata = document.get("metadata")
    if isinstance(metadata, dict):
        outer = by(metadata.get("result"))
        return _carried(function, document.get("data")) if outer.verdict == YES else outer
    if isinstance(document.get("cpanelresult"), dict):
        return _cpanelresult(function, document["cpanelresult"])
    if "command" in document and (one(document.get("result")) or other_number(document.get("result"))):
        outer = by(document["result"])
        return _carried(function, document.get("data")) if outer.verdict == YES else outer
    if function in ("cpanel", "uapi_cpanel") and "status" not in document:
        found = _bare(function, document)
        if found:
            return found
    return _version_0(document)


def _bare(function: str, document: dict[str, Any]) -> Reading | None:
    """What comes without any wrapping of WHM: UAPI, API 1 of cPanel, an error. None: none of them."""
    uapi, event, data = document.get("result"), document.get("event"), document.get("data")
    if isinstance(uapi, dict):
        return _uapi(uapi, document if function == "cpanel" else {"uapi": uapi})
    if function == "cpanel" and isinstance(event, dict):
        return by(event.get("result"), document)
    if isinstance(data, dict) and zero(data.get("result")):
        return Reading(NO)
    return None


def zero(value: Any) -> bool:
    return other_number(value) and float(value) == 0


def _uapi(uapi: dict[str, Any], passed_on: Any) -> Reading:
    outer = by(uapi.get("status"), passed_on)
    return _unless_all_failed(outer, uapi.get("data"))


def _unless_all_failed(outer: Reading, found: Any) -> Reading:
    """A success in which every part says that it failed is none; where some worked it is one."""
    parts = [part for part in _parts(found) if part is not None]
    return Reading(NO) if outer.verdict == YES and parts and not any(parts) else outer


def _parts(found: Any) -> list[bool | None]:
    """Whether it worked, for each row that could say so."""
    if isinstance(found, dict) and _worked(found) is None:
        return [_worked(row) for rows in found.values() if isinstance(rows, list) for row in rows]
    return [_worked(row) for row in (found if isinstance(found, list) else [found])]


def _worked(row: Any) -> bool | None:
    """A flag 0 or 1 that stands alone or beside its words; the empty text is Perl's no where there are words."""
    if not isinstance(row, dict):
        return None
    words = {"status": ["statusmsg", "msg", "reason"], "result": ["reason"]}
    for flag, names in words.items():
        said = any(row.get(name) for name in names)
        readable = len(row) == 1 or any(name in row for name in names)
        if flag in row and readable and one(row[flag]):
            return True
        if (flag in row and readable and zero(row[flag])) or (row.get(flag) == "" and said):
            return False
    return None


def _carried(function: str, data: Any) -> Reading:
    """UAPI and API 2 say 1 outside and the truth inside."""
    inside = data if isinstance(data, dict) else {}
    if function == "uapi_cpanel":
        uapi = inside.get("uapi")
        return _uapi(uapi, data) if isinstance(uapi, dict) else Reading(NEITHER)
    if function == "cpanel":
        if isinstance(inside.get("cpanelresult"), dict):
            return _cpanelresult(function, inside["cpanelresult"])
        result = inside.get("result")
        return _uapi(result, data) if isinstance(result, dict) else Reading(NEITHER)
    return Reading(YES, data)


def _cpanelresult(function: str, result: dict[str, Any]) -> Reading:
    event, data = result.get("event"), result.get("data")
    inner = data.get("result") if isinstance(data, dict) else None
    if result.get("error") or zero(inner):
        return Reading(NO)
    if function == "version" and event is None:
        named = isinstance(data, dict) and isinstance(data.get("version"), str) and data["version"]
        return Reading(YES, data) if named else Reading(NEITHER)
    if not isinstance(event, dict):
        return Reading(NEITHER)
    if function != "cpanel":
        return by(event.get("result"), data)
    return _unless_all_failed(by(event.get("result"), {"cpanelresult": result}), data)


def _version_0(document: dict[str, Any]) -> Reading:
    """The status of the whole and of each row; a list without objects is data."""
    result = document.get("result")
    rows = result if isinstance(result, list) else [result]
    rows = rows if any(isinstance(row, dict) for row in rows) else []
    places = [document] * ("status" in document) + rows
    found = [by(place.get("status")).verdict if isinstance(place, dict) else NEITHER for place in places]
    if "metadata" in document or not found or NEITHER in found:
        return Reading(NO if NO in found else NEITHER)
    rest = {key: value for key, value in document.items() if key not in ("status", "statusmsg")}
    return Reading(NO) if NO in found else Reading(YES, rest)


def _end(text: str, start: int) -> int | None:
    """Behind the brace that closes the one at ``start``; None when none does."""
    depth, inside, place = 0, False, start
    while place < len(text):
        sign = text[place]
        if inside:
            place += sign == "\\"
            inside = sign != '"'
        elif sign == '"':
            inside = True
        elif sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if not depth:
                return place + 1
        place += 1
    return None


def _parsed(text: str) -> Any:
    """The value with a sign of replacement for each half of a character: Ansible takes none from a module."""
    try:
        value = json.dumps(json.loads(text), ensure_ascii=False)
        return json.loads(value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        return None


def envelopes(body: bytes) -> Iterator[dict[str, Any]]:
    """The whole objects of a text that look like envelopes. One that is broken ends the search: what follows is in it."""
    text = body.decode("utf-8", "replace")
    page, brace, past = _PAGE.search(text[:20000]), text.find("{"), 0
    if page and (brace < 0 or page.start() < brace):
        return
    for start in [place for place, sign in enumerate(text) if sign == "{"]:
        if start < past or not _BEGINS.match(text, start):
            continue
        end = _end(text, start)
        document = None if end is None else _parsed(text[start:end])
        if end is None or not isinstance(document, dict):
            return
        past = end
        if not _KEYS.isdisjoint(document):
            yield document


def read(function: str, status: int, body: bytes) -> Reading:
    """What an answer says. Several envelopes in one answer say nothing."""
    if status != 200:
        return Reading(NEITHER)
    found = list(envelopes(body))
    return read_document(function, found[0]) if len(found) == 1 else Reading(NEITHER)
