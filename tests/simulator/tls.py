# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates made at start: a good one, and the bad ones people meet (BEHAVIOUR A)."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KINDS = ("good", "self_signed", "wrong_name", "expired")
NAMES = ("localhost", "127.0.0.1")


class Certificates:
    """One authority per simulator; contexts are shared between servers of the same kind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA(organization_name="whm.mail simulator")
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.ca_path = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_path))

    def context(self, kind: str) -> ssl.SSLContext:
        if kind not in KINDS:
            raise ValueError(f"There is no certificate of the kind {kind!r}. The kinds are: {', '.join(KINDS)}.")
        if kind not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            if kind == "self_signed":
                context.load_cert_chain(str(_self_signed(self._folder / "self_signed.pem")))
            else:
                self._issue(kind).configure_cert(context)
            self._contexts[kind] = context
        return self._contexts[kind]

    def _issue(self, kind: str) -> trustme.LeafCert:
        if kind == "wrong_name":
            return self._authority.issue_cert("elsewhere.example.net")
        if kind == "expired":
            past = datetime.datetime(2020, 1, 1)  # without a zone means UTC here
            return self._authority.issue_cert(*NAMES, not_before=past, not_after=past + datetime.timedelta(days=90))
        return self._authority.issue_cert(*NAMES)


def _self_signed(path: Path) -> Path:
    """A certificate that signed itself, as cPanel makes them when nobody bought one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.datetime(2024, 1, 1)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(mode=0o600)
    path.write_bytes(secret + built.public_bytes(serialization.Encoding.PEM))
    return path
