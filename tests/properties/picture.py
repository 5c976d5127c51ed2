# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture of everything that modules can change, by name: two of them show what changed. Read from the simulator's state
and from files, never through the collection."""

from __future__ import annotations

import plistlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.handlers_sni import always_on
from ansible_collections.whm.mail.tests.simulator.mail_dns import described, zone_of
from ansible_collections.whm.mail.tests.simulator.state import MAIN, Server

#: What it is and whose: ("dkim", "example.com").
Key = tuple[str, str]
Picture = dict[Key, Any]

#: A domain that no account of the server has.
NOBODYS = "nosuch.example"


def take(state: Server, folder: Path) -> Picture:
    """:param folder: where the controller's files are."""
    return dict([*_accounts(state), *_lines(state), *_domains(state), *_server(state), *_files(folder)])


def _accounts(state: Server) -> Iterator[tuple[Key, Any]]:
    for user, account in state.accounts.items():
        yield ("hold", user), (account.hold is not None, user in state.hold_list)
        yield ("suspended", user), (account.outgoing_suspended is not None, user in state.suspended_list)
        yield ("sessions", user), account.sessions
        for name, box in account.mailboxes.items():
            address = f"{MAIN}@{account.domain}" if name == MAIN else name
            for mailbox, content in box.folders.items():
                yield ("messages", f"{address} {mailbox}"), content.messages
    for user in (*state.accounts, *state.system_users):
        tables = (state.aliases, state.localaliases, state.dot_forward)
        yield ("forward", user), next((tuple(table[user]) for table in tables if user in table), ())


def _lines(state: Server) -> Iterator[tuple[Key, Any]]:
    """Lines of Exim's lists that are no account's: holds of single addresses."""
    for kind, lines in (("hold line", state.hold_list), ("suspended line", state.suspended_list)):
        yield from (((kind, line), True) for line in lines if line not in state.accounts)


def _domains(state: Server) -> Iterator[tuple[Key, Any]]:
    sni = state.areas["mail_sni"]
    for domain in (*described(state), NOBODYS):
        zone = zone_of(state, domain)
        yield ("dkim", domain), (zone.key, tuple(zone.dkim))
        yield ("spf", domain), tuple(zone.spf)
        yield ("dmarc", domain), zone.dmarc
        yield ("sni", domain), domain in sni.enabled or always_on(state)


def _server(state: Server) -> Iterator[tuple[Key, Any]]:
    exim, sni, spamd = state.areas["exim"], state.areas["mail_sni"], state.areas["spamd"]
    yield ("exim", ""), exim.fault()
    yield ("edit", ""), exim.edit
    yield ("sni files", ""), (tuple(sorted(sni.built)), sni.rebuilds)
    yield ("spamd", ""), tuple(sorted(spamd.conf.items()))
    yield ("restarts", ""), spamd.restarts


def _files(folder: Path) -> Iterator[tuple[Key, Any]]:
    for path in folder.iterdir():
        if path.is_file():
            yield ("file", path.name), ("%04o" % stat.S_IMODE(path.lstat().st_mode), profile(path.read_bytes()))


def profile(content: bytes) -> Any:
    """What a profile says, without the identifiers that are made anew each time; the bytes of anything else."""
    start, end = content.find(b"<?xml"), content.rfind(b"</plist>")
    if start < 0 or end < 0:
        return content
    found = plistlib.loads(content[start : end + len(b"</plist>")])
    for payload in (found, *found["PayloadContent"]):
        del payload["PayloadUUID"]
    del found["PayloadIdentifier"]
    return repr(found)
