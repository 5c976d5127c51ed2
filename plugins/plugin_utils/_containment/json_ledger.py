# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger of containment as checkouts of earlier days wrote it: a JSON file, which is taken over once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA = 1
NEEDED = ("id", "server", "user", "status")

Entry = dict[str, Any]


class LedgerError(Exception):
    """The ledger cannot be read; the sentence says why."""


def read(path: Path) -> list[Entry]:
    """All entries, in the order in which they were first written. A ledger that is not there yet has none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as exc:
        raise LedgerError(f"The ledger {path} cannot be read: {exc}.") from None
    try:
        document = json.loads(text)
    except ValueError as exc:
        raise LedgerError(f"{path} is no ledger: {exc}. Restore it from a backup, or name another file.") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA or not _fit(document.get("entries")):
        raise LedgerError(f"{path} is no ledger of schema {SCHEMA}. Name another file.")
    entries: list[Entry] = document["entries"]
    return entries


def _fit(entries: Any) -> bool:
    if not isinstance(entries, list):
        return False
    return all(isinstance(entry, dict) and all(isinstance(entry.get(key), str) for key in NEEDED) for entry in entries)
