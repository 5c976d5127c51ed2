# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.exim import (
    INSTALLED,
    SYNTAX,
    check_installed,
    check_text,
    failed_repair,
    plain_text,
)
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Verdict
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import decode_document
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    PermissionRefused,
    Refused,
    UnexpectedAnswer,
    Unsupported,
)
from ansible_collections.whm.mail.tests.unit.plugins.builders import HOST, no, ok, scripted

CAPS = {"exim_caps": {"dkim": 1, "spf": "1", "srs": 0, "directives": {"accept_8bitmime": 1}}}
# As the reference shows them: metadata of its own, and spread over the answer.
BAD = {
    "broken_cfg_html": "RAW_CONFIGURATION_TEXT\n", "broken_cfg_text": "==>RAW_CONFIGURATION_TEXT<==\n", "error_line": 1,
    "error_msg": "This is an error message.",
}  # fmt: skip
FLAT = {"command": SYNTAX, "data": BAD, "output": {"raw": "\n"}, "reason": "OK", "result": 1, "version": 1}
VERDICT = {
    "valid": False, "message": "This is an error message.", "line": 1, "excerpt": "==>RAW_CONFIGURATION_TEXT<==",
    "transcript": None, "capabilities": {},
}  # fmt: skip
GOOD_PAGE = {"message": "<pre>Doing Dry Run\nDry Run ok\n</pre>"}


PAGES = [
    (None, ""),
    ("", ""),
    ("<pre>Doing Dry Run\nDry Run ok\n</pre>", "Doing Dry Run\nDry Run ok"),
    ("<p>one</p><p>two &amp; three</p>", "one\ntwo & three"),
    ("a<br>b<br/>c<BR />d", "a\nb\nc\nd"),
    ("x &lt;y&gt; < 3", "x <y> < 3"),
    ("<script>alert(1)</script>text<style>p {}</style>", "text"),
    ("one\r\n\r\n\r\n\r\ntwo", "one\n\ntwo"),
    ("  indented", "  indented"),
]


@pytest.mark.parametrize(("page", "text"), PAGES)
def test_plain_text(page: Any, text: str) -> None:
    assert plain_text(page) == text


@pytest.mark.parametrize("document", [ok(BAD, output="\n"), ok(BAD), ok(BAD, output={"raw": "\n"}), FLAT])
def test_both_documented_envelopes_of_an_invalid_text(document: dict[str, Any]) -> None:
    client, script, _pauses = scripted(document)
    assert check_text(client, "RAW_CONFIGURATION_TEXT", "acl") == VERDICT
    assert script.sent == [(SYNTAX, [("cfg_text", "RAW_CONFIGURATION_TEXT"), ("section", "acl")])]


@pytest.mark.parametrize(
    "document", [ok(CAPS, output="checked\n"), {**FLAT, "data": CAPS, "output": {"raw": "checked\n"}}]
)
def test_both_documented_envelopes_of_a_valid_text(document: dict[str, Any]) -> None:
    client, _script, _pauses = scripted(document)
    assert check_text(client, "x = y") == {
        "valid": True, "message": None, "line": None, "excerpt": None, "transcript": "checked",
        "capabilities": {"dkim": True, "spf": True, "srs": False},
    }  # fmt: skip


def test_a_flat_failure_is_a_failure() -> None:
    with pytest.raises(Refused, match="no such thing"):
        decode_document(SYNTAX, {"command": SYNTAX, "result": "0", "reason": "no such thing", "version": 1})


@pytest.mark.parametrize("data", [None, {}, {"exim_caps": None}, {"error_msg": ""}])
def test_an_answer_that_tells_nothing_is_no_verdict(data: Any) -> None:
    client, _script, _pauses = scripted(ok(data))
    with pytest.raises(UnexpectedAnswer, match="neither exim_caps nor error_msg"):
        check_text(client, "x = y")


def page(text: str) -> dict[str, str]:
    return {"message": f"<pre>{text}</pre>"}


