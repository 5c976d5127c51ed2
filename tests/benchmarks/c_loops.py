# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(c) The same job the usual way: a loop over ``uri``, a loop over ``command: whmapi1``, and one task of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .b_accounts import hold
from .playbook import Ansible, hosts, uri_call
from .report import Report
from .server import Servers
from .timing import Contender, interleave

FAR = 10_000


def uri_loop(servers: Servers, users: list[str]) -> list[dict[str, Any]]:
    call = uri_call("hold_outgoing_email", {"user": "{{ item }}"}, servers.options("whm1"))
    return [{"ansible.builtin.uri": call, "loop": users}]


def command_loop(servers: Servers, users: list[str]) -> list[dict[str, Any]]:
    argv = [servers.program("whm1"), "--output=json", "hold_outgoing_email", "user={{ item }}"]
    return [{"ansible.builtin.command": {"argv": argv}, "loop": users}]


def run(ansibles: list[Ansible], folder: Path, quick: bool) -> Report:
    size, rounds = (20, 3) if quick else (100, 5)
    ansible = ansibles[0]
    users = [f"user{number}" for number in range(1, size + 1)]
    with Servers({"whm1": {"generate": {"accounts": size}}}, folder) as servers:
        plays = {
            "nothing": [],
            "whm.mail, one task": hold(servers, "whm1", size, folder),
            "loop over uri": uri_loop(servers, users),
            "loop over command: whmapi1": command_loop(servers, users),
        }
        contenders = [
            Contender(name, ansible.play(tasks, hosts(1)), before=lambda: servers.reset("whm1"))
            for name, tasks in plays.items()
        ]
        times = interleave(contenders, rounds)
    report = Report(
        "c",
        f"Holding {size} accounts, one by one and in one task",
        "The loops neither look at the state nor read it back. `whmapi1` is the simulator's stand-in, which starts faster "
        f"than the real one. * extrapolated from {size}; what our task takes for {FAR:,} is measured above.",
        ["", f"{size} accounts", "an account", f"{FAR:,} accounts *", "÷ whm.mail"],
    )
    ours = times["whm.mail, one task"]
    for name, sample in times.items():
        each = (sample.median - times["nothing"].median) / size
        far = sample.stretched(times["nothing"], FAR / size)
        loop = name.startswith("loop")
        cells = [f"{each * 1000:.1f} ms" if each else "", f"{far.median / 60:.0f} min" if loop else ""]
        report.rows.append([name, str(sample), *cells, str(sample.ratio(ours)) if loop else ""])
        report.figures[name] = {**sample.figures(), f"extrapolated to {FAR}": far.median if loop else None}
    return report
