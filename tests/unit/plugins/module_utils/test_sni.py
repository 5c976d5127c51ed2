# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.sni import (
    is_switchable,
    major,
    read_sni,
    refused_rebuild,
    refused_switch,
)
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Verdict
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import decode_document
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import Refused, UnexpectedAnswer
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, no, ok, scripted


@pytest.mark.parametrize(
    ("version", "number"),
    [
        ("11.138.0.6", 138),
        ("11.60.0.1", 60),
        ("11.58.0.4", 58),
        ("58.0.4", 58),
        ("60.0 (build 12)", 60),
        ("11", 11),
        ("?", 60),
    ],
)
def test_major(version: str, number: int) -> None:
    assert major(version) == number


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (ok({"version": "11.58.0.4"}), True),
        (ok({"version": "11.60.0.0"}), False),
        (ok({}), False),
        (ok(), False),
        (no("no"), False),
        ({"cpanelresult": {"apiversion": "2", "data": {"version": "11.54.0.1"}, "type": "text"}}, True),
    ],
)
def test_is_switchable(answer: Any, expected: bool) -> None:
    client, _script, _pauses = scripted(answer)
    assert is_switchable(client) is expected


def test_read() -> None:
    elements = [ok({"enabled": 1}), ok({"enabled": "0"}), no("no"), ok({})]
    client, script, _pauses = scripted(batch(*elements))
    found = read_sni(client, ["a.example", "b.example", "c.example", "d.example"])
    assert list(found) == ["a.example", "b.example", "c.example", "d.example"]
    assert (found["a.example"], found["b.example"]) == ({"enabled": True}, {"enabled": False})
    assert isinstance(found["c.example"], Refused)
    assert isinstance(found["d.example"], UnexpectedAnswer)
    assert script.functions == ["batch"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, ""),
        ({"failed_domains": {}, "updated_domains": {}}, ""),
        ({"failed_domains": []}, ""),
        ({"failed_domains": {"b.example": "no"}}, ""),
        ({"failed_domains": {"a.example": "(XID abc234) not yours"}}, "not yours"),
        ({"failed_domains": {"a.example": ""}}, "no reason given"),
    ],
)
def test_failed_domains_are_failures(data: Any, reason: str) -> None:
    assert refused_switch("a.example")(decode_document("enable_mail_sni", ok(data))) == Verdict(refused=reason)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (None, ""),
        ({"success": 1}, ""),
        ({"success": "0"}, "refused"),
        ({"success": "yes"}, "unclear"),
        ({"success": []}, "unclear"),
    ],
)
def test_a_rebuild_without_success_is_a_failure(data: Any, word: str) -> None:
    verdict = refused_rebuild(decode_document("rebuild_mail_sni_config", ok(data)))
    assert (bool(verdict.refused), bool(verdict.unclear)) == (word == "refused", word == "unclear")
