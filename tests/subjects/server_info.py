# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""server_info: a server's version, and what the caller may do there."""

from __future__ import annotations

from .kinds import Situation, Subject

SUBJECT = Subject(
    situations=(
        Situation(),
        Situation(prepare=lambda box: box.patch({"missing_functions": ["gethostname"]})),
    ),
    sends=(Situation(), Situation(prepare=lambda box: box.quirks.add("version_legacy"))),
    hostile=({},),
    hostile_keys=("version", "app", "privileges"),
)
