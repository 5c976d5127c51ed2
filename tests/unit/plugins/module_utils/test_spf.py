# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.spf import BadRecord, check_record, normal, shown
from hypothesis import given
from hypothesis import strategies as st

NORMAL = [
    ("v=spf1", "v=spf1"),
    ("v=spf1 +a +mx +ip4:192.0.2.10 ~all", "v=spf1 a ip4:192.0.2.10 mx ~all"),
    ("V=SPF1  MX   A -ALL", "v=spf1 a mx -all"),
    ("v=spf1 +all", "v=spf1 all"),
    ("v=spf1 ip4:192.0.2.1/32 ip6:2001:DB8:0:0::1/128 -all", "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all"),
    ("v=spf1 ip4:192.0.2.77/24", "v=spf1 ip4:192.0.2.0/24"),
    ("v=spf1 a/32 mx//128 a:x.example/32//128 -all", "v=spf1 a a:x.example mx -all"),
    ("v=spf1 a/24//64 mx:x.example//64 -all", "v=spf1 a/24//64 mx:x.example//64 -all"),
    ("v=spf1 include:_SPF.Example.NET. -all", "v=spf1 include:_spf.example.net -all"),
    ("v=spf1 mx a mx +mx -all", "v=spf1 a mx -all"),
    ("v=spf1 mx ?mx -mx -all", "v=spf1 mx -all"),
    ("v=spf1 -ip4:192.0.2.1 b=c ip4:192.0.2.0/24 -all", "v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 -all b=c"),
    ("v=spf1 redirect=_spf.example.net. mx", "v=spf1 mx redirect=_spf.example.net"),
    ("v=spf1 exp=why.example.net redirect=x.example", "v=spf1 exp=why.example.net redirect=x.example"),
    ("v=spf1 exists:%{i}._spf.%{d2} ptr ptr:x.example -all", "v=spf1 exists:%{i}._spf.%{d2} ptr ptr:x.example -all"),
    ("v=spf1 -all mx", "v=spf1 -all mx"),
    ("v=spf1 new-thing=1 -all", "v=spf1 -all new-thing=1"),
    ("v=spf1 a:%{D}/24 a:m%%p%_%-x.example.", "v=spf1 a:%{d}/24 a:m%%p%_%-x.example"),
    ("v=spf1 exists:%{l1r+-}.%{ir}._spf.%{d2} x=100%%.", "v=spf1 exists:%{l1r+-}.%{ir}._spf.%{d2} x=100%%."),
    ("v=spf1 a:foo:bar/baz.example.com/24", "v=spf1 a:foo:bar/baz.example.com/24"),
]


@pytest.mark.parametrize(("record", "expected"), NORMAL)
def test_normal(record: str, expected: str) -> None:
    assert normal(record) == expected
    assert shown(record) == expected


