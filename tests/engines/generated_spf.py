# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pairs of SPF records, the second made from the first, and a small world of DNS in which they mean something.

Every name that is looked up is there, for both kinds of addresses, and no record asks for more than receivers look up: where a look-up
fails, the order of terms counts, which our comparison does not claim to know.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.whm.mail.tests.knot import Names
from ansible_collections.whm.mail.tests.knot.zones import addresses
from hypothesis import strategies as st

DOMAIN = "pair.example"
HOSTS = {
    DOMAIN: ["192.0.2.10", "2001:db8:1::a"],
    f"mail.{DOMAIN}": ["192.0.2.11", "2001:db8:1::b"],
    "lists.example": ["192.0.2.32", "2001:db8:1::20"],
    "mx1.lists.example": ["192.0.2.40", "2001:db8:1::28"],
    "mx2.lists.example": ["198.51.100.7", "2001:db8:2::7"],
    "host.lists.example": ["192.0.2.50", "2001:db8:1::32"],
}
MX = {DOMAIN: [f"mail.{DOMAIN}"], "lists.example": ["mx1.lists.example", "mx2.lists.example"]}
TEXTS = {
    "_spf.provider.example": "v=spf1 ip4:198.51.100.0/28 ip6:2001:db8:2::/64 ~all",
    "_strict.provider.example": "v=spf1 ip4:198.51.100.64/30 -all",
    "_deep.provider.example": "v=spf1 ip4:198.51.100.80 include:_spf.provider.example ?all",
    "why.example": "%{i} is not ours",
    "because.example": "No.",
}
LISTED = ["198.51.100.9", "2001:db8:2::9"]
NETWORKS = (
    *("192.0.2.0/24", "192.0.2.0/28", "192.0.2.32/28", "198.51.100.0/28", "198.51.100.64/30", "198.51.100.80/32"),
    *("2001:db8:1::/64", "2001:db8:1::/120", "2001:db8:2::/64", "198.51.100.9/32", "2001:db8:2::9/128"),
)
OTHERS = (
    *("a", "mx", "a/28", "mx//120", "a/24//64", "a:lists.example", "mx:lists.example", "mx:lists.example/28", "ptr"),
    *("include:_spf.provider.example", "include:_strict.provider.example", "include:_deep.provider.example"),
    *("exists:%{i}._listed.example", "exists:%{ir}.%{v}._listed.example", "ptr:lists.example", "a:mail.%{d}"),
)
ENDINGS = (
    *(["-all"], ["-all"], ["~all"], ["?all"], ["all"], [], ["redirect=_strict.provider.example"]),
    *(["redirect=_spf.provider.example"], ["-all", "exp=why.example"], ["-all", "exp=because.example"]),
    *(["-all", "x-made-by=hand"], ["redirect=_deep.provider.example", "exp=why.example"]),
)
QUALIFIERS = ("", "-", "~", "?")
MOST_LOOKUPS, MOST_VOID = 10, 2
COSTS = {"_deep": 2, "_listed": 1, "ptr": 1}


def world(record: str) -> Names:
    """DNS, in which the domain has this record."""
    found: dict[str, list[tuple[str, str]]] = {name: list(addresses(known)) for name, known in HOSTS.items()}
    for name, exchanges in MX.items():
        found[name] += [("MX", f"10 {exchange}.") for exchange in exchanges]
    for name, text in TEXTS.items():
        found[name] = [("TXT", text)]
    for name, known in HOSTS.items():
        for address in known:
            found[ipaddress.ip_address(address).reverse_pointer] = [("PTR", f"{name}.")]
    for address in LISTED:
        pointer = ipaddress.ip_address(address).reverse_pointer.removesuffix(".arpa")
        forward = ".".join(reversed(pointer.split(".")[:-1]))
        for name in (f"{pointer}._listed.example", f"{forward}._listed.example"):
            found[name] = [("A", "127.0.0.2")]
    found[DOMAIN].append(("TXT", record))
    return found


@dataclass(frozen=True)
class Record:
    """Qualifiers and mechanisms, and what stands at the end."""

    terms: tuple[tuple[str, str], ...]
    ending: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(["v=spf1", *(qualifier + mechanism for qualifier, mechanism in self.terms), *self.ending])


def is_within_limits(record: str) -> bool:
    """Whether nothing in it can be one look-up, or one that finds nothing, too many."""
    words = record.lower().split()[1:]
    lookups = sum(
        1 + ("_deep" in word) for word in words if re.match(r"[+?~-]?(a|mx|ptr|include|exists|redirect)\b", word)
    )
    return lookups <= MOST_LOOKUPS and sum("_listed" in word or "ptr" in word for word in words) <= MOST_VOID


networks = st.one_of(
    st.tuples(st.integers(0, 255), st.sampled_from([24, 27, 28, 30, 31, 32, 32])).map(
        lambda p: f"ip4:192.0.2.{p[0]}/{p[1]}"
    ),
    st.tuples(st.integers(0, 255), st.sampled_from([64, 112, 120, 127, 128])).map(
        lambda p: f"ip6:2001:db8:1::{p[0]:x}/{p[1]}"
    ),
    st.sampled_from(
        ["ip4:192.0.2.10", "ip4:198.51.100.0/29", "ip4:0.0.0.0/0", "ip6:2001:db8::/32", "ip6:::/0", "ip4:128.0.0.0/1"]
    ),
)
terms = st.tuples(st.sampled_from(QUALIFIERS), st.one_of(networks, st.sampled_from(OTHERS)))
records = st.builds(Record, st.lists(terms, min_size=1, max_size=5).map(tuple), st.sampled_from(ENDINGS).map(tuple))


