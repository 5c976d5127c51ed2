# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the bytes of an answer to data, or to a typed error. Pure: no I/O, no Ansible.

Every shape that WHM is known to answer with is decoded here and nowhere else: WHM API 1 envelopes, legacy shapes,
``cpanelresult`` bodies, HTML pages, garbage around JSON, invalid UTF-8. ``reason`` never decides, ``metadata.result`` does.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, to_float, to_int, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.denial import access_denied, denial
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    PermissionRefused,
    Redirected,
    Refused,
    ServerError,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
    whole,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.masking import HIDDEN, PRIVATE_KEY

_NO_SUCH_USER = re.compile(r"User parameter is invalid or was not supplied")
_XID = re.compile(r"\(XID \w+\)\s*")
_UNKNOWN_FUNCTION = re.compile(r"unknown app \(|unknown app requested", re.IGNORECASE)
_ROLE_DISABLED = re.compile(r"This functionality is not available because .* on this server", re.DOTALL)
_NO_PERMISSION = re.compile(
    r"^Access denied\b|^You do not have access to |^Permission denied\b", re.IGNORECASE | re.MULTILINE
)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title)\b", re.IGNORECASE)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_ENVELOPE_KEYS = frozenset(("metadata", "cpanelresult", "status", "error", "result", "event"))
# The functions that carry a call of one account, and where UAPI's own envelope stands in what they answer.
_CARRIERS = {"cpanel": "result", "uapi_cpanel": "uapi"}
# Verdicts inside data, beside an outer one that says 1 whatever happened: the flag, and where it says why.
_INNER_VERDICTS = (("status", ("statusmsg", "msg", "reason")), ("result", ("reason",)))
# A brace, a quoted name and a colon: the beginning of an object, and not just a brace in some text.
_OBJECT = re.compile(r'\{\s*"(?:[^"\\]|\\.){0,200}"\s*:', re.DOTALL)
_MOST_OBJECTS = 50  # a log may be printed around an answer
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_EXCERPT = 160
_NAMED = 5  # keys that a message names
_NOT_WHM = "Check that api_host and api_port lead to WHM."


@dataclass(frozen=True)
class Answer:
    """What a successful call returned.

    :param data: ``data`` of the envelope; None when the server sent none.
    :param metadata: the envelope's ``metadata``.
    :param warnings: whatever the server said beside its verdict: ``warnings`` and ``messages`` of WHM's envelope and of UAPI's.
    """

    data: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def get(self, key: str) -> Any:
        """``data[key]``, or None when the server left data or the key out."""
        return self.data.get(key) if isinstance(self.data, dict) else None

    def records(self, key: str) -> list[dict[str, Any]]:
        """The objects in the list ``data[key]``; absent, null and empty are all no records."""
        return [record for record in as_list(self.get(key)) if isinstance(record, dict)]

    def listing(self, key: str) -> list[dict[str, Any]]:
        """The same where the list is all that was asked for: what is not understood must not pass for an empty list.

        :raises UnexpectedAnswer: there is data without the list, or the list is none, or it holds something else.
        """
        value = self.get(key)
        if isinstance(value, dict) and value and all(isinstance(row, dict) for row in value.values()):
            return list(value.values())  # by name
        rows = [row for row in as_list(value) if row is not None]
        if (self.data and not (isinstance(self.data, dict) and key in self.data)) or not all(
            isinstance(row, dict) for row in rows
        ):
            raise UnexpectedAnswer(f"the answer has no list of objects in data.{key}", self.metadata.get("command"))
        return rows


