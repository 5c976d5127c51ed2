# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reader of RSA keys, against a real cryptography library as the judge."""

from __future__ import annotations

import base64
import hashlib
import textwrap
from functools import cache
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail import rsa as keys
from ansible_collections.whm.mail.plugins.module_utils._mail.rsa import BadKey, read_private_key, record_bits
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.tests.simulator.mail_dns import weak_key
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from hypothesis import given, settings
from hypothesis import strategies as st

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
PKCS1, PKCS8 = serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8
OPENSSH = serialization.PrivateFormat.OpenSSH
PLAIN = serialization.NoEncryption()


@cache
def key(bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


def written(private: Any, form: Any = PKCS1, encryption: Any = PLAIN) -> str:
    text: str = private.private_bytes(PEM, form, encryption).decode("ascii")
    return text


def framed(der: bytes, label: str = "RSA PRIVATE KEY") -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode('ascii')}-----END {label}-----\n"


def spki(private: rsa.RSAPrivateKey) -> bytes:
    der: bytes = private.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return der


SIZES = [(1024, 65537), (1025, 65537), (2048, 65537), (2048, 3), (3072, 65537), (4096, 65537)]


@pytest.mark.parametrize(("bits", "exponent"), SIZES)
@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_a_key_is_what_the_library_says(bits: int, exponent: int, form: Any) -> None:
    private = key(bits, exponent)
    found = read_private_key(written(private, form))
    assert found.bits == bits
    assert found.public_info == spki(private)
    assert found.fingerprint == hashlib.sha256(spki(private)).hexdigest()
    assert found.public_record == f"v=DKIM1; k=rsa; p={base64.b64encode(spki(private)).decode('ascii')};"
    assert found.pem == written(private), "PKCS#1, whatever it was"
    assert record_bits(found.public_record) == bits


def test_a_key_that_libraries_do_not_make_any_more() -> None:
    assert read_private_key(weak_key()).bits == 512


PLACES = [
    ("line ends of Windows", lambda pem: pem.replace("\n", "\r\n")),
    ("no line end at the end", lambda pem: pem.strip()),
    ("blank lines around", lambda pem: f"\n\n{pem}\n\n"),
    ("indented", lambda pem: textwrap.indent(pem, "    ")),
    ("text before it", lambda pem: f"Bag Attributes\n    friendlyName: dkim\n{pem}"),
    ("one long line", lambda pem: pem.replace("\n", "").replace("Y-----", "Y-----\n", 1).replace("-----E", "\n-----E")),
    (
        "the other form's label",
        lambda pem: pem.replace(" RSA", "") if " RSA" in pem else pem.replace(" PRIVATE", " RSA PRIVATE"),
    ),
    ("bare base64", lambda pem: "\n".join(pem.splitlines()[1:-1])),
]


@pytest.mark.parametrize("change", [row[1] for row in PLACES], ids=[row[0] for row in PLACES])
@pytest.mark.parametrize("form", [PKCS1, PKCS8])
def test_one_key_has_one_text(change: Any, form: Any) -> None:
    assert read_private_key(change(written(key(), form))) == read_private_key(written(key()))


def test_nothing_secret_in_the_repr() -> None:
    found = read_private_key(written(key()))
    numbers = key().private_numbers()
    for secret in (found.pem, found.pem.splitlines()[1], str(numbers.d), str(numbers.p), str(numbers.q)):
        assert secret not in repr(found) + str(found)


