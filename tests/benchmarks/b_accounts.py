# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(b) One task for 1 to 100,000 accounts: how it grows, when all of them change and when none does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from .playbook import Ansible, Tasks, hosts
from .report import Report, Target
from .server import Servers, connections
from .timing import Contender, Sample, interleave, slope

SIZES = (1, 100, 1_000, 10_000, 100_000)
MANY = 10_000
ALL, NONE = "all change", "none changes"


def states(sizes: tuple[int, ...]) -> dict[str, Any]:
    """Two servers for each size: with no account held, and with all of them held."""
    found: dict[str, Any] = {}
    for size in sizes:
        found[server(ALL, size)] = {"generate": {"accounts": size}}
        found[server(NONE, size)] = {"generate": {"accounts": size, "held_every": 1}}
    return found


def server(case: str, size: int) -> str:
    return case.partition(" ")[0] + str(size)


def hold(servers: Servers, name: str, size: int, folder: Path, port: int | None = None) -> Tasks:
    """A task that holds all accounts of a server; their names come from a file, one a line."""
    users = folder / f"users-{size}"
    users.write_text("\n".join(f"user{number}" for number in range(1, size + 1)), encoding="utf-8")
    names = f"{{{{ lookup('ansible.builtin.file', '{users}').splitlines() }}}}"
    return [{"whm.mail.outgoing_mail": {"users": names, "hold": True, **servers.options(name, port)}}]


def run(ansibles: list[Ansible], folder: Path, quick: bool) -> Report:
    sizes, rounds = (SIZES[:-1], 3) if quick else (SIZES, 5)
    logs: dict[str, list[dict[str, Any]]] = {}
    with Servers(states(sizes), folder) as servers:

        def contender(case: str, size: int) -> Contender:
            name = server(case, size)
            play = ansibles[0].play(hold(servers, name, size, folder), hosts(1))
            return Contender(name, play, lambda: servers.reset(name), lambda: logs.__setitem__(name, servers.log(name)))

        order = sorted(sizes, key=lambda size: size not in (1, 10_000))  # those compared follow each other
        times = interleave([contender(case, size) for case in (ALL, NONE) for size in order], rounds)
        both = [each for case in (ALL, NONE) for each in (contender(case, MANY), script(servers, logs, case, folder))]
        beside = interleave(both, rounds)
    report = _report(times, logs, sizes)
    for case, limit in ((ALL, 1.6), (NONE, 3.5)):
        ours, theirs = beside[server(case, MANY)], beside[f"script {case}"]
        report.rows.append([f"{MANY:,}", f"{case}: a script with the same requests", "", "", str(theirs), "", ""])
        report.figures[f"script {case}"] = theirs.figures()
        report.targets.append(Target(f"{case}: {MANY:,} accounts ÷ the script", ours.ratio(theirs).median, limit))
    return report


def script(servers: Servers, logs: dict[str, list[dict[str, Any]]], case: str, folder: Path) -> Contender:
    """What an admin would write by hand: the requests that the task sent."""
    name, file = server(case, MANY), folder / f"script {case}.json"

    def before() -> None:
        servers.reset(name)
        options = servers.options(name)
        asked = [(entry["function"], [("api.version", "1"), *entry["params"]]) for entry in logs[name]]
        given = {"servers": [options], "ca_path": options["ca_path"], "requests": asked, "at_a_time": 1}
        file.write_text(json.dumps(given), encoding="utf-8")

    program = [sys.executable, str(Path(__file__).with_name("script.py")), str(file)]
    return Contender(f"script {case}", lambda: subprocess.run(program, check=True), before)


def _report(times: dict[str, Sample], logs: dict[str, list[dict[str, Any]]], sizes: tuple[int, ...]) -> Report:
    report = Report(
        "b",
        "One task for many accounts",
        "`outgoing_mail` with `hold: true`, timed as a whole `ansible-playbook` process. None changes: all are held already.",
        ["accounts", "", "requests", "connections", "wall", "÷ one account", "an account"],
    )
    for case in (ALL, NONE):
        one = times[server(case, 1)]
        for size in sizes:
            name = server(case, size)
            sample, log = times[name], logs[name]
            each = (sample.median - one.median) / (size - 1) if size > 1 else 0.0
            counted = [f"{len(log):,}", str(connections(log))]
            shown = [str(sample), str(sample.ratio(one)), f"{each * 1000:.2f} ms" if each else ""]
            report.rows.append([f"{size:,}", case, *counted, *shown])
            report.figures[name] = {"requests": len(log), "connections": connections(log), **sample.figures()}
        points = [(size, times[server(case, size)].median) for size in sizes if size >= 1_000]
        excess = sum(max(0, len(logs[server(case, size)]) - allowed(case, size)) for size in sizes)
        limit = 3.0 if case == ALL else 1.5
        report.targets += [
            Target(f"{case}: requests beyond {'2 + N/100' if case == ALL else '1'}, all sizes", excess, 0),
            Target(f"{case}: 10,000 accounts ÷ one account", times[server(case, 10_000)].ratio(one).median, limit),
            Target(f"{case}: slope of the log-log line from 1,000 to {sizes[-1]:,}", slope(points), 1.1),
            Target(f"{case}: slope from {points[-2][0]:,} to {sizes[-1]:,}", slope(points[-2:]), 1.1),
        ]
    return report


def allowed(case: str, size: int) -> int:
    """Requests that the promise allows."""
    return 2 + -(-size // 100) if case == ALL else 1
