# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SPF records (RFC 7208): checking them, and a normal form in which two that mean the same are the same text. Pure.

The server reads records back in lower case, so nothing here tells cases apart.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

_MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
_LOOKUPS = ("include", "a", "mx", "ptr", "exists")
_MOST_LOOKUPS = 10
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)\Z")
_TERM = re.compile(r"([+?~-]?)([a-z][a-z0-9]*)(?::([^\s]*?))?((?:/[0-9]+)?(?://[0-9]+)?)\Z")

# What a name may be made of (RFC 7208, 7.1). The macros c, r and t belong to explanations, not to records. The grammar also allows a
# name that ends in %%, %_ or %-, which cannot be the name of a host.
_MACRO = r"%\{[slodiphv](?:0*[1-9][0-9]*)?r?[.+,/_=-]*\}"
_TEXT = rf"(?:{_MACRO}|%[%_-]|[!-$&-~])*"
_TOP = r"(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])"
_MACROS = re.compile(rf"{_TEXT}\Z")
_NAME = re.compile(rf"{_TEXT}(?:\.{_TOP}\.?|{_MACRO})\Z")
_NO_NAME = re.compile(r"(?:\A|\.)\.|[^.%{}]{64}")

Term = tuple[str, str]


class BadRecord(ValueError):
    """Why a text is no SPF record: half a sentence."""


def normal(record: str) -> str:
    """The record in its normal form.

    Lower case; ``+``, /32, /128 and dots at the end of names left out; addresses in their shortest form; repetitions dropped;
    mechanisms sorted where their order makes no difference, which is among neighbours with the same qualifier; modifiers at
    the end, sorted.

    :raises BadRecord: its syntax is wrong.
    """
    mechanisms, modifiers = _parse(record)
    words = [
        word
        for _kind, group in groupby(_first_of_each(mechanisms), key=_kind_of)
        for word in sorted(qualifier.replace("+", "") + mechanism for qualifier, mechanism in group)
    ]
    return " ".join(["v=spf1", *words, *sorted(modifiers)])


def shown(record: str) -> str:
    """The normal form of what stands in DNS, which may be broken: then the text itself in lower case."""
    try:
        return normal(record)
    except BadRecord:
        return " ".join(record.lower().split())


def check_record(record: str) -> str:
    """The record as it is to be published: as given, with single spaces.

    :raises BadRecord: its syntax is wrong, or receivers could not use it.
    """
    record = record.strip()
    mechanisms, modifiers = _parse(record)
    names = [mechanism for _qualifier, mechanism in mechanisms]
    if "all" in names[:-1]:
        late = names[names.index("all") + 1]
        raise BadRecord(f"{late} stands behind all, where it never counts; put all last")
    lookups = [name for name in names if re.split("[:/]", name)[0] in _LOOKUPS]
    lookups += [modifier for modifier in modifiers if modifier.startswith("redirect=")]
    if len(lookups) > _MOST_LOOKUPS:
        raise BadRecord(
            "it makes receivers look up %d names, and more than %d are an error to them" % (len(lookups), _MOST_LOOKUPS)
        )
    return " ".join(record.split())


def _parse(record: str) -> tuple[list[Term], list[str]]:
    if re.search(r"[^\x20-\x7e]", record):
        raise BadRecord("it contains a line break or a character that is not ASCII")
    words = record.lower().split()
    if not re.match(r"v=spf1(?: |\Z)", record, re.IGNORECASE):
        raise BadRecord("it does not begin with v=spf1 and a space")
    mechanisms: list[Term] = []
    modifiers: list[str] = []
    for word in words[1:]:
        modifier = _MODIFIER.match(word)
        if modifier:
            modifiers.append(_modifier(word, *modifier.groups()))
        else:
            mechanisms.append(_mechanism(word))
    for name in ("redirect", "exp"):
        if len([modifier for modifier in modifiers if modifier.startswith(f"{name}=")]) > 1:
            raise BadRecord(f"{name} stands more than once")
    return mechanisms, modifiers


