# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.hosts import host_names, listed_host, span
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

SAME = {
    "192.0.2.1": ["192.0.2.1", " 192.0.2.1 ", "192.0.2.1/32", "192.0.2.1-192.0.2.1"],
    "10.0.0.0/8": ["10.0.0.0/8", "10.0.0.0-10.255.255.255", "10.0.0.0 - 10.255.255.255"],
    "192.0.2.0-192.0.2.2": ["192.0.2.0-192.0.2.2"],
    "192.0.2.1-192.0.2.4": ["192.0.2.1-192.0.2.4"],
    "0.0.0.0/0": ["0.0.0.0/0", "0.0.0.0-255.255.255.255"],
    "2001:db8::1": ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:0db8::0001/128"],
    "2001:db8::/32": ["2001:db8::/32", "2001:DB8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"],
    "::/0": ["::/0"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SAME.items() for text in texts])
def test_spellings_of_the_same(name: str, text: str) -> None:
    assert span(text).name == name
    assert host_names("hosts", [text, name]) == [name]
    assert span(span(text).range) == span(text)
    assert "/" not in span(text).range


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "an empty value is no host"),
        ("example.com", "example.com is no host; give an address, a network such as 192.0.2.0/24 or a range"),
        ("192.168", "192.168 is no host"),
        ("192.0.2.300", "is no host"),
        ("010.0.0.1", "is no host"),
        ("192.0.2.0/33", "is no host"),
        ("192.0.2.0/255.255.255.0", "is no host"),
        ("192.0.2.0/", "is no host"),
        ("192.0.2.1/24", "is not the beginning of its network, which is 192.0.2.0/24"),
        ("2001:db8::1/64", "is not the beginning of its network, which is 2001:db8::/64"),
        ("192.0.2.9-192.0.2.1", "ends before it begins"),
        ("192.0.2.9-2001:db8::1", "begins with IPv4 and ends with IPv6"),
        ("192.0.2.1-9", "is no host"),
        ("192.0.2.0/24-192.0.3.0/24", "is no host"),
        ("fe80::1%eth0", "names a network interface"),
    ],
)
def test_what_is_no_host(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        host_names("hosts", ["192.0.2.1", text])
    assert str(caught.value).startswith("hosts: ")
    assert says in str(caught.value)


def test_what_a_server_lists_and_nobody_understands_stays_as_it_is() -> None:
    assert listed_host("10.")[0] == "10."
    places = sorted(["10.", "::1", "192.0.2.9", "2.0.0.0/8"], key=lambda text: listed_host(text)[1])
    assert places == ["2.0.0.0/8", "192.0.2.9", "::1", "10."]


@given(st.lists(st.ip_addresses(), min_size=2, max_size=2).filter(lambda pair: pair[0].version == pair[1].version))
def test_every_range_has_one_name(pair: list) -> None:
    first, last = sorted(pair, key=int)
    found = span(f"{first}-{last}")
    assert (int(found.first), int(found.last)) == (int(first), int(last))
    assert span(found.name) == found


@given(st.ip_addresses(), st.integers(0, 128))
def test_every_network_has_one_name(address, bits: int) -> None:
    bits = min(bits, address.max_prefixlen)
    size = 1 << (address.max_prefixlen - bits)
    first = type(address)(int(address) // size * size)
    found = span(f"{first}/{bits}")
    assert int(found.last) - int(found.first) == size - 1
    assert found.name == (f"{first}/{bits}" if size > 1 else str(first))
    assert span(found.range) == found
