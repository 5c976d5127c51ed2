# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is inside signed profiles, and files that hold them."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail import profiles
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import FileError, InvalidInput
from ansible_collections.whm.mail.tests.simulator.handlers_profile import _sign, _signer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given
from hypothesis import strategies as st


def profile(**fields: Any) -> bytes:
    content = {"PayloadType": "com.apple.mail.managed", "PayloadUUID": str(uuid.uuid4()), "Port": 993}
    outer = {"PayloadType": "Configuration", "PayloadUUID": str(uuid.uuid4()), "PayloadContent": [content]}
    return plistlib.dumps({**outer, "PayloadIdentifier": f"x.{uuid.uuid4()}", **fields})


def tlv(tag: int, *parts: bytes, indefinite: bool = False) -> bytes:
    content = b"".join(parts)
    if indefinite:
        return bytes([tag, 0x80]) + content + b"\0\0"
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + size.to_bytes(width, "big") + content


def cms(octets: bytes, *, kind: bytes = profiles._DATA, indefinite: bool = False) -> bytes:
    """A message with nobody's signature."""

    def make(tag: int, *parts: bytes) -> bytes:
        return tlv(tag, *parts, indefinite=indefinite)

    wrapped = make(0x30, kind, make(0xA0, octets))
    signed = make(0x30, tlv(0x02, b"\x01"), make(0x31), wrapped, make(0x31))
    return make(0x30, profiles._SIGNED_DATA, make(0xA0, signed))


def in_parts(text: bytes, size: int) -> bytes:
    pieces = [tlv(0x04, text[start : start + size]) for start in range(0, len(text), size)]
    return tlv(0x24, *pieces, indefinite=True)


PLAIN = profile()
SAME = profile()
CHECKSUM = profiles.checksum_of(PLAIN)

FORMS = {
    "not signed": SAME,
    "signed": _sign(SAME),
    "signed again": _sign(profile()),
    "small parts": cms(in_parts(SAME, 100), indefinite=True),
    "parts of parts": cms(tlv(0x24, in_parts(SAME[:50], 20), tlv(0x04, SAME[50:]))),
    "definite": cms(tlv(0x04, SAME)),
    "with space before": b"\n" + SAME,
    "with more behind": cms(tlv(0x04, SAME)) + b"trailing",
}


@pytest.mark.parametrize("form", FORMS)
def test_the_checksum_is_that_of_the_content(form: str) -> None:
    assert profiles.checksum_of(FORMS[form]) == CHECKSUM


