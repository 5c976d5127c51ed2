# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.incoming_blocks import DOMAINS
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError
from ansible_collections.whm.mail.plugins.modules import incoming_block_info
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, no, ok, scripted

BLOCKS = {"countries": ["ZZ", "AD"], "domains": ["spam.example", "bad.example"]}


def test_none(run: Any) -> None:
    assert run("incoming_block_info") == {"changed": False, "countries": [], "domains": []}


@pytest.mark.parametrize("quirk", ["string_results", "translated", "warnings_in_metadata"])
def test_some_on_servers_that_differ(run: Any, box: Any, quirk: str) -> None:
    box.patch({"blocks": BLOCKS})
    box.quirks.add(quirk)
    found = run("incoming_block_info")
    assert found["countries"] == [{"country_code": code, "blocked": True} for code in ("AD", "ZZ")]
    assert found["domains"] == [{"domain": name, "blocked": True} for name in ("bad.example", "spam.example")]


def test_one_request(run_https: Any, box: Any) -> None:
    run_https("incoming_block_info")
    assert [entry.function for entry in box.log] == ["batch"]


def test_a_server_that_is_too_old(run: Any, box: Any) -> None:
    box.patch({"missing_functions": ["list_blocked_incoming_email_domains"]})
    found = run("incoming_block_info")
    assert found["error"]["kind"] == "unsupported"


@pytest.mark.parametrize(
    "data", [{"domains": [{}]}, {"domains": [{"domain": None}]}, {"domains": "spam.example"}, {"x": 1}]
)
def test_an_answer_that_cannot_be_read_is_no_empty_list(data: Any) -> None:
    client, _script, _pauses = scripted(batch(ok({"countries": []}), ok(data)))
    with pytest.raises(UnexpectedAnswer):
        incoming_block_info.read(client, {})


def test_one_that_is_refused_fails_the_task() -> None:
    client, _script, _pauses = scripted(batch(ok({"countries": []}), no("Access denied")))
    with pytest.raises(WhmError) as caught:
        incoming_block_info.read(client, {})
    assert caught.value.function == DOMAINS.listing
