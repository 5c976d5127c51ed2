# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that there is of the mail of accounts, part by part: as rows of the modules email_*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._mail import (
    autoresponders,
    email_accounts,
    email_default_addresses,
    email_forwarders,
    email_routing,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.email import Known
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError

Rows = list[dict[str, Any]]

#: Name of a part to what reads it: accounts to their rows, or to why they cannot be read.
PARTS: Mapping[str, Callable[[Client, Sequence[str]], Mapping[str, Known[Rows]]]] = {
    "email_accounts": email_accounts.of_accounts,
    "forwarders": email_forwarders.of_accounts,
    "default_addresses": email_default_addresses.of_accounts,
    "autoresponders": autoresponders.of_accounts,
    "routing": email_routing.of_accounts,
}


def parts_of(client: Client, users: Sequence[str], names: Sequence[str]) -> tuple[dict[str, Rows], dict[str, WhmError]]:
    """The rows of each part, and why an account could not be read, by account: the first reason."""
    found: dict[str, Rows] = {}
    errors: dict[str, WhmError] = {}
    for name in names:
        found[name] = []
        for user, rows in PARTS[name](client, users).items():
            if isinstance(rows, WhmError):
                errors.setdefault(user, rows)
            else:
                found[name] += rows
    return found, errors
