# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For every state module what to do with it: the state before, the options, and where its effect is seen on the server.

A state module without a scenario fails the matrix. What a module's writes are like (safe to repeat, readable) is not said
here but taken from its plan and the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.handlers_mailbox import QUEUE_SECONDS
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key, zone_of

from .table import BACK, FIRST, HTTPS, READ

View = Callable[[Box], dict[str, Any]]


def by_key(row: Mapping[str, Any], key: str) -> str:
    return str(row[key])


@dataclass(frozen=True)
class Scenario:
    """One task that has something to do for each of its items.

    :param seed: laid over the simulator's test state, in its format.
    :param options: of the task.
    :param view: identity to what the server really has, read from the simulator itself. What is viewed and not among ``names``
        are neighbours, which must never change.
    :param names: the items, as the module names them.
    :param victim: the parameter value by which the item is known that single faults hit; empty for all calls.
    :param owner: the account behind it, for the simulator's quirks.
    :param lacks: places that do not occur, because the module reads nothing.
    :param identify: an item's identity from its row.
    :param bulk: reads all items in one answer, so that the server cannot refuse one of them.
    :param lenient: places where it reads the same in two ways or once more, so that it can do without one of them.
    :param thorough: faults that take long come always here, elsewhere once.
    :param brief: over HTTPS and with every fault once only: a further scenario of a module that has its full share.
    :param wait: seconds for which the server's queue is given time before the state is looked at.
    :param more: further option sets for check mode, so that together every option of the module is given.
    """

    module: str
    seed: Mapping[str, Any]
    options: Mapping[str, Any]
    view: View
    names: tuple[str, ...]
    victim: str
    owner: str | None = None
    title: str = ""
    lacks: frozenset[str] = frozenset()
    identify: Callable[[Mapping[str, Any], str], str] = by_key
    bulk: bool = False
    lenient: tuple[str, ...] = ()
    thorough: bool = False
    brief: bool = False
    wait: float = 0.0
    more: tuple[Mapping[str, Any], ...] = ()

    def tolerates(self, refusals: int, place: str, often: str) -> bool:
        """Whether it makes no difference that reads were refused."""
        return (self.bulk and not refusals) or (place in self.lenient and often == FIRST)

    def has(self, transport: str, place: str, often: str) -> bool:
        return place not in self.lacks and (not self.brief or (transport == HTTPS and often == FIRST))

    @property
    def id(self) -> str:
        return f"{self.module} {self.title}".strip()


USERS = ("alice", "bo", "erin")
DOMAINS = ("alice.example.com", "bobby.example.com", "carol.example.net")


def _outgoing(box: Box) -> dict[str, Any]:
    """The account's own flag, and the line in the list that Exim obeys."""
    state = box.state
    return {name: (bool(account.hold), name in state.hold_list) for name, account in state.accounts.items()}


def _forwards(box: Box) -> dict[str, Any]:
    names = [*box.state.accounts, *box.state.system_users]
    return {name: (box.state.localaliases.get(name), box.state.dot_forward.get(name)) for name in names}


def _dkim(box: Box) -> dict[str, Any]:
    zones = {domain: zone_of(box.state, domain) for domain in (*DOMAINS, "bob.example.com")}
    return {domain: (zone.key, tuple(zone.dkim)) for domain, zone in zones.items()}


def _spf(box: Box) -> dict[str, Any]:
    return {domain: tuple(zone_of(box.state, domain).spf) for domain in (*DOMAINS, "bob.example.com")}


ADDRESSES = ("info@alice.example.com", "bob@bob.example.com", "carol@carol.example.net")


def _messages(box: Box) -> dict[str, Any]:
    """Identity is address and mailbox; the neighbours are the other mailboxes of these accounts."""
    found = {}
    for account in box.state.accounts.values():
        for address, mailbox in account.mailboxes.items():
            found.update({f"{address} {name}": folder.messages for name, folder in mailbox.folders.items()})
    return found


def _sessions(box: Box) -> dict[str, Any]:
    return {name: account.sessions for name, account in box.state.accounts.items()}


def _exim(box: Box) -> dict[str, Any]:
    return {"": box.state.areas["exim"].fault()}


def _edit(box: Box) -> dict[str, Any]:
    return {"": box.state.areas["exim"].edit}


def _spamd(box: Box) -> dict[str, Any]:
    return {"": tuple(sorted(box.state.areas["spamd"].conf.items()))}


def _sni(box: Box) -> dict[str, Any]:
    return {domain: domain in box.state.areas["mail_sni"].enabled for domain in (*DOMAINS, "bob.example.com")}


def _address_and_mailbox(row: Mapping[str, Any], key: str) -> str:
    return "{} {}".format(row["address"], row["mailbox"]) if row["mailbox"] else str(row["address"])


DKIM_SEED = {
    "mail_dns": {DOMAINS[0]: {"dkim": "missing"}, DOMAINS[1]: {"dkim": "no_key"}, DOMAINS[2]: {"dkim": "mismatch"}}
}
SPAMD = {
    "allowedips": ["127.0.0.1", "192.0.2.0/24"], "maxconnperchild": 100, "maxchildren": 3, "pidfile": "/var/run/spamd2.pid",
    "timeouttcp": 30, "timeoutchild": 300,
}  # fmt: skip
BAD_EXIM = {"exim": {"config": "this is no option of exim\n", "edit": True}}

