# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mail_queue_info: the messages that wait in Exim's queue."""

from __future__ import annotations

from typing import Any

from .kinds import Situation, Subject


def gone(box: Any) -> None:
    box.patch({"exim": {"gone": True}})


SUBJECT = Subject(
    situations=(
        Situation({}),
        Situation({"users": ["alice"], "older_than": "1m"}, check_mode=True),
        Situation({}, prepare=lambda box: box.patch({"exim": {"queue": []}})),
        Situation({}, True, gone),
        Situation({"senders": ["a b"]}, True),
    ),
    sends=(Situation(), Situation({"users": ["alice"], "frozen": False})),
)
