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
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._convert import as_list, to_float, to_int
from ansible_collections.whm.mail.plugins.module_utils._denial import access_denied, denial
from ansible_collections.whm.mail.plugins.module_utils._errors import (
    PermissionRefused,
    Redirected,
    Refused,
    ServerError,
    UnexpectedAnswer,
    Unsupported,
)

_XID = re.compile(r"\(XID \w+\)\s*")
_UNKNOWN_FUNCTION = re.compile(r"unknown app \(|unknown app requested", re.IGNORECASE)
_ROLE_DISABLED = re.compile(r"This functionality is not available because .* on this server", re.DOTALL)
_NO_PERMISSION = re.compile(
    r"^Access denied\b|^You do not have access to |^Permission denied\b", re.IGNORECASE | re.MULTILINE
)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title)\b", re.IGNORECASE)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_ENVELOPE_KEYS = frozenset(("metadata", "cpanelresult", "status", "error", "result"))
# A brace, a quoted name and a colon: the beginning of an object, and not just a brace in some text.
_OBJECT = re.compile(r'\{\s*"(?:[^"\\]|\\.){0,200}"\s*:', re.DOTALL)
_MOST_OBJECTS = 50  # a log may be printed around an answer
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_EXCERPT = 160
_NAMED = 5  # keys that a message names
_NOT_WHM = "Check that api_host and api_port lead to WHM."
# a private key in a text of the server: as it is, or with its line ends as they stand in JSON
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """What a successful call returned.

    :param data: ``data`` of the envelope; None when the server sent none.
    :param metadata: the envelope's ``metadata``.
    :param warnings: from ``metadata.warnings`` and ``metadata.output.warnings``.
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


def decode(function: str, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Decode one answer.

    :raises WhmError: typed, without host; the client adds it.
    """
    _check_status(function, status, headers, body)
    document = _parse(function, status, body)
    return decode_document(function, document, status)


def decode_document(function: str, document: Any, status: int | None = None) -> Answer:
    """Decode one envelope: a whole answer, or one element of a batch.

    :raises Refused: the call failed; ``Unsupported`` and ``PermissionRefused`` where that can be told.
    :raises UnexpectedAnswer: it is no envelope.
    """
    if not isinstance(document, dict):
        raise UnexpectedAnswer(
            f"the answer is not an object but {type(document).__name__}", function, http_status=status
        )
    if document.get("error"):
        raise refusal(function, document["error"], status, document.get("data"))
    if isinstance(document.get("metadata"), dict):
        return _decode_v1(function, document, status)
    if isinstance(document.get("cpanelresult"), dict):
        return _decode_cpanelresult(function, document["cpanelresult"], status)
    if "command" in document and to_int(document.get("result")) is not None:
        return _decode_flat(function, document, status)
    return _decode_legacy(function, document, status)


def clean_reason(text: Any) -> str:
    """A server's text without the random XID, its ``API failure:`` prefix and line ends.

    Servers in other languages answer with two lines, translated and English: both are kept, on one line.
    """
    plain = _XID.sub("", _PRIVATE_KEY.sub("********", str(text if text is not None else ""))).strip()
    lines = [re.sub(r"^API failure:\s*", "", line.strip()) for line in plain.splitlines()]
    return " / ".join(line for line in lines if line) or "no reason given"


def excerpt(body: bytes) -> str:
    """A short readable piece of a body that is not JSON: no tags, no private key, one line."""
    text = _TAG.sub(" ", _PRIVATE_KEY.sub("********", body[:20000].decode("utf-8", "replace")))
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
            raise access_denied(f"{function} ({said})", "its answer is that of a login that is good", function)
        raise denial(function, status, headers, said, excerpt(body))
    if 300 <= status < 400:
        raise Redirected(
            "the server answered with a redirect (HTTP %d), which is not followed" % status,
            function,
            http_status=status,
            remedy="Check api_host and api_port: WHM answers calls with a token on its TLS port, normally 2087.",
        )
    detail = _failure_text(body) or excerpt(body) or "empty body"
    if status >= 500 or status == 429:
        raise ServerError(
            "the server failed with HTTP %d (%s)" % (status, detail),
            _retry_after(headers),
            function=function,
            http_status=status,
            remedy="503 is usual while cPanel upgrades itself." if status == 503 else None,
        )
    raise UnexpectedAnswer(
        "HTTP %d instead of an answer (%s)" % (status, detail),
        function,
        http_status=status,
        remedy=_NOT_WHM,
    )


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
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value


