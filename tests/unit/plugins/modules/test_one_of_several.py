# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Of several items one cannot be read: it has an error, and the others are as they are without it, however they travel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.whm.mail.plugins.module_utils._state import connection
from ansible_collections.whm.mail.plugins.module_utils._state.entry import argument_spec
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.tests.unit.plugins.builders import no, ok
from ansible_collections.whm.mail.tests.unit.plugins.conftest import load_module

USERS = ["alice", "bob", "carol", "dave"]
DOMAINS = ["alice.example.com", "bob.example.com", "carol.example.net", "dave.example.org"]
ADDRESSES = ["info@alice.example.com", "bob@bob.example.com", "carol@carol.example.net", "dave@dave.example.org"]

#: Module, option, values, the list of the result and the key of its rows.
READERS: list[tuple[str, str, list[str], str, str]] = [
    ("account_info", "users", USERS, "accounts", "user"),
    ("mailbox_info", "users", USERS, "addresses", "user"),
    ("mailbox_info", "addresses", ADDRESSES, "addresses", "address"),
    ("email_auth_info", "domains", DOMAINS, "domains", "domain"),
    ("forward_destination_info", "users", USERS, "forwards", "user"),
    ("recipient_count_info", "users", USERS, "counts", "user"),
    ("delivery_stats_info", "users", USERS, "stats", "user"),
    ("dkim_key_info", "domains", DOMAINS, "keys", "domain"),
    ("mail_sni_info", "domains", DOMAINS, "domains", "domain"),
]

#: What the server says of the one, alone and as an element of a batch.
FAILURES: dict[str, Any] = {
    "null": None,
    "text": "odd",
    "list": [],
    "no envelope": {},
    "no verdict": {"metadata": {"result": None}},
    "refused": no("The disk is on fire."),
    "permission": no("Permission denied"),
    "odd data": ok(["odd"]),
    "another key": ok({"odd": []}),
}


class OneFails:
    """A transport: whatever is asked about one item ends in the same failure."""

    def __init__(self, inner: Any, victim: str, failure: Any) -> None:
        self._inner, self._victim, self._failure = inner, victim, failure
        self.host = inner.host

    def send(self, function: str, pairs: Any, secret: bool = False) -> Any:
        reply = self._inner.send(function, pairs, secret)
        if function != "batch":
            alone = any(value == self._victim for _key, value in pairs)
            return Reply(200, json.dumps(self._failure).encode(), {}) if alone else reply
        document = json.loads(reply.body)
        for at, (_key, command) in enumerate(pairs):
            if any(value == self._victim for _name, value in parse_qsl(command.partition("?")[2])):
                document["data"]["result"][at] = self._failure
        return Reply(200, json.dumps(document).encode(), {})

    def close(self) -> None:
        self._inner.close()


def read(run_https: Any, name: str, victim: str | None, failure: Any, **options: Any) -> dict[str, Any]:
    module = load_module(name)
    valid = ArgumentSpecValidator(argument_spec(module), **module.constraints).validate(
        {**run_https.connection(), **options}
    )
    assert not valid.error_messages

    @contextmanager
    def opener(params: Any, read_only: bool) -> Iterator[Client]:
        with connection.open_client(params, read_only) as client:
            if victim:
                client._transport = OneFails(client._transport, victim, failure)
            yield client

    return execute(module, valid.validated_parameters, False, opener)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(
    ("name", "option", "values", "items", "key"), READERS, ids=[f"{row[0]}-{row[1]}" for row in READERS]
)
def test_the_others_are_read(
    run_https: Any, name: str, option: str, values: list[str], items: str, key: str, failure: str
) -> None:
    window = {"since": "0"} if name in ("recipient_count_info", "delivery_stats_info") else {}
    for count, place, size in [(1, 0, 100), (2, 0, 100), (2, 1, 100), (4, 0, 100), (4, 3, 100), (3, 2, 2), (3, 0, 1)]:
        named = values[:count]
        victim = named[place]
        whole = read(run_https, name, None, None, **{option: named}, **window, api_batch_size=size)
        result = read(run_https, name, victim, FAILURES[failure], **{option: named}, **window, api_batch_size=size)
        told = f"{count} items, number {place} fails, {size} in a batch: {result.get('msg')}"
        rows = [row for row in result[items] if victim not in str(row[key])]
        assert rows == [row for row in whole[items] if victim not in str(row[key])], told
        assert [row for row in result[items] if "error" in row], told
        assert result["failed"], told
        assert victim in result["msg"] or name == "mailbox_info", told
