# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two things that the tests of the controller kit need beside ``.venv``, made once and kept in ``.ansible``."""

from __future__ import annotations

import shutil
import tempfile
import threading
import zipfile
from pathlib import Path

from devtools.environment import LOCK, VENV, WORK
from devtools.job import Job
from devtools.supply import locked

# The modules for AWX. Their authors publish them on Galaxy alone, but this release of the package `ansible` has them (newer ones do
# not): 54 MB are fetched once, 1 MB of which stays.
AWX = WORK / "awx"
AWX_SOURCE = "ansible==12.3.0 --hash=sha256:cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414"
AWX_FOLDER = "ansible_collections/awx/awx/"

# What a user has who installs what the README says: to see that nothing else is needed.
FRESH = WORK / "fresh"
FRESH_PACKAGES = ("ansible-core", "requests", "sqlalchemy", "trustme")

ONE_AT_A_TIME = threading.Lock()


def awx_collection(job: Job) -> Path:
    """A folder with the collection awx.awx. Parts of the tests that run beside each other wait for the first of them."""
    with ONE_AT_A_TIME:
        if not (AWX / AWX_FOLDER / "MANIFEST.json").is_file():
            with tempfile.TemporaryDirectory(dir=WORK) as folder:
                fetch_awx(job, Path(folder))
    return AWX


def fetch_awx(job: Job, folder: Path) -> None:
    wanted = folder / "requirements.txt"
    wanted.write_text(AWX_SOURCE + "\n", encoding="utf-8")
    options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-d", str(folder), "-r", str(wanted)]
    job.run(str(VENV / "bin/python"), "-m", "pip", "download", "-qq", *options)
    (wheel,) = folder.glob("ansible-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "awx", [name for name in archive.namelist() if name.startswith(AWX_FOLDER)])
    shutil.rmtree(AWX, ignore_errors=True)
    (folder / "awx").rename(AWX)


def fresh_environment(job: Job) -> None:
    """An environment with what users install, at the versions of the lock, and no link to this checkout."""
    versions = locked(LOCK)
    stamp, wanted = FRESH / "made-of", " ".join(f"{name}=={versions[name]}" for name in FRESH_PACKAGES)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == f"{FRESH} {wanted}":
        return
    job.run(str(VENV / "bin/python"), "-m", "venv", "--clear", str(FRESH))
    limits = FRESH / "constraints.txt"
    limits.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()), encoding="utf-8")
    job.run(str(FRESH / "bin/python"), "-m", "pip", "install", "-qq", "-c", str(limits), *FRESH_PACKAGES)
    stamp.write_text(f"{FRESH} {wanted}", encoding="utf-8")