def test_a_real_tool_signs_in_a_form_that_is_read(tmp_path: Path) -> None:
    """openssl streams: indefinite lengths, and the content in parts."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("there is no openssl")
    certificate, key = _signer()
    encoding, none = serialization.Encoding.PEM, serialization.NoEncryption()
    (tmp_path / "c.pem").write_bytes(certificate.public_bytes(encoding))
    (tmp_path / "k.pem").write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, none))
    content = profile(Long="x" * 20000)
    (tmp_path / "in").write_bytes(content)
    for more in ([], ["-stream"], ["-indef"]):
        command = [openssl, "smime", "-sign", "-binary", "-nodetach", "-outform", "DER", *more]
        command += ["-signer", "c.pem", "-inkey", "k.pem", "-in", "in", "-out", "out"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        assert profiles.checksum_of((tmp_path / "out").read_bytes()) == profiles.checksum_of(content)


def test_what_differs_has_another_checksum() -> None:
    assert profiles.checksum_of(profile(PayloadDisplayName="x")) != CHECKSUM
    assert profiles.checksum_of(_sign(profile(PayloadDisplayName="x"))) != CHECKSUM
    one, other = (profile(PayloadContent=[{"a": 1, "b": [number]}]) for number in (1, 2))
    assert profiles.checksum_of(one) != profiles.checksum_of(other)


def unsigned_by_pkcs7() -> bytes:
    certificate, _key = _signer()
    return pkcs7.serialize_certificates([certificate], serialization.Encoding.DER)


NO_PROFILES = {
    "nothing": b"",
    "text": b"secret hello",
    "html": b"<html>secret</html>",
    "another property list": plistlib.dumps({"PayloadType": "secret"}),
    "a list": plistlib.dumps(["secret"]),
    "binary": plistlib.dumps({"PayloadType": "Configuration"}, fmt=plistlib.FMT_BINARY),
    "broken xml": PLAIN[:200],
    "a bomb": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "secret">]><plist><dict><key>PayloadType</key>'
    b"<string>&a;</string></dict></plist>",
    "certificates": unsigned_by_pkcs7(),
    "another kind inside": cms(tlv(0x04, PLAIN), kind=profiles._SIGNED_DATA),
    "detached": cms(b""),
    "cut off": _sign(PLAIN)[:300],
    "a long tag": b"\x3f\x81\x01\x00",
    "endless": b"\x30\x80" * 5000,
    "deep": b"\x30\x80" * 100 + b"\0\0" * 100,
    "a huge length": b"\x30\x84\xff\xff\xff\xff",
    "a huger length": b"\x30\xff" + b"\xff" * 127,
}


@pytest.mark.parametrize("name", NO_PROFILES)
def test_what_is_no_profile(name: str) -> None:
    with pytest.raises(ValueError, match="not a configuration profile") as caught:
        profiles.checksum_of(NO_PROFILES[name])
    assert "secret" not in repr(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for candidate in (data, cms(data), _SIGNED[:40] + data + _SIGNED[40:]):
        try:
            profiles.checksum_of(candidate)
        except ValueError as exc:
            assert str(exc) == "not a configuration profile"  # noqa: PT017


_SIGNED = _sign(PLAIN)


@pytest.mark.parametrize("text", ["aGVsbG8=", "aGVs\nbG8=\n", " aGVs\r\n bG8= "])
def test_base64(text: str) -> None:
    assert profiles.decode_payload(text) == b"hello"


@pytest.mark.parametrize("text", ["aGVsbG8", "aGVs*bG8=", "None", "\u00e4"])
def test_no_base64(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        profiles.checksum_of(profiles.decode_payload(text))
    assert isinstance(caught.value, ValueError)


@pytest.fixture
def dest(tmp_path: Path) -> Iterator[Path]:
    old = os.umask(0)  # what protects the file is not the umask
    yield tmp_path / "a.mobileconfig"
    os.umask(old)


def mode_of(path: Path) -> str:
    return f"{path.stat().st_mode & 0o7777:04o}"


def test_look(dest: Path) -> None:
    assert profiles.look(str(dest)) is None
    dest.write_bytes(PLAIN)
    dest.chmod(0o640)
    assert profiles.look(str(dest)) == profiles.Held("0640", CHECKSUM)
    dest.write_bytes(b"hello")
    assert profiles.look(str(dest)) == profiles.Held("0640", None)


def test_what_cannot_be_written_to(dest: Path) -> None:
    for path, text in ((dest / "x", "does not exist"), (dest.parent / "no" / "x", "does not exist")):
        with pytest.raises(InvalidInput, match=text):
            profiles.look(str(path))
    for name, make in (("folder", os.mkdir), ("pipe", os.mkfifo)):
        make(dest.parent / name)
        with pytest.raises(InvalidInput, match="is not a file"):
            profiles.look(str(dest.parent / name))


def test_a_folder_that_is_not_writable(dest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, how: False)  # root may write everywhere
    with pytest.raises(InvalidInput, match="is not writable for the user"):
        profiles.look(str(dest))


def test_links_are_not_followed(dest: Path) -> None:
    target = dest.parent / "target"
    target.write_bytes(PLAIN)
    target.chmod(0o644)
    dest.symlink_to(target)
    held = profiles.look(str(dest))
    assert held is not None
    assert held.checksum is None
    with pytest.raises(FileError):
        profiles.set_mode(str(dest), "0600")
    assert mode_of(target) == "0644"
    profiles.write(str(dest), b"new", "0600")
    assert not dest.is_symlink()
    assert dest.read_bytes() == b"new"
    assert target.read_bytes() == PLAIN


def test_a_link_to_nowhere(dest: Path) -> None:
    dest.symlink_to(dest.parent / "nowhere")
    assert profiles.look(str(dest)) is not None
    profiles.write(str(dest), b"new", "0600")
    assert dest.read_bytes() == b"new"
    assert not (dest.parent / "nowhere").exists()


def test_nobody_else_can_read_it_at_any_time(dest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    original = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (original(handle), seen.extend(dest.parent.iterdir()))[0])
    monkeypatch.setattr(os, "fchmod", lambda handle, mode: seen.append(os.fstat(handle).st_mode & 0o777))
    profiles.write(str(dest), b"new", "0644")
    assert seen[0] == 0o600
    assert seen[1].parent == dest.parent
    assert seen[1] != dest
    assert mode_of(dest) == "0600"


@pytest.mark.parametrize("mode", ["0600", "0644", "0400"])
def test_write(dest: Path, mode: str) -> None:
    profiles.write(str(dest), b"new", mode)
    assert (dest.read_bytes(), mode_of(dest)) == (b"new", mode)
    profiles.set_mode(str(dest), "0640")
    assert mode_of(dest) == "0640"
    assert os.listdir(dest.parent) == [dest.name]


@pytest.mark.parametrize("broken", ["fsync", "replace", "fchmod"])
def test_a_failure_leaves_everything_as_it_was(dest: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    dest.write_bytes(b"old")

    def fail(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(FileError, match=r"could not be written \(No space left on device\)"):
        profiles.write(str(dest), b"new", "0640")
    assert dest.read_bytes() == b"old"
    assert os.listdir(dest.parent) == [dest.name]


def test_an_interruption_leaves_nothing_behind(dest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        profiles.write(str(dest), b"new", "0600")
    assert os.listdir(dest.parent) == []