def _parse(function: str, status: int, body: bytes) -> dict[str, Any]:
    if not body.strip():
        raise UnexpectedAnswer("the answer is empty", function, http_status=status)
    head = body[:20000].decode("utf-8", "replace")
    page = _HTML.search(head)
    brace = head.find("{")
    if page and (brace < 0 or page.start() < brace):
        raise UnexpectedAnswer(
            "HTML instead of JSON (HTTP %d: %s)" % (status, excerpt(body)),
            function,
            http_status=status,
            remedy="Check that api_host and api_port lead to WHM and that the server's disk is not full.",
        )
    documents = list(_documents(body))
    if not documents:
        raise UnexpectedAnswer(_no_answer(body), function, http_status=status, remedy=_NOT_WHM)
    if len(documents) > 1:
        raise UnexpectedAnswer("the answer holds %d answers" % len(documents), function, http_status=status)
    return documents[0]


def _no_answer(body: bytes) -> str:
    """What a body is that holds no answer of WHM."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return f"the answer is not valid JSON ({excerpt(body)})"
    found = "with the keys " + ", ".join(list(document)[:_NAMED]) if isinstance(document, dict) and document else ""
    return f"the answer is JSON, but not of WHM ({found or type(document).__name__}: {excerpt(body)})"


def _decode_v1(function: str, document: dict[str, Any], status: int | None) -> Answer:
    metadata = document["metadata"]
    result = to_int(metadata.get("result"))
    if result is None:
        raise UnexpectedAnswer("the answer has no metadata.result", function, http_status=status)
    data = document.get("data")
    if result != 1:
        raise refusal(function, metadata.get("reason"), status, data)
    if function == "uapi_cpanel":
        _check_uapi(function, data, "uapi", status)
    elif function == "cpanel" and isinstance(data, dict) and isinstance(data.get("cpanelresult"), dict):
        data = _decode_cpanelresult(function, data["cpanelresult"], status).data
    elif function == "cpanel":
        _check_uapi(function, data, "result", status)
    return Answer(data, metadata, _warnings(metadata))


def _decode_flat(function: str, document: dict[str, Any], status: int | None) -> Answer:
    """The reference shows an answer of validate_exim_configuration_syntax whose metadata stands beside data."""
    metadata = {key: value for key, value in document.items() if key != "data"}
    return _decode_v1(function, {"metadata": metadata, "data": document.get("data")}, status)


def _check_uapi(function: str, data: Any, place: str, status: int | None) -> None:
    """uapi_cpanel says 1 outside and the truth inside, and so does cpanel where it carries a UAPI call."""
    inner = data.get(place) if isinstance(data, dict) else None
    if not isinstance(inner, dict) or to_int(inner.get("status")) is None:
        raise UnexpectedAnswer(f"the answer has no data.{place}.status", function, http_status=status)
    if to_int(inner["status"]) != 1:
        raise refusal(function, "\n".join(str(error) for error in as_list(inner.get("errors"))), status, data)


def _decode_cpanelresult(function: str, result: dict[str, Any], status: int | None) -> Answer:
    """cPanel API 2, a refused login, or ``version`` on some servers, which alone needs no verdict: all in the same wrapping."""
    data, event = result.get("data"), result.get("event")
    if result.get("error"):
        raise refusal(function, result["error"], status, data)
    if isinstance(data, dict) and to_int(data.get("result")) == 0:
        raise refusal(function, data.get("reason"), status, data)
    version = data.get("version") if isinstance(data, dict) else None
    if function == "version" and event is None and version and isinstance(version, str):
        return Answer(data)
    verdict = to_int(event.get("result")) if isinstance(event, dict) else None
    if not isinstance(event, dict) or verdict is None:
        raise UnexpectedAnswer("the answer has no cpanelresult.event.result", function, http_status=status)
    if verdict != 1:
        raise refusal(function, event.get("reason"), status, data)
    return Answer({"cpanelresult": result} if function == "cpanel" else data, event)


def _decode_legacy(function: str, document: dict[str, Any], status: int | None) -> Answer:
    """WHM API 0, which some servers still answer with: a status of the whole, of each row, or both."""
    rows = as_list(document.get("result"))
    if not any(isinstance(row, dict) for row in rows):
        rows = []
    verdicts = [document] * ("status" in document) + rows
    found = [to_int(row.get("status")) if isinstance(row, dict) else None for row in verdicts]
    for row, verdict in zip(verdicts, found):
        if verdict not in (None, 1):
            raise refusal(function, row.get("statusmsg"), status, document)
    if not found or None in found or "metadata" in document:
        raise UnexpectedAnswer("the answer has neither metadata nor status", function, http_status=status)
    return Answer({key: value for key, value in document.items() if key not in ("status", "statusmsg")})


def refusal(function: str, reason: Any, status: int | None = None, data: Any = None) -> Refused:
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
    return build(clean_reason(reason), function, http_status=status, remedy=remedy, data=data)


def _warnings(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    output = metadata.get("output")
    places = [metadata.get("warnings"), output.get("warnings") if isinstance(output, dict) else None]
    return tuple(clean_reason(text) for place in places for text in as_list(place) if text)
