# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the simulated server asks of Exim: to judge a configuration, to list the queue, and to deliver or hold mail back.

`Engine` is all the handlers know. `MemoryExim` is the engine by default; a real Exim answers the same questions (exim_real.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from .exim_syntax import complaint_about

#: Stands for all domains whose servers do not take mail at the moment.
UNREACHABLE = "unreachable.example"
#: How a listing names the configuration that it judges.
CONFIG_PATH = "/etc/exim.conf"

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# About what Exim adds around a message that it returns to its sender.
_BOUNCE = 1600
# Exim's default for frozen bounces: ten weeks.
_LAST_CHANCE = 10 * 7 * 86400

GOOD_CONFIG = """\
# An Exim configuration as short as it can be.
primary_hostname = whm1.example.com
domainlist local_domains = lsearch;/etc/localdomains
acl_smtp_rcpt = check_recipient

begin acl

check_recipient:
  accept hosts = +loopback
  require verify = sender
  deny message = relay not permitted

begin routers

lookuphost:
  driver = dnslookup
  transport = remote_smtp

begin transports

remote_smtp:
  driver = smtp

begin retry

* * F,2h,15m; G,16h,1h,1.5; F,4d,8h
"""


@dataclass(frozen=True)
class Verdict:
    """What Exim says about a configuration. `error` is None when it is good; `line` counts from 1."""

    error: str | None = None
    line: int | None = None
    broken: str = ""
    transcript: str = ""


@dataclass(frozen=True)
class Queued:
    """A message in the queue; `recipients` holds delivered ones too."""

    msgid: str
    sender: str
    recipients: tuple[str, ...]
    size: int
    time: int
    frozen: bool = False
    user: str | None = None


@dataclass(frozen=True)
class Rules:
    """The files that Exim looks into before it delivers: Exim's two lists, whose lines are accounts and addresses, and which
    account has a domain."""

    hold: Iterable[str] = ()
    suspended: Iterable[str] = ()
    owners: Mapping[str, str] = field(default_factory=dict)

    def owner(self, sender: str) -> str | None:
        return self.owners.get(sender.rpartition("@")[2].lower())

    def catches(self, lines: Iterable[str], sender: str) -> bool:
        """Whether the sender or the account behind it is in a list. Exim looks names up regardless of case."""
        names = {line.lower() for line in lines}
        return bool(sender) and (sender.lower() in names or (self.owner(sender) or "").lower() in names - {""})


@dataclass(frozen=True, order=True)
class Delivered:
    """A message that left for one recipient. `failed`: those that a bounce is about."""

    sender: str
    recipient: str
    failed: tuple[str, ...] = ()


class EximGone(Exception):
    """Exim cannot be started."""


class Rejected(Exception):
    """Exim did not take a message."""


class Engine(Protocol):
    #: Exim cannot be started.
    gone: bool

    def check(self, text: str, section: str | None) -> Verdict:
        """Judge a configuration, or one section of it."""

    def queue(self) -> list[Queued]:
        """The whole queue, oldest first. Raises EximGone."""

    def put(self, messages: Sequence[Queued]) -> None:
        """Let this be the queue."""

    def submit(self, sender: str, recipients: Sequence[str], text: bytes, rules: Rules) -> str:
        """Take a message into the queue, and return its id. Raises Rejected for a suspended sender."""

    def freeze(self, msgid: str) -> None:
        """Do not try this message any more."""

    def run(self, rules: Rules) -> None:
        """Try every message that is not frozen, and bounces that have been for ten weeks. A new bounce waits for the next run."""

    def outside(self) -> list[Delivered]:
        """What left so far, in no order."""


@dataclass
class MemoryExim:
    """The engine by default: held senders are deferred, suspended ones fail (BEHAVIOUR E)."""

    messages: list[Queued] = field(default_factory=list)
    gone: bool = False
    left: list[Delivered] = field(default_factory=list)
    long_ids: bool = False
    _numbers: int = 0
    _frozen: dict[str, int] = field(default_factory=dict)
    _partly: dict[str, set[str]] = field(default_factory=dict)
    _failed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def queue(self) -> list[Queued]:
        if self.gone:
            raise EximGone
        return sorted(self.messages, key=lambda message: in_time(message.msgid))

    def put(self, messages: Sequence[Queued]) -> None:
        self.messages = list(messages)
        self._partly.clear()
        self._frozen.clear()

    def submit(self, sender: str, recipients: Sequence[str], text: bytes, rules: Rules) -> str:
        if rules.catches(rules.suspended, sender):
            raise Rejected(suspension(sender))
        return self._take(sender, tuple(recipients), len(text), rules.owner(sender))

    def _take(self, sender: str, recipients: tuple[str, ...], size: int, user: str | None) -> str:
        self._numbers += 1
        now = int(time.time())
        msgid = message_id(now, self._numbers, self.long_ids)
        self.messages.append(Queued(msgid, sender, recipients, size, now, user=user))
        return msgid

    def freeze(self, msgid: str) -> None:
        self._frozen[msgid] = int(time.time())
        self.messages = [replace(message, frozen=message.frozen or message.msgid == msgid) for message in self.messages]

    def run(self, rules: Rules) -> None:
        for message in list(self.messages):
            if self._is_tried(message) and self._done(message, rules):
                self.messages.remove(message)

    def _is_tried(self, message: Queued) -> bool:
        """A frozen bounce has a last chance: option ignore_bounce_errors_after."""
        frozen_since = self._frozen.get(message.msgid, message.time)
        return not message.frozen or (not message.sender and time.time() - frozen_since > _LAST_CHANCE)

    def _done(self, message: Queued, rules: Rules) -> bool:
        """Try a message; whether nothing is left of it to do."""
        if rules.catches(rules.suspended, message.sender):
            reached = self._partly.get(message.msgid, set())
            failed = tuple(sorted(name for name in set(message.recipients) if not distinct([name]) <= reached))
            bounce = self._take("", (message.sender,), message.size + _BOUNCE, None)
            self._failed[bounce] = failed
            return True
        if rules.catches(rules.hold, message.sender):
            return False
        before = self._partly.setdefault(message.msgid, set())
        wanted = distinct(message.recipients)
        reached = {recipient for recipient in wanted if recipient.rpartition("@")[2] != UNREACHABLE}
        about = self._failed.get(message.msgid, ())
        self.left += [Delivered(message.sender, recipient, about) for recipient in sorted(reached - before)]
        before |= reached
        return reached == wanted

    def outside(self) -> list[Delivered]:
        return list(self.left)

    def check(self, text: str, section: str | None) -> Verdict:
        found = complaint_about(text, section)
        if found is None:
            return Verdict(transcript="Configuration file is valid\n")
        error = found.text(CONFIG_PATH)
        return Verdict(error, found.line, line_of(text, found.line), f"{error}\n")


def suspension(sender: str) -> str:
    """What a bounce says (BEHAVIOUR E)."""
    return f"Domain {sender.rpartition('@')[2]} has an outgoing mail suspension.  Message discarded."


def distinct(recipients: Iterable[str]) -> set[str]:
    """Exim delivers once to an address that is given several times; only the case of the domain does not count."""
    return {f"{local}@{domain.lower()}" for local, _at, domain in (name.rpartition("@") for name in recipients)}


def line_of(text: str, number: int | None) -> str:
    lines = text.split("\n")
    return lines[number - 1] if number and number <= len(lines) else ""


def message_id(time: int, number: int, long: bool = False) -> str:
    """An id as Exim makes them: the time in base 62, then what tells two messages of one second apart.

    `long`: as Exim does from 4.97 on, 23 characters instead of 16.
    """
    if long:
        return f"{_base62(time, 6)}-{_base62(number, 11)}-{_base62(number % 62**4, 4)}"
    return f"{_base62(time, 6)}-{_base62(number, 6)}-{_base62(number % 3844, 2)}"


def _base62(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(width, "0")[-width:]


def in_time(msgid: str) -> tuple[str, str]:
    """What Exim sorts its listing by: the time and, at the end of an id, the fraction of the second; not the process."""
    return msgid[:6], msgid.rpartition("-")[2]


def moment_of(msgid: str) -> int:
    """When a message was queued: the time in its id (BEHAVIOUR E)."""
    number = 0
    for digit in msgid[:6]:
        number = number * 62 + _BASE62.index(digit)
    return number


def shown_size(size: int) -> int | str:
    """The size as the server tells it: read from Exim's own listing, so rounded from 1 KiB on, and a text below (BEHAVIOUR E)."""
    listed = listed_size(size)
    return listed if listed.isdigit() else size_of(listed)


def listed_size(size: int) -> str:
    """As Exim lists it: 746, 1.5K, 14K, 2.0M, 14M. Whole numbers are rounded half up."""
    if size < 1024:
        return str(size)
    unit, letter = (1024, "K") if size < 1024 * 1024 else (1024 * 1024, "M")
    return f"{size / unit:.1f}{letter}" if size < 10 * unit else f"{(size + unit // 2) // unit}{letter}"


def size_of(listed: str) -> int:
    """In bytes; an empty message is listed without a size."""
    unit = {"K": 1024, "M": 1024 * 1024}.get(listed[-1:], 1)
    return int(float(listed.rstrip("KM") or 0) * unit)
