# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine other than the controller, as far as Ansible can tell: the local connection under another name."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: elsewhere
short_description: The local connection under another name, for tests
description: The local connection under another name, for tests.
"""


class Connection(LocalConnection):
    transport = "elsewhere"