def other(name: str) -> str:
    """A text that is no usable RSA key."""
    public = key().public_key()
    texts = {
        "empty": lambda: "  \n",
        "garbage": lambda: "nonsense!",
        "base64": lambda: base64.b64encode(b"nonsense").decode(),
        "encrypted PKCS#8": lambda: written(key(), PKCS8, serialization.BestAvailableEncryption(b"x")),
        "encrypted PKCS#1": lambda: written(key(), PKCS1, serialization.BestAvailableEncryption(b"x")),
        "EC": lambda: written(ec.generate_private_key(ec.SECP256R1()), PKCS8),
        "EC PKCS#1": lambda: written(ec.generate_private_key(ec.SECP256R1())),
        "DSA": lambda: written(dsa.generate_private_key(2048), PKCS8),
        "Ed25519": lambda: written(ed25519.Ed25519PrivateKey.generate(), PKCS8),
        "Ed448": lambda: written(ed448.Ed448PrivateKey.generate(), PKCS8),
        "X25519": lambda: written(x25519.X25519PrivateKey.generate(), PKCS8),
        "OpenSSH": lambda: written(key(), OPENSSH),
        "public": lambda: public.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
        "public PKCS#1": lambda: public.public_bytes(PEM, serialization.PublicFormat.PKCS1).decode(),
        "two keys": lambda: written(key()) + written(key(1024)),
        "cut off": lambda: "\n".join(written(key()).splitlines()[:-3]),
        "a line is missing": lambda: "\n".join(line for number, line in enumerate(written(key()).splitlines()) if number != 5),
        "not base64 inside": lambda: framed(b"x").replace("eA==", "e?=="),
        "trailing bytes": lambda: framed(key().private_bytes(DER, PKCS1, PLAIN) + b"\x00"),
        "an escaped line end": lambda: written(key()).replace("\n", "\\n"),
    }  # fmt: skip
    return texts[name]()


BAD = [
    ("empty", "empty"),
    ("garbage", "not a key in PEM form"),
    ("base64", "damaged"),
    ("encrypted PKCS#8", "encrypted; decrypt it first"),
    ("encrypted PKCS#1", "encrypted; decrypt it first"),
    ("EC", "an EC key; WHM signs with RSA keys only"),
    ("EC PKCS#1", "an EC key"),
    ("DSA", "an DSA key"),
    ("Ed25519", "an Ed25519 key"),
    ("Ed448", "an Ed448 key"),
    ("X25519", "an X25519 key"),
    ("OpenSSH", "ssh-keygen"),
    ("public", "no private key but PUBLIC KEY"),
    ("public PKCS#1", "no private key but RSA PUBLIC KEY"),
    ("two keys", "2 PEM blocks"),
    ("cut off", "first and last line"),
    ("a line is missing", "damaged"),
    ("not base64 inside", "not base64"),
    ("trailing bytes", "damaged"),
    ("an escaped line end", "not base64"),
]


@pytest.mark.parametrize(("name", "text"), BAD)
def test_what_is_no_key_is_refused_in_a_sentence(name: str, text: str) -> None:
    given_text = other(name)
    with pytest.raises(BadKey) as caught:
        read_private_key(given_text)
    said = str(caught.value)
    assert text in said
    assert said.startswith("it ")
    assert "\n" not in said
    for line in given_text.splitlines():
        assert len(line) < 20 or line.startswith("-----") or line not in said, "no piece of the key"


def length(value: int) -> bytes:
    if value < 0x80:
        return bytes([value])
    size = (value.bit_length() + 7) // 8
    return bytes([0x80 | size]) + value.to_bytes(size, "big")


def tlv(tag: int, content: bytes) -> bytes:
    return bytes([tag]) + length(len(content)) + content


def integer(value: int) -> bytes:
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def numbers_of(private: rsa.RSAPrivateKey) -> list[int]:
    found = private.private_numbers()
    public = found.public_numbers
    return [public.n, public.e, found.d, found.p, found.q, found.dmp1, found.dmq1, found.iqmp]


def pkcs1(numbers: list[int], version: int = 0) -> bytes:
    return tlv(0x30, b"".join(integer(number) for number in [version, *numbers]))


def test_the_builder_of_these_tests_builds_keys() -> None:
    assert read_private_key(framed(pkcs1(numbers_of(key(1024))))).pem == written(key(1024))


@pytest.mark.parametrize("place", range(8))
@pytest.mark.parametrize("change", [lambda n: n + 2, lambda n: n - 2, lambda n: 0, lambda n: 1, lambda n: n << 8])
def test_one_wrong_number_is_found(place: int, change: Any) -> None:
    numbers = numbers_of(key(1024))
    numbers[place] = change(numbers[place])
    with pytest.raises(BadKey, match="do not belong together"):
        read_private_key(framed(pkcs1(numbers)))


