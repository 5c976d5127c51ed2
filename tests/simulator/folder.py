# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a running simulator, and the end of those whose simulator was killed.

A simulator holds a lock in its folder as long as it lives. One that could not clean up (SIGKILL, or ansible-test, which ends each
test's process without a word) leaves a folder whose lock nobody holds; the next simulator removes it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

_PREFIX = "whm-simulator-"
_LOCK = "lock"


class Folder:
    """A new folder below the machine's one for temporary files."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        made = self.path / "lock-to-be"
        self._lock = os.open(made, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        made.rename(self.path / _LOCK)  # nobody sees it unlocked

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _sweep(place: Path) -> None:
    """Remove the folders whose lock is free. One without a lock is just being made, and is left alone."""
    for folder in place.glob(_PREFIX + "*"):
        with suppress(OSError):  # somebody else's, or gone already
            lock = os.open(folder / _LOCK, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(lock).st_uid == os.geteuid():
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