def decode(function: str, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Decode one answer.

    :raises WhmError: typed, without host; the client adds it.
    """
    with _naming(function, status):
        _check_status(function, status, headers, body)
        return _decode(function, _parse(body))


def decode_document(function: str, document: Any, status: int | None = None) -> Answer:
    """Decode one envelope: a whole answer, or one element of a batch.

    :raises Refused: the call failed; ``Unsupported`` and ``PermissionRefused`` where that can be told.
    :raises UnexpectedAnswer: it is no envelope.
    """
    with _naming(function, status):
        return _decode(function, document)


@contextmanager
def _naming(function: str, status: int | None) -> Iterator[None]:
    """What is raised here names the function that was called, and the status of the answer."""
    try:
        yield
    except WhmError as exc:
        exc.function, exc.http_status = function, status
        raise


def _decode(function: str, document: Any) -> Answer:
    """By shape. A verdict that stands further inside counts more than one around it."""
    if not isinstance(document, dict):
        raise UnexpectedAnswer(f"the answer is not an object but {type(document).__name__}")
    if document.get("error"):
        raise refusal(document["error"], document.get("data"))
    if isinstance(document.get("metadata"), dict):
        return _decode_v1(function, document)
    if isinstance(document.get("cpanelresult"), dict):
        return _decode_cpanelresult(function, document["cpanelresult"])
    if "command" in document and to_int(document.get("result")) is not None:
        return _decode_flat(function, document)
    if function in _CARRIERS and "status" not in document:
        return _decode_bare(function, document)
    return _decode_legacy(document)


def clean_reason(text: Any) -> str:
    """A server's text without the random XID, its ``API failure:`` prefix and line ends.

    Servers in other languages answer with two lines, translated and English: both are kept, on one line.
    """
    plain = _XID.sub("", PRIVATE_KEY.sub(HIDDEN, str(text if text is not None else ""))).strip()
    lines = [re.sub(r"^API failure:\s*", "", line.strip()) for line in plain.splitlines()]
    return " / ".join(line for line in lines if line) or "no reason given"


def excerpt(body: bytes) -> str:
    """A short readable piece of a body that is not JSON: no tags, no private key, one line."""
    text = _TAG.sub(" ", PRIVATE_KEY.sub(HIDDEN, body[:20000].decode("utf-8", "replace")))
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= _EXCERPT:
        return text
    # Never cut inside a word: half a token would be shown, because only whole ones are recognised and hidden.
    return text[:_EXCERPT].rpartition(" ")[0] + "…"


def _check_status(function: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    if status == 200:
        return
    if status in (401, 403):
        said = _failure_text(body) or "HTTP %d" % status if _by_whm(headers, body) else None
        if status == 403 and said is not None and "metadata" in next(_documents(body), {}):
            # A refused login never comes so far that there is an envelope.
            raise access_denied(f"{function} ({said})", "its answer is that of a login that is good")
        raise denial(status, headers, said, excerpt(body))
    if 300 <= status < 400:
        raise Redirected(
            "the server answered with a redirect (HTTP %d), which is not followed" % status,
            remedy="Check api_host and api_port: WHM answers calls with a token on its TLS port, normally 2087.",
        )
    detail = _failure_text(body) or excerpt(body) or "empty body"
    if status >= 500 or status == 429:
        raise ServerError(
            "the server failed with HTTP %d (%s)" % (status, detail),
            _retry_after(headers),
            remedy="503 is usual while cPanel upgrades itself." if status == 503 else None,
        )
    raise UnexpectedAnswer("HTTP %d instead of an answer (%s)" % (status, detail), remedy=_NOT_WHM)


def _by_whm(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a refusal is in one of WHM's shapes; a proxy's own JSON may have an ``error``, too."""
    if body.lstrip().startswith(b'{"cpanelresult"'):
        return True
    document: Mapping[str, Any] = next(_documents(body), {})
    if not {"cpanelresult", "metadata", "statusmsg"}.isdisjoint(document):
        return True
    return bool(document) and str(headers.get("Server") or "cpsrvd").startswith("cpsrvd")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds for which the server asks to be left alone: a number, or a date, held against the server's clock if it told it."""
    text = str(headers.get("Retry-After") or "")
    if to_float(text) is not None:
        return to_float(text)
    until, now = _moment(text), _moment(headers.get("Date"))
    return max(until - (time.time() if now is None else now), 0.0) if until is not None else None


def _moment(text: str | None) -> float | None:
    """The epoch of an HTTP date."""
    try:
        return parsedate_to_datetime(text or "").timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):  # which of them depends on the version of Python
        return None


def _failure_text(body: bytes) -> str | None:
    """The reason inside a failure of any JSON shape, or None when the body holds none."""
    document = next(_documents(body), None)
    if document is None:
        return None
    inner = document.get("cpanelresult", document)
    for place, key in ((inner, "error"), (document.get("metadata"), "reason"), (inner, "statusmsg")):
        if isinstance(place, dict) and place.get(key):
            return clean_reason(place[key])
    return None


def _documents(body: bytes) -> Iterator[dict[str, Any]]:
    """Objects in a body that may have other text before and after; outermost ones only.

    A brace inside a document that was cut off must not be taken for an answer: the inner envelope of a truncated batch
    would look like a success. So nothing counts behind the beginning of an object that does not parse.
    """
    text = body.decode("utf-8", "replace")
    decoder, end = json.JSONDecoder(), 0
    for _attempt in range(_MOST_OBJECTS):
        begins = _OBJECT.search(text, end)
        if not begins:
            return
        try:
            document, end = decoder.raw_decode(text, begins.start())
            if _SURROGATE.search(text, begins.start(), end):
                document = _encodable(document)
        except (ValueError, RecursionError):
            return
        if not _ENVELOPE_KEYS.isdisjoint(document):
            yield document