GOOD = pkcs1(numbers_of(key(1024)))
STRICT = [
    ("several primes", pkcs1(numbers_of(key(1024)), 1)),
    ("an integer in a longer form", tlv(0x30, integer(0) + b"\x02\x02\x00\x01" + GOOD[10:])),
    ("a negative integer", tlv(0x30, integer(0) + b"\x02\x01\xff")),
    ("an empty integer", tlv(0x30, b"\x02\x00")),
    ("a length in a longer form", b"\x30\x83\x00" + GOOD[2:]),
    ("indefinite length", b"\x30\x80" + GOOD[4:] + b"\x00\x00"),
    ("a length of five bytes", b"\x30\x85\x00\x00\x00\x02\x00" + GOOD[4:]),
    ("a length beyond the end", b"\x30\x84\x7f\xff\xff\xff" + GOOD[4:]),
    ("a short length in the long form", b"\x30\x81\x03\x02\x01\x00"),
    ("another element", tlv(0x31, GOOD[4:])),
    ("one number too few", pkcs1(numbers_of(key(1024))[:-1])),
    ("one number too many", pkcs1([*numbers_of(key(1024)), 1])),
    ("nothing", b""),
    ("a tag alone", b"\x30"),
]


@pytest.mark.parametrize("der", [row[1] for row in STRICT], ids=[row[0] for row in STRICT])
def test_what_der_forbids_is_refused(der: bytes) -> None:
    with pytest.raises(BadKey):
        read_private_key(framed(der))


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_and_never_crash(data: bytes) -> None:
    for label in ("RSA PRIVATE KEY", "PRIVATE KEY"):
        with pytest.raises(BadKey):
            read_private_key(framed(data, label))


@settings(max_examples=300)
@given(st.sampled_from([PKCS1, PKCS8]), st.data())
def test_a_changed_byte_is_found_or_changes_nothing(form: Any, data: Any) -> None:
    """Either the text is refused, or it is the same key: never another one."""
    der = key(1024).private_bytes(DER, form, PLAIN)
    place = data.draw(st.integers(0, len(der) - 1))
    changed = der[:place] + bytes([der[place] ^ data.draw(st.integers(1, 255))]) + der[place + 1 :]
    label = "RSA PRIVATE KEY" if form == PKCS1 else "PRIVATE KEY"
    try:
        found = read_private_key(framed(changed, label))
    except BadKey:
        return
    assert found == read_private_key(written(key(1024)))


@given(st.sampled_from([PKCS1, PKCS8]), st.integers(0, 700))
def test_a_shortened_key_is_refused(form: Any, size: int) -> None:
    der = key(1024).private_bytes(DER, form, PLAIN)
    with pytest.raises(BadKey):
        read_private_key(framed(der[: min(size, len(der) - 1)], "PRIVATE KEY" if form == PKCS8 else "RSA PRIVATE KEY"))


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    with pytest.raises(BadKey):
        read_private_key(text)
    assert record_bits(text) is None


def test_without_the_library_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "CRYPTOGRAPHY_IMPORT_ERROR", "Traceback")
    assert record_bits(f"p={base64.b64encode(spki(key())).decode('ascii')}") is None
    with pytest.raises(InvalidInput, match=r"cryptography, which reads keys, is missing .* install it there"):
        keys.need_library()


RECORDS = [
    ("", None),
    ("v=DKIM1; k=rsa; p=", None),
    ("v=DKIM1; p", None),
    ("v=DKIM1; k=rsa; p=AAAA", None),
    ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", None),
    (f" v=DKIM1 ;t=s; p = {base64.b64encode(spki(key())).decode('ascii')} ", 2048),
    (f"p={base64.b64encode(spki(key(1024))).decode('ascii')}", 1024),
]


@pytest.mark.parametrize(("record", "bits"), RECORDS)
def test_record_bits(record: str, bits: int | None) -> None:
    assert record_bits(record) == bits
