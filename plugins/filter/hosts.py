# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter of the playbooks: a pattern for hosts that has to match some."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ansible import context
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader

# What only looks at a playbook, maybe without any inventory.
_LOOKING = ("syntax", "listhosts", "listtasks", "listtags")


def matching_hosts(pattern: str, groups: Mapping[str, Sequence[str]], limit: str = "all") -> str:
    """The pattern, when it matches a host. Ansible skips a play that matches none, and counts that as success."""
    if any(context.CLIARGS.get(option) for option in _LOOKING):
        return pattern
    inventory = InventoryManager(DataLoader(), parse=False)
    for group, hosts in groups.items():
        inventory.add_group(group)
        for host in hosts:
            inventory.add_host(host, group)
    inventory.subset(limit)
    with suppress(
        AnsibleError
    ):  # with host_pattern_mismatch = error Ansible complains itself, of the first part that matches none
        if inventory.get_hosts(pattern):
            return pattern
    limited = "" if limit == "all" else f" within --limit {limit}"
    raise AnsibleFilterError(
        f"No host of the inventory matches {pattern}{limited}, so nothing was done. Put the servers into that group, or give "
        "another inventory with -i."
    )


class FilterModule:
    """Ansible's way to find it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"matching_hosts": matching_hosts}
