# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger of containment: a JSON file that is only ever replaced as a whole, by one process at a time."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._controller.files import replace

SCHEMA = 1
NEEDED = ("id", "server", "user", "status")

Entry = dict[str, Any]


class LedgerError(Exception):
    """The ledger cannot be used; the sentence says why, and nothing was written."""


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


def merged(entries: Sequence[Entry], changes: Sequence[Entry]) -> list[Entry]:
    """The entries with those of the same id replaced and new ones appended. Pure."""
    if not _fit(list(changes)):
        raise LedgerError("An entry of the ledger needs {} as texts.".format(", ".join(NEEDED)))
    found = {entry["id"]: entry for entry in entries}
    found.update({change["id"]: change for change in changes})
    return list(found.values())


def update(path: Path, changes: Sequence[Entry], timeout: float = 60.0) -> tuple[list[Entry], list[Entry]]:
    """Replace or append entries; all entries before and after. Parallel calls wait for each other."""
    path = Path(os.path.realpath(path))  # a link stays a link
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path.with_name(path.name + ".lock"), timeout):
            before = read(path)
            after = merged(before, changes)
            if after != before:
                replace(path, json.dumps({"schema": SCHEMA, "entries": after}, indent=1, ensure_ascii=False) + "\n")
    except OSError as exc:
        raise LedgerError(f"The ledger {path} cannot be written: {exc}.") from None
    return before, after


@contextmanager
def _locked(path: Path, timeout: float, pause: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Hold a lock that ends with the process, however that ends. The file stays: to remove it would let two in."""
    deadline = time.monotonic() + timeout
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LedgerError(f"Another process has kept {path} locked for {timeout:g} seconds.") from None
                pause(0.02)
        yield
    finally:
        os.close(descriptor)
