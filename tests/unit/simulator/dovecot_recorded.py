# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real Dovecot 2.3.19 answered: a mailbox, and for each query what was expunged of it, or the error.

The cases in which the engine in memory was once wrong are among them. Both engines are held against the table: the one in memory
with every run of the tests, the real one by `make test-engines`. Run as a program with queries as arguments, it records them:
`python -m ansible_collections.whm.mail.tests.unit.simulator.dovecot_recorded [--mailbox NAME] QUERY…`
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.dovecot_engine import DovecotEngine
from ansible_collections.whm.mail.tests.simulator.dovecot_maildir import directory
from ansible_collections.whm.mail.tests.simulator.dovecot_server import Dovecot
from ansible_collections.whm.mail.tests.simulator.mail_engine import messages_of

ADDRESS = "info@a.example"
TABLE: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
PREFIX = "API failure: The \u201cdoveadm\u201d command failed: "


@dataclass(frozen=True)
class Case:
    """`gone`: numbers of messages by mailbox. `guid_of`: the mailbox is meant by its GUID."""

    query: str
    mailbox: str = "INBOX"
    guid_of: str = ""
    gone: dict[str, list[int]] | None = None
    error: str = ""

    def __str__(self) -> str:
        return f"{self.mailbox} {self.query}"


CASES = [Case(**row) for row in TABLE["cases"]]


def fresh(engine: DovecotEngine | None = None) -> Box:
    """A server with the mailbox of the table."""
    mailboxes = {"info": {"folders": {name: {"mail": mail} for name, mail in TABLE["folders"].items()}}}
    box = Box("recorded", {"accounts": {"a": {"domain": "a.example", "mailboxes": mailboxes}}}, time.time)
    box.engine = engine
    box.begin()
    return box


def ask(box: Box, case: Case) -> tuple[dict[str, list[int]], str]:
    """What goes of a fresh mailbox, and the error if there is one."""
    if case.guid_of:
        guid = box.call("get_mailbox_status", account=ADDRESS)["data"][case.guid_of]["guid"]
        answer = box.call("expunge_messages_for_mailbox_guid", account=ADDRESS, mailbox_guid=guid, query=case.query)
    else:
        answer = box.call("expunge_mailbox_messages", account=ADDRESS, mailbox=case.mailbox, query=case.query)
    after = left(box)
    gone = {name: sorted({*range(1, len(mail) + 1)} - set(after[name])) for name, mail in TABLE["folders"].items()}
    failed = not answer["metadata"]["result"]
    error = answer["metadata"]["reason"].removeprefix(PREFIX).strip("\n") if failed else ""
    return {name: numbers for name, numbers in gone.items() if numbers}, error


def left(box: Box) -> dict[str, list[int]]:
    """The numbers of the messages in each mailbox; of a real Dovecot by the names of its files."""
    folders = box.state.accounts["a"].mailboxes[ADDRESS].folders
    if box.engine is None:
        return {name: [message.uid for message in messages_of(folder)] for name, folder in folders.items()}
    root = box.engine.root(ADDRESS)
    return {
        name: [int(file.name.split(".M")[1].split("P")[0]) for file in (directory(root, name) / "cur").iterdir()]
        for name in folders
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mailbox", default="INBOX")
    parser.add_argument("queries", nargs="+")
    arguments = parser.parse_args()
    with Dovecot() as dovecot:
        for query in arguments.queries:
            gone, error = ask(fresh(DovecotEngine(dovecot)), Case(query, arguments.mailbox))
            row = {"query": query, "mailbox": arguments.mailbox, "gone": gone, "error": error}
            print(json.dumps({key: value for key, value in row.items() if value not in ("", "INBOX")}))


if __name__ == "__main__":
    main()