def _encodable(value: Any) -> Any:
    """Without halves of characters, which JSON can hold and Ansible takes from no module."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value


def _parse(body: bytes) -> dict[str, Any]:
    if not body.strip():
        raise UnexpectedAnswer("the answer is empty")
    head = body[:20000].decode("utf-8", "replace")
    page = _HTML.search(head)
    brace = head.find("{")
    if page and (brace < 0 or page.start() < brace):
        raise UnexpectedAnswer(
            f"HTML instead of JSON (HTTP 200: {excerpt(body)})",
            remedy="Check that api_host and api_port lead to WHM and that the server's disk is not full.",
        )
    documents = list(_documents(body))
    if not documents:
        raise UnexpectedAnswer(_no_answer(body), remedy=_NOT_WHM)
    if len(documents) > 1:
        raise UnexpectedAnswer("the answer holds %d answers" % len(documents))
    return documents[0]


def _no_answer(body: bytes) -> str:
    """What a body is that holds no answer of WHM."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return f"the answer is not valid JSON ({excerpt(body)})"
    found = "with the keys " + ", ".join(list(document)[:_NAMED]) if isinstance(document, dict) and document else ""
    return f"the answer is JSON, but not of WHM ({found or type(document).__name__}: {excerpt(body)})"


def _decode_v1(function: str, document: dict[str, Any]) -> Answer:
    metadata = document["metadata"]
    result = to_int(metadata.get("result"))
    if result is None:
        raise UnexpectedAnswer("the answer has no metadata.result")
    data = document.get("data")
    warnings = _warnings(metadata)
    if result != 1:
        raise refusal(metadata.get("reason"), data, warnings)
    if function not in _CARRIERS:
        return Answer(data, metadata, warnings)
    if function == "cpanel" and isinstance(data, dict) and isinstance(data.get("cpanelresult"), dict):
        carried = _decode_cpanelresult(function, data["cpanelresult"])
    else:
        place = _CARRIERS[function]
        inner = data.get(place) if isinstance(data, dict) else None
        carried = _decode_uapi(data, inner, f"data.{place}")
    return Answer(carried.data, metadata, tuple(unique(warnings + carried.warnings)))


def _decode_flat(function: str, document: dict[str, Any]) -> Answer:
    """The reference shows an answer of validate_exim_configuration_syntax whose metadata stands beside data."""
    metadata = {key: value for key, value in document.items() if key != "data"}
    return _decode_v1(function, {"metadata": metadata, "data": document.get("data")})


def _decode_bare(function: str, document: dict[str, Any]) -> Answer:
    """What cpanel answers without WHM's envelope: UAPI, cPanel API 1, or why it did not come to a call at all."""
    inner, event, data = (document.get(key) for key in ("result", "event", "data"))
    if isinstance(inner, dict):
        whole = document if function == "cpanel" else {"uapi": inner}
        return _decode_uapi(whole, inner, "result")
    if function == "cpanel" and isinstance(event, dict):
        return _decode_event(document, event, document)
    if isinstance(data, dict) and to_int(data.get("result")) == 0:
        raise refusal(data.get("reason"), data)
    return _decode_legacy(document)


def _decode_uapi(data: Any, inner: Any, place: str) -> Answer:
    """uapi_cpanel says 1 outside and the truth inside, and so does cpanel where it carries a UAPI call."""
    verdict = to_int(inner.get("status")) if isinstance(inner, dict) else None
    if verdict is None:
        raise UnexpectedAnswer(f"the answer has no {place}.status")
    errors = _texts(inner.get("errors"))
    said = _texts(inner.get("warnings"), inner.get("messages"))
    if verdict != 1:
        raise refusal("\n".join(errors or said), data, said if errors else ())
    return Answer(data, {}, tuple(unique(errors + said + _told_inside(inner.get("data"), data))))


def failures_inside(data: Any) -> tuple[list[str], int]:
    """Why parts of an answer failed although it counts as a success, and how many verdicts there are in it.

    A verdict is a flag beside its words, or alone: ``{"status": 0, "statusmsg": "…"}`` as data, or as a row of a list in it.
    """
    rows = _inner_rows(data)
    verdicts = [verdict for verdict in map(_inner_verdict, rows) if verdict is not None]
    return [text for text in verdicts if text], len(verdicts)


def _inner_rows(data: Any) -> list[Any]:
    if not isinstance(data, dict):
        return as_list(data)
    if _inner_verdict(data) is not None:
        return [data]
    return [row for value in data.values() if isinstance(value, list) for row in value]


