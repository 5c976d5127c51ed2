# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real IMAP session is ended by the module mailbox_sessions, and only the one it was asked to end."""

from __future__ import annotations

import imaplib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import Simulator
from ansible_collections.whm.mail.tests.simulator.box import Box

ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
PATIENCE = 20.0
ACCOUNTS: dict[str, Any] = {
    "alice": {"domain": "alice.example", "mailboxes": {"info": {"folders": {"INBOX": 2}}, "sales": {}}},
    "bob": {"domain": "bob.example", "mailboxes": {"info": {"folders": {"INBOX": 1}}}},
}


@pytest.fixture
def simulator(dovecot_is_here: None) -> Iterator[Simulator]:
    with Simulator({"servers": {"whm1": {"accounts": ACCOUNTS}}}, engine="dovecot") as running:
        yield running


def play(simulator: Simulator, folder: Path) -> subprocess.CompletedProcess[str]:
    box = simulator["whm1"]
    task = {
        "whm.mail.mailbox_sessions": {
            "user": "alice",
            "api_host": box.host,
            "api_port": box.port,
            "api_token": box.token,
            "ca_path": simulator.ca_path,
        }
    }
    book = folder / "play.yml"
    book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    env = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "WHM_"))}
    env |= {"ANSIBLE_HOME": str(folder / "home"), "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"), "ANSIBLE_NOCOLOR": "1"}
    argv = [str(ANSIBLE_PLAYBOOK), "-i", "localhost,", "-c", "local", str(book)]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=120)


def until_ended(session: imaplib.IMAP4, box: Box) -> None:
    """The end is only queued: every call to the server lets what is due happen."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        box.call("version")
        session.noop()
        time.sleep(0.1)


def test_an_imap_session_is_ended(simulator: Simulator, tmp_path: Path) -> None:
    box = simulator["whm1"]
    assert box.engine is not None
    assert box.call("get_mailbox_status", account="info@alice.example")["metadata"]["result"] == 1
    assert box.call("get_mailbox_status", account="info@bob.example")["metadata"]["result"] == 1
    ended, owner, kept = (box.engine.log_in(user) for user in ("info@alice.example", "alice", "info@bob.example"))
    assert ended.select() == ("OK", [b"2"])
    assert kept.select() == ("OK", [b"1"])
    played = play(simulator, tmp_path)
    assert "changed=1" in played.stdout, played.stdout + played.stderr
    for session in (ended, owner):
        with pytest.raises((imaplib.IMAP4.abort, OSError)):
            until_ended(session, box)
        session.shutdown()
    assert kept.noop()[0] == "OK"
    kept.logout()
    again = box.engine.log_in("info@alice.example")
    assert again.select() == ("OK", [b"2"]), "logging in again is not prevented"
    again.logout()
