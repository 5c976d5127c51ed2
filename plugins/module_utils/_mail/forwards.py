# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the mail of system accounts is forwarded: reading and comparing. Shared by forward_destination and its info twin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.names import is_account, is_address, normal_address
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Current, State
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, UnexpectedAnswer, WhmError


def read_forwards(client: Client, users: Sequence[str]) -> Current:
    """User to ``{"destinations": [...]}``, in the order given; an error where the server refuses one."""
    outcomes = client.batch([forward_call(user) for user in users])
    return {user: forward_state(outcome) for user, outcome in zip(users, outcomes)}


def forward_call(user: str) -> Call:
    return Call("get_user_email_forward_destination", {"user": user})


def users_of(answer: Answer) -> list[str]:
    """The answer of list_users: the system users that may have a forward. A user without a name is none."""
    names = answer.get("users")
    if not isinstance(names, (list, str)) or not all(isinstance(name, str) for name in as_list(names)):
        raise UnexpectedAnswer("the answer has no list of users", "list_users")
    return sorted(name for name in map(to_text, as_list(names)) if name)


def forward_items(states: Current) -> list[dict[str, Any]]:
    """The forwards as they stand in results; ``error`` is the WhmError of one that was refused."""
    return [
        {"user": user, **({"error": state} if isinstance(state, WhmError) else state)} for user, state in states.items()
    ]


def forward_state(outcome: Answer | WhmError) -> State | WhmError:
    """The answer to :func:`forward_call`."""
    if isinstance(outcome, WhmError):
        return outcome
    if not isinstance(outcome.data, dict) or "forward_to" not in outcome.data:
        return UnexpectedAnswer("the answer has no forward_to", "get_user_email_forward_destination")
    # "nothing is set" is the empty string, not an empty list
    found = outcome.data["forward_to"]
    values = found.split(",") if isinstance(found, str) and "|" not in found else as_list(found)
    if found is None or not all(isinstance(value, str) for value in values):
        return UnexpectedAnswer("the destinations in forward_to are no texts", "get_user_email_forward_destination")
    return {"destinations": normal_destinations(values)}


def normal_destinations(values: Iterable[str]) -> list[str]:
    """Destinations in the form and order in which they are compared: a set, domains in lower case, no quotes around."""
    return sorted({_normal(value) for value in values if value.strip()})


def _normal(value: str) -> str:
    text = value.strip().replace("\\,", ",")
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    return text if text.startswith("|") else normal_address(text)


def check_destinations(option: str, values: Sequence[Any]) -> list[str]:
    """Destinations, normalised.

    :raises InvalidInput: WHM would not take one of them.
    """
    for value in values:
        text = _normal(str(value))
        remedy = "a destination is an address, the name of a local user, or a command that begins with |"
        if not text:
            raise InvalidInput(f"{option}: a destination is empty; an empty list switches forwarding off.")
        if re.match(r":\w+:", text) or text.startswith("/"):
            raise InvalidInput(f"{option}: {text} is not taken by WHM; {remedy}.")
        if text.startswith("|"):
            if not text[1:].strip() or "\n" in text:
                raise InvalidInput(f"{option}: {text} names no command.")
            if re.search(r"\\(?:,|\Z)", text):
                raise InvalidInput(
                    f"{option}: {text} has a backslash before a comma or at its end, where WHM takes it away."
                )
        elif not is_address(text) and not is_account(text):
            raise InvalidInput(f"{option}: {text} cannot be a destination; {remedy}, one each item.")
    return normal_destinations(str(value) for value in values)


def joined(destinations: Iterable[str]) -> str:
    """The destinations as the function takes them: comma-separated, commas inside a command protected."""
    return ",".join(value.replace(",", "\\,") for value in destinations)
