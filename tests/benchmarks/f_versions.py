# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(f) The first benchmark in small, for every ansible-core given."""

from __future__ import annotations

from pathlib import Path

from .a_hosts import STATE, TASKS, environment, info_tasks, module_tasks, targets, uri_tasks
from .playbook import Ansible, hosts
from .report import Report
from .server import Servers
from .timing import Contender, interleave


def run(ansibles: list[Ansible], folder: Path, quick: bool) -> Report:
    many, few, rounds = (20, 2, 3) if quick else (60, 4, 5)
    with Servers(STATE, folder) as servers:
        ours, uri, debug = info_tasks(servers), uri_tasks(servers), module_tasks("debug")
        known = environment(servers)
        contenders: list[Contender] = []
        for ansible in ansibles:
            version = ansible.version
            contenders += [
                Contender(f"{version} nothing", ansible.play([], hosts(many))),
                Contender(f"{version} debug", ansible.play(debug, hosts(many))),
                Contender(f"{version} whm.mail", ansible.play(ours, hosts(many), environment=known)),
                Contender(f"{version} uri", ansible.play(uri, hosts(few))),
            ]
        times = interleave(contenders, rounds)
    report = Report(
        "f",
        "Versions of ansible-core",
        f"{many} hosts, {TASKS} tasks each; `uri` was run with {few} hosts and extrapolated. A task is what the run takes "
        "beyond `nothing`.",
        [
            "ansible-core",
            "nothing",
            "debug",
            "whm.mail",
            "uri *",
            "a task: ÷ debug",
            "uri ÷ ours",
            "whole: ÷ debug",
            "uri ÷ ours",
        ],
    )
    for version in (ansible.version for ansible in ansibles):
        nothing, debugged, mine, its = (times[f"{version} {name}"] for name in ("nothing", "debug", "whm.mail", "uri"))
        whole = its.stretched(nothing, many / few)
        met = targets(nothing, debugged, mine, whole, f"{version}: ")
        shown = [str(sample) for sample in (nothing, debugged, mine, whole)]
        report.rows.append([version, *shown, *(f"{target.value:.3g}" for target in met)])
        report.figures[version] = {
            "nothing": nothing.figures(),
            "debug": debugged.figures(),
            "whm.mail": mine.figures(),
            "uri": its.figures(),
            "uri, extrapolated": whole.figures(),
        }
        report.targets += met
    return report