DIFFERENT = [
    ("v=spf1 a -all", "v=spf1 a ~all"),
    ("v=spf1 a mx -all", "v=spf1 a -all"),
    ("v=spf1 ip4:192.0.2.0/24 -all", "v=spf1 ip4:192.0.2.0/25 -all"),
    ("v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 -all", "v=spf1 ip4:192.0.2.0/24 -ip4:192.0.2.1 -all"),
    ("v=spf1 a -all", "v=spf1 -all a"),
    ("v=spf1 ?a -all", "v=spf1 a -all"),
    ("v=spf1 redirect=a.example", "v=spf1 include:a.example"),
    ("v=spf1 a:a.example -all", "v=spf1 a:b.example -all"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert normal(one) != normal(other)


BAD = [
    ("", "does not begin with v=spf1"),
    ("-all", "does not begin with v=spf1"),
    ('"v=spf1 -all"', "does not begin with v=spf1"),
    ("v=spf1;a;-all", "does not begin with v=spf1"),
    ("v=spf2.0 -all", "does not begin with v=spf1"),
    ("v=spf1, -all", "does not begin with v=spf1"),
    ("v=spf1 al", "al is neither one of all, include"),
    ("v=spf1 +-all", "+-all is neither"),
    ("v=spf1 ip4=192.0.2.1", "ip4=192.0.2.1 has = where a colon belongs"),
    ("v=spf1 ip4:1192.0.2.0", "has no IPv4 address"),
    ("v=spf1 ip4:2001:db8::1", "has no IPv4 address"),
    ("v=spf1 ip6:192.0.2.1", "has no IPv6 address"),
    ("v=spf1 ip4:192.0.2.0/33", "has no IPv4 address"),
    ("v=spf1 ip4:192.0.2.0/255.255.255.0", "has no prefix length"),
    ("v=spf1 ip4", "has no IPv4 address"),
    ("v=spf1 ip4:", "has no IPv4 address"),
    ("v=spf1 include", "include names no domain"),
    ("v=spf1 include:", "a colon and no value"),
    ("v=spf1 exists", "exists names no domain"),
    ("v=spf1 all:x", "all:x takes no value"),
    ("v=spf1 all/24", "takes no prefix length"),
    ("v=spf1 ptr/24", "takes no prefix length"),
    ("v=spf1 include/24", "takes no prefix length"),
    ("v=spf1 a/33", "too long"),
    ("v=spf1 a/024", "begins with 0"),
    ("v=spf1 ip4:192.0.2.0/024", "no prefix length"),
    ("v=spf1 ip6:fe80::1%eth0", "has no"),
    ("v=spf1 include:x/24", "include:x/24 names no domain"),
    ("v=spf1 include:_spf.example.net/24", "names no domain"),
    ("v=spf1 include:localhost", "names no domain"),
    ("v=spf1 a:192.0.2.1", "names no domain"),
    ("v=spf1 mx:example.com:25", "names no domain"),
    ("v=spf1 redirect=-all", "redirect=-all names no domain"),
    ("v=spf1 exp=x.example%_", "names no domain"),
    ("v=spf1 exp=x.example%%", "ends in %%"),
    ("v=spf1 x-rate=100%%", "ends in %%"),
    ("v=spf1 exists:%{i}.", "names no domain"),
    ("v=spf1 exists:%{z}.x.example", "% that begins no macro"),
    ("v=spf1 exists:%{d0}.x.example", "% that begins no macro"),
    ("v=spf1 exists:%{c}.x.example", "% that begins no macro"),
    ("v=spf1 exists:%{ir-.x.example", "% that begins no macro"),
    ("v=spf1 exists:100%.x.example", "% that begins no macro"),
    ("v=spf1 x-rate=100%", "% that begins no macro"),
    ("v=spf1 a:x..example", "an empty part"),
    ("v=spf1 a:.x.example", "an empty part"),
    ("v=spf1 a:" + "x" * 64 + ".example", "more than 63 characters"),
    ("v=spf1 mx//129", "too long"),
    ("v=spf1 redirect=", "names no domain"),
    ("v=spf1 redirect=a.example redirect=b.example", "redirect stands more than once"),
    ("v=spf1 exp=a.example exp=a.example", "exp stands more than once"),
]


@pytest.mark.parametrize(("record", "text"), BAD)
def test_bad_syntax_is_named(record: str, text: str) -> None:
    for function in (normal, check_record):
        with pytest.raises(BadRecord) as caught:
            function(record)
        assert text in str(caught.value)
    assert shown(record) == " ".join(record.lower().split())


UNUSABLE = [
    ("v=spf1 -all mx", "mx stands behind all"),
    ("v=spf1 a\n-all", "line break"),
    ("v=spf1 include:m\u00fcller.example -all", "not ASCII"),
    ("v=spf1 " + " ".join(f"include:{number}.example" for number in range(11)) + " -all", "look up 11 names"),
    (
        "v=spf1 a mx ptr " + " ".join(f"exists:{number}.example" for number in range(7)) + " redirect=x.example",
        "look up 11",
    ),
]


@pytest.mark.parametrize(("record", "text"), UNUSABLE)
def test_what_receivers_cannot_use_is_not_published(record: str, text: str) -> None:
    with pytest.raises(BadRecord, match=text):
        check_record(record)


def test_a_record_is_published_as_it_was_given() -> None:
    assert check_record("  v=spf1  +MX   include:_spf.Example.net -all ") == "v=spf1 +MX include:_spf.Example.net -all"


addresses = st.one_of(
    st.ip_addresses(v=4).map(lambda a: f"ip4:{a}"),
    st.ip_addresses(v=6).map(lambda a: f"ip6:{a.exploded}"),
    st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map(lambda p: f"ip4:{p[0]}/{p[1]}"),
    st.tuples(st.ip_addresses(v=6), st.integers(0, 128)).map(lambda p: f"ip6:{p[0]}/{p[1]}"),
)
others = st.sampled_from(
    ["a", "mx", "ptr", "a/24", "mx//64", "a:x.example", "include:_spf.example.net", "exists:%{i}.x.example"]
)
mechanisms = st.lists(st.tuples(st.sampled_from(["", "+", "-", "?", "~"]), st.one_of(addresses, others)), max_size=6)
endings = st.sampled_from([[], ["-all"], ["~all"], ["all"], ["redirect=x.example"], ["?all", "exp=e.example"]])


def text_of(terms: list[tuple[str, str]], ending: list[str]) -> str:
    return " ".join(["v=spf1", *(qualifier + mechanism for qualifier, mechanism in terms), *ending])


@given(mechanisms, endings)
def test_the_normal_form_is_its_own(terms: Any, ending: list[str]) -> None:
    found = normal(text_of(terms, ending))
    assert normal(found) == found
    assert normal(found.upper()) == found, "the server reads back in lower case, whatever was sent"
    assert normal(check_record(text_of(terms, ending))) == found


@given(mechanisms, endings, st.randoms())
def test_the_order_of_neighbours_with_one_qualifier_makes_no_difference(
    terms: Any, ending: list[str], random: Any
) -> None:
    same = [("", mechanism) for _qualifier, mechanism in terms]
    shuffled = [*same, *same[:1]]
    random.shuffle(shuffled)
    assert normal(text_of(shuffled, ending)) == normal(text_of(same, ending))


def verdict(record: str, address: str) -> str:
    """What a receiver makes of the networks in a record: a second, simple reading."""
    for word in record.lower().split()[1:]:
        qualifier, mechanism = (word[0], word[1:]) if word[0] in "+-~?" else ("+", word)
        if mechanism == "all":
            return qualifier
        if mechanism.startswith("ip4:") and ipaddress.ip_address(address) in ipaddress.ip_network(
            mechanism[4:], strict=False
        ):
            return qualifier
    return "?"


networks = st.tuples(
    st.sampled_from(["", "-", "~"]),
    st.tuples(st.integers(0, 7), st.integers(28, 32)).map(lambda p: f"ip4:192.0.2.{p[0]}/{p[1]}"),
)


@given(st.lists(networks, max_size=6), endings, st.integers(0, 20))
def test_the_normal_form_means_the_same(terms: Any, ending: list[str], host: int) -> None:
    record, address = text_of(terms, ending), f"192.0.2.{host}"
    assert verdict(normal(record), address) == verdict(record, address)
