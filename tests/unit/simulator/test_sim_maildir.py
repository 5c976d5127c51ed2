# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine with a real Dovecot needs of files and names, tested without one."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.whm.mail.tests.simulator import __main__ as program
from ansible_collections.whm.mail.tests.simulator import dovecot_server
from ansible_collections.whm.mail.tests.simulator.dovecot_maildir import directory, make_mailbox, set_saved
from ansible_collections.whm.mail.tests.simulator.mail_text import Message, compose
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("mailbox", "name"),
    [
        ("INBOX", "mail"),
        ("INBOX.Sent", ".Sent"),
        ("INBOX.a.b", ".a.b"),
        ("INBOX.Entw\u00fcrfe", ".Entw&APw-rfe"),
        ("INBOX.a&b", ".a&-b"),
        ("INBOX.\u65e5\u672c\u8a9e!", ".&ZeVnLIqe-!"),
        ("INBOX.\U0001f600", ".&2D3eAA-"),
    ],
)
def test_names_on_disk(mailbox: str, name: str) -> None:
    assert directory(Path("mail"), mailbox).name == name


@pytest.mark.parametrize("mailbox", ["Sent", "INBOXES", "INBOX.a/b"])
def test_names_that_no_mailbox_has(mailbox: str) -> None:
    with pytest.raises(ValueError, match="A mailbox is INBOX or below INBOX"):
        directory(Path("mail"), mailbox)


@given(st.integers(0, 3000), st.text(max_size=30), st.text(max_size=80), st.sampled_from(["\n", "\r\n"]))
def test_messages_have_the_size_they_say_in_lines_that_end_in_crlf(
    size: int, subject: str, body: str, end: str
) -> None:
    headers = {"subject": " ".join(subject.split())} if subject.isprintable() else {}
    written = compose(Message(size=size, headers=headers, body=body), NOW, end)
    assert len(written.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")) == size


def test_a_maildir(tmp_path: Path) -> None:
    messages = [Message(flags=frozenset({"SEEN", "$FORWARDED"})), Message(received=-60, saved=-3600)]
    make_mailbox(tmp_path / "mail", messages, NOW, lambda path: None)
    first, second = sorted((tmp_path / "mail/cur").iterdir())
    assert first.name.endswith(":2,Sa")
    assert (tmp_path / "mail/dovecot-keywords").read_text(encoding="utf-8") == "0 $FORWARDED\n"
    assert second.stat().st_mtime == NOW - 60


def test_a_cache_that_looks_otherwise_is_refused(tmp_path: Path) -> None:
    cache = tmp_path / "dovecot.index.cache"
    fields = (0).to_bytes(4, "little") + (32).to_bytes(4, "little") + (1).to_bytes(4, "little") + bytes(4)
    cache.write_bytes(bytes(32) + fields + (4).to_bytes(4, "little") + b"\0\0date.save\0".ljust(12, b"\0"))
    with pytest.raises(ValueError, match="0 records for 1 messages"):
        set_saved(cache, [NOW])


def test_what_is_missing_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dovecot_server, "PATH", "/nonexistent")
    monkeypatch.setattr(dovecot_server, "_LIBRARIES", ())
    assert program.main(["--engine", "dovecot"]) == 2
    said = capsys.readouterr().err
    assert "dovecot-core and dovecot-imapd not installed; on Debian 12: apt-get install" in said
