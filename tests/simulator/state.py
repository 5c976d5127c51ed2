# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server knows: accounts, mailboxes, the files behind them. Plain data, no I/O."""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .quirks import Quirks

MAIN = "_mainaccount"
ROLES = (
    "CalendarContact", "DNS", "FileStorage", "FTP", "MailLocal", "MailReceive", "MailRelay", "MailSend", "MySQL",
    "MySQLClient", "Postgres", "PostgresClient", "SpamFilter", "WebDisk", "Webmail", "WebServer",
)  # fmt: skip


# What listaccts tells beyond the attributes of an account, when nothing else is said (BEHAVIOUR C, INDEX).
_UNLIMITED = (
    "inodeslimit", "maxaddons", "maxftp", "maxlst", "maxparked", "maxpop", "maxsql", "maxsub", "max_emailacct_quota",
    "max_email_per_hour", "max_defer_fail_percentage", "disklimit",
)  # fmt: skip
ACCOUNT_FIELDS: dict[str, Any] = {
    "theme": "jupiter", "ipv6": [], "shell": "/bin/bash", "partition": "home", "is_locked": 0, "diskused": "14M",
    "inodesused": 1, "backup": 0, "legacy_backup": 0, "has_backup": 0, "mailbox_format": "mdbox",
    "min_defer_fail_to_trigger_protection": 5, "temporary": 0, "is_temporary_domain": 0, "child_nodes": [],
    **dict.fromkeys(_UNLIMITED, "unlimited"),
}  # fmt: skip


class LineFile:
    """A file of lines, such as /etc/outgoing_mail_hold_users. Sorted inside, so that no step is quadratic."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._lines = sorted(set(lines))

    def __contains__(self, line: str) -> bool:
        place = bisect.bisect_left(self._lines, line)
        return place < len(self._lines) and self._lines[place] == line

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, line: str) -> bool:
        place = bisect.bisect_left(self._lines, line)
        if place < len(self._lines) and self._lines[place] == line:
            return False
        self._lines.insert(place, line)
        return True

    def extend(self, lines: Iterable[str]) -> None:
        self._lines = sorted({*self._lines, *lines})

    def remove(self, line: str) -> bool:
        if line not in self:
            return False
        del self._lines[bisect.bisect_left(self._lines, line)]
        return True

    def remove_prefix(self, prefix: str) -> bool:
        """Delete every line that begins with `prefix`: the prefix hazard of BEHAVIOUR E."""
        first = bisect.bisect_left(self._lines, prefix)
        last = first
        while last < len(self._lines) and self._lines[last].startswith(prefix):
            last += 1
        del self._lines[first:last]
        return last > first


@dataclass
class Folder:
    """One mailbox in Dovecot's sense: INBOX, INBOX.Sent, …"""

    guid: str
    messages: int = 0
    vsize: int = 0
    # The messages one by one, once somebody asks for them (mail_engine.py).
    mail: list[Any] | None = None


@dataclass
class Mailbox:
    """The mail of one address. Its outgoing hold and suspension live in the server's line files, as on a real one."""

    address: str
    folders: dict[str, Folder] = field(default_factory=dict)
    suspended_login: bool = False
    suspended_incoming: bool = False
    held_messages: int = 0
    quota: int = 0


@dataclass
class Account:
    """One cPanel account. `hold` and `outgoing_suspended` are the keys in its own file, not the Exim lists."""

    user: str
    domain: str
    owner: str = "root"
    plan: str = "default"
    email: str = ""
    uid: int = 1000
    ip: str = "192.0.2.10"
    startdate: int = 1700000000
    hold: int | None = None
    outgoing_suspended: int | None = None
    suspended: bool = False
    suspendreason: str = "not suspended"
    suspendtime: int = 0
    addon_domains: list[str] = field(default_factory=list)
    parked_domains: list[str] = field(default_factory=list)
    subdomains: list[str] = field(default_factory=list)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    sessions: int = 0
    # Odd values for listaccts: any of its fields, by name.
    fields: dict[str, Any] = field(default_factory=dict)
    stats: dict[str, Any] = field(default_factory=dict)

    @property
    def domains(self) -> list[str]:
        return [self.domain, *self.addon_domains, *self.parked_domains, *self.subdomains]

    @property
    def main(self) -> Mailbox:
        """The account's own mailbox; made on demand, so that 100,000 accounts without mail cost nothing."""
        if MAIN not in self.mailboxes:
            guid = make_guid(self.user, "INBOX")
            self.mailboxes[MAIN] = Mailbox(f"{MAIN}@{self.domain}", {"INBOX": Folder(guid)})
        return self.mailboxes[MAIN]

    def addresses(self) -> list[str]:
        """The addresses of the account's mailboxes, without the default one."""
        return sorted(address for address in self.mailboxes if address != MAIN)


@dataclass
class Caller:
    """Somebody who may log in: root, or a reseller with some privileges."""

    name: str
    token: str = ""
    password: str = ""
    privileges: tuple[str, ...] = ()

    @property
    def is_root(self) -> bool:
        return self.name == "root" or "all" in self.privileges


@dataclass
class Server:
    """One WHM server."""

    name: str
    hostname: str = "localhost.example"
    version: str = "11.138.0.6"
    language: str = "en"
    certificate: str = "good"
    callers: dict[str, Caller] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    system_users: list[str] = field(default_factory=lambda: ["root", "nobody", "cpanel"])
    disabled_roles: set[str] = field(default_factory=set)
    missing_functions: set[str] = field(default_factory=set)
    quirks: Quirks = field(default_factory=Quirks)
    lockout_failures: int = 5
    lockout_seconds: float = 900.0
    hold_list: LineFile = field(default_factory=LineFile)
    suspended_list: LineFile = field(default_factory=LineFile)
    aliases: dict[str, list[str]] = field(default_factory=dict)
    localaliases: dict[str, list[str]] = field(default_factory=dict)
    dot_forward: dict[str, list[str]] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)
    pending: list[tuple[float, Callable[[], bool]]] = field(default_factory=list)
    # Room for the areas of later handler files: each keeps its own data under its own name.
    areas: dict[str, Any] = field(default_factory=dict)
    # What answers for Dovecot instead of the messages in memory (mail_engine.py).
    engine: Any = None

    @property
    def spoken(self) -> str:
        """The language of its texts."""
        return "de" if self.language.startswith("en") and "translated" in self.quirks else self.language

    def lacks(self, function: str) -> bool:
        old = function == "get_mailbox_status_list" and "no_status_list" in self.quirks
        return old or function in self.missing_functions

    def is_system_user(self, user: str) -> bool:
        return user in self.accounts or user in self.system_users

    def reindex(self) -> None:
        """Rebuild domain -> account after accounts came, went or changed."""
        self.domains = {domain: user for user, account in self.accounts.items() for domain in account.domains}

    def settle(self, now: float) -> None:
        """Let the late effects that are due happen."""
        due = [change for when, change in self.pending if when <= now]
        self.pending = [(when, change) for when, change in self.pending if when > now]
        for change in due:
            change()

    def mailbox(self, address: str) -> Mailbox | None:
        """The mailbox of an address, whichever account it belongs to."""
        _local, _at, domain = address.partition("@")
        user = self.domains.get(domain)
        return self.accounts[user].mailboxes.get(address) if user else None


def make_guid(owner: str, folder: str) -> str:
    """32 hex digits, the same in every run."""
    return hashlib.md5(f"{owner}/{folder}".encode(), usedforsecurity=False).hexdigest()
