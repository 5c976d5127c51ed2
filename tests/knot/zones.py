# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and records, and the zone file that says them; and what the simulator holds about a domain, as such names."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence

from ansible_collections.whm.mail.tests.simulator.mail_dns import Zone

Record = tuple[str, str]
Names = Mapping[str, Sequence[Record]]
STRING = 255  # bytes, of which a string in a TXT record has no more
TTL = 300
_HEAD = """\
. {ttl} SOA ns.invalid. postmaster.invalid. {serial} 3600 3600 3600 {ttl}
. {ttl} NS ns.invalid.
"""


def zone_file(names: Names, serial: int) -> str:
    lines = [_HEAD.format(ttl=TTL, serial=serial)]
    for name, records in names.items():
        for kind, text in records:
            lines.append(f"{name.rstrip('.')}. {TTL} {kind} {strings(text) if kind == 'TXT' else text}\n")
    return "".join(lines)


def strings(text: str) -> str:
    """As a TXT record in a zone file has it, cut at 255 bytes."""
    data = text.encode()
    parts = [data[start : start + STRING] for start in range(0, len(data), STRING)] or [b""]
    return " ".join('"' + "".join(_written(byte) for byte in part) + '"' for part in parts)


def _written(byte: int) -> str:
    return chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\{byte:03d}"


def addresses(found: Sequence[str]) -> Iterator[Record]:
    for text in found:
        yield ("A" if ipaddress.ip_address(text).version == 4 else "AAAA"), text


def zone_names(domain: str, zone: Zone) -> dict[str, list[Record]]:
    """What the world sees of a domain of the simulator. `a` and `mx` of its SPF record are the addresses of the server there, so here, too."""
    return {
        domain: [*addresses(zone.addresses), ("MX", f"10 {domain}."), *(("TXT", text) for text in zone.spf)],
        f"default._domainkey.{domain}": [("TXT", text) for text in zone.dkim],
        f"_dmarc.{domain}": [("TXT", text) for text in zone.dmarc],
    }
