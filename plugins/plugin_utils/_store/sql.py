# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SQLAlchemy, where it is installed. It is imported in the main process, before that forks, and only by what uses the store."""

from __future__ import annotations

import traceback
from typing import Any

SQLALCHEMY_IMPORT_ERROR: str | None = None
PSYCOPG_IMPORT_ERROR: str | None = None


class _Missing:
    """Lets the files that describe tables be read where the library is missing; whoever opens a store is told."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *_values: Any, **_options: Any) -> Any:
        return self


sa: Any
try:
    import sqlalchemy as sa
except ImportError:
    SQLALCHEMY_IMPORT_ERROR = traceback.format_exc()
    sa = _Missing()

try:
    import psycopg  # noqa: F401  (for PostgreSQL; SQLAlchemy asks for it by name)
except ImportError:
    PSYCOPG_IMPORT_ERROR = traceback.format_exc()
