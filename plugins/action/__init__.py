# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Ansible imports this package in its main process, when it parses the first task of the collection. What is imported here
# is thus there in every worker it forks later; see plugin_utils/_controller/worker.py.
from __future__ import annotations

from ansible_collections.whm.mail.plugins.action import api as _api  # noqa: F401
