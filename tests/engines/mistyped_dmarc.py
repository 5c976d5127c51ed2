# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DMARC records that somebody mistyped, and pairs of which the second is the first in other words or with another meaning."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

GOOD = (
    *("v=DMARC1; p=none", "v=DMARC1;p=reject;", "v=DMARC1; p=quarantine; rua=mailto:a@example.com"),
    *("v=DMARC1; p=none; sp=none; adkim=s; aspf=r; fo=1:d:s", "v=DMARC1; p=none; pct=20; ri=3600; rf=afrf"),
    "v=DMARC1; p=none; rua=mailto:a@example.com!10m,mailto:b@example.org; ruf=mailto:c@example.com",
    *("v=DMARC1; p=reject; np=reject; t=y; psd=n", "v=DMARC1; sp=reject; rua=mailto:a@example.com; p=none; new=1"),
)
PIECES = (
    *(";", ";;", " ", "=", ",", "!", ":", "@", ".", "mailto:", "p=none", "p=", "sp=x", "v=DMARC1", "DMARC", "dmarc"),
    *("1", "0", "x", "reject", "x_new=1", "new=1", "%", "/", "-", "d", "s", "0:1"),
)
VALUES = {
    "p": ("none", "quarantine", "reject"), "sp": ("none", "reject"), "adkim": ("r", "s"), "aspf": ("r", "s"), "pct": ("20", "100"),
    "fo": ("0", "1", "d:s"), "ri": ("3600", "86400"), "t": ("y", "n"), "rf": ("afrf",), "new": ("1", "2"),
    "rua": ("mailto:a@example.com", "mailto:a@example.com,mailto:b@example.org!10m"), "ruf": ("mailto:c@example.com",),
}  # fmt: skip


def mistyped(random: Random) -> Iterator[str]:
    """No two alike. None begins or ends with a blank, which would be taken off before it is published."""
    seen = set()
    while True:
        record = random.choice(GOOD)
        for _mistake in range(random.randint(1, 2)):
            record = _mistyped(record, random)
        record = record.strip()
        if record not in seen:
            seen.add(record)
            yield record


def _mistyped(record: str, random: Random) -> str:
    place, kind = random.randrange(len(record) + 1), random.random()
    more = random.choice(PIECES) if kind < 0.75 else ""
    less = 0 if kind < 0.5 else random.randint(1, 3)
    return record[:place] + more + record[place + less :]


def rewritten(random: Random) -> Iterator[tuple[str, str]]:
    """Pairs of good records."""
    while True:
        tags = {name: random.choice(VALUES[name]) for name in random.sample(list(VALUES), random.randint(0, 5))}
        tags["p"] = random.choice(VALUES["p"])
        other = dict(tags)
        if random.random() < 0.5:
            name = random.choice(list(VALUES))
            other[name] = random.choice(VALUES[name])
            if random.random() < 0.3 and len(other) > 1:
                other.pop(random.choice([each for each in other if each != "p"]))
        yield written(tags, random), written(other, random)


def written(tags: dict[str, str], random: Random) -> str:
    blank = ("", "", " ", "  ")
    words = [f"v{random.choice(blank)}={random.choice(blank)}DMARC1"]
    for name in random.sample(list(tags), len(tags)):
        value = tags[name].replace(",", random.choice([",", ", ", " ,"]))
        value = value.replace("mailto", "MAILTO") if random.random() < 0.2 else value
        value = value.upper() if random.random() < 0.2 and "@" not in value else value
        words.append(f"{random.choice([name, name.upper()])}{random.choice(blank)}={random.choice(blank)}{value}")
    return f"{random.choice(blank)};{random.choice(blank)}".join(words) + random.choice(["", ";", "; "])
