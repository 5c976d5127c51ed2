# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with an SPF record, and what a receiver makes of it (RFC 7208). A reading of its own: the collection has another.

What the simulated server itself says of a record's syntax is not known; here it is as strict as the RFC.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

_MACRO = r"%(?:[%_-]|{[slodiphv](?!0+[^0-9])[0-9]*r?[-.+,/_=]*})"
_TEXT = rf"(?:[!-$&-~]|{_MACRO})*"
_NAME = rf"{_TEXT}(?:{_MACRO}|\.(?!-)(?![0-9]+\.?(?:/|\Z))[a-z0-9-]*[a-z0-9]\.?)"
_SIZES = r"(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?"
_OWN = re.compile(rf"(?:a|mx){_SIZES}\Z")
_MECHANISM = re.compile(
    rf"[+?~-]?(?:all|ptr|(?:include|exists|ptr):{_NAME}|(?:a|mx)(?::{_NAME})?{_SIZES})\Z", re.IGNORECASE
)
_NETWORK = re.compile(r"[+?~-]?ip([46]):([0-9a-f:.]+(?:/(?:0|[1-9][0-9]*))?)\Z", re.IGNORECASE)
_MODIFIER = re.compile(rf"(?:(?:redirect|exp)={_NAME}|(?!(?:redirect|exp)=)[a-z][a-z0-9_.-]*={_TEXT})\Z", re.IGNORECASE)
_RESULTS = {"+": "PASS", "-": "FAIL", "~": "SOFTFAIL", "?": "NEUTRAL"}


def broken_term(record: str) -> str | None:
    """The first term that is no SPF, or None when all are."""
    words = record.split(" ")
    if words[0].lower() != "v=spf1":
        return words[0]
    terms = [word for word in words[1:] if word]
    for name in ("redirect=", "exp="):
        again = [word for word in terms if word.lower().startswith(name)][1:]
        if again:
            return again[0]
    return next((word for word in terms if not _is_term(word)), None)


def _is_term(word: str) -> bool:
    network, mechanism = _NETWORK.match(word), _MECHANISM.match(word)
    if network:
        return _network(network) is not None
    if mechanism:
        four, six = (int(size or 0) for size in mechanism.groups())
        return four <= 32 and six <= 128
    return bool(_MODIFIER.match(word))


def _network(found: re.Match[str]) -> Any:
    """The network of a mechanism; None when it is none, or one of the other kind of addresses."""
    try:
        network = ipaddress.ip_network(found.group(2), strict=False)
    except ValueError:
        return None
    return network if network.version == int(found.group(1)) else None


def result_of(record: str, address: str, own: Sequence[str]) -> str:
    """What a receiver makes of a mail from this address: `a` and `mx` are the server's own addresses; what stands elsewhere never matches."""
    if broken_term(record) is not None:
        return "PERMERROR"
    for word in record.lower().split()[1:]:
        if not _MODIFIER.match(word) and _matches(word.lstrip("+-~?"), ipaddress.ip_address(address), own):
            return _RESULTS.get(word[0], "PASS")
    return "NEUTRAL"


def _matches(mechanism: str, address: Any, own: Sequence[str]) -> bool:
    network, hosts = _NETWORK.match(mechanism), _OWN.match(mechanism)
    if network:
        return address in _network(network)
    if not hosts:
        return mechanism == "all"
    sizes = {4: hosts.group(1) or "32", 6: hosts.group(2) or "128"}
    known = [ipaddress.ip_address(each) for each in own]
    return any(address in ipaddress.ip_network(f"{each}/{sizes[each.version]}", strict=False) for each in known)
