# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API tokens of the caller: what they are called, until when they are good, and from where. Never a token itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import Facts, Params, Subset, answered
from ansible_collections.whm.mail.plugins.module_utils._mail.times import both
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, to_flag, to_int, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer

LIST = Call("api_token_list")


def token_rows(answer: Answer) -> list[dict[str, Any]]:
    """``{name, created, expires, addresses, privileges}``, times also as ``_epoch``, by name. Never expires, and from everywhere, is null.

    :raises UnexpectedAnswer: the answer holds no tokens.
    """
    tokens = answer.get("tokens")
    if tokens in (None, [], ""):
        return []  # an empty map may come as an empty list
    if not isinstance(tokens, Mapping):
        raise UnexpectedAnswer("the answer holds no tokens by name", LIST.function)
    return [_row(str(name), token) for name, token in sorted(tokens.items()) if isinstance(token, Mapping)]


def _row(name: str, token: Mapping[str, Any]) -> dict[str, Any]:
    addresses = [text for text in (to_text(each) for each in as_list(token.get("whitelist_ips"))) if text]
    return {
        "name": name,
        **both("created", to_int(token.get("create_time"))),
        **both("expires", to_int(token.get("expires_at")) or None),
        "addresses": sorted(addresses) or None,
        "privileges": _granted(token.get("acls")),
    }


def _granted(acls: Any) -> list[str] | None:
    """Names of the privileges; null where the server does not tell."""
    if isinstance(acls, Mapping):
        return sorted(str(name) for name, value in acls.items() if to_flag(value))
    return sorted(str(name) for name in acls) if isinstance(acls, list) else None


def _first(params: Params) -> list[Call]:
    return [LIST]


def _finish(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    return {"tokens": token_rows(answered(outcomes[0]))}


#: The subset of mail_facts.
SUBSET = Subset(_first, _finish)