VALID, INVALID = "Your configuration is currently valid.", "Your configuration is currently invalid."
INSTALLED_CASES = [
    # answer of the dry run, valid, message, warned
    (ok(GOOD_PAGE, reason=VALID), True, None, False),
    (ok(GOOD_PAGE, reason="OK"), True, None, False),
    (ok(GOOD_PAGE, reason="Ihre Konfiguration ist derzeit gültig."), True, None, False),
    (ok(page("no words that we know"), reason=VALID), True, None, False),
    (ok(page("Doing Dry Run\nno good"), reason=INVALID), False, "Doing Dry Run\nno good", False),
    (ok(page("Doing Dry Run\nno good"), reason="Ungültig"), False, "Doing Dry Run\nno good", False),
    (ok(page("Nicht gut"), reason=INVALID), False, "Nicht gut", False),
    (ok(None, reason=INVALID), False, INVALID, False),
    (no("Ungültig", page("Nicht gut")), False, "Nicht gut", False),
    (no(VALID, page("Nicht gut")), False, "Nicht gut", False),
    (ok(page("Probelauf erfolgreich"), reason="Gültig"), True, None, True),
    (ok(None, reason="OK"), True, None, True),
]


@pytest.mark.parametrize(("answer", "valid", "message", "warned"), INSTALLED_CASES)
def test_the_installed_configuration(answer: Any, valid: bool, message: str | None, warned: bool) -> None:
    client, script, _pauses = scripted(ok(CAPS), answer)
    found = check_installed(client)
    assert (found["valid"], found["message"]) == (valid, message)
    assert script.functions == [SYNTAX, INSTALLED]
    assert bool(client.warnings) is warned
    assert found["capabilities"] == ({"dkim": True, "spf": True, "srs": False} if valid else {})


def test_a_syntax_error_saves_the_dry_run() -> None:
    client, script, _pauses = scripted(ok(BAD))
    assert check_installed(client) == VERDICT
    assert script.functions == [SYNTAX]


OLD = no('Unknown app ("validate_exim_configuration_syntax") requested for this version (1) of the API.')


def test_a_server_without_the_syntax_check_has_the_other() -> None:
    client, _script, _pauses = scripted(OLD, ok(GOOD_PAGE, reason=VALID))
    found = check_installed(client)
    assert found["valid"]
    assert found["capabilities"] == {}


def test_without_the_syntax_check_unknown_words_are_no_verdict() -> None:
    client, _script, _pauses = scripted(OLD, ok(page("Probelauf"), reason="Gültig"))
    with pytest.raises(UnexpectedAnswer, match="does not tell whether"):
        check_installed(client)


ERRORS = [
    ([no("Access denied")], PermissionRefused),
    ([ok(CAPS), no("Disk full")], Refused),
    ([ok(CAPS), no("Unknown app (x) requested", page("text"))], Unsupported),
    ([ok(CAPS), no("Access denied", page("text"))], PermissionRefused),
]


@pytest.mark.parametrize(("answers", "kind"), ERRORS)
def test_a_check_that_cannot_be_made_is_no_verdict(answers: list[Any], kind: type[Exception]) -> None:
    client, _script, _pauses = scripted(*answers)
    with pytest.raises(kind) as caught:
        check_installed(client)
    assert caught.type is kind


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (None, Verdict()),
        ({}, Verdict()),
        ({"message": None}, Verdict()),
        ({"message": ""}, Verdict()),
        ({"message": "<p>unable to <b>merge</b></p>\n<p>your file</p>"}, Verdict(doubt="unable to merge / your file")),
        ({"message": "Warning: purging the environment."}, Verdict(remarks=("Warning: purging the environment.",))),
    ],
)
def test_a_failed_repair(data: Any, verdict: Verdict) -> None:
    assert failed_repair(decode_document("exim_configuration_check", ok(data))) == verdict


def test_a_failed_repair_is_told_in_short() -> None:
    assert len(failed_repair(decode_document("x", ok({"message": "x" * 5000}))).doubt) == 300


def test_a_warning_beside_a_configuration_that_is_taken_is_no_fault() -> None:
    client, _script, _pauses = scripted(
        ok({"exim_caps": {"ssl": 1}, "error_msg": "LOG: MAIN: Warning: purging the environment."})
    )
    assert check_text(client, "x")["valid"] is True
    assert client.warnings == [f"{HOST}: {SYNTAX}: LOG: MAIN: Warning: purging the environment."]


@pytest.mark.parametrize("data", [{"error_msg": "Warning: x"}, {"exim_caps": None}])
def test_a_warning_alone_tells_nothing(data: Any) -> None:
    client, _script, _pauses = scripted(ok(data))
    with pytest.raises(UnexpectedAnswer):
        check_text(client, "x")


def test_an_error_beside_capabilities_is_a_fault() -> None:
    client, _script, _pauses = scripted(
        ok({"exim_caps": {"ssl": 1}, "error_msg": "Warning: x\nError: option unknown", "error_line": 3})
    )
    assert check_text(client, "x")["valid"] is False
