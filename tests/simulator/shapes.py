# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a state file: what may stand where. What does not fit is one sentence that names the place and the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .tls import KINDS

#: Raises ValueError when the value does not belong to the place.
Shape = Callable[[str, Any], None]


def check(server: str, data: Any, areas: Mapping[str, Any]) -> None:
    """Refuse what `loading.patch` could not use. What an area takes it says itself."""
    keys = {**_SERVER, **dict.fromkeys(areas, _anything)}
    record(keys, f"The server {server!r}")(f"servers.{server}", data)


def _wrong(where: str, value: Any, wanted: str) -> ValueError:
    shown = repr(value)
    return ValueError(f"{where} is {shown if len(shown) <= 60 else shown[:57] + '...'}; it has to be {wanted}.")


def _anything(where: str, value: Any) -> None:
    """Fields of listaccts are odd on purpose."""


def _kind(kinds: tuple[type, ...], wanted: str) -> Shape:
    def shape(where: str, value: Any) -> None:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise _wrong(where, value, wanted)

    return shape


text = _kind((str, int, float), "a text")
flag = _kind((bool, int), "true or false")
moment = _kind((bool, int, type(None)), "true, false or a time in epoch seconds")


def whole(where: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _wrong(where, value, "a number from 0")


def one_of(*choices: str) -> Shape:
    def shape(where: str, value: Any) -> None:
        if value not in choices:
            raise _wrong(where, value, f"one of {', '.join(choices)}")

    return shape


def listed(of: Shape) -> Shape:
    def shape(where: str, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, (str, Mapping)) or not hasattr(value, "__iter__"):
            raise _wrong(where, value, "a list")
        for place, item in enumerate(value):
            of(f"{where}[{place}]", item)

    return shape


def texts(where: str, value: Any) -> None:
    """A list of texts, or one of them."""
    if not isinstance(value, str):
        listed(text)(where, value)


def table(of: Shape) -> Shape:
    """A mapping of names of the reader's own; nothing is an empty one."""

    def shape(where: str, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, Mapping):
            raise _wrong(where, value, "a mapping")
        for name, item in value.items():
            of(f"{where}.{name}", item)

    return shape


def record(keys: Mapping[str, Shape], called: str = "", others: Shape | None = None) -> Shape:
    """A mapping of known keys. `others`: what any other key holds, where there may be others."""

    def shape(where: str, value: Any) -> None:
        if value is None:
            return
        if not isinstance(value, Mapping):
            raise _wrong(where, value, "a mapping")
        unknown = sorted(str(name) for name in value if name not in keys)
        if unknown and others is None:
            known = ", ".join(sorted(keys))
            raise ValueError(f"{called or where} has unknown keys: {', '.join(unknown)}. The keys are: {known}.")
        for name, item in value.items():
            keys.get(name, others or _anything)(f"{where}.{name}", item)

    return shape


def _folder(where: str, value: Any) -> None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return
    record({"messages": whole, "vsize": whole, "guid": text, "mail": listed(table(_anything))})(where, value)


_MAILBOX = record(
    {
        "folders": table(_folder),
        "hold": flag,
        "outgoing_suspended": flag,
        "suspended_login": flag,
        "suspended_incoming": flag,
        "held_messages": whole,
        "quota": whole,
    }
)

# Unknown keys of an account are told by `loading`, which knows the fields of listaccts.
_ACCOUNT = record(
    {
        "domain": text,
        "owner": text,
        "suspended": flag,
        "hold": moment,
        "outgoing_suspended": moment,
        "sessions": whole,
        "addon_domains": listed(text),
        "parked_domains": listed(text),
        "subdomains": listed(text),
        "mailboxes": table(_MAILBOX),
        "stats": table(_anything),
    },
    others=_anything,
)

_GENERATED = record(
    {"accounts": whole, "prefix": text, "owner": text, "held_every": whole, "mailboxes": whole, "messages": whole}
)

_SERVER: dict[str, Shape] = {
    "hostname": text,
    "version": text,
    "language": text,
    "certificate": one_of(*KINDS),
    "lockout_failures": whole,
    "lockout_seconds": _kind((int, float), "a number of seconds"),
    "callers": table(record({"token": text, "password": text, "privileges": listed(text)})),
    "accounts": table(_ACCOUNT),
    "forwards": table(texts),
    "aliases": table(texts),
    "localaliases": table(texts),
    "dot_forward": table(texts),
    "system_users": listed(text),
    "disabled_roles": listed(text),
    "missing_functions": listed(text),
    "outgoing_mail_hold_users": listed(text),
    "outgoing_mail_suspended_users": listed(text),
    "generate": _GENERATED,
    "quirks": _anything,
}
