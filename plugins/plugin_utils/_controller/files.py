# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the controller that are only ever replaced as a whole."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from ansible_collections.whm.mail.plugins.module_utils._mail import files


def replace(path: Path, text: str, mode: int = files.PRIVATE) -> None:
    """Put a text into a file, at once.

    :raises OSError: nothing was changed.
    """
    files.replace(path, _octets(text), mode)


def differs(path: Path, text: str, mode: int) -> bool:
    """Whether the file is missing, is a link, says something else or has another mode.

    :raises OSError: it cannot be read.
    """
    try:
        found = path.lstat().st_mode  # of a link itself, which is to be replaced and not followed
        return not stat.S_ISREG(found) or stat.S_IMODE(found) != mode or path.read_bytes() != _octets(text)
    except FileNotFoundError:
        return True


def make_folder(path: Path, mode: int) -> None:
    """The folder and those above it that are missing, each with this mode whatever the umask. Those that exist are left alone."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)


def mode_of(option: str, value: str) -> int:
    """A mode as it is written in YAML.

    :raises ValueError: it is none; with the remedy.
    """
    if not re.fullmatch("0[0-7]{3}", value):
        raise ValueError(
            f'{option}: {value} is no mode; it is a zero and three octal digits, in quotes, such as "0640".'
        )
    return int(value, 8)


def _octets(text: str) -> bytes:
    """UTF-8. Half a character, which a server can be made to name, becomes an escape that JSON knows too."""
    return text.encode("utf-8", "backslashreplace")
