# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A PostgreSQL of one's own for tests, which can be killed and recovers.

    with PostgreSQL() as server:
        url = server.new_database()  # postgresql://role:password@127.0.0.1:port/database
        server.kill()                # as when the machine loses all of its processes
        server.restart()             # what was committed is there

Tests take the fixtures ``postgresql`` and ``database_url``, which skip where PostgreSQL is not installed.
"""

from .server import INSTALL, PostgreSQL, missing

__all__ = ["INSTALL", "PostgreSQL", "missing"]
