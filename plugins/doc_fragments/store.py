# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  store:
    description:
      - Where audits and the ledger of containment are kept, always seen from the controller. The path of a SQLite file, or the URL of a
        PostgreSQL database such as C(postgresql://user:password@host/database), which several controllers may share.
      - If the task does not give it, the host's variable C(whm_store) or else the value of environment variable E(WHM_STORE) is used, and where
        these are empty, too, the file C(store.sqlite) in O(folder).
      - A password in it appears in no output. The file has mode C(0600).
    type: str
requirements:
  - SQLAlchemy >= 2.0.20 (on the controller)
  - psycopg >= 3.1 (on the controller, for PostgreSQL)
"""
