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
ADDRESS = "192.0.2.10"
SPF = f"v=spf1 +a +mx +ip4:{ADDRESS} ~all"
DMARC = "v=DMARC1; p=none;"
_KEYS = 3
PTR = ("valid", "missing", "no_forward", "mismatch", "helo_mismatch", "invalid_address")
_SEED = {"dkim", "spf", "ptr", "dmarc", "addresses", "zone", "dns_error", "fails", "key"}
# Two primes of a key of 512 bits, which no library makes any more.
_P = 0xF5BEBB290C30AE660D1FE8338FAD281C968180AC6BA08B868038827D1E33BF35
_Q = 0xDB7DD73258CB1B01601D02DF3F5288511846BDE2592E54C01620906D27916677


@dataclass
class Zone:
    """One domain.

    `key`: private DKIM key in PEM, None without one. `fails`: every change is answered with [FAIL:…] and this text.
    `dns_error`: every look-up fails with this text. `addresses`: from which the server sends its mail. `ptr`: one of PTR.
    """

    zone: str = LOCAL
    key: str | None = None
    dkim: list[str] = field(default_factory=list)
    spf: list[str] = field(default_factory=list)
    ptr: str = "valid"
    dmarc: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    dns_error: str | None = None
    fails: str | None = None

    def publish(self, kind: str, values: list[str]) -> bool:
        """Write records of one kind into the zone; whether the world sees a difference."""
        if self.zone != LOCAL or getattr(self, kind) == values:
            return False
        setattr(self, kind, values)
        return True


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode("ascii")


@cache
def pool_key(number: int, bits: int = 2048) -> str:
    """One of a few private keys: making one takes a tenth of a second, and no test needs a key of its own."""
    return _pem(rsa.generate_private_key(public_exponent=65537, key_size=bits))


@cache
def weak_key() -> str:
    """A key of 512 bits, as servers made them long ago."""
    d = pow(65537, -1, (_P - 1) * (_Q - 1))
    public = rsa.RSAPublicNumbers(65537, _P * _Q)
    numbers = rsa.RSAPrivateNumbers(_P, _Q, d, d % (_P - 1), d % (_Q - 1), pow(_Q, -1, _P), public)
    return _pem(numbers.private_key())


def key_for(domain: str) -> str:
    return pool_key(sum(domain.encode()) % _KEYS)


def private_key(pem: str) -> rsa.RSAPrivateKey | None:
    """The key in a text, None when it is no RSA key or encrypted."""
    try:
        key = serialization.load_pem_private_key(pem.encode("ascii"), None)
    except (ValueError, TypeError):
        return None
    return key if isinstance(key, rsa.RSAPrivateKey) else None


@lru_cache(maxsize=1000)
def bits_of(pem: str) -> int:
    key = private_key(pem)
    return key.key_size if key else 0


@lru_cache(maxsize=1000)
def public_record(pem: str) -> str:
    """The TXT value that belongs to a private key."""
    key = serialization.load_pem_private_key(pem.encode("ascii"), None)
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode('ascii')};"


def _texts(value: Any) -> list[str]:
    """One text or several; none for an empty one."""
    return [str(text) for text in (value if isinstance(value, list) else [value]) if text]


def _seed_zone(domain: str, wanted: Mapping[str, Any]) -> Zone:
    """{dkim: valid|missing|mismatch|multiple|malformed|no_key|weak, spf: [..], ptr:, dmarc: text or [..], addresses: [..], zone:,
    dns_error:, fails:, key: PEM}."""
    unknown = sorted(set(wanted) - _SEED)
    if unknown:
        raise ValueError(f"mail_dns of {domain!r} has unknown keys: {', '.join(unknown)}.")
    state = wanted.get("dkim", "valid")
    made = weak_key() if state == "weak" else key_for(domain)
    key = None if state == "no_key" else str(wanted.get("key") or made)
    good = public_record(key) if key else ""
    other = public_record(pool_key(_KEYS))
    records = {
        "valid": [good], "weak": [good], "missing": [], "no_key": [], "mismatch": [other], "multiple": [good, other],
        "malformed": ["v=DKIM1; p"],
    }  # fmt: skip
    if wanted.get("ptr", "valid") not in PTR:
        raise ValueError(f"ptr of {domain!r} is none of {', '.join(PTR)}.")
    return Zone(
        zone=str(wanted.get("zone", LOCAL)),
        key=key,
        dkim=list(records[state]),
        spf=list(wanted.get("spf", [SPF])),
        ptr=wanted.get("ptr", "valid"),
        dmarc=_texts(wanted.get("dmarc", DMARC)),
        addresses=[str(address) for address in wanted.get("addresses", [ADDRESS])],
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
        foreign = {"dkim": "no_key", "spf": [], "dmarc": "", "zone": MISSING}
        zones[domain] = _seed_zone(domain, {} if known else foreign)
    return zones[domain]


def described(server: Server) -> list[str]:
    """Every domain of the server."""
    return sorted({*server.domains, server.hostname})
