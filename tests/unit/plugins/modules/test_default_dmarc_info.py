# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer
from ansible_collections.whm.mail.plugins.modules.default_dmarc_info import read
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.unit.plugins.builders import ok, scripted

FUNCTION = "get_default_dmarc_record"
REJECT = "v=DMARC1; p=reject; rua=mailto:dmarc@example.org"


@pytest.mark.parametrize("check_mode", [False, True])
def test_nobody_set_one(run: Any, box: Any, check_mode: bool) -> None:
    assert run("default_dmarc_info", check_mode) == {"changed": False, "record": "v=DMARC1; p=none;"}
    assert box.log.functions() == [FUNCTION]
    assert not box.log.writes()


@pytest.mark.parametrize("quirk", ["string_results", "string_numbers", "translated", "warnings_in_metadata"])
def test_the_one_that_was_set_on_servers_that_differ(run: Any, box: Any, quirk: str) -> None:
    box.patch({"default_dmarc": REJECT})
    box.quirks.add(quirk)
    assert run("default_dmarc_info")["record"] == REJECT


def test_an_empty_one_is_none(run: Any, box: Any) -> None:
    box.quirks.add("default_dmarc_empty")
    assert run("default_dmarc_info") == {"changed": False, "record": None}


def test_a_server_that_is_too_old(run: Any, box: Any) -> None:
    box.patch({"missing_functions": [FUNCTION]})
    result = run("default_dmarc_info")
    assert result["failed"]
    assert "record" not in result
    assert (result["error"]["kind"], result["error"]["function"]) == ("unsupported", FUNCTION)


def test_a_lost_answer_is_asked_for_again(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("status_503", function=FUNCTION, times=1))
    assert run_https("default_dmarc_info")["record"] == "v=DMARC1; p=none;"
    assert box.log.functions() == [FUNCTION] * 2


@pytest.mark.parametrize(
    "data",
    [None, {}, [], {"payload": None}, {"payload": ""}, {"payload": []}, {"payload": REJECT}, {"payload": {}},
     {"payload": {"record": None}}, {"payload": {"record": 1}}, {"payload": {"record": [REJECT]}}, {"record": REJECT}],
)  # fmt: skip
def test_no_record_is_invented(data: Any) -> None:
    client, script, pauses = scripted(ok(data), read_only=True)
    with pytest.raises(UnexpectedAnswer, match="holds no record"):
        read(client, {})
    assert (script.functions, pauses) == ([FUNCTION], [])


def test_blanks_around_it_are_not_its_own() -> None:
    for sent, read_as in ((f" {REJECT}\n", REJECT), (" ", None)):
        client, _script, _pauses = scripted(ok({"payload": {"record": sent}}), read_only=True)
        assert read(client, {}) == {"record": read_as}
