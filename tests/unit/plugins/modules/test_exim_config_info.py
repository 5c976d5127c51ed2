# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator.exim_engine import GOOD_CONFIG
from ansible_collections.whm.mail.tests.subjects.exim_config_info import BROKEN, break_it

SYNTAX, INSTALLED = "validate_exim_configuration_syntax", "validate_current_installed_exim_config"


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_valid_configuration(run: Any, box: Any, check_mode: bool) -> None:
    result = run("exim_config_info", check_mode)
    assert (result["valid"], result["message"], result["line"]) == (True, None, None)
    assert result["transcript"] == "Doing Dry Run\nDry Run ok\nConfiguration file passes test!"
    assert result["capabilities"]["dkim"] is True
    assert result["capabilities"]["srs"] is False
    assert result["changed"] is False
    assert box.log.functions() == [SYNTAX, INSTALLED]


def test_an_invalid_configuration_does_not_fail_the_task(run: Any, box: Any) -> None:
    break_it(box)
    assert run("exim_config_info") == {
        "changed": False,
        "valid": False,
        "message": 'Exim configuration error in line 2 of /etc/exim.conf:\n  main option "primary" unknown',
        "line": 2,
        "excerpt": "==>primary hostname whm1.example.com<==",
        "transcript": 'Exim configuration error in line 2 of /etc/exim.conf:\n  main option "primary" unknown',
        "capabilities": {},
    }
    assert box.log.functions() == [SYNTAX]


@pytest.mark.parametrize("quirks", [[], ["exim_invalid_fails"], ["translated"], ["translated", "exim_invalid_fails"]])
def test_a_fault_that_only_the_dry_run_finds(run: Any, box: Any, quirks: list[str]) -> None:
    box.quirks.update(quirks)
    box.patch({"exim": {"template_error": 'Template "a" & file disagree.'}})
    result = run("exim_config_info")
    assert result["valid"] is False
    assert result["message"] == 'Doing Dry Run\nTemplate "a" & file disagree.'
    assert result["line"] is None
    assert "warnings" not in result


@pytest.mark.parametrize(
    "quirk", ["translated", "exim_flat", "string_numbers", "string_results", "warnings_in_metadata"]
)
@pytest.mark.parametrize("options", [{}, {"text": "one = 1\nTWO 2\n"}, {"text": "one = 1\n"}])
@pytest.mark.parametrize("prepare", [lambda box: None, break_it])
def test_servers_that_differ_say_the_same(run_https: Any, box: Any, quirk: str, options: Any, prepare: Any) -> None:
    prepare(box)
    plain = run_https("exim_config_info", **options)
    box.quirks.add(quirk)
    other = run_https("exim_config_info", **options)
    for name in ("valid", "message", "line", "excerpt", "capabilities"):
        assert other[name] == plain[name], name


TEXTS = [
    ({"text": GOOD_CONFIG}, True, None),
    ({"text": BROKEN}, False, 2),
    ({"text": "check:\n  accept hosts = *\n", "section": "acl"}, True, None),
    ({"text": "check:\n  accapt hosts : *\n", "section": "acl"}, False, 2),
    ({"text": "A = \u00e9 & % + =\nB C\n"}, False, 2),
]


@pytest.mark.parametrize(("options", "valid", "line"), TEXTS)
def test_a_text(run: Any, box: Any, options: dict[str, Any], valid: bool, line: int | None) -> None:
    break_it(box)
    result = run("exim_config_info", **options)
    assert (result["valid"], result["line"]) == (valid, line)
    assert box.log.functions() == [SYNTAX]
    assert dict(box.log[0].params)["cfg_text"] == options["text"]
    assert box.state.areas["exim"].config == BROKEN, "nothing is installed"


def test_a_large_text(run: Any) -> None:
    lines = [f"domainlist list_{number} = {'x' * 90}" for number in range(20000)]
    result = run("exim_config_info", text="\n".join([*lines, "BROKEN LINE"]))
    assert (result["valid"], result["line"]) == (False, 20001)


INVALID = [
    ({"section": "acl"}, "text is missing"),
    ({"text": ""}, "text is empty"),
    ({"text": " \n", "section": "acl"}, "text is empty"),
    ({"text": "x", "section": "a b"}, "section: a b is not"),
    ({"text": "x", "section": ""}, "section: an empty value"),
]


@pytest.mark.parametrize(("options", "text"), INVALID)
def test_bad_input_is_refused_before_anything_is_sent(run_https: Any, box: Any, options: Any, text: str) -> None:
    result = run_https("exim_config_info", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_the_role_is_named_when_it_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["MailSend"]})
    result = run("exim_config_info")
    assert result["error"]["kind"] == "unsupported"
    assert "MailSend" in result["msg"]


def test_an_old_server_has_the_other_check(run: Any, box: Any) -> None:
    box.patch({"missing_functions": [SYNTAX]})
    assert run("exim_config_info")["valid"]
    result = run("exim_config_info", text="X = y\n")
    assert result["error"]["kind"] == "unsupported"
    assert SYNTAX in result["msg"]


def test_a_server_without_the_dry_run_says_so(run: Any, box: Any) -> None:
    box.patch({"missing_functions": [INSTALLED]})
    result = run("exim_config_info")
    assert result["error"]["kind"] == "unsupported"
    assert INSTALLED in result["msg"]
