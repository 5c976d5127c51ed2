# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a program on the server printed although the call worked: errors, warnings, and what cannot be told. Pure.

Programs print warnings to standard error when they work (``doveconf: Warning: Obsolete setting``), so its text alone is no failure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._state.plan import Verdict
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import clean_reason

_LEVEL = re.compile(r"\b(debug|info|notice|warning|error|fatal|panic)\s*:", re.IGNORECASE)
_BAD = ("error", "fatal", "panic")


@dataclass(frozen=True)
class Printed:
    """Messages by what they say of themselves.

    :param unclear: those that do not say it, as in another language.
    """

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


def printed(texts: Any) -> Printed:
    """The messages in a text, or a list of texts. A line that does not say what it is belongs to the one above it."""
    found: dict[str, list[str]] = {"errors": [], "warnings": [], "unclear": []}
    for text in as_list(texts):
        level = "unclear"
        for line in _lines(text):
            match = _LEVEL.search(line)
            if match:
                level = "errors" if match.group(1).lower() in _BAD else "warnings"
            found[level].append(line)
    return Printed(**{name: tuple(lines) for name, lines in found.items()})


def _lines(text: Any) -> Iterable[str]:
    lines = (line.strip() for line in str(text or "").splitlines())
    return [clean_reason(line) for line in lines if line]


def judged(found: Printed) -> Verdict:
    """What it says of the call: errors are a failure, warnings are none, and for the rest the state decides."""
    return Verdict(
        refused=" / ".join(found.errors), doubt=" / ".join(found.unclear), remarks=found.warnings
    )  # fmt: skip
