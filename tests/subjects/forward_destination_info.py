# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""forward_destination_info: where mail to a user's own name goes."""

from __future__ import annotations

from .kinds import Situation, Subject

SUBJECT = Subject(
    situations=(Situation(), Situation({"users": ["root", "nosuch"]}, True)),
    sends=(Situation(), Situation({"users": ["root"]}), Situation({"users": ["root", "bob"]})),
    hostile=({"users": None}, {"users": ["alice"]}),
    hostile_keys=("users", "forward_to"),
)
