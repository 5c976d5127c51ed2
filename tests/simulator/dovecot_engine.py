# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine with a real Dovecot behind it: each question becomes a doveadm command, each mailbox a Maildir."""

from __future__ import annotations

import imaplib
import json
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .doveadm_values import QueryError
from .dovecot_maildir import directory, make_mailbox, set_saved
from .dovecot_server import PASSWORD, Dovecot
from .mail_engine import Expunged, Mail, below, messages_of
from .state import Account, Folder, Server

_PATIENCE = 10.0
Folders = Mapping[str, Folder]


class DovecotEngine:
    """Mail is written to disk when it is first asked for; from then on only Dovecot knows what is in it.

    After each expunge the numbers of the server's state are set to what Dovecot says.
    """

    def __init__(self, dovecot: Dovecot) -> None:
        self.dovecot = dovecot
        self._laid: dict[str, dict[str, Folder]] = {}
        self._sessions: list[imaplib.IMAP4] = []

    def begin(self, server: Server) -> None:
        """Forget all mail, and open the sessions that the state gives to its accounts."""
        self.end()
        for account in server.accounts.values():
            self._sessions += [self.log_in(account.user) for _number in range(account.sessions)]

    def end(self) -> None:
        for session in self._sessions:
            session.shutdown()
        self._sessions.clear()
        self._laid.clear()
        for home in self.dovecot.homes.iterdir():
            shutil.rmtree(home, ignore_errors=True)

    def log_in(self, user: str) -> imaplib.IMAP4:
        session = imaplib.IMAP4(self.dovecot.host, self.dovecot.port, timeout=30)
        session.login(user, PASSWORD)
        return session

    def status(self, mail: Mail) -> Folders:
        self._lay_out(mail)
        asked = self.dovecot.doveadm(
            "-f", "json", "mailbox", "status", "-u", mail.user, "guid messages vsize", "INBOX", "INBOX.*"
        )
        if asked.returncode or asked.stderr:
            raise RuntimeError(f"doveadm mailbox status: {asked.stderr}")
        rows = json.loads(asked.stdout)
        return {row["mailbox"]: Folder(row["guid"], int(row["messages"]), int(row["vsize"])) for row in rows}

    def expunge(self, mail: Mail, words: Sequence[str], now: float) -> Expunged:
        self._lay_out(mail)
        done = self.dovecot.doveadm("-v", "expunge", "-u", mail.user, *words)
        changed = self._tell(mail)
        if done.returncode:
            raise QueryError(done.stderr.rstrip("\n"))
        return Expunged(done.stdout, done.stderr, changed)

    def _tell(self, mail: Mail) -> bool:
        """Bring the numbers of the state up to date; whether any changed."""
        changed = False
        found = self.status(mail)
        for name, folder in mail.folders.items():
            real = found[name]
            changed = changed or folder.messages != real.messages
            folder.guid, folder.messages, folder.vsize = real.guid, real.messages, real.vsize
        return changed

    def end_sessions(self, account: Account) -> bool:
        """Each user has sessions of its own. Ending them takes Dovecot a moment; waits for that."""
        users = {account.user, *account.addresses()}
        logged_in = [user for user in self._logged_in() if user in users]
        for user in set(logged_in):
            self.dovecot.doveadm("kick", user)
        deadline = time.monotonic() + _PATIENCE
        while users & set(self._logged_in()) and time.monotonic() < deadline:
            time.sleep(0.05)
        account.sessions = sum(user in users for user in self._logged_in())
        return bool(logged_in)

    def _logged_in(self) -> list[str]:
        """The user of each session."""
        asked = self.dovecot.doveadm("-f", "tab", "who", "-1")
        return [line.split("\t")[0] for line in asked.stdout.splitlines()[1:]]

    def root(self, user: str) -> Path:
        return self.dovecot.homes / user / "mail"

    def _lay_out(self, mail: Mail) -> None:
        """Write the mail of a user unless it is there; an account sees the folders of its addresses by links."""
        made = [self._write(mail.user, mail.own)]
        made += [self._write(box.address, box.folders) for box in mail.others]
        if not any(made):
            return
        root = self.root(mail.user)
        for box in mail.others:
            for name in box.folders:
                link = directory(root, below(box.address, name))
                link.unlink(missing_ok=True)
                link.symlink_to(directory(self.root(box.address), name))

    def _write(self, user: str, folders: Folders) -> bool:
        """Whether there was anything to write: the user is new, or somebody changed the state."""
        known = self._laid.get(user)
        if known is not None and known.keys() == folders.keys() and all(known[n] is folders[n] for n in folders):
            return False
        root, now = self.root(user), time.time()
        shutil.rmtree(root.parent, ignore_errors=True)
        for place in (root.parent, root):
            place.mkdir()
            self.dovecot.give_away(place)
        for name, folder in folders.items():
            make_mailbox(directory(root, name), messages_of(folder), now, self.dovecot.give_away)
        self._date(user, folders, now)
        self._laid[user] = dict(folders)
        return True

    def _date(self, user: str, folders: Folders, now: float) -> None:
        """Have Dovecot remember when messages were saved, then correct what it remembers."""
        if not any(messages_of(folder) for folder in folders.values()):
            return
        asked = self.dovecot.doveadm("fetch", "-u", user, "date.saved", "ALL")
        if asked.returncode or asked.stderr:
            raise RuntimeError(f"doveadm fetch: {asked.stderr}")
        for name, folder in folders.items():
            moments = [message.moment("saved", now) for message in messages_of(folder)]
            if moments:
                set_saved(directory(self.root(user), name) / "dovecot.index.cache", moments)
