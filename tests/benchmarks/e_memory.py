# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(e) Peak memory when thousands of mailboxes are read: it grows with the answer, and with nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .playbook import Ansible
from .report import Report, Target
from .server import Servers
from .timing import slope

SIZES = (5_000, 20_000, 50_000)
BOXES = 100


def measure(servers: Servers, name: str, tracing: bool) -> dict[str, int]:
    """What a process of its own found: bytes received, bytes at the peak."""
    asked = {"options": servers.options(name), "accounts": int(name[5:]) // BOXES, "tracing": tracing}
    command = [sys.executable, "-m", f"{__package__}.reader"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The reader failed: {done.stderr[-2000:]}")
    found: dict[str, int] = json.loads(done.stdout)
    return found


def run(ansibles: list[Ansible], folder: Path, quick: bool) -> Report:
    rounds = 3 if quick else 5
    states: dict[str, Any] = {
        f"boxes{size}": {
            "quirks": {"no_gzip": True},
            "generate": {"accounts": size // BOXES, "mailboxes": BOXES, "messages": 3},
        }
        for size in SIZES
    }
    report = Report(
        "e",
        "Peak memory",
        "`mailbox_info` of all addresses of 50, 200 and 500 accounts, run as the action plugin runs it, in a process of its "
        "own; what the process had before is taken off. Answers came uncompressed, so that their bytes could be counted.",
        ["mailboxes", "answers", "peak of Python's objects", "÷ answers", "peak of the process", "÷ answers"],
    )
    objects: list[tuple[float, float]] = []
    process: list[tuple[float, float]] = []
    with Servers(states, folder) as servers:
        for name in states:
            traced = measure(servers, name, tracing=True)
            plain = [measure(servers, name, tracing=False) for _round in range(rounds)]
            peak = sorted(found["peak"] for found in plain)[rounds // 2]
            received = traced["received"]
            objects.append((received, traced["peak"]))
            process.append((received, peak))
            cells = [_mib(received), _mib(traced["peak"]), f"{traced['peak'] / received:.1f}"]
            report.rows.append([f"{int(name[5:]):,}", *cells, _mib(peak), f"{peak / received:.1f}"])
            report.figures[name] = {"traced": traced, "plain": plain}
    report.targets = [
        Target("peak of the process ÷ bytes of the answers", max(peak / size for size, peak in process), 10.0),
        Target("slope of the log-log line, process", slope(process), 1.1),
        Target("slope of the log-log line, objects", slope(objects), 1.1),
    ]
    return report


def _mib(size: float) -> str:
    return f"{size / 2**20:.1f} MiB"
