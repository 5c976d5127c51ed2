# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RSA keys as DKIM uses them: reading a private key, and what of it is public. Pure, and without a cryptography library.

Reads PEM (or the bare base64 of it) with PKCS#1 or PKCS#8 inside, by a reader of strict DER that knows just the shapes it
needs. No message and no repr holds any of the private key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

#: Verifiers must not accept signatures of shorter keys (RFC 8301).
SHORTEST = 1024

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_INTEGER, _BIT_STRING, _OCTET_STRING, _NULL, _OID, _SEQUENCE = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30

_RSA_ENCRYPTION = bytes.fromhex("2a864886f70d010101")
_OTHER_ALGORITHMS = {
    bytes.fromhex("2a864886f70d01010a"): "RSA-PSS",
    bytes.fromhex("2a8648ce3d0201"): "EC",
    bytes.fromhex("2a8648ce380401"): "DSA",
    bytes.fromhex("2b656e"): "X25519",
    bytes.fromhex("2b6570"): "Ed25519",
    bytes.fromhex("2b6571"): "Ed448",
}
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

    :param pem: in PKCS#1 form, whatever form it was read in: one key always has the same text.
    """

    modulus: int
    exponent: int
    pem: str = field(repr=False)

    @property
    def bits(self) -> int:
        return self.modulus.bit_length()

    @property
    def public_info(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        algorithm = _tlv(_SEQUENCE, _tlv(_OID, _RSA_ENCRYPTION) + _tlv(_NULL, b""))
        numbers = _tlv(_SEQUENCE, _integer(self.modulus) + _integer(self.exponent))
        return _tlv(_SEQUENCE, algorithm + _tlv(_BIT_STRING, b"\x00" + numbers))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the SubjectPublicKeyInfo, in hex."""
        return hashlib.sha256(self.public_info).hexdigest()

    @property
    def public_record(self) -> str:
        """The TXT record, as WHM writes it."""
        return "v=DKIM1; k=rsa; p={};".format(base64.b64encode(self.public_info).decode("ascii"))


def read_private_key(text: str) -> RsaKey:
    """The key in a text.

    :raises BadKey: there is none, or it cannot be used.
    """
    label, der = _unframe(text)
    if label == "RSA PRIVATE KEY":
        return _pkcs1(der)
    if label == "PRIVATE KEY":
        return _pkcs8(der)
    try:
        return _pkcs1(der)
    except BadKey:
        return _pkcs8(der)


def record_bits(record: str) -> int | None:
    """The size of the RSA key in a DKIM record, or None when there is none in it."""
    tags = (tag.partition("=") for tag in record.split(";"))
    value = next((value for name, _equals, value in tags if name.strip() == "p"), "")
    try:
        info = _Reader(_base64(value))
        outer = _Reader(info.take(_SEQUENCE))
        _check_algorithm(outer.take(_SEQUENCE))
        numbers = _Reader(_Reader(outer.take(_BIT_STRING)[1:]).take(_SEQUENCE))
        return numbers.integer().bit_length() or None
    except BadKey:
        return None


def _unframe(text: str) -> tuple[str, bytes]:
    """The label, empty without a frame, and the DER inside."""
    blocks = _BLOCK.findall(text)
    if not blocks:
        if not text.strip():
            raise BadKey("it is empty; check the variable or file it comes from")
        if "-----BEGIN" in text or "-----END" in text:
            raise BadKey(_DAMAGED % "its first and last line do not belong together")
        if not re.fullmatch(r"[A-Za-z0-9+/=\s]+", text):
            raise BadKey("it is not a key in PEM form, which begins with -----BEGIN")
        return "", _base64(text)
    if len(blocks) > 1:
        raise BadKey("it holds %d PEM blocks; give the one of the private key" % len(blocks))
    label, body = blocks[0]
    if label in _LABELS:
        raise BadKey(_LABELS[label])
    if label not in ("RSA PRIVATE KEY", "PRIVATE KEY"):
        raise BadKey(f"it is no private key but {label}; give the private key")
    if "ENCRYPTED" in body:
        raise BadKey(_ENCRYPTED)
    return label, _base64(body)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise BadKey(_DAMAGED % "not base64") from None


def _pkcs8(der: bytes) -> RsaKey:
    outer = _Reader(der)
    inner = _Reader(outer.take(_SEQUENCE))
    outer.end()
    if inner.integer() not in (0, 1):
        raise BadKey(_DAMAGED % "not a PKCS#8 key")
    _check_algorithm(inner.take(_SEQUENCE))
    return _pkcs1(inner.take(_OCTET_STRING))  # attributes, and since version 1 the public key, may follow


def _check_algorithm(der: bytes) -> None:
    algorithm = _Reader(der)
    identifier = algorithm.take(_OID)
    if identifier != _RSA_ENCRYPTION:
        raise BadKey(_NOT_RSA % ("an " + _OTHER_ALGORITHMS.get(identifier, "unknown")))


def _pkcs1(der: bytes) -> RsaKey:
    outer = _Reader(der)
    inner = _Reader(outer.take(_SEQUENCE))
    outer.end()
    version = inner.integer()
    if version:
        raise BadKey("it has more than two primes, or is in a form that is not known")
    numbers = [inner.integer() for _number in range(8)]
    inner.end()
    if not _fit(numbers):
        raise BadKey(_DAMAGED % "its numbers do not belong together")
    lines = base64.encodebytes(der).replace(b"\n", b"").decode("ascii")
    body = "\n".join(lines[start : start + 64] for start in range(0, len(lines), 64))
    frame = "-----%s RSA " + "PRIVATE KEY-----\n"
    return RsaKey(numbers[0], numbers[1], frame % "BEGIN" + body + "\n" + frame % "END")


def _fit(numbers: list[int]) -> bool:
    """The numbers make an RSA key: none was mistyped, cut off or mixed in from another key."""
    n, e, d, p, q, dp, dq, inverse = numbers
    if min(p, q) < 3 or e < 3 or not e % 2 or n != p * q:
        return False
    if dp != d % (p - 1) or dq != d % (q - 1):
        return False
    return e * dp % (p - 1) == 1 and e * dq % (q - 1) == 1 and inverse * q % p == 1


class _Reader:
    """One level of DER: elements one after another. Everything that DER forbids is an error."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, tag: int) -> bytes:
        """The content of the next element, which must have this tag."""
        if self._bytes(1)[0] != tag:
            raise BadKey(_DAMAGED % "not an RSA private key")
        return self._bytes(self._length())

    def integer(self) -> int:
        """The next element, which must be an integer that is not negative."""
        content = self.take(_INTEGER)
        if not content or content[0] >= 0x80 or (len(content) > 1 and content[0] == 0 and content[1] < 0x80):
            raise BadKey(_DAMAGED % "a number in it is none")
        return int.from_bytes(content, "big")

    def end(self) -> None:
        if self._at != len(self._data):
            raise BadKey(_DAMAGED % "something follows the key")

    def _length(self) -> int:
        first = self._bytes(1)[0]
        if first < 0x80:
            return first
        size = first & 0x7F
        content = self._bytes(size) if 0 < size <= 4 else b""
        length = int.from_bytes(content, "big")
        if not content or content[0] == 0 or length < 0x80:
            raise BadKey(_DAMAGED % "a length in it is none")
        return length

    def _bytes(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise BadKey(_DAMAGED % "it ends too early")
        self._at, start = end, self._at
        return self._data[start:end]


def _tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + content


def _integer(value: int) -> bytes:
    return _tlv(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
