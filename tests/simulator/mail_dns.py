# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in DNS about a domain's mail, and the DKIM keys behind it. Plain data, no I/O.

``current`` is what the world sees, ``zone`` whether this server holds the zone and whether the world asks this server:
a change reaches the world only where both hold.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .registry import area
from .state import Server

LOCAL, EXTERNAL, MISSING = "local", "external", "missing"
AREA = "mail_dns"
_KEYS = 3


@dataclass
class Zone:
    """One domain.

    `key`: private DKIM key in PEM, None without one. `fails`: every change is answered with [FAIL:…] and this text.
    `dns_error`: every look-up fails with this text.
    """

    zone: str = LOCAL
    key: str | None = None
    dkim: list[str] = field(default_factory=list)
    spf: list[str] = field(default_factory=list)
    dmarc: str = ""
    dns_error: str | None = None
    fails: str | None = None

    def publish(self, kind: str, values: list[str]) -> bool:
        """Write records of one kind into the zone; whether the world sees a difference."""
        if self.zone != LOCAL or getattr(self, kind) == values:
            return False
        setattr(self, kind, values)
        return True


@cache
def pool_key(number: int, bits: int = 2048) -> str:
    """One of a few private keys: making one takes a tenth of a second, and no test needs a key of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode("ascii")


def key_for(domain: str) -> str:
    return pool_key(sum(domain.encode()) % _KEYS)


@lru_cache(maxsize=1000)
def public_record(pem: str) -> str:
    """The TXT value that belongs to a private key."""
    key = serialization.load_pem_private_key(pem.encode("ascii"), None)
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode('ascii')};"


def _seed_zone(domain: str, wanted: Mapping[str, Any]) -> Zone:
    """{dkim: valid|missing|mismatch|multiple|malformed|no_key, spf: [..], dmarc: text, zone:, dns_error:, fails:, key: PEM}."""
    unknown = sorted(set(wanted) - {"dkim", "spf", "dmarc", "zone", "dns_error", "fails", "key"})
    if unknown:
        raise ValueError(f"mail_dns of {domain!r} has unknown keys: {', '.join(unknown)}.")
    state = wanted.get("dkim", "valid")
    key = None if state == "no_key" else str(wanted.get("key") or key_for(domain))
    good = public_record(key) if key else ""
    other = public_record(pool_key(_KEYS))
    records = {
        "valid": [good], "missing": [], "no_key": [], "mismatch": [other], "multiple": [good, other], "malformed": ["v=DKIM1; p"],
    }  # fmt: skip
    return Zone(
        zone=str(wanted.get("zone", LOCAL)),
        key=key,
        dkim=list(records[state]),
        spf=list(wanted.get("spf", ["v=spf1 +a +mx +ip4:192.0.2.10 ~all"])),
        dmarc=str(wanted.get("dmarc", "")),
        dns_error=wanted.get("dns_error"),
        fails=wanted.get("fails"),
    )


@area(AREA)
def _seed(server: Server, wanted: Any) -> dict[str, Zone]:
    zones: dict[str, Zone] = dict(server.areas.get(AREA, {}))
    zones.update({str(domain): _seed_zone(str(domain), value or {}) for domain, value in (wanted or {}).items()})
    return zones


def zone_of(server: Server, domain: str) -> Zone:
    """The domain's zone; one in good order for a domain of this server nobody described, an empty foreign one else."""
    zones: dict[str, Zone] = server.areas[AREA]
    if domain not in zones:
        known = domain in server.domains or domain == server.hostname
        zones[domain] = _seed_zone(domain, {} if known else {"dkim": "no_key", "spf": [], "zone": MISSING})
    return zones[domain]
