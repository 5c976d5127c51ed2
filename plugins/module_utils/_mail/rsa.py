# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RSA keys as DKIM uses them: reading a private key, and what of it is public. Pure.

Reads PEM, or the bare base64 of it, with PKCS#1 or PKCS#8 inside; the library ``cryptography`` reads what is in it. No message and
no repr holds any of the private key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import traceback
from dataclasses import dataclass, field

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

try:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    #: Why the library cannot be used, or None. ansible-core needs it itself; a managed machine may lack it.
    CRYPTOGRAPHY_IMPORT_ERROR: str | None = None
except ImportError:
    CRYPTOGRAPHY_IMPORT_ERROR = traceback.format_exc()

#: Verifiers must not accept signatures of shorter keys (RFC 8301).
SHORTEST = 1024

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)

#: Object identifier of RSA-PSS with its tag and length. The library reads such a key as if it were one for all purposes.
_RSA_PSS = bytes.fromhex("06092a864886f70d01010a")
_ENCRYPTED = "it is encrypted; decrypt it first (openssl pkey -in FILE)"
_NOT_RSA = "it is %s key; WHM signs with RSA keys only"
_LABELS = {
    "ENCRYPTED PRIVATE KEY": _ENCRYPTED,
    "EC PRIVATE KEY": _NOT_RSA % "an EC",
    "DSA PRIVATE KEY": _NOT_RSA % "a DSA",
    "OPENSSH PRIVATE KEY": "it is in OpenSSH's own format; convert a copy of it (ssh-keygen -p -m PEM -f FILE)",
}
_DAMAGED = "it is damaged (%s); copy it again"


class BadKey(ValueError):
    """Why a text is no usable RSA private key: half a sentence that begins with "it"."""


@dataclass(frozen=True)
class RsaKey:
    """A private key: what is public about it, and its PEM, which must not be shown.

    :param bits: its size.
    :param public_info: SubjectPublicKeyInfo, DER.
    :param pem: in PKCS#1 form, whatever form it was read in: one key always has the same text.
    """

    bits: int
    public_info: bytes
    pem: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the SubjectPublicKeyInfo, in hex."""
        return hashlib.sha256(self.public_info).hexdigest()

    @property
    def public_record(self) -> str:
        """The TXT record, as WHM writes it."""
        return f"v=DKIM1; k=rsa; p={base64.b64encode(self.public_info).decode('ascii')};"


def need_library() -> None:
    """
    :raises InvalidInput: keys cannot be read here.
    """
    if CRYPTOGRAPHY_IMPORT_ERROR:
        raise InvalidInput(
            "The Python library cryptography, which reads keys, is missing on the machine that runs this module; install it there, or let "
            "the task run on the controller, which has it."
        )


def read_private_key(text: str) -> RsaKey:
    """The key in a text.

    :raises BadKey: there is none, or it cannot be used.
    """
    der = _unframe(text)
    try:
        # Its own check asks whether the primes are primes, which takes 40 ms a key; that the numbers fit is enough to find a damaged one.
        key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey(_DAMAGED % "not an RSA private key") from None
    if _RSA_PSS in der[:40]:
        raise BadKey(_NOT_RSA % "an RSA-PSS")
    if not isinstance(key, rsa.RSAPrivateKey):
        kind = type(key).__name__.removesuffix("PrivateKey")
        raise BadKey(_NOT_RSA % ("an EC" if kind.startswith(("EC", "Elliptic")) else f"an {kind}"))
    if not _fit(key.private_numbers()):
        raise BadKey(_DAMAGED % "its numbers do not belong together")
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return RsaKey(key.key_size, public, pem.decode("ascii"))


def record_bits(record: str) -> int | None:
    """The size of the RSA key in a DKIM record, or None when there is none in it, or nothing here that can read it."""
    tags = (tag.partition("=") for tag in record.split(";"))
    value = next((value for name, _equals, value in tags if name.strip() == "p"), "")
    if CRYPTOGRAPHY_IMPORT_ERROR:
        return None
    try:
        key = serialization.load_der_public_key(_base64(value))
    except (ValueError, UnsupportedAlgorithm):  # a BadKey is a ValueError
        return None
    return key.key_size if isinstance(key, rsa.RSAPublicKey) else None


def _unframe(text: str) -> bytes:
    """The DER in the text, with a frame or without."""
    blocks = _BLOCK.findall(text)
    if not blocks:
        if not text.strip():
            raise BadKey("it is empty; check the variable or file it comes from")
        if "-----BEGIN" in text or "-----END" in text:
            raise BadKey(_DAMAGED % "its first and last line do not belong together")
        if not re.fullmatch(r"[A-Za-z0-9+/=\s]+", text):
            raise BadKey("it is not a key in PEM form, which begins with -----BEGIN")
        return _base64(text)
    if len(blocks) > 1:
        raise BadKey(f"it holds {len(blocks)} PEM blocks; give the one of the private key")
    label, body = blocks[0]
    if label in _LABELS:
        raise BadKey(_LABELS[label])
    if label not in ("RSA PRIVATE KEY", "PRIVATE KEY"):
        raise BadKey(f"it is no private key but {label}; give the private key")
    if "ENCRYPTED" in body:
        raise BadKey(_ENCRYPTED)
    return _base64(body)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadKey(_DAMAGED % "not base64") from None


def _fit(numbers: rsa.RSAPrivateNumbers) -> bool:
    """The numbers make an RSA key: none was mistyped, cut off or mixed in from another key."""
    n, e, p, q = numbers.public_numbers.n, numbers.public_numbers.e, numbers.p, numbers.q
    if min(p, q) < 3 or e < 3 or not e % 2 or n != p * q:
        return False
    if numbers.dmp1 != numbers.d % (p - 1) or numbers.dmq1 != numbers.d % (q - 1):
        return False
    return e * numbers.dmp1 % (p - 1) == 1 and e * numbers.dmq1 % (q - 1) == 1 and numbers.iqmp * q % p == 1
