# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes mail where Dovecot finds it: Maildir++ folders, flags, keywords, and the three moments of each message."""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

from .mail_text import Message, compose

Give = Callable[[Path], None]
_LETTERS = {"DRAFT": "D", "FLAGGED": "F", "ANSWERED": "R", "SEEN": "S", "DELETED": "T"}
_HEADER, _BLOCK = 32, 12
_VARIABLE = 0xFFFFFFFF


def directory(root: Path, mailbox: str) -> Path:
    """Where a mailbox lies: INBOX is the root itself, all others lie beside each other.

    >>> directory(Path("mail"), "INBOX.Entw\u00fcrfe.2026").name
    '.Entw&APw-rfe.2026'
    """
    if mailbox == "INBOX":
        return root
    if not mailbox.startswith("INBOX.") or "/" in mailbox:
        raise ValueError(f"A mailbox is INBOX or below INBOX, not {mailbox!r}.")
    return root / modified_utf7(mailbox.removeprefix("INBOX"))


def modified_utf7(text: str) -> str:
    """The names of mailboxes on the wire and on disk (RFC 3501, 5.1.3)."""
    written, run = "", ""
    for sign in [*text, ""]:
        plain = " " <= sign <= "~"
        if (plain or not sign) and run:
            code = base64.b64encode(run.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
            written, run = f"{written}&{code}-", ""
        if plain:
            written += "&-" if sign == "&" else sign
        else:
            run += sign
    return written


def make_mailbox(folder: Path, messages: Sequence[Message], now: float, give: Give) -> None:
    """A Maildir with these messages, numbered by their UIDs. Their save dates are still missing: see `set_saved`."""
    keywords = sorted({flag for message in messages for flag in message.flags} - set(_LETTERS))
    for place in (folder, *(folder / name for name in ("cur", "new", "tmp"))):
        place.mkdir(exist_ok=True)
        give(place)
    if keywords:
        listed = folder / "dovecot-keywords"
        listed.write_text("".join(f"{number} {name}\n" for number, name in enumerate(keywords)), encoding="utf-8")
        give(listed)
    for number, message in enumerate(messages, 1):
        data = compose(message, now, "\n")
        letters = {_LETTERS.get(flag) or chr(ord("a") + keywords.index(flag)) for flag in message.flags}
        file = folder / "cur" / f"{10**9 + number}.M{number}P1.simulator,S={len(data)}:2,{''.join(sorted(letters))}"
        file.write_bytes(data)
        received = message.moment("received", now)
        os.utime(file, (received, received))
        give(file)


def set_saved(cache: Path, moments: Sequence[float]) -> None:
    """Change when the messages of a mailbox were saved, in the order of their UIDs.

    In a Maildir that is when the inode last changed, which nobody can set. But Dovecot reads it once and then trusts its own
    cache, a file of fixed fields: a header with the number of records, the names and sizes of the fields, then the records.

    :raises ValueError: the file is not as expected, or holds another number of messages.
    """
    data = bytearray(cache.read_bytes())
    wanted, sizes, at = _fields(data)
    places = []
    while at < len(data):
        _previous, size = struct.unpack_from("=II", data, at)
        place = _place(data, at + 8, at + size, wanted, sizes)
        places.append(place)
        at += size
    if len(places) != len(moments) or struct.unpack_from("=I", data, 16)[0] != len(moments):
        raise ValueError(f"{cache} has {len(places)} records for {len(moments)} messages.")
    for place, moment in zip(places, moments, strict=True):
        struct.pack_into("=I", data, place, int(moment))
    cache.write_bytes(data)


def _fields(data: bytearray) -> tuple[int, tuple[int, ...], int]:
    """The number of the field `date.save`, the sizes of all fields, and where the records begin."""
    _next, size, count = struct.unpack_from("=III", data, _HEADER)
    sizes = struct.unpack_from(f"={count}I", data, _HEADER + _BLOCK + 4 * count)
    names = bytes(data[_HEADER + _BLOCK + 10 * count : _HEADER + size]).split(b"\0")
    return names.index(b"date.save"), sizes, _HEADER + _aligned(size)


def _place(data: bytearray, at: int, end: int, wanted: int, sizes: Sequence[int]) -> int:
    while at < end:
        (field,) = struct.unpack_from("=I", data, at)
        at += 4
        if field == wanted:
            return at
        size = sizes[field]
        if size == _VARIABLE:
            (size,) = struct.unpack_from("=I", data, at)
            at += 4
        at += _aligned(size)
    raise ValueError("A record of Dovecot's cache has no save date.")


def _aligned(size: int) -> int:
    return (size + 3) & ~3
