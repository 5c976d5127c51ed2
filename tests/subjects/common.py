# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several modules' files share: names of the simulator's test state (``states/tests.yml``), seeds, views and preparations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.mail_dns import described, zone_of
from ansible_collections.whm.mail.tests.simulator.state import Server

from .kinds import Key

# ---- names

USERS = ("alice", "bo", "erin")
DOMAINS = ("alice.example.com", "bobby.example.com", "carol.example.net")

#: Domains by what is special about them in the test state.
ALICE, WEAK, BOB, BOBBY, BO, DAVE, ERIN = (
    "alice.example.com", "alice-shop.example", "bob.example.com", "bobby.example.com", "bo.example.com", "dave.example.org",
    "erin.example.org",
)  # fmt: skip

#: One that is there, and one that is missing.
ONE_IS_MISSING = [ALICE, "nowhere.example"]

#: So many accounts that they are read in another way than a few; :func:`many` makes them.
MANY = [f"user{number}" for number in range(1, 26)]

YEAR = {"since": "2026-01-01", "until": "2027-01-01"}

#: A caller who may do little.
RESELLER = {"api_username": "reseller1", "api_token": "RESELLERTOKEN1"}

# ---- seeds: laid over the test state

DKIM_SEED = {
    "mail_dns": {DOMAINS[0]: {"dkim": "missing"}, DOMAINS[1]: {"dkim": "no_key"}, DOMAINS[2]: {"dkim": "mismatch"}}
}

# ---- preparations of situations


def many(box: Any) -> None:
    box.patch({"generate": {"accounts": len(MANY), "prefix": "user"}})


def older(box: Any) -> None:
    box.quirks.add("no_status_list")


def without_key(box: Any) -> None:
    zone = zone_of(box.state, ALICE)
    zone.key, zone.dkim = None, []


def forbidding(function: str) -> Callable[[Any], None]:
    """Prepares a server that forbids this function."""
    return lambda box: box.faults.add(Fault("forbidden", function=function, times=0))


# ---- views: what the server really has


def dkim_view(box: Box) -> dict[str, Any]:
    zones = {domain: zone_of(box.state, domain) for domain in (*DOMAINS, BOB)}
    return {domain: (zone.key, tuple(zone.dkim)) for domain, zone in zones.items()}


# ---- parts of the picture

#: A domain that no account of the server has.
NOBODYS = "nosuch.example"


def all_domains(state: Server) -> tuple[str, ...]:
    return (*described(state), NOBODYS)


def dkim_picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for domain in all_domains(state):
        zone = zone_of(state, domain)
        yield ("dkim", domain), (zone.key, tuple(zone.dkim))


# ---- identities


def address_and_mailbox(row: Mapping[str, Any], key: str) -> str:
    return "{} {}".format(row["address"], row["mailbox"]) if row["mailbox"] else str(row["address"])
