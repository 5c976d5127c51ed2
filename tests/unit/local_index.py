# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A package index in a folder: everything that a lock names, as hollow wheels with the real metadata, and newer releases of all of it.

It shows today what an index looks like some months after a lock was written.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

NEWER = "99999.0"


def normal(name: str) -> str:
    """As indexes spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required_by(name: str) -> Sequence[str]:
    """What an installed package asks for; nothing where it is not installed, because its marker does not fit this machine."""
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []


def extras_of(name: str) -> Sequence[str]:
    try:
        return metadata.metadata(name).get_all("Provides-Extra") or []
    except metadata.PackageNotFoundError:
        return []


def hollow_wheel(folder: Path, name: str, version: str) -> Path:
    """A wheel without contents that asks for what the real package asks for."""
    stem = f"{normal(name).replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras_of(name)]
    lines += [f"Requires-Dist: {requirement}" for requirement in required_by(name)]
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "\n".join(lines) + "\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


def make_index(folder: Path, locked: Mapping[str, str]) -> dict[str, str]:
    """Write the index, and give the hash of the wheel that the lock means, by package.

    :param locked: package to version.
    """
    hashes = {}
    for name, version in locked.items():
        page = folder / normal(name)
        page.mkdir(parents=True)
        wheels = [hollow_wheel(page, name, each) for each in (version, NEWER)]
        page.joinpath("index.html").write_text(
            "".join(f'<a href="{wheel.name}">{wheel.name}</a>\n' for wheel in wheels), encoding="utf-8"
        )
        hashes[name] = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    return hashes


def translated(lock: str, hashes: Mapping[str, str]) -> str:
    """The lock with the hashes of the hollow wheels; everything else, extras and markers too, is kept."""
    entries = []
    for line in lock.splitlines():
        match = re.match(r"([\w.-]+)(\[[\w,-]+\])?==[^\\]+", line)
        if match:
            entries.append(f"{match[0].strip()} --hash=sha256:{hashes[match[1]]}\n")
    return "".join(entries)
