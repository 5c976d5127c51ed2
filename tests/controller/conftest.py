# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the controller kit share: the collection as a tarball, installed, and a way to run tools on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.whm.mail.tests.simulator import STATES, Simulator

from .kit import CHECKOUT

BIN = Path(sys.executable).parent
AWX = CHECKOUT / ".ansible/awx"
FRESH = CHECKOUT / ".ansible/fresh"

Run = Callable[..., str]


def clean_environment(home: Path, **extra: str) -> dict[str, str]:
    """Nothing of the caller's that would change the outcome; no collection but those that are named.

    Without the last setting Ansible would find the checkout, which the developer's environment links to.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("LANG", "LC_ALL", "TMPDIR", "NO_PROXY", "no_proxy")
    }
    return {
        **kept,
        "PATH": os.pathsep.join([str(BIN), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(home),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "0",
        **extra,
    }


def run(argv: list[str | Path], env: dict[str, str], cwd: Path) -> str:
    """What a program printed; the test ends when it failed."""
    words = [str(word) for word in argv]
    done = subprocess.run(
        words, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def awx() -> Path:
    """A folder with the collection awx.awx."""
    if not (AWX / "ansible_collections/awx/awx/MANIFEST.json").is_file():
        pytest.fail("awx.awx is missing; `make controller` fetches it")
    return AWX


@pytest.fixture(scope="session")
def fresh() -> Path:
    """The programs of an environment with ansible-core and what the collection says that it needs, and nothing else."""
    if not (FRESH / "bin/ansible-playbook").is_file():
        pytest.fail("the empty environment is missing; `make controller` makes it")
    return FRESH / "bin"


@pytest.fixture(scope="session")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as Galaxy would get it."""
    folder = tmp_path_factory.mktemp("dist")
    env = clean_environment(folder)
    run([BIN / "ansible-galaxy", "collection", "build", "--output-path", folder, CHECKOUT], env, folder)
    (found,) = folder.glob("whm-mail-*.tar.gz")
    return found


@pytest.fixture(scope="session")
def installed(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the tarball was installed, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    argv: list[str | Path] = [BIN / "ansible-galaxy", "collection", "install", "--offline", "-p", folder, tarball]
    run(argv, clean_environment(folder), folder)
    return folder


@pytest.fixture(scope="session")
def whole_fleet() -> Iterator[Simulator]:
    with Simulator(STATES / "demo.yml") as simulator:
        yield simulator


@pytest.fixture
def fleet(whole_fleet: Simulator) -> Simulator:
    whole_fleet.reset()
    return whole_fleet
