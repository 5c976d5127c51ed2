# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What greylisting is on a simulated server: settings, trusted hosts, mail providers, deferred mail. The values at the start are those of the
reference's examples."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

#: The settings, and the highest value of each (reference); 1 is the lowest.
HIGHEST = {
    "child_timeout_secs": None,
    "initial_block_time_mins": 240,
    "max_child_procs": None,
    "must_try_time_mins": 1440,
    "purge_interval_mins": None,
    "record_exp_time_mins": 43200,
}
DEFAULTS = {
    "child_timeout_secs": 5,
    "initial_block_time_mins": 10,
    "max_child_procs": 5,
    "must_try_time_mins": 240,
    "purge_interval_mins": 60,
    "record_exp_time_mins": 4320,
    "spf_bypass": 1,
}
#: Which providers there are, and their addresses, is our choice; that there is one named google the reference says.
PROVIDERS: dict[str, dict[str, Any]] = {
    "cpanel": {"display_name": "cPanel", "ips": ["208.115.214.0-208.115.214.255"]},
    "google": {"display_name": "Google", "ips": ["198.51.100.0-198.51.100.255", "2001:db8:1::/48"]},
    "sectigo": {"display_name": "Comodo/Sectigo", "ips": ["203.0.113.7"]},
}
NETBLOCKS = {"192.0.2.0-192.0.2.255": 0}


def moment(epoch: float) -> str:
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass
class Provider:
    """A common mail provider. ``fails``: why the server does not tell its addresses."""

    number: int
    display_name: str
    ips: list[str] = field(default_factory=list)
    trusted: bool = True
    autoupdate: bool = True
    fails: str = ""

    def row(self) -> dict[str, Any]:
        return {"autoupdate": int(self.autoupdate), "display_name": self.display_name, "is_trusted": int(self.trusted)}


@dataclass
class Greylist:
    enabled: bool = False
    exim_enabled: bool = True
    config: dict[str, int] = field(default_factory=lambda: dict(DEFAULTS))
    new_providers: bool = True
    providers: dict[str, Provider] = field(default_factory=dict)
    hosts: list[dict[str, Any]] = field(default_factory=list)
    netblocks: dict[str, int] = field(default_factory=lambda: dict(NETBLOCKS))
    deferred: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for key, given in PROVIDERS.items():
            self.provide(key, given)

    def provide(self, key: str, given: Mapping[str, Any] | None) -> None:
        if given is None:
            self.providers.pop(key, None)
            return
        provider = self.providers.setdefault(key, Provider(len(self.providers) + 1, key))
        for name, value in given.items():
            if name == "number" or not hasattr(provider, name):
                raise ValueError(f"A provider of greylisting has no {name}.")
            setattr(provider, name, value)

    def add(self, host: str, comment: str, epoch: float, again: bool = False) -> bool:
        """:param again: one that is there is added once more."""
        if self.listed(host) and not again:
            return False
        number = max((row["id"] for row in self.hosts), default=0) + 1
        self.hosts.append({"comment": comment, "create_time": moment(epoch), "host_ip": host, "id": number})
        return True

    def listed(self, host: str) -> bool:
        return any(row["host_ip"] == host for row in self.hosts)

    def remove(self, host: str) -> bool:
        before = len(self.hosts)
        self.hosts = [row for row in self.hosts if row["host_ip"] != host]
        return len(self.hosts) != before

    def store(self, settings: Mapping[str, int], reset: bool) -> bool:
        """:param reset: what is not given becomes what it was at the start."""
        before = dict(self.config)
        self.config = {**(DEFAULTS if reset else before), **settings}
        return self.config != before

    def switch(self, on: bool) -> bool:
        changed = self.enabled is not on
        self.enabled = on
        return changed

    def trust(self, key: str, on: bool) -> bool:
        provider = self.providers[key]
        changed = provider.trusted is not on
        provider.trusted = on
        return changed

    def update(self, new_providers: bool, switches: Mapping[str, bool]) -> bool:
        before = (self.new_providers, {key: self.providers[key].autoupdate for key in switches})
        self.new_providers = new_providers
        for key, on in switches.items():
            self.providers[key].autoupdate = on
        return before != (new_providers, dict(switches))

    def shown(self) -> dict[str, Any]:
        return {**self.config, "is_enabled": int(self.enabled), "is_exim_enabled": int(self.exim_enabled)}

    def patch(self, given: Mapping[str, Any]) -> None:
        unknown = sorted(set(given) - set(_PATCHES))
        if unknown:
            raise ValueError(f"greylisting has unknown keys: {', '.join(unknown)}.")
        for name, value in given.items():
            _PATCHES[name](self, value)

    def patch_hosts(self, rows: list[Mapping[str, Any]]) -> None:
        self.hosts = []
        for row in rows:
            self.add(str(row["host"]), str(row.get("comment", "")), 1_427_192_558, again=True)


def _patch_providers(greylist: Greylist, wanted: Mapping[str, Any]) -> None:
    for key, given in wanted.items():
        greylist.provide(key, given)


def _deferred_row(number: int) -> dict[str, Any]:
    created = 1_427_111_972 + 60 * number
    return {
        "accepted_count": 0,
        "block_exp_time": moment(created + 600),
        "create_time": moment(created),
        "deferred_count": 1,
        "from_addr": f"from{number}@example.net",
        "id": number,
        "must_retry_by": moment(created + 240 * 60),
        "record_exp_time": moment(created + 72 * 3600),
        "sender_ip": "192.0.2.29",
        "to_addr": "info@example.com",
    }


_PATCHES: dict[str, Any] = {
    "enabled": lambda greylist, value: greylist.switch(bool(value)),
    "exim_enabled": lambda greylist, value: setattr(greylist, "exim_enabled", bool(value)),
    "config": lambda greylist, value: greylist.store(value, False),
    "new_providers": lambda greylist, value: setattr(greylist, "new_providers", bool(value)),
    "providers": _patch_providers,
    "hosts": Greylist.patch_hosts,
    "netblocks": lambda greylist, value: setattr(greylist, "netblocks", dict(value)),
    "deferred": lambda greylist, count: setattr(greylist, "deferred", [_deferred_row(n + 1) for n in range(count)]),
}


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_host(text: str) -> bool:
    """An address or a range, as the reference says of the function that adds hosts."""
    first, _hyphen, last = text.partition("-")
    return is_address(first) and (not _hyphen or is_address(last))


def as_network(text: str) -> str:
    """A range that is a network, in the other spelling."""
    first, hyphen, last = text.partition("-")
    if not hyphen:
        return text
    blocks = list(ipaddress.summarize_address_range(ipaddress.ip_address(first), ipaddress.ip_address(last)))
    return str(blocks[0]) if len(blocks) == 1 else text
