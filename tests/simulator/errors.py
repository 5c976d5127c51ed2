# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a handler ends other than by returning data."""

from __future__ import annotations

from typing import Any


class Failure(Exception):
    """The function answers with result 0.

    `typed`: thrown as a typed error (XID; two lines on a server that is not English).
    `thrown=False`: the function sets its reason itself, so there is no "API failure:" in front.
    `data`: some failures carry data all the same (accountsummary: {"acct": null}).
    """

    def __init__(self, text: str, typed: bool = True, data: Any = None, *, thrown: bool = True) -> None:
        super().__init__(text)
        self.text = text
        self.typed = typed
        self.thrown = thrown
        self.data = data


class Raw(Exception):
    """The function answers with this body instead of the usual envelope."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__("raw answer")
        self.body = body


class UapiFailure(Exception):
    """A UAPI function answers with status 0 and this error; the call around it stays successful."""
