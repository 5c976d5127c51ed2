# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""exim_config_info: whether Exim's configuration is valid, or a text would be."""

from __future__ import annotations

from typing import Any

from .exim_config import BROKEN
from .kinds import Situation, Subject


def break_it(box: Any) -> None:
    box.patch({"exim": {"config": BROKEN}})


SUBJECT = Subject(
    situations=(
        Situation({}),
        Situation({}, prepare=break_it),
        Situation({"text": "X = y\n"}, check_mode=True),
        Situation({"text": "X Y\n", "section": "acl"}),
        Situation({"section": "acl"}, True),
    ),
    sends=(
        Situation(),
        Situation({"text": "X = y\n# \u00e9 & %\n"}),
        Situation({"text": "x", "section": "acl"}),
    ),
)
