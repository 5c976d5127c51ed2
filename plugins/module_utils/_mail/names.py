# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of accounts, addresses and domains: what is certainly none is refused before anything is sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

_ACCOUNT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\Z")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}\Z")
_LOCAL_PART = re.compile(r"[^\s@,:;<>()\[\]\\\"|/]+\Z")


def account_names(option: str, values: Iterable[str], refused: Sequence[str] = ()) -> list[str]:
    """Account names without repetitions.

    :param option: the option's name, for the message.
    :param refused: system users that the function does not take.
    :raises InvalidInput: one of them cannot be an account.
    """
    names = unique([str(value).strip() for value in values])
    for name in names:
        if not name:
            raise InvalidInput(f"{option}: an account name is empty; check the variable it comes from.")
        if "@" in name:
            raise InvalidInput(f"{option}: {name} is an address; give the name of the cPanel account that owns it.")
        if name in refused:
            raise InvalidInput(f"{option}: {name} is a system user, not a cPanel account; take it off the list.")
        if "." in name:
            raise InvalidInput(
                f"{option}: {name} is a domain; give the name of the cPanel account that owns it (whm.mail.account_info with domains "
                "tells it)."
            )
        if not _ACCOUNT.match(name):
            raise InvalidInput(f"{option}: {name} is not the name of an account (letters, digits, - and _).")
    return names


def domain_names(option: str, values: Iterable[str]) -> list[str]:
    """Domains in lower case without repetitions.

    :raises InvalidInput: one of them cannot be a domain.
    """
    names = unique([normal_domain(value) for value in values])
    for name in names:
        if not _DOMAIN.match(name):
            raise InvalidInput("{}: {} is not a domain such as example.com.".format(option, name or "an empty value"))
    return names


def addresses(option: str, values: Iterable[str]) -> list[str]:
    """Mail addresses, their domains in lower case, without repetitions.

    :raises InvalidInput: one of them cannot be an address.
    """
    found = unique([normal_address(str(value).strip()) for value in values])
    for value in found:
        if not is_address(value):
            remedy = "" if "@" in value else "; accounts are given as users"
            raise InvalidInput(
                "{}: {} is not an address such as info@example.com{}.".format(option, value or "an empty value", remedy)
            )
    return found


def is_address(value: str) -> bool:
    """Whether this can be a mail address (local part, @, domain)."""
    local, _at, domain = value.rpartition("@")
    return bool(_LOCAL_PART.match(local) and _DOMAIN.match(domain))


def is_domain(value: str) -> bool:
    """Whether this can be a domain."""
    return bool(_DOMAIN.match(value))


def is_account(value: str) -> bool:
    """Whether this can be the name of an account or another system user."""
    return bool(_ACCOUNT.match(value))


#: Users of the system that send mail and have no cPanel account.
SYSTEM_USERS = ("root", "nobody", "mailnull", "mailman", "cpanel")


def can_be_account(value: str | None) -> bool:
    """Whether this can be a cPanel account, and so be given to the modules that take accounts. Lists of senders name others, too: ``root``,
    ``nobody``, and ``-remote-`` for what came from other servers."""
    return value is not None and is_account(value) and value not in SYSTEM_USERS


def normal_domain(value: object) -> str:
    """The domain in lower case, without the dot that ends a complete name."""
    return str(value).strip().rstrip(".").lower()


def normal_address(value: str) -> str:
    """The address with its domain in lower case: domains do not tell cases apart, mailboxes may."""
    local, at, domain = value.rpartition("@")
    return local + at + domain.lower() if at else value
