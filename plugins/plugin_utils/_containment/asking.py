# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holding and releasing have in common: the change of lines on the server, and the rows of the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._containment.entries import OPTION, Entry

Result = dict[str, Any]
Ask = Callable[[str, Mapping[str, Any], bool], Result]  # module, options and check mode to its result


def change(ask: Ask, lines: Sequence[Entry], holding: bool, check_mode: bool) -> list[Result]:
    """Hold or release the accounts of lines, each by what stands in its line: a run that was killed may have left another action than
    today's.

    :returns: what outgoing_mail said, once for each kind of action.
    """
    results = []
    for action, option in OPTION.items():
        users = [line["user"] for line in lines if line["action"] == action]
        if users:
            results.append(ask("outgoing_mail", {"users": users, option: holding}, check_mode))
    return results


def rows_of(results: Sequence[Result]) -> list[Result]:
    """What was said of each account."""
    return [row for result in results for row in result.get("accounts") or []]


def row(line: Entry, results: Sequence[Result], shown: Sequence[str]) -> Result:
    """A row of the task's own result.

    :param shown: keys of the line.
    """
    told = next((each for each in rows_of(results) if each["user"] == line["user"]), {})
    error = {"error": told["error"]} if "error" in told else {}
    return {**{key: line[key] for key in shown}, "changed": bool(told.get("changed")), **error}


def not_read(read: Mapping[str, Any]) -> Result:
    """The result where the server could not even be read: what that said."""
    kept = ("msg", "error", "unreachable", "warnings")
    return {"failed": True, "changed": False, **{key: read[key] for key in kept if key in read}}