def _inner_verdict(row: Any) -> str | None:
    """Why it failed; the empty text when it did not; None where a row has no verdict."""
    for flag, places in _INNER_VERDICTS if isinstance(row, dict) else ():
        number = 0 if row.get(flag) == "" and _words(row, *places) else to_int(row.get(flag))
        if number in (0, 1) and (set(row) == {flag} or any(place in row for place in places)):
            return "" if number else clean_reason(_words(row, *places))
    return None


def _words(row: Mapping[str, Any], *places: str) -> Any:
    return next((row[place] for place in places if row.get(place)), None)


def _told_inside(found: Any, data: Any) -> tuple[str, ...]:
    """What of a carried call failed, where something else in it worked.

    :raises Refused: nothing of it worked.
    """
    failures, verdicts = failures_inside(found)
    if failures and len(failures) == verdicts:
        raise refusal("\n".join(unique(failures)), data)
    return tuple(failures)


def _decode_cpanelresult(function: str, result: dict[str, Any]) -> Answer:
    """cPanel API 2, a refused login, or ``version`` on some servers, which alone needs no verdict: all in the same wrapping."""
    data, event = result.get("data"), result.get("event")
    if result.get("error"):
        raise refusal(result["error"], data)
    if isinstance(data, dict) and to_int(data.get("result")) == 0:
        raise refusal(data.get("reason"), data)
    version = data.get("version") if isinstance(data, dict) else None
    if function == "version" and event is None and version and isinstance(version, str):
        return Answer(data)
    whole = {"cpanelresult": result} if function == "cpanel" else data
    answer = _decode_event(result, event, whole)
    if function != "cpanel":
        return answer
    return Answer(whole, answer.metadata, _told_inside(data, whole))


def _decode_event(result: Mapping[str, Any], event: Any, data: Any) -> Answer:
    """By ``event.result``, the verdict of cPanel API 1 and 2."""
    verdict = to_int(event.get("result")) if isinstance(event, dict) else None
    if verdict is None:
        raise UnexpectedAnswer("the answer has no cpanelresult.event.result")
    if verdict != 1:
        why = event.get("reason") or "\n".join(failures_inside(result.get("data"))[0])
        raise refusal(why, result.get("data"))
    return Answer(data, event)


def _decode_legacy(document: dict[str, Any]) -> Answer:
    """WHM API 0, which some servers still answer with: a status of the whole, of each row, or both."""
    rows = as_list(document.get("result"))
    if not any(isinstance(row, dict) for row in rows):
        rows = []
    verdicts = [document] * ("status" in document) + rows
    found = [to_int(row.get("status")) if isinstance(row, dict) else None for row in verdicts]
    for row, verdict in zip(verdicts, found):
        if verdict not in (None, 1):
            raise refusal(_words(row, "statusmsg", "msg", "reason"), document)
    if not found or None in found or "metadata" in document:
        raise UnexpectedAnswer("the answer has neither metadata nor status")
    return Answer({key: value for key, value in document.items() if key not in ("status", "statusmsg")})


def refusal(reason: Any, data: Any = None, warnings: tuple[str, ...] = ()) -> Refused:
    """The error for a call that failed; texts are looked at only to tell kinds of refusal apart."""
    text = str(reason or "")
    build: Callable[..., Refused] = Refused
    remedy = None
    if _UNKNOWN_FUNCTION.search(text):
        build = Unsupported
        remedy = "This version of cPanel & WHM does not have the function, or the token may not see it."
    elif _ROLE_DISABLED.search(text):
        build = Unsupported
        remedy = "Enable the role in WHM's server profile, or leave this server out."
    elif _NO_PERMISSION.search(_XID.sub("", text).replace("API failure: ", "")):
        build = PermissionRefused
        remedy = (
            "The account may also not exist: WHM does not tell a caller who may not know. Check the token's privileges."
        )
    elif _NO_SUCH_USER.search(text):
        remedy = "There is no such cPanel account, or no account was named: this call needs one, and root is none."
    error = build(clean_reason(reason), remedy=remedy, data=data)
    error.warnings = warnings
    return error


def _warnings(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    output = metadata.get("output")
    beside = output if isinstance(output, dict) else {}
    places = (metadata.get("warnings"), beside.get("warnings"), beside.get("messages"))
    return _texts(*places) if any(places) else ()


def _texts(*places: Any) -> tuple[str, ...]:
    """The texts in places that hold a list, a text of several lines, or nothing: each line is one."""
    values = [value for place in places for value in (place.values() if isinstance(place, dict) else as_list(place))]
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values if value]
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    return tuple(unique(map(clean_reason, lines)))
