# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts as mail servers are named by their addresses: an address, a network or a range, and which spellings mean the same. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Union

from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

_PREFIX = re.compile(r"[^/]+/\d{1,3}\Z", re.ASCII)
_EXPECTED = "give an address, a network such as 192.0.2.0/24 or a range such as 192.0.2.1-192.0.2.9"


class BadHost(ValueError):
    """A text that is no host; says why."""


@dataclass(frozen=True)
class Span:
    """The addresses that a host stands for, from the first to the last."""

    first: Address
    last: Address

    @property
    def name(self) -> str:
        """The shortest spelling: an address, else a network, else a range."""
        if self.first == self.last:
            return str(self.first)
        bits = (int(self.last) - int(self.first)).bit_length()
        size = 1 << bits
        if int(self.first) % size == 0 and int(self.last) - int(self.first) == size - 1:
            return f"{self.first}/{self.first.max_prefixlen - bits}"
        return self.range

    @property
    def range(self) -> str:
        """An address or a range. Of these every function that takes hosts says that it takes them."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def order(self) -> tuple[int, int, int]:
        """IPv4 first, then by address."""
        return self.first.version, int(self.first), int(self.last)


def span(text: str) -> Span:
    """What a host means.

    :raises BadHost: it is none.
    """
    text = text.strip()
    if "%" in text:
        raise BadHost("names a network interface behind %, which means nothing on another machine")
    if "-" in text:
        first, _hyphen, last = text.partition("-")
        return _range(_address(first), _address(last))
    if "/" in text:
        return _network(text)
    address = _address(text)
    return Span(address, address)


def _address(text: str) -> Address:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        raise BadHost("is no host") from None


def _range(first: Address, last: Address) -> Span:
    if first.version != last.version:
        raise BadHost("begins with IPv4 and ends with IPv6, or the other way round")
    if int(last) < int(first):
        raise BadHost("ends before it begins")
    return Span(first, last)


def _network(text: str) -> Span:
    """Only with the number of bits: a mask can be meant in two ways."""
    if not _PREFIX.match(text):
        raise BadHost("is no host")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise BadHost("is no host") from None
    if str(network.network_address) != str(_address(text.partition("/")[0])):
        raise BadHost(f"is not the beginning of its network, which is {network}")
    return Span(network[0], network[-1])


def host_names(option: str, values: Iterable[str]) -> list[str]:
    """Hosts in their shortest spelling, without repetitions.

    :param option: the option's name, for the message.
    :raises InvalidInput: one of them cannot be a host.
    """
    names = []
    for value in values:
        text = str(value).strip()
        try:
            names.append(span(text).name)
        except BadHost as exc:
            raise InvalidInput(f"{option}: {text or 'an empty value'} {exc}; {_EXPECTED}.") from None
    return unique(names)


def is_host(text: str) -> bool:
    try:
        span(text)
    except BadHost:
        return False
    return True


def listed_host(text: str) -> tuple[str, tuple[int, int, int]]:
    """A host as a server lists it: its shortest spelling, and its place in an order. What cannot be understood stays as it is, at the
    end."""
    try:
        found = span(text)
    except BadHost:
        return text, (9, 0, 0)
    return found.name, found.order
