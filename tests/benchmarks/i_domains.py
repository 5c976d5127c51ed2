# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(i) One task that publishes a DMARC record for 1 to 10,000 domains, against one domain and against a script with the same requests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .playbook import Ansible, Tasks, hosts
from .report import Report, Target
from .server import Servers, connections
from .timing import Contender, Sample, interleave

SIZES = (1, 100, 10_000)
RECORD = "v=DMARC1; p=reject"


def name_of(size: int) -> str:
    return f"domains{size}"


def publish(servers: Servers, size: int, folder: Path) -> Tasks:
    """A task for all domains of a server; their names come from a file, one a line."""
    domains = folder / f"domains-{size}"
    domains.write_text("\n".join(f"user{number}.example.com" for number in range(1, size + 1)), encoding="utf-8")
    names = f"{{{{ lookup('ansible.builtin.file', '{domains}').splitlines() }}}}"
    return [{"whm.mail.dmarc": {"domains": names, "record": RECORD, **servers.options(name_of(size))}}]


def run(ansibles: list[Ansible], folder: Path, quick: bool) -> Report:
    rounds = 3 if quick else 5
    logs: dict[str, list[dict[str, Any]]] = {}
    with Servers({name_of(size): {"generate": {"accounts": size}} for size in SIZES}, folder) as servers:

        def contender(size: int) -> Contender:
            name = name_of(size)
            play = ansibles[0].play(publish(servers, size, folder), hosts(1))
            return Contender(name, play, lambda: servers.reset(name), lambda: logs.__setitem__(name, servers.log(name)))

        times = interleave([contender(size) for size in SIZES], rounds)
        beside = interleave([contender(SIZES[-1]), script(servers, logs, folder)], rounds)
    report = _report(times, logs)
    ours, theirs = beside[name_of(SIZES[-1])], beside["script"]
    report.rows.append([f"{SIZES[-1]:,}: a script with the same requests", "", "", str(theirs), "", ""])
    report.figures["script"] = theirs.figures()
    report.targets.append(Target(f"{SIZES[-1]:,} domains ÷ the script", ours.ratio(theirs).median, 1.6))
    return report


def script(servers: Servers, logs: dict[str, list[dict[str, Any]]], folder: Path) -> Contender:
    """What an admin would write by hand: the requests that the task sent, one after the other."""
    name, file = name_of(SIZES[-1]), folder / "script.json"

    def before() -> None:
        servers.reset(name)
        options = servers.options(name)
        asked = [(entry["function"], [("api.version", "1"), *entry["params"]]) for entry in logs[name]]
        given = {"servers": [options], "ca_path": options["ca_path"], "requests": asked, "at_a_time": 1}
        file.write_text(json.dumps(given), encoding="utf-8")

    program = [sys.executable, str(Path(__file__).with_name("script.py")), str(file)]
    return Contender("script", lambda: subprocess.run(program, check=True), before)


def _report(times: dict[str, Sample], logs: dict[str, list[dict[str, Any]]]) -> Report:
    report = Report(
        "i",
        "One task for many domains",
        "`dmarc` with a record that no domain has, timed as a whole `ansible-playbook` process. Ten domains are asked about in a request, "
        "because a real server asks DNS about each; a hundred are changed in one.",
        ["domains", "requests", "connections", "wall", "÷ one domain", "a domain"],
    )
    one = times[name_of(1)]
    for size in SIZES:
        sample, log = times[name_of(size)], logs[name_of(size)]
        each = (sample.median - one.median) / (size - 1) if size > 1 else 0.0
        counted = [f"{len(log):,}", str(connections(log))]
        report.rows.append(
            [f"{size:,}", *counted, str(sample), str(sample.ratio(one)), f"{each * 1000:.2f} ms" if each else ""]
        )
        report.figures[name_of(size)] = {"requests": len(log), "connections": connections(log), **sample.figures()}
    return report
