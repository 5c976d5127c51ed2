# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the environment in ``.venv`` is made of: the lock of all versions with their hashes, and whether any is known to be
vulnerable."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.environment import LOCK, REQUIREMENTS, ROOT, WORK, command, find_python, tool_environment

TOOLS = ("pip-audit==2.10.1", "uv==0.13.8")
FOLDER = WORK / "supply"

#: Where pip-audit asks for advisories, in this order.
SERVICES = ("pypi", "osv")

VULNERABLE, NOT_KNOWN = 1, 2


def tool(name: str) -> str:
    """The path of one of the tools; they have an environment of their own, because nothing else needs them."""
    stamp = FOLDER / "tools"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != "\n".join(TOOLS):
        command([find_python(), "-m", "venv", "--clear", str(FOLDER)])
        command([str(FOLDER / "bin/python"), "-m", "pip", "install", "-qq", *TOOLS])
        stamp.write_text("\n".join(TOOLS), encoding="utf-8")
    return str(FOLDER / "bin" / name)


def lock() -> int:
    """Write the lock anew from the requirements. What is in it stays at its version as long as it fits."""
    argv = [tool("uv"), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
    argv += ["--fork-strategy", "fewest"]  # one version of each, whatever the Python
    argv += ["--no-strip-extras"]  # whoever resolves the lock by itself needs them
    argv += ["--no-annotate", "--custom-compile-command", "make lock-dependencies", "--output-file", LOCK.name]
    command([*argv, REQUIREMENTS.name])
    print(f"{LOCK.name} holds {len(locked(LOCK))} packages.")
    return 0


def locked(path: Path) -> dict[str, str]:
    """Package to version; without the extras that others ask of it, which constraints must not name."""
    lines = [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if "==" in line.split("#")[0]]
    pairs = [line.split("==", 1) for line in lines]
    return {name.partition("[")[0]: version for name, version in pairs}


@dataclass(frozen=True)
class Audit:
    """What a service says of the packages.

    :param audited: those that it knows; of the others it says nothing, which is not the same as nothing bad.
    :param vulnerable: package and version to the names of its advisories.
    """

    audited: frozenset[str]
    vulnerable: Mapping[str, list[str]]


def judge(document: Mapping[str, Any]) -> Audit:
    """The JSON document that pip-audit writes. It calls the run a success even when all packages were skipped."""
    known = [row for row in document.get("dependencies", []) if "skip_reason" not in row]
    bad = {f"{row['name']} {row['version']}": [each["id"] for each in row["vulns"]] for row in known if row["vulns"]}
    return Audit(frozenset(row["name"] for row in known), bad)


def verdict(audits: Iterable[Audit], wanted: Iterable[str]) -> tuple[int, str]:
    """Exit code and sentences, from all that the services said."""
    audits, wanted = list(audits), sorted(wanted)
    audited = {name for audit in audits for name in audit.audited}
    vulnerable = {name: ids for audit in audits for name, ids in audit.vulnerable.items()}
    left = [name for name in wanted if name not in audited]
    lines = [f"VULNERABLE: {name} ({', '.join(ids)})" for name, ids in sorted(vulnerable.items())]
    lines.append(f"{len(wanted) - len(left)} of {len(wanted)} packages were audited, {len(vulnerable)} are vulnerable.")
    if left == wanted:
        lines.append(
            "NOTHING IS KNOWN: no source of advisories could be reached. Run this again where there is a network."
        )
    elif left:
        lines.append("NOT AUDITED: " + ", ".join(left))
    return VULNERABLE if vulnerable else NOT_KNOWN if left else 0, "\n".join(lines)


def ask(service: str) -> Audit:
    """What one service says; nothing when it does not answer."""
    argv = [tool("pip-audit"), "--requirement", str(LOCK), "--require-hashes", "--disable-pip", "--format", "json"]
    argv += ["--progress-spinner", "off", "--vulnerability-service", service]
    done = subprocess.run(argv, env=tool_environment(), cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        return judge(json.loads(done.stdout))
    except ValueError:
        problem = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"{service}: {problem[:200]}", file=sys.stderr)
        return Audit(frozenset(), {})


def audit() -> int:
    """Ask for advisories about every package of the lock. 0: none; 1: some; 2: not all could be asked about."""
    wanted, audits = set(locked(LOCK)), []
    for service in SERVICES:
        audits.append(ask(service))
        if wanted <= {name for each in audits for name in each.audited}:
            break
    code, text = verdict(audits, wanted)
    print(text)
    return code