SCENARIOS = [
    Scenario(
        "outgoing_mail",
        {},
        {"users": list(USERS), "hold": True},
        _outgoing,
        USERS,
        "alice",
        owner="alice",
        thorough=True,
        more=(
            {"users": ["dave", "bob"], "hold": False, "suspended": False},
            {"users": ["alice", "bo"], "hold": True, "suspended": True, "exclusive": True, "max_changes": 99},
        ),
    ),
    Scenario(
        "outgoing_mail",
        {"accounts": {name: {"hold": True} for name in ("bob", "bobby", "carol", "erin")}},
        {"users": ["bob", "carol", "erin"], "hold": False},
        _outgoing,
        ("bob", "carol", "erin"),
        "carol",
        owner="carol",
        title="release",
        bulk=True,
    ),
    Scenario(
        "forward_destination",
        {},
        {"users": list(USERS), "destinations": ["new@example.org", "ops@example.com"]},
        _forwards,
        USERS,
        "alice",
        owner="alice",
        more=(
            {"forwards": [{"user": "root", "destinations": []}, {"user": "nobody", "destinations": ["x@example.org"]}]},
        ),
    ),
    Scenario(
        "dkim",
        DKIM_SEED,
        {"domains": list(DOMAINS)},
        _dkim,
        DOMAINS,
        DOMAINS[0],
        owner="alice",
        more=({"domains": [DOMAINS[2]], "state": "absent"},),
    ),
    Scenario(
        "dkim_key",
        DKIM_SEED,
        {"keys": [{"domain": domain, "private_key": pool_key(7)} for domain in DOMAINS]},
        _dkim,
        DOMAINS,
        DOMAINS[0],
        owner="alice",
        more=({"keys": [{"domain": DOMAINS[0], "private_key": pool_key(7)}], "publish": False},),
    ),
    Scenario(
        "spf",
        {"mail_dns": {domain: {"spf": []} for domain in DOMAINS}},
        {"domains": list(DOMAINS), "record": "v=spf1 ip4:203.0.113.5 -all"},
        _spf,
        DOMAINS,
        DOMAINS[0],
        owner="alice",
        more=({"records": [{"domain": DOMAINS[0], "record": "v=spf1 -all"}]},),
    ),
    Scenario(
        "mailbox_messages",
        {},
        {"addresses": list(ADDRESSES), "mailboxes": ["INBOX"], "query": "ALL", "allow_all": True},
        _messages,
        tuple(f"{address} INBOX" for address in ADDRESSES),
        ADDRESSES[0],
        owner="alice",
        identify=_address_and_mailbox,
        lenient=(BACK,),
        more=(
            {
                "addresses": [ADDRESSES[0]],
                "guids": ["d8e1a6f4b3c25960a7d14e2f9b80c3a1"],
                "query": "SEEN",
                "max_messages": 900,
            },
        ),
    ),
    Scenario(
        "mailbox_sessions",
        {"accounts": {name: {"sessions": 4} for name in USERS}},
        {"users": list(USERS)},
        _sessions,
        USERS,
        "alice",
        owner="alice",
        wait=QUEUE_SECONDS + 1,
    ),
    Scenario(
        "exim_config",
        BAD_EXIM,
        {},
        _exim,
        ("",),
        "",
        lenient=(READ, BACK),
        more=({"discard_edit": True, "state": "valid"},),
    ),
    Scenario(
        "exim_config",
        {"exim": {"edit": True}},
        {"discard_edit": True},
        _edit,
        ("",),
        "",
        title="discard",
        lenient=(READ, BACK),
    ),
    Scenario(
        "spamd_config",
        {},
        SPAMD,
        _spamd,
        ("",),
        "",
        lacks=frozenset((READ, BACK)),
        more=({**SPAMD, "reset_others": True},),
    ),
    Scenario(
        "mail_sni",
        {"version": "11.54.0.1"},
        {"domains": list(DOMAINS)},
        _sni,
        DOMAINS,
        DOMAINS[0],
        owner="alice",
        more=(
            {"domains": list(DOMAINS), "state": "disabled"},
            {"rebuild": True, "reload_dovecot": False},
        ),
    ),
    # One item is a call of its own, not a batch of one.
    Scenario(
        "outgoing_mail",
        {},
        {"user": "alice", "hold": True},
        _outgoing,
        ("alice",),
        "alice",
        "alice",
        title="one",
        brief=True,
    ),
    Scenario(
        "mailbox_messages",
        {},
        {"address": ADDRESSES[0], "mailbox": "INBOX", "query": "SAVEDBEFORE 1d"},
        _messages,
        (f"{ADDRESSES[0]} INBOX",),
        ADDRESSES[0],
        "alice",
        title="one",
        brief=True,
        lenient=(BACK,),
        identify=_address_and_mailbox,
    ),
]