def _modifier(word: str, name: str, value: str) -> str:
    if name in _MECHANISMS:
        raise BadRecord(f"{word} has = where a colon belongs")
    if name in ("redirect", "exp"):
        if not value:
            raise BadRecord(f"{word} names no domain")
        _check_name(word, value)
    _check_macros(word, value)
    return "{}={}".format(name, _without_dot(value) if name in ("redirect", "exp") else value)


def _without_dot(name: str) -> str:
    return name[:-1] if name.endswith(".") else name


def _mechanism(word: str) -> Term:
    found = _TERM.match(word)
    if not found or found.group(2) not in _MECHANISMS:
        raise BadRecord(f"{word} is neither one of {', '.join(_MECHANISMS)} nor name=value")
    qualifier, name, value, prefix = found.groups()
    if name in ("ip4", "ip6"):
        return qualifier or "+", _network(word, name, (value or "") + prefix)
    if name in ("a", "mx"):
        prefix = _prefix(word, prefix)
    elif prefix:
        value, prefix = (value or "") + prefix, ""
        if name in ("all", "ptr") or not found.group(3):
            raise BadRecord(f"{word} takes no prefix length")
    if value is not None and (name == "all" or not value):
        raise BadRecord(f"{word} takes no value" if name == "all" else f"{word} has a colon and no value")
    if value is None and name in ("include", "exists"):
        raise BadRecord(f"{word} names no domain")
    if value:
        _check_name(word, value)
    return qualifier or "+", name + (":" + _without_dot(value) if value else "") + prefix


def _check_macros(word: str, text: str) -> None:
    if not _MACROS.match(text):
        raise BadRecord(f"{word} has a % that begins no macro such as %{{i}} or %{{d2}}; a plain % is written %%")
    if text.endswith("%%"):
        raise BadRecord(f"{word} ends in %%, which receivers that run pyspf take for a lone %")


def _check_name(word: str, name: str) -> None:
    _check_macros(word, name)
    if not _NAME.match(name):
        raise BadRecord(
            f"{word} names no domain: a dot and a last part like that of example.com, or a macro, must end it"
        )
    if _NO_NAME.search(name):
        raise BadRecord(f"{word} has an empty part in its name, or one of more than 63 characters")


def _network(word: str, name: str, value: str) -> str:
    build = ipaddress.IPv4Network if name == "ip4" else ipaddress.IPv6Network
    try:
        network = build(value, strict=False)
    except ValueError:
        raise BadRecord(f"{word} has no IPv{name[-1]} address or network") from None
    if not re.fullmatch(r"[^/%]+(?:/(?:0|[1-9][0-9]*))?", value):
        raise BadRecord(f"{word} has no prefix length such as /24")
    single = network.prefixlen == network.max_prefixlen
    return f"{name}:{network.network_address if single else network}"


def _prefix(word: str, text: str) -> str:
    """Prefix lengths of a and mx (``/24//64``) without those that say nothing."""
    if re.search("/0[0-9]", text):
        raise BadRecord(f"{word} has a prefix length that begins with 0")
    found = re.match(r"(?:/([0-9]+))?(?://([0-9]+))?\Z", text)
    four, six = (int(size) if size else None for size in (found.groups() if found else (None, None)))
    if (four or 0) > 32 or (six or 0) > 128:
        raise BadRecord(f"{word} has a prefix length that is too long")
    return ("/%d" % four if four not in (None, 32) else "") + ("//%d" % six if six not in (None, 128) else "")


def _first_of_each(mechanisms: Iterable[Term]) -> Iterator[Term]:
    """Whatever its qualifier, only the first of the same mechanisms ever matches."""
    seen = set()
    for qualifier, mechanism in mechanisms:
        if mechanism not in seen:
            seen.add(mechanism)
            yield qualifier, mechanism


def _kind_of(term: Term) -> Term:
    """Neighbours of the same kind may change places; nothing changes places with ``all``."""
    qualifier, mechanism = term
    return qualifier, "all" if mechanism == "all" else ""
