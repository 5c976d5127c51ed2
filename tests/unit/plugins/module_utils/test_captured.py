# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of live servers that their owners published, through every way in which an answer reaches a task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.module_utils._mail.delivery_stats import all_accounts
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer, decode
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import AuthenticationFailed, WhmError
from ansible_collections.whm.mail.plugins.module_utils._whm.whmapi1 import CliTransport
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, ok, scripted, wire

FILE = Path(__file__).parents[3] / "fixtures/captured.yml"
CAPTURED: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
ENVELOPES = [row for row in CAPTURED if row.get("status", 200) == 200]


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def check(row: dict[str, Any], outcome: Answer | WhmError, warnings: list[str]) -> None:
    if row["says"] == "success":
        assert isinstance(outcome, Answer), outcome
        if "data" in row:
            assert at(outcome.data, row["data"]["path"]) == row["data"]["is"]
    else:
        assert isinstance(outcome, WhmError), "an error was taken for a success"
        assert outcome.kind == row["says"]
        assert row.get("reason", "") in outcome.reason
        assert "no reason given" not in outcome.reason
    assert warnings == row.get("warnings", [])


def at(data: Any, path: str) -> Any:
    for step in path.split("."):
        data = data[int(step) if step.isdigit() else step]
    return data


def outcome_of(client: Client, function: str) -> Answer | WhmError:
    try:
        return client.call(function)
    except WhmError as exc:
        return exc


@pytest.mark.parametrize("row", CAPTURED, ids=names(CAPTURED))
def test_as_an_answer(row: dict[str, Any]) -> None:
    try:
        outcome: Answer | WhmError = decode(row["function"], row.get("status", 200), {}, row["body"].encode())
    except WhmError as exc:
        outcome = exc
    check(row, outcome, [])


@pytest.mark.parametrize("row", ENVELOPES, ids=names(ENVELOPES))
def test_inside_a_batch(row: dict[str, Any]) -> None:
    client, _script, _pauses = scripted(wire(batch(ok(), json.loads(row["body"]))), batch_size=10)
    outcomes = client.one_batch([Call("version"), Call(row["function"])])
    check(row, outcomes[1], client.warnings)


@pytest.mark.parametrize("row", ENVELOPES, ids=names(ENVELOPES))
def test_printed_by_whmapi1(row: dict[str, Any], tmp_path: Path) -> None:
    """With what Perl prints around it."""
    (tmp_path / "answer").write_text("Use of uninitialized value at line 42.\n" + row["body"], encoding="utf-8")
    program = tmp_path / "whmapi1"
    program.write_text(f'#!/bin/sh\ncat "{tmp_path}/answer"\n', encoding="utf-8")
    program.chmod(0o755)
    client = Client(CliTransport(str(program), 60), read_only=False, retries=0)
    check(row, outcome_of(client, row["function"]), client.warnings)


def test_an_account_at_its_limit_is_known_to_be() -> None:
    """And rows of no account are rows: what came from elsewhere, and the system's own mail."""
    row = next(row for row in CAPTURED if row["function"] == "emailtrack_user_stats")
    client, _script, _pauses = scripted(row["body"].encode())
    found = {item["user"]: item for item in all_accounts(client, {})}
    assert found["alice"]["reached_max_emails"] is found["alice"]["reached_max_defer_fails"] is True
    assert found["root"]["reached_max_emails"] is found["-remote-"]["reached_max_defer_fails"] is False
    assert (found["root"]["domain"], found["-remote-"]["domain"]) == ("-system-", None)
    assert found["alice"]["succeeded"] > found["alice"]["sent"]
    assert client.warnings == []


def test_a_refused_login_is_one_even_where_its_json_is_broken() -> None:
    for row in [row for row in CAPTURED if row.get("status") == 403]:
        with pytest.raises(AuthenticationFailed):
            decode(row["function"], 403, {}, row["body"].encode())
