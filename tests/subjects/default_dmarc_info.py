# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""default_dmarc_info: the DMARC record that new domains get."""

from __future__ import annotations

from .kinds import Situation, Subject

SUBJECT = Subject(situations=(Situation({}),), hostile=({},))
