# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""greylisting_info: how greylisting is set, whom it trusts and what it defers."""

from __future__ import annotations

from typing import Any

from .kinds import Situation, Subject

EVERYTHING = {"deferred": True, "provider_hosts": True}


def _busy(box: Any) -> None:
    box.patch({"greylisting": {"hosts": [{"host": "192.0.2.0-192.0.2.255", "comment": "partners"}], "deferred": 3}})


def _one_fails(box: Any) -> None:
    box.patch({"greylisting": {"providers": {"google": {"fails": "Unknown mail provider: google"}}}})


SUBJECT = Subject(
    situations=(
        Situation({}),
        Situation(EVERYTHING, prepare=_busy),
        Situation({"provider_hosts": True}, True, _one_fails),
    ),
    sends=(Situation({}), Situation(EVERYTHING, prepare=_busy), Situation(EVERYTHING, check_mode=True)),
    hostile=({"deferred": True, "provider_hosts": True}, {"deferred": False, "provider_hosts": False}),
    hostile_keys=(
        "ip_blocks", "greylist_deferred_entries", "total_rows", "id", "providers", "providers_failed", "ips", "host_ip", "create_time",
    ),
)  # fmt: skip
