# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configuration profiles: what is inside their signature, and files that hold them.

A signed profile is a CMS message (RFC 5652): its bytes differ each time it is signed, the property list inside does not, apart
from identifiers made at random.
"""

from __future__ import annotations

import base64
import hashlib
import os
import plistlib
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from xml.parsers.expat import ExpatError

from ansible_collections.whm.mail.plugins.module_utils._mail.files import replace
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import FileError, InvalidInput

_SEQUENCE, _OCTETS, _OCTETS_IN_PARTS, _EXPLICIT_0 = 0x30, 0x04, 0x24, 0xA0
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LARGEST = 10 << 20  # a profile has some kilobytes
_DEEPEST = 32
_NOT_PARSED = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError, ExpatError)


def decode_payload(text: str) -> bytes:
    """The bytes of a base64 text, which may have line breaks in it.

    :raises ValueError: it is none.
    """
    return base64.b64decode("".join(text.split()), validate=True)


def checksum_of(profile: bytes) -> str:
    """SHA-256 of a profile's content: without signature, and without identifiers that are made anew each time.

    :raises ValueError: it is no profile. Says no more, because a profile is nobody else's business.
    """
    try:
        content = plistlib.loads(_property_list(profile), fmt=plistlib.FMT_XML)
        if content["PayloadType"] != "Configuration":
            raise ValueError
        return hashlib.sha256(plistlib.dumps(_lasting(content), sort_keys=True)).hexdigest()
    except _NOT_PARSED:
        raise ValueError("not a configuration profile") from None


def _lasting(value: Any, key: str = "") -> Any:
    """The value without random identifiers."""
    if isinstance(value, dict):
        return {name: _lasting(item, name) for name, item in value.items() if not name.endswith("UUID")}
    if isinstance(value, list):
        return [_lasting(item) for item in value]
    return _UUID.sub("", value) if key == "PayloadIdentifier" and isinstance(value, str) else value


def _property_list(profile: bytes) -> bytes:
    """The XML: the profile itself where it is not signed, else the content of the CMS message."""
    if profile.lstrip()[:1] == b"<":
        return profile.lstrip()
    kind, explicit = _children(profile, _read(profile, 0), _SEQUENCE)[:2]
    (signed,) = _children(profile, explicit, _EXPLICIT_0)
    _version, _digests, wrapped = _children(profile, signed, _SEQUENCE)[:3]
    inner_kind, content = _children(profile, wrapped, _SEQUENCE)
    if (profile[kind.place : kind.next], profile[inner_kind.place : inner_kind.next]) != (_SIGNED_DATA, _DATA):
        raise ValueError("another kind of message")
    (octets,) = _children(profile, content, _EXPLICIT_0)
    return _octets(profile, octets)


class _Element(NamedTuple):
    """An element of a BER encoding: where it begins, where its content begins and ends, where the next one begins."""

    tag: int
    place: int
    start: int
    end: int
    next: int


def _read(data: bytes, place: int, depth: int = 0) -> _Element:
    tag, size, start = data[place], data[place + 1], place + 2
    if depth > _DEEPEST or tag & 0x1F == 0x1F:
        raise ValueError("not the encoding of a CMS message")
    if size == 0x80:  # of indefinite length: up to an element of two zeros
        end = start
        while data[end : end + 2] != b"\0\0":
            end = _read(data, end, depth + 1).next
        return _Element(tag, place, start, end, end + 2)
    if size > 0x80:
        width = size & 0x7F
        size = int.from_bytes(data[start : start + width], "big")
        start += width
    if start + size > len(data):
        raise ValueError("it ends too early")
    return _Element(tag, place, start, start + size, start + size)


def _children(data: bytes, parent: _Element, tag: int) -> list[_Element]:
    """The elements inside one that must have this tag."""
    if parent.tag != tag:
        raise ValueError("not the structure of a CMS message")
    found: list[_Element] = []
    place = parent.start
    while place < parent.end:
        found.append(_read(data, place))
        place = found[-1].next
    return found


def _octets(data: bytes, element: _Element) -> bytes:
    """The bytes of an octet string, which may come in parts."""
    if element.tag == _OCTETS:
        return data[element.start : element.end]
    return b"".join(_octets(data, part) for part in _children(data, element, _OCTETS_IN_PARTS))


@dataclass(frozen=True)
class Held:
    """What is at the place of a profile.

    :param mode: permissions, as four octal digits.
    :param checksum: of the profile's content; None when it is something else.
    """

    mode: str
    checksum: str | None


def look(dest: str) -> Held | None:
    """What is there now; None when nothing is. A symbolic link is something else than a profile and is not followed.

    :raises WhmError: nothing could be written there, or what is there cannot be read.
    """
    folder = os.path.dirname(dest)
    if not os.path.isdir(folder):
        raise InvalidInput(f"dest: the folder {folder} does not exist on this machine; create it first.")
    try:
        found = os.lstat(dest)
    except FileNotFoundError:
        found = None
    except OSError as exc:
        raise _file_error(dest, "examined", exc) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInput(f"dest: the folder {folder} is not writable for the user that runs this task.")
    if found is None:
        return None
    mode = "%04o" % stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        return Held(mode, None)
    if not stat.S_ISREG(found.st_mode):
        raise InvalidInput(f"dest: {dest} is not a file; give the path of the profile, its file name included.")
    return Held(mode, _checksum_there(dest) if found.st_size <= _LARGEST else None)


def _checksum_there(dest: str) -> str | None:
    try:
        with open(os.open(dest, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            return checksum_of(file.read(_LARGEST))
    except OSError as exc:
        raise _file_error(dest, "read", exc) from None
    except ValueError:
        return None


def write(dest: str, profile: bytes, mode: str) -> None:
    """Put a profile in place, at once.

    :raises FileError: with the reason; what was there before is untouched then.
    """
    try:
        replace(Path(dest), profile, int(mode, 8))
    except OSError as exc:
        raise _file_error(dest, "written", exc) from None


def set_mode(dest: str, mode: str) -> None:
    """Change a file's permissions, and those of no file that a link points to.

    :raises FileError: with the reason.
    """
    try:
        with open(os.open(dest, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            os.fchmod(file.fileno(), int(mode, 8))
    except OSError as exc:
        raise _file_error(dest, "changed", exc) from None


def _file_error(dest: str, done: str, exc: OSError) -> FileError:
    return FileError(f"dest: {dest} could not be {done} ({exc.strerror or type(exc).__name__})")
