# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in what a server answers: those that are known, and those that the name of the key or their own shape tells. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

HIDDEN = "********"

#: A private key in a text: as it is, or with its line ends as they stand in JSON.
PRIVATE_KEY = re.compile(
    r"(?P<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z))", re.DOTALL
)

_SECRET_LINE = 8  # shorter lines of a secret tell nothing, and hiding them would make messages unreadable

# Names of things that are secret, in names of keys. Upper case and signs other than letters and digits do not count.
_SECRET_NAME = re.compile(
    r"passw(?:or)?d|passphrase|secret|credential|token|(?:^|_)(?:pass|pwd|pw|pem|otp|cookie|hash)(?:$|_)|"
    r"(?:db|sql|smtp|ftp|imap|mail|auth|root|user|admin)pass$|"
    r"(?:api|access|auth|priv|private|encryption)_?(?:key|hash)|(?:^|_)session(?:_?id)?$"
)
# Words that make of such a name something that is told about a secret: token_name, password_strength, has_password.
_ABOUT_NAME = re.compile(
    r"(?:^|_)(?:has|is|can|min|max|minimum|maximum|allow|require|force|use|skip|enable|disable)_|"
    r"(?:strengths?|lengths?|expir\w*|(?:^|_)(?:names?|age|days|count|required|enabled|disabled|policy|type|at|time|changed|"
    r"level|format|algorithm|status|users?|file|path|ips?|min|max|authentication))$"
)
# All texts below these are secret, whatever they are called.
_WHOLE = re.compile(r"secret|credential")
_NAMES, _VALUES = ("key", "name", "option", "setting", "field"), ("value", "val")

_SHAPES = (
    PRIVATE_KEY,
    re.compile(r"/cpsess(?P<secret>\d{6,})"),
    re.compile(
        r"[?&](?:session|token|otp|pass(?:word)?|secret|(?:api_?|access_?)?key)=(?P<secret>[^&#\s\"'<>*]+)",
        re.IGNORECASE,
    ),
    re.compile(r"://[^/\s:@]+:(?P<secret>[^/\s@*]+)@"),
    re.compile(r"(?<![\w$])(?P<secret>\$(?:1|2[abxy]?|5|6|7|y|apr1)\$[./A-Za-z0-9$=,]{8,})"),
    re.compile(r"(?<![\w-])(?P<secret>eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"),
    re.compile(r"\b(?:Bearer|whm \w+:|Basic)\s*(?P<secret>[A-Za-z0-9+/=_.-]{16,})"),
)


def forms(secret: str) -> list[str]:
    """A secret in the forms in which it may come back: plain, URI-encoded, base64; its lines one by one or joined."""
    secret = secret.strip()
    if not secret:
        return []
    lines = [line.strip() for line in secret.splitlines() if len(line.strip()) >= _SECRET_LINE]
    plain = [secret, " ".join(secret.split()), " / ".join(secret.splitlines()), *lines]
    encoded = [quote(text, safe="") for text in plain]
    return list(dict.fromkeys([*plain, *encoded, base64.b64encode(secret.encode("utf-8")).decode("ascii")]))


def hide(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret replaced; long ones first, because one may contain another."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def is_secret_name(name: Any) -> bool:
    """Whether what goes by this name is a secret: a password, a key, a token, a session, a hash of one."""
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name)).lower()).strip("_")
    return bool(_SECRET_NAME.search(plain)) and not _ABOUT_NAME.search(plain)


def masked(value: Any, asked: Any = None) -> tuple[Any, int]:
    """The value with its secrets masked, and how many there were.

    :param asked: the name of the one setting that was asked for, where the answer need not repeat it.
    """
    walk = _Walk()
    shown = walk.value(value, is_secret_name(asked) if asked else False)
    return shown, walk.found


class _Walk:
    def __init__(self) -> None:
        self.found = 0

    def value(self, value: Any, secret: bool) -> Any:
        if isinstance(value, Mapping):
            return self._object(value, secret)
        if isinstance(value, (list, tuple)):
            return [self.value(item, secret) for item in value]
        if secret and _can_be_secret(value):
            self.found += 1
            return HIDDEN
        return self._shapes(value) if isinstance(value, str) else value

    def _object(self, value: Mapping[str, Any], secret: bool) -> dict[str, Any]:
        """A name and its value may also stand side by side: ``{"key": "smtp_password", "value": "…"}``."""
        pair = any(is_secret_name(value[name]) for name in _NAMES if isinstance(value.get(name), str))
        return {key: self.value(item, self._is_secret(str(key), item, secret, pair)) for key, item in value.items()}

    def _is_secret(self, key: str, item: Any, inherited: bool, pair: bool) -> bool:
        if pair and key.lower() in _VALUES:
            return True
        if isinstance(item, Mapping):  # tokens by name, for example: its own keys tell
            return inherited or (bool(_WHOLE.search(key.lower())) and is_secret_name(key))
        return is_secret_name(key) or (inherited and key.lower() not in (*_NAMES, "service", "module"))

    def _shapes(self, text: str) -> str:
        for shape in _SHAPES:
            text = shape.sub(self._hide, text)
        return text

    def _hide(self, found: re.Match[str]) -> str:
        self.found += 1
        start = found.start("secret") - found.start()
        return found.group()[:start] + HIDDEN + found.group()[start + len(found["secret"]) :]


def _can_be_secret(value: Any) -> bool:
    """Flags and counts are none."""
    if isinstance(value, bool) or value is None:
        return False
    return str(value).strip() not in ("", "0", "1", HIDDEN)