# ---- another way to write it, which the comparison should not mind


def shuffle(record: Record, random: Any) -> Record:
    """Neighbours with one qualifier."""
    found = list(record.terms)
    for here in range(len(found) - 1):
        if found[here][0] == found[here + 1][0] and random.random() < 0.7:
            found[here], found[here + 1] = found[here + 1], found[here]
    return replace(record, terms=tuple(found))


def repeat(record: Record, random: Any) -> Record:
    """A mechanism that stood there before, whatever its qualifier."""
    found = list(record.terms)
    place = random.randrange(len(found))
    found.insert(random.randint(place + 1, len(found)), (random.choice(QUALIFIERS), found[place][1]))
    return replace(record, terms=tuple(found))


def rewrite(record: Record, random: Any) -> Record:
    return replace(
        record, terms=tuple((_qualifier(q, random), _spelling(mechanism, random)) for q, mechanism in record.terms)
    )


def _qualifier(qualifier: str, random: Any) -> str:
    return random.choice(["", "+"]) if qualifier in ("", "+") else qualifier


def _spelling(mechanism: str, random: Any) -> str:
    if mechanism.startswith("ip"):
        kind, _colon, text = mechanism.partition(":")
        network = ipaddress.ip_network(text, strict=False)
        host = network[random.randrange(network.num_addresses)]
        written = host.exploded if random.random() < 0.5 else str(host)
        plain = network.prefixlen == network.max_prefixlen and random.random() < 0.5
        return f"{kind}:{written}" + ("" if plain else f"/{network.prefixlen}")
    if re.match(r"(a|mx)(:|\Z)[^/]*\Z", mechanism) and not mechanism.endswith(("}", ".")):
        return mechanism + random.choice(["", ".", "/32", "//128", "/32//128"][:: 1 if ":" in mechanism else 2])
    if mechanism.startswith("include") and not mechanism.endswith("."):
        return mechanism + random.choice(["", "."])
    # (Macros keep their case: pyspf takes no %{IR} for %{ir}, which the grammar does, and the server forgets the case anyway.)
    return mechanism.upper() if random.random() < 0.5 and "%" not in mechanism else mechanism


def move_modifier(record: Record, random: Any) -> Record:
    """A modifier may stand anywhere; here it is written as a mechanism without qualifier."""
    loose = [word for word in record.ending if "=" in word]
    if not loose:
        return record
    found = list(record.terms)
    found.insert(random.randint(0, len(found)), ("", loose[0]))
    return Record(tuple(found), tuple(word for word in record.ending if word != loose[0]))


# ---- another meaning, mostly


def requalify(record: Record, random: Any) -> Record:
    found = list(record.terms)
    place = random.randrange(len(found))
    found[place] = (random.choice(QUALIFIERS), found[place][1])
    return replace(record, terms=tuple(found))


def drop(record: Record, random: Any) -> Record:
    place = random.randrange(len(record.terms))
    return replace(record, terms=record.terms[:place] + record.terms[place + 1 :]) if len(record.terms) > 1 else record


def swap(record: Record, random: Any) -> Record:
    found = list(record.terms)
    one, other = random.randrange(len(found)), random.randrange(len(found))
    found[one], found[other] = found[other], found[one]
    return replace(record, terms=tuple(found))


def resize(record: Record, random: Any) -> Record:
    """A network a bit smaller or larger."""
    found = list(record.terms)
    places = [
        place for place, (_qualifier, mechanism) in enumerate(found) if mechanism.startswith("ip") and "/" in mechanism
    ]
    if places:
        place = random.choice(places)
        start, _slash, size = found[place][1].partition("/")
        most = 32 if start.startswith("ip4") else 128
        found[place] = (found[place][0], f"{start}/{min(most, max(0, int(size) + random.choice([-1, 1])))}")
    return replace(record, terms=tuple(found))


def exchange(record: Record, random: Any) -> Record:
    found = list(record.terms)
    found[random.randrange(len(found))] = (random.choice(QUALIFIERS), random.choice(OTHERS))
    return replace(record, terms=tuple(found))


def end_otherwise(record: Record, random: Any) -> Record:
    return replace(record, ending=tuple(random.choice(ENDINGS)))


SAME = (shuffle, repeat, rewrite, rewrite, move_modifier)
OTHER = (requalify, drop, swap, resize, exchange, end_otherwise)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    one = draw(records)
    random = draw(st.randoms(use_true_random=False))
    changes = draw(st.lists(st.sampled_from(SAME), min_size=1, max_size=3))
    if draw(st.booleans()):
        changes.append(draw(st.sampled_from(OTHER)))
    other = one
    for change in sorted(changes, key=lambda change: change is move_modifier):
        other = change(other, random)
    blanks = "  " if draw(st.booleans()) else " "
    return str(one), str(other).replace(" ", blanks)


# ---- from where mail may come


def senders(*texts: str) -> list[str]:
    """The edges of all networks in the records and in the world, and what lies beside them."""
    found = [text for record in texts for text in re.findall(r"ip[46]:(\S+)", record.lower())]
    near = {address for text in (*found, *NETWORKS) for address in _edges(text)}
    known = {ipaddress.ip_address(address) for addresses in HOSTS.values() for address in addresses}
    return [str(address) for address in sorted(near | known, key=lambda each: (each.version, int(each)))]


def _edges(text: str) -> Iterator[Any]:
    network = ipaddress.ip_network(text, strict=False)
    first, last = int(network[0]), int(network[-1])
    kind = type(network[0])
    everything = range(2**network.max_prefixlen)
    numbers: Iterable[int] = (first - 1, first, last, last + 1)
    yield from (kind(number) for number in numbers if number in everything)
