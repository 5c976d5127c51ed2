# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock still installs when newer releases of everything have been published, with the pip that each Python brings along."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.unit.local_index import (
    NEWER,
    extras_of,
    make_index,
    normal,
    required_by,
    translated,
)
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements-dev.lock"
PYTHONS = ("3.11", "3.12", "3.13")


@pytest.fixture
def devtools(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module


def locked() -> dict[str, str]:
    """Package to version."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    found = [re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.]+)", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def extras() -> dict[str, set[str]]:
    """Package, as indexes spell it, to the extras that its entry has."""
    found = re.findall(r"^([\w.-]+)\[([\w,-]+)\]==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return {normal(name): set(named.split(",")) for name, named in found}


def requirements(python: str) -> Iterator[tuple[str, Requirement]]:
    """Who asks for what, on Linux and this Python, among all that is locked."""
    wanted = extras()
    for name in locked():
        for text in required_by(name):
            requirement, marker = Requirement(text), {"python_version": python, "python_full_version": f"{python}.0"}
            asked = ["", *wanted.get(normal(name), ())]
            if not requirement.marker or any(requirement.marker.evaluate({**marker, "extra": each}) for each in asked):
                yield name, requirement


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_holds_all_that_is_asked_for_with_its_extras(python: str) -> None:
    versions, wanted = {normal(name): version for name, version in locked().items()}, extras()
    lacking = [
        f"{name} asks for {requirement}"
        for name, requirement in requirements(python)
        if not requirement.specifier.contains(versions.get(normal(requirement.name), ""), prereleases=True)
        or requirement.extras - wanted.get(normal(requirement.name), set())
    ]
    assert lacking == []


def test_something_is_asked_for_with_an_extra() -> None:
    assert any(requirement.extras for _name, requirement in requirements("3.11"))
    assert extras()
    assert all(set(names) <= set(extras_of(package)) for package, names in extras().items())


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The local index and the lock whose hashes fit it."""
    folder = tmp_path_factory.mktemp("index")
    return folder, translated(LOCK.read_text(encoding="utf-8"), make_index(folder, locked()))


def install(python: str, folder: Path, argv: list[str], index: Path) -> str:
    """Install into a new environment with the pip of this Python, from the local index alone, and say what pip printed."""
    env = {"PATH": os.defpath, "HOME": str(folder), "PIP_INDEX_URL": index.as_uri(), "PIP_CONFIG_FILE": os.devnull}
    env |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_CACHE_DIR": "1"}
    subprocess.run([python, "-m", "venv", str(folder / "venv")], env=env, check=True)
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout if done.returncode else ""


def installed(folder: Path) -> dict[str, str]:
    """Package to version, but for pip and what a Python puts into every environment."""
    names = [path.name for path in folder.glob("venv/lib/python3.*/site-packages/*.dist-info")]
    pairs = dict(name.removesuffix(".dist-info").rsplit("-", 1) for name in names)
    return {normal(name): version for name, version in pairs.items() if name not in ("pip", "setuptools")}


@pytest.mark.parametrize("python", PYTHONS)
def test_newer_releases_of_everything_change_nothing(
    python: str, tmp_path: Path, devtools: Any, index: tuple[Path, str]
) -> None:
    interpreter = devtools("devtools.parts").interpreters().get(python)
    if not interpreter:
        pytest.skip(f"no Python {python} on this machine")
    folder, text = index
    lock = tmp_path / "lock.txt"
    lock.write_text(text, encoding="utf-8")
    argv = devtools("devtools.environment").installation(tmp_path / "venv", lock)
    assert install(interpreter, tmp_path, argv, folder) == ""
    found = installed(tmp_path)
    assert NEWER not in found.values()
    assert found.items() <= {normal(name): version for name, version in locked().items()}.items()
    assert len(found) > 100


@pytest.mark.parametrize("keep_extras", [True, False])
def test_whoever_lets_pip_resolve_the_lock_needs_its_extras(
    keep_extras: bool, tmp_path: Path, devtools: Any, index: tuple[Path, str]
) -> None:
    """The lock by hand, without our command; and the proof that the index above would show the fault."""
    interpreter = devtools("devtools.parts").interpreters()["3.11"]
    folder, text = index
    lock = tmp_path / "lock.txt"
    lock.write_text(text if keep_extras else re.sub(r"\[[\w,-]+\]", "", text), encoding="utf-8")
    python = str(tmp_path / "venv/bin/python")
    problem = install(
        interpreter, tmp_path, [python, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(lock)], folder
    )
    assert ("must have their versions pinned" in problem) is not keep_extras, problem
