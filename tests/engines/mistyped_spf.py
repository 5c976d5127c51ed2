# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SPF records that somebody mistyped, and a world of DNS in which every name is there: what is refused is refused for its syntax."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

GOOD = (
    *("v=spf1 a mx -all", "v=spf1 a:x.example/24//64 ~all", "v=spf1 include:_spf.x.example. ?all"),
    *("v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"),
    *("v=spf1 redirect=_spf.x.example", "v=spf1 mx/24 exp=e.%{l1r-}.%{d} -all", "v=spf1 ptr:x.example mx:%{d}//64 all"),
    *("v=spf1 a:m%%p%_%-x.example x-y.z_1=%{i}a -all", "v=spf1 ip4:192.0.2.1 ip6:::ffff:192.0.2.1/96 ~all"),
)
PIECES = (
    *(" ", ":", "/", "//", "=", ".", "..", "::", ",", "_", "*", "+", "-", "~", "?", "0", "1", "2", "a", "d", "r", "x"),
    *("%", "%{", "}", "{", "%{d}", "%{z}", "%{d0}", "%{c}", "%{dr-.}", "%%", "%_", "/0", "/32", "/129", "/024"),
    *("all", "-x", ".x", ".1"),
)
_EVERYTHING = [("A", "192.0.2.77"), ("AAAA", "2001:db8:77::1"), ("MX", "10 mx.example."), ("TXT", "v=spf1 ?all")]
WORLD = {"*": _EVERYTHING, "*.example": _EVERYTHING, "*.in-addr.arpa": [("PTR", "x.example.")]}


def mistyped(random: Random) -> Iterator[str]:
    """No two alike."""
    seen = set()
    while True:
        record = random.choice(GOOD)
        for _mistake in range(random.randint(1, 2)):
            record = _mistyped(record, random)
        if record not in seen:
            seen.add(record)
            yield record


def _mistyped(record: str, random: Random) -> str:
    """What follows v=spf1 with something more, less or else in it."""
    place, kind = random.randrange(6, len(record) + 1), random.random()
    more = random.choice(PIECES) if kind < 0.75 else ""
    less = 0 if kind < 0.5 else random.randint(1, 3)
    return record[:place] + more + record[place + less :]
