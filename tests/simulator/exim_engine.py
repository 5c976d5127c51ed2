# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the simulated server asks of Exim: to judge a configuration, and to list the queue.

`Engine` is all the handlers know. `MemoryExim` is the engine by default: it judges by a few rules of our own, enough to tell
a slip of the pen from a configuration. An engine with a real Exim behind it answers the same questions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

SECTIONS = ("acl", "authenticators", "local_scan", "retry", "rewrite", "routers", "transports")

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SETTING = re.compile(r"(?:hide\s+)?(?:[a-z][a-z0-9_]*|[A-Z][A-Za-z0-9_]*|\w+list\s+\+?\w+)\s*=")
_SWITCH = re.compile(r"(?:no_|not_)?[a-z][a-z0-9]*_[a-z0-9_]+\Z")
_DRIVER = re.compile(r"[A-Za-z0-9_]+:\Z")
_VERB = re.compile(r"(?:accept|defer|deny|discard|drop|require|warn)\b")
_RETRY = re.compile(r"\S+\s+\S+\s+[FGH],")

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


class EximGone(Exception):
    """Exim cannot be started."""


class Engine(Protocol):
    def check(self, text: str, section: str | None) -> Verdict:
        """Judge a configuration, or one section of it."""

    def queue(self) -> list[Queued]:
        """The whole queue. Raises EximGone."""


@dataclass
class MemoryExim:
    """The engine by default. `gone`: Exim cannot be started."""

    messages: list[Queued] = field(default_factory=list)
    gone: bool = False

    def queue(self) -> list[Queued]:
        if self.gone:
            raise EximGone
        return list(self.messages)

    def check(self, text: str, section: str | None) -> Verdict:
        for number, line, error in _complaints(text, section):
            where = f"Exim configuration error in line {number} of /etc/exim.conf:"
            return Verdict(f"{where}\n  {error}", number, line, f"{where}\n  {error}\n")
        return Verdict(transcript="Configuration file is valid\n")


def _complaints(text: str, section: str | None) -> list[tuple[int, str, str]]:
    """The first line that cannot be part of its section: its number, itself, what is wrong."""
    if section and section not in SECTIONS:
        return [(1, section, f'section name "{section}" unknown')]
    place, continued = section or "main", False
    for number, line in enumerate(text.splitlines(), 1):
        said = line.strip()
        inside, continued = continued, said.endswith("\\")
        if inside or not said or said.startswith(("#", ".")):
            continue
        word, _space, rest = said.partition(" ")
        if word == "begin" and not section:
            if rest not in SECTIONS:
                return [(number, line, f'section name "{rest}" unknown')]
            place = rest
        elif not _fits(place, said):
            return [(number, line, f'{"main option" if place == "main" else place} "{word}" unknown')]
    return []


def _fits(place: str, said: str) -> bool:
    if _SETTING.match(said):
        return True
    if place == "main":
        return bool(_SWITCH.match(said))
    if place == "acl":
        return bool(_DRIVER.match(said) or _VERB.match(said))
    if place in ("retry", "rewrite"):
        return bool(_RETRY.match(said)) or place == "rewrite"
    return bool(_DRIVER.match(said) or _SWITCH.match(said))


def message_id(time: int, number: int) -> str:
    """An id as Exim makes them: the time in base 62, then what tells two messages of one second apart."""
    return f"{_base62(time, 6)}-{_base62(number, 6)}-{_base62(number % 3844, 2)}"


def _base62(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(width, "0")[-width:]


def shown_size(size: int) -> int | str:
    """The size as the server tells it: read from Exim's own listing (746, 1.5K, 14K, 2.0M), so rounded from 1 KiB on, and a
    text below (BEHAVIOUR E)."""
    if size < 1024:
        return str(size)
    unit = 1024 if size < 1024 * 1024 else 1024 * 1024
    return int(round(size / unit, 1 if size < 10 * unit else None) * unit)
