# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DMARC records (RFC 7489): checking them, and a normal form in which two that mean the same are the same text. Pure.

No library was taken: checkdmarc, the well-kept one, brings a DNS resolver and a dozen packages to every controller.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ansible_collections.whm.mail.plugins.module_utils._mail.names import normal_address

POLICIES = ("none", "quarantine", "reject")

# To the letter: receivers pass over a record that begins otherwise (RFC 7489, 6.6.3). Blanks the grammar allows, but none before it.
_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_PLAIN_VERSION = "v=DMARC1"
_TAG = re.compile(
    r"[a-z]+\Z"
)  # so in RFC 9989; DKIM, whose grammar RFC 7489 refers to, allows digits and _ behind the first letter
_URI = re.compile(
    r"([a-z][a-z0-9+.-]*):((?:[a-z0-9._~:/?#\[\]@$&'()*+=-]|%[0-9a-f]{2})+)(?:![0-9]+[kmgt]?)?\Z", re.IGNORECASE
)
_MAILTO = re.compile(r"(?:[A-Za-z0-9._~$&'*+=/-]|%[0-9A-Fa-f]{2})+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")

_ADDRESSES = ("rua", "ruf")
_WORDS = ("p", "sp", "np", "adkim", "aspf", "fo", "pct", "rf", "ri", "t", "psd")

Tag = tuple[str, str]


class BadRecord(ValueError):
    """Why a text is no DMARC record: half a sentence."""


def normal(record: str) -> str:
    """The record in a form in which two that mean the same are the same text.

    The version comes first and is written exactly so, or receivers ignore the record: then the text is left as it is. The order of the
    other tags, blanks around them and a semicolon at the end mean nothing, and case nothing but in addresses and unknown tags. A tag
    that is there twice stays there twice, and an empty one stays: either makes a record invalid.
    """
    if not _VERSION.match(record):
        return re.sub(r"\s+", " ", record).rstrip()
    rest = sorted((name, _value(name, value)) for name, value in _tags(record)[1:])
    return "; ".join(["v=DMARC1", *(f"{name}={value}" if name or value else "" for name, value in rest)])


def check_record(record: str) -> str:
    """The record as it is to be published: as given, without blanks around it.

    :raises BadRecord: receivers would ignore it, or a tag of it.
    """
    record = record.strip()
    if re.search(r"[^\x20-\x7e]", record):
        raise BadRecord("it contains a line break or a character that is not ASCII")
    if not (_VERSION.match(record) and record.startswith(_PLAIN_VERSION)):
        raise BadRecord("it does not begin with v=DMARC1; written exactly so")
    tags = _tags(record)[1:]
    names = [name for name, _value in tags]
    for name, value in tags:
        _check_tag(name, value)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise BadRecord(f"{twice}= stands more than once")
    if "p" not in names:
        raise BadRecord(f"it has no p=, which is one of {', '.join(POLICIES)}")
    return record


def _tags(record: str) -> list[Tag]:
    """Name and value of each tag, the version first; two empty texts for one that is empty."""
    parts = record.split(";")
    if len(parts) > 1 and not parts[-1].strip():
        parts.pop()
    pairs = [part.partition("=") for part in parts]
    return [(name.strip().lower(), value.strip()) for name, _equals, value in pairs]


def _value(name: str, value: str) -> str:
    if name in _ADDRESSES:
        return ",".join(_address(part.strip()) for part in value.split(","))
    return value.lower() if name in _WORDS else value


def _address(uri: str) -> str:
    """Scheme and domain do not tell cases apart, the part before the @ may."""
    scheme, colon, address = uri.partition(":")
    return scheme.lower() + colon + normal_address(address)


def _check_tag(name: str, value: str) -> None:
    if not name and not value:
        raise BadRecord("two semicolons stand side by side")
    if not _TAG.match(name):
        raise BadRecord(f"{name or '='} is not the name of a tag; write name=value")
    if not value:
        raise BadRecord(f"{name}= has no value")
    rule = _RULES.get(name)
    if rule:
        rule(name, value)


def _one_of(*words: str) -> Callable[[str, str], None]:
    def check(name: str, value: str) -> None:
        if value.lower() not in words:
            raise BadRecord(f"{name}={value} is none of {', '.join(words)}")

    return check


def _each_of(*words: str) -> Callable[[str, str], None]:
    def check(name: str, value: str) -> None:
        for word in value.lower().split(":"):
            if word not in words:
                raise BadRecord(
                    f"{name}={value} has a part that is none of {', '.join(words)}, with nothing but colons between them"
                )

    return check


def _at_most(most: int) -> Callable[[str, str], None]:
    def check(name: str, value: str) -> None:
        if not re.fullmatch(r"[0-9]{1,10}", value) or int(value) > most:
            raise BadRecord(f"{name}={value} is not a whole number from 0 to {most}")

    return check


def _uris(name: str, value: str) -> None:
    for part in (part.strip() for part in value.split(",")):
        found = _URI.match(part)
        if not found:
            raise BadRecord(f"{name}={part or value} is no URI; write mailto: before an address")
        if found.group(1).lower() == "mailto" and not _MAILTO.match(found.group(2)):
            raise BadRecord(f"{name}={part} names no mail address behind mailto:")


_RULES: dict[str, Callable[[str, str], None]] = {
    "v": _one_of(),
    "p": _one_of(*POLICIES),
    "sp": _one_of(*POLICIES),
    "np": _one_of(*POLICIES),
    "adkim": _one_of("r", "s"),
    "aspf": _one_of("r", "s"),
    "fo": _each_of("0", "1", "d", "s"),
    "pct": _at_most(100),
    "ri": _at_most(2**32 - 1),
    "rf": _each_of("afrf", "iodef"),
    "t": _one_of("y", "n"),
    "psd": _one_of("y", "n", "u"),
    "rua": _uris,
    "ruf": _uris,
}
