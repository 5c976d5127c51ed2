# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an Exim configuration is valid: shared by exim_config and its info twin.

The syntax check tells it in every language: a valid configuration comes with ``exim_caps``, an invalid one with ``error_msg``.
The check of the installed configuration also rebuilds it in a dry run, and tells the verdict in words only. So the
installed configuration is asked about twice, the cheaper and clearer way first, and is valid when neither finds fault.
"""

from __future__ import annotations

import html
import re
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.printed import printed
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Verdict
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_flag, to_int, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer, clean_reason
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    PermissionRefused,
    Refused,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
)

Findings = dict[str, Any]

SYNTAX = "validate_exim_configuration_syntax"
INSTALLED = "validate_current_installed_exim_config"

_REASON = 300  # characters of a report that a message repeats

_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|pre|tr|h\d)\s*>", re.IGNORECASE)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|</?[A-Za-z!][^>]*>", re.IGNORECASE | re.DOTALL)
_DRY_RUN = re.compile(r"\bdry run\b", re.IGNORECASE)
_DRY_RUN_OK = re.compile(r"^\s*Dry Run ok\b", re.IGNORECASE | re.MULTILINE)
_UNTOLD = "the server's words do not tell whether the dry run of the Exim configuration succeeded; its syntax is good."
_SAYS_INVALID = re.compile(r"\binvalid\b|\bnot\b.{0,20}\bvalid\b", re.IGNORECASE)
_SAYS_VALID = re.compile(r"\bvalid\b", re.IGNORECASE)


def plain_text(page: Any) -> str:
    """The text of a piece of HTML: its lines stay, its tags go."""
    text = html.unescape(_TAG.sub("", _BREAK.sub("\n", str(page or ""))))
    lines = [line.rstrip() for line in text.replace("\r", "").splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def check_text(client: Client, text: str, section: str | None = None) -> Findings:
    """What the syntax check says about a text."""
    return _syntax(client, client.call(SYNTAX, cfg_text=text, section=section))


def _syntax(client: Client, answer: Answer) -> Findings:
    error = to_text(answer.get("error_msg"))
    capabilities = answer.get("exim_caps")
    if error and _only_warnings(error):
        client.warn(f"{SYNTAX}: {plain_text(error)}")
        error = None
    if error is None and not isinstance(capabilities, dict):
        raise UnexpectedAnswer("the answer has neither exim_caps nor error_msg", SYNTAX)
    found = capabilities if error is None and isinstance(capabilities, dict) else {}
    return {
        "valid": error is None,
        "message": plain_text(error) if error else None,
        "line": to_int(answer.get("error_line")) if error else None,
        "excerpt": (to_text(str(answer.get("broken_cfg_text") or "").strip()) if error else None),
        "transcript": _transcript(answer),
        "capabilities": {
            name: bool(to_flag(value)) for name, value in sorted(found.items()) if to_flag(value) is not None
        },
    }


def _only_warnings(text: str) -> bool:
    """Exim prints warnings about a configuration that it takes."""
    found = printed(plain_text(text))
    return bool(found.warnings) and not found.errors and not found.unclear


def _transcript(answer: Answer) -> str | None:
    """``metadata.output`` is an object with ``raw``, or the text itself: the reference shows both."""
    output = answer.metadata.get("output")
    raw = output.get("raw") if isinstance(output, dict) else output
    return to_text(plain_text(raw)) if isinstance(raw, str) else None


def check_installed(client: Client) -> Findings:
    """What both checks say about the installed configuration. One that finds fault is enough."""
    return judge_installed(client, client.one_batch([Call(SYNTAX)])[0])


def judge_installed(client: Client, outcome: Answer | WhmError) -> Findings:
    """The same, where the syntax check was made already.

    :param outcome: what SYNTAX ended in when it was asked about the installed configuration.
    """
    if isinstance(outcome, WhmError) and (isinstance(outcome, PermissionRefused) or not isinstance(outcome, Refused)):
        raise outcome
    # a server without the function, or one that insists on a text: its other check remains
    syntax = None if isinstance(outcome, WhmError) else _syntax(client, outcome)
    if syntax and not syntax["valid"]:
        return syntax
    capabilities = syntax["capabilities"] if syntax else {}
    valid, transcript = _dry_run(client, clear=syntax is not None)
    return {
        "valid": valid,
        "message": None if valid else transcript,
        "line": None,
        "excerpt": None,
        "transcript": transcript or None,
        "capabilities": capabilities if valid else {},
    }


def _dry_run(client: Client, clear: bool) -> tuple[bool, str]:
    """Whether the dry run succeeds, and what it printed.

    A failed call that brings a report is a verdict, one without is an error. Else there are words only, in English: the
    sentence, and the line of the transcript that the reference shows for success. One that speaks of a fault is enough. Where
    neither can be understood, as on a server in another language, the syntax check decides alone, and a warning says so.

    :param clear: the syntax check found no fault.
    """
    try:
        answer = client.call(INSTALLED)
    except (Unsupported, PermissionRefused):
        raise
    except Refused as exc:
        report = plain_text(exc.data.get("message")) if isinstance(exc.data, dict) else ""
        if not report:
            raise
        return False, report
    message = answer.get("message")
    if message is not None and not isinstance(message, str):
        raise UnexpectedAnswer("what the answer holds as message is no text", INSTALLED)
    report = plain_text(message)
    reason = clean_reason(answer.metadata.get("reason"))
    succeeded = _DRY_RUN_OK.search(report)
    if _SAYS_INVALID.search(reason) or (_DRY_RUN.search(report) and not succeeded):
        return False, report or reason
    if succeeded or _SAYS_VALID.search(reason):
        return True, report
    if clear:
        client.warnings.append(f"{client.host}: {_UNTOLD}")
        return True, report
    raise UnexpectedAnswer(f"the answer does not tell whether the configuration is valid ({reason})", INSTALLED)


def failed_repair(answer: Answer) -> Verdict:
    """A verdict for exim_configuration_check, which may say 1 when it failed, and then brings a message. Exim's programs print
    warnings when they work, too: what is no warning is held against the state."""
    found = printed(plain_text(answer.get("message")))
    bad = " / ".join([*found.errors, *found.unclear])[:_REASON]
    return Verdict(doubt=bad, remarks=found.warnings)
