# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment in ``.venv`` and the one that every tool runs in."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
WORK = ROOT / ".ansible"
COLLECTION = Path("ansible_collections", "whm", "mail")
REQUIREMENTS = ROOT / "requirements-dev.txt"
LOCK = ROOT / "requirements-dev.lock"  # these and all that they need in turn, with hashes

PYTHONS = ((3, 11), (3, 12), (3, 13))  # what ansible-core 2.19 runs on

# Settings of the caller that would change what is tested. Proxies, pip's settings and certificates stay.
FOREIGN = (
    *("ANSIBLE_", "COVERAGE_", "GALAXY_", "GIT_", "MOLECULE_", "MYPY", "PYTEST_", "PYTHON", "VIRTUAL_ENV", "WHM_"),
    *("CLICOLOR", "FORCE_COLOR", "PY_COLORS"),
)


def stop(sentence: str) -> NoReturn:
    sys.exit(f"dev.py: {sentence}")


def tool_environment(**extra: str) -> dict[str, str]:
    """The environment every tool gets: the caller's, minus what would change the outcome, with a PATH free of shims."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    env["PATH"] = os.pathsep.join([str(VENV / "bin"), "/usr/local/bin", "/usr/bin", "/bin"])
    env["LC_ALL"] = "C.UTF-8"
    env["ANSIBLE_CONFIG"] = str(WORK / "ansible.cfg")  # an empty file: settings of this machine do not count here
    env["HYPOTHESIS_STORAGE_DIRECTORY"] = str(WORK / "hypothesis")
    # The simulator is on this machine: a proxy must not be asked for it.
    env["NO_PROXY"] = env["no_proxy"] = ",".join(filter(None, [env.get("NO_PROXY"), "127.0.0.1", "localhost"]))
    return {**env, **_instead(), **extra}


# Tools write into these folders of the home directory, and read these files there.
_WRITTEN = ("", ".ansible", ".cache")
_READ = {
    "PIP_CONFIG_FILE": (".config/pip/pip.conf", ".pip/pip.conf"),
    "GIT_CONFIG_GLOBAL": (".gitconfig", ".config/git/config"),
}


@cache
def _instead() -> dict[str, str]:
    """What takes the place of folders outside of the checkout that cannot be written; settings in them count all the same."""
    found, own = {}, WORK / "home"
    home = os.environ.get("HOME", "")
    if not home or not all(_writable(Path(home, name), missing=bool(name)) for name in _WRITTEN):
        found["HOME"] = str(own)
        for name, files in _READ.items():
            given = [str(path) for path in (Path(home, file) for file in files) if home and os.access(path, os.R_OK)]
            if given and name not in os.environ:
                found[name] = given[0]
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        if os.environ.get(name) and not _writable(Path(os.environ[name])):
            found[name] = str(own / name.lower())
    if os.environ.get("TMPDIR") and not _writable(Path(os.environ["TMPDIR"])):
        found["TMPDIR"] = str(own / "tmp")
    for name in set(found) - set(_READ):
        Path(found[name]).mkdir(parents=True, exist_ok=True)
    return found


def _writable(folder: Path, missing: bool = False) -> bool:
    """Whether a file can be made there, which permissions alone do not tell. `missing`: the answer for no folder at all."""
    if not os.path.lexists(folder) and missing:
        return True
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"0" * 4096)
            probe.flush()
    except OSError:
        return False
    return True


def usable(python: str) -> bool:
    """Whether this interpreter has a fitting version and can make environments (Debian packages that separately)."""
    probe = f"import sys, ensurepip, venv; sys.exit(sys.version_info[:2] not in {PYTHONS!r})"
    try:
        return subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def find_python() -> str:
    candidates = [sys.executable] + [f"python{major}.{minor}" for major, minor in PYTHONS] + ["/usr/bin/python3"]
    for python in candidates:
        if usable(python):
            return python
    versions = ", ".join(f"{major}.{minor}" for major, minor in PYTHONS)
    stop(f"needs Python {versions} with its venv module (on Debian and Ubuntu: apt install python3 python3-venv).")


def installation(venv: Path, lock: Path) -> list[str]:
    """The command that puts everything that a lock names into an environment, and nothing else.

    pip is not asked to resolve anything. If it were, it would look at newer releases too, and the pip that older Pythons bring
    along would fail on whatever has been published since the lock was written.
    """
    pip = [str(venv / "bin" / "python"), "-m", "pip"]
    return [*pip, "install", "-qq", "--no-deps", "--require-hashes", "-r", str(lock)]


def setup() -> None:
    """Make ``.venv`` unless it was made from this very lock, in this very folder."""
    try:
        WORK.mkdir(exist_ok=True)
        with open(WORK / "setup.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # a second command waits for the environment that the first one makes
            _setup()
    except OSError as problem:
        where = problem.filename or "a file"
        stop(
            f"{where} cannot be written ({problem.strerror}): make the checkout writable, or copy it to where you may write."
        )


def _setup() -> None:
    stamp = VENV / "whm-mail.stamp"
    wanted = f"{ROOT}\n{hashlib.sha256(LOCK.read_bytes()).hexdigest()}\n"
    found = stamp.read_text(encoding="utf-8") if stamp.is_file() else ""
    if found != wanted or not usable(str(VENV / "bin" / "python")):
        print("Preparing the environment in .venv (once, about a minute) ...", flush=True)
        # Scripts in an environment carry its absolute path: one that was moved here is of no use.
        moved = bool(found) and not found.startswith(f"{ROOT}\n")
        if moved or not usable(str(VENV / "bin" / "python")):
            command([find_python(), "-m", "venv", "--clear", str(VENV)])
        command(installation(VENV, LOCK))
        stamp.write_text(wanted, encoding="utf-8")
    (WORK / "ansible.cfg").touch()
    for site_packages in VENV.glob("lib/python3.*/site-packages"):
        link_collection(site_packages)


def command(argv: list[str]) -> None:
    """A step of the preparation: quiet, but its errors are shown, and it ends everything."""
    if subprocess.run(argv, env=tool_environment(), stdin=subprocess.DEVNULL, check=False).returncode:
        stop(f"'{' '.join(argv[:4])} ...' failed; its message is above.")


def link_collection(folder: Path) -> None:
    """Put the checkout where Ansible, Python, linters and mypy look for a collection called whm.mail."""
    link = folder / COLLECTION
    if link.is_symlink() and os.readlink(link) == str(ROOT):
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink():
        link.unlink()
    link.symlink_to(ROOT, target_is_directory=True)
