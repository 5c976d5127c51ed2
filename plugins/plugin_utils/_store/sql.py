# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SQLAlchemy, where it is installed. It is imported in the main process, before that forks, and only by what uses the store."""

from __future__ import annotations

import importlib
import traceback
from typing import Any


class _Missing:
    """Lets the files that describe tables be read where the library is missing; whoever opens a store is told."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *_values: Any, **_options: Any) -> Any:
        return self


def _imported(name: str) -> tuple[Any, str | None]:
    """The library, and why there is none."""
    try:
        return importlib.import_module(name), None
    except ImportError:
        return _Missing(), traceback.format_exc()


sa, SQLALCHEMY_IMPORT_ERROR = _imported("sqlalchemy")

#: For PostgreSQL. SQLAlchemy asks for it by name.
_psycopg, PSYCOPG_IMPORT_ERROR = _imported("psycopg")
