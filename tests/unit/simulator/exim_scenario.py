# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server with accounts that send mail, whichever engine is behind it, and what is recorded of a real Exim's deeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.whm.mail.tests.simulator import Server, answer, load
from ansible_collections.whm.mail.tests.simulator.exim_engine import Engine, Queued, Rejected, message_id
from ansible_collections.whm.mail.tests.simulator.handlers_exim import rules_of

STATE = {
    "servers": {
        "whm1": {
            "accounts": {
                "bob": {"domain": "bob.example", "addon_domains": ["bob-shop.example"]},
                "bobby": {"domain": "bobby.example", "mailboxes": {"info": {}}},
                "free": {"domain": "free.example", "mailboxes": {"info": {}, "other": {}}},
            }
        }
    }
}
# Deeds, and what a real Exim had in its queue and outside afterwards: what the engine in memory had wrong, or not at all.
#   old(sender, days, frozen) before all others; submit(sender, recipients, size); call(function, account);
#   line(list, line); freeze(number of the message); run()
Deed = tuple[Any, ...]
SCENARIOS: dict[str, tuple[list[Deed], list[Any], list[Any]]] = {
    "held mail waits, and leaves after the release and a run": (
        [("call", "hold_outgoing_email", "bob"), ("submit", "a@bob.example", ["x@out.example"], 200), ("run",),
         ("submit", "a@bob.example", ["y@out.example"], 300), ("call", "release_outgoing_email", "bob")],
        [("a@bob.example", ("x@out.example",), "200", 0, "bob"), ("a@bob.example", ("y@out.example",), "300", 0, "bob")],
        [],
    ),
    "suspension returns what is queued, and the bounce waits for the next run": (
        [("submit", "a@bob.example", ["x@out.example", "y@out.example"], 200), ("call", "suspend_outgoing_email", "bob"),
         ("submit", "a@bob.example", ["z@out.example"], 200), ("run",)],
        [("", ("a@bob.example",), None, 0, None)],
        [],
    ),
    "suspension comes before hold": (
        [("submit", "a@bob.example", ["x@out.example"], 200), ("call", "hold_outgoing_email", "bob"),
         ("call", "suspend_outgoing_email", "bob"), ("run",), ("run",)],
        [],
        [("", "a@bob.example", ("x@out.example",))],
    ),
    "a line of the list is an account or an address, in any case": (
        [("line", "hold", "info@free.example"), ("submit", "Info@FREE.example", ["x@out.example"], 200),
         ("submit", "other@free.example", ["x@out.example"], 200), ("run",)],
        [("Info@FREE.example", ("x@out.example",), "200", 0, "free")],
        [("other@free.example", "x@out.example", ())],
    ),
    "releasing a name also lets out whoever begins with it": (
        [("call", "hold_outgoing_email", "bobby"), ("submit", "a@bobby.example", ["x@out.example"], 200),
         ("call", "release_outgoing_email", "bob"), ("run",)],
        [],
        [("a@bobby.example", "x@out.example", ())],
    ),
    "recipients that were reached stay in the list, and are not tried again": (
        [("submit", "a@free.example", ["x@out.example", "y@unreachable.example"], 200), ("run",), ("run",)],
        [("a@free.example", ("x@out.example", "y@unreachable.example"), "200", 0, "free")],
        [("a@free.example", "x@out.example", ())],
    ),
    "only the case of a domain does not count among recipients": (
        [("submit", "a@free.example", ["x@out.example", "X@out.example", "x@OUT.example"], 200), ("run",)],
        [],
        [("a@free.example", "X@out.example", ()), ("a@free.example", "x@out.example", ())],
    ),
    "suspension returns what was not delivered, to those alone": (
        [("submit", "a@bob.example", ["x@out.example", "y@unreachable.example"], 200), ("run",),
         ("call", "suspend_outgoing_email", "bob"), ("run",), ("run",)],
        [],
        [("", "a@bob.example", ("y@unreachable.example",)), ("a@bob.example", "x@out.example", ())],
    ),
    "a bounce that has been frozen for more than ten weeks is tried again": (
        [("old", "", 69, True), ("run",), ("old", "a@free.example", 71, True), ("run",)],
        [("", ("x@out.example",), None, 1, None), ("a@free.example", ("x@out.example",), None, 1, None)],
        [],
    ),
    "and leaves": (
        [("old", "", 71, True), ("run",)],
        [],
        [("", "x@out.example", ())],
    ),
    "frozen mail is not tried": (
        [("submit", "", ["x@out.example"], 200), ("freeze", 0), ("run",)],
        [("", ("x@out.example",), "200", 1, None)],
        [],
    ),
}  # fmt: skip


def letter(sender: str, size: int) -> bytes:
    """A message of exactly that size."""
    head = b"From: someone@example.org\nDate: Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <1@example.org>\n\n"
    return (head + (b"x" * 69 + b"\n") * (size // 70 + 1))[: size - 1] + b"\n"


class Played:
    """A server with one of the engines, and what is done to it.

    :param begin: puts another engine in the place of the one in memory.
    """

    def __init__(self, begin: Callable[[Server], None] = lambda server: None) -> None:
        self.server = load(STATE)["whm1"]
        begin(self.server)
        self.sent: list[str] = []

    @property
    def engine(self) -> Engine:
        found: Engine = self.server.areas["exim"].engine
        return found

    def do(self, name: str, *arguments: Any) -> Any:
        return getattr(self, name)(*arguments)

    def call(self, function: str, user: str) -> Any:
        answered = answer(self.server, self.server.callers["root"], function, [("user", user)], time.time)
        return answered["metadata"]["result"]

    def line(self, which: str, line: str) -> None:
        getattr(self.server, f"{which}_list").add(line)

    def submit(self, sender: str, recipients: Sequence[str], size: int) -> str | None:
        """What Exim says when it does not take the message."""
        try:
            self.sent.append(self.engine.submit(sender, recipients, letter(sender, size), rules_of(self.server)))
        except Rejected as rejected:
            return str(rejected)
        return None

    def old(self, sender: str, days: int, frozen: bool) -> None:
        """One more message that is that old, as nobody could submit it now."""
        then = int(time.time()) - days * 86400
        new = Queued(message_id(then, days), sender, ("x@out.example",), 900, then, frozen)
        self.engine.put([*self.engine.queue(), new])

    def freeze(self, number: int) -> None:
        if self.sent:
            self.engine.freeze(self.sent[number % len(self.sent)])

    def run(self) -> None:
        self.engine.run(rules_of(self.server))

    def records(self) -> list[dict[str, Any]]:
        asked = answer(self.server, self.server.callers["root"], "fetch_mail_queue", [], time.time)
        found: list[dict[str, Any]] = asked["data"]["records"]
        return found

    def queue(self) -> list[tuple[Any, ...]]:
        """The queue without ids and times; the size of a bounce is Exim's own affair."""
        rows = [
            (
                row["sender"],
                tuple(row["recipients"]),
                row["size"] if row["msgid"] in self.sent else None,
                row["frozen"],
                row["user"],
            )
            for row in self.records()
        ]
        return sorted(rows, key=repr)

    def outside(self) -> list[tuple[Any, ...]]:
        return sorted((mail.sender, mail.recipient, mail.failed) for mail in self.engine.outside())
