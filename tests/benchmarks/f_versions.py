# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(f) The first benchmark in small, for every ansible-core given."""

from __future__ import annotations

from pathlib import Path

from .a_hosts import STATE, TASKS, environment, info_tasks, module_tasks, uri_tasks
from .playbook import Ansible, hosts
from .report import Report, Target
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
        f"{many} hosts, {TASKS} tasks each; `uri` was run with {few} hosts and extrapolated.",
        ["ansible-core", "nothing", "debug", "whm.mail", "whm.mail ÷ debug", "uri *", "uri ÷ whm.mail"],
    )
    for version in (ansible.version for ansible in ansibles):
        nothing, debugged, mine, its = (times[f"{version} {name}"] for name in ("nothing", "debug", "whm.mail", "uri"))
        whole = its.stretched(nothing, many / few)
        to_debug, to_uri = mine.ratio(debugged), whole.ratio(mine)
        report.rows.append([version, str(nothing), str(debugged), str(mine), str(to_debug), str(whole), str(to_uri)])
        report.figures[version] = {
            "nothing": nothing.figures(),
            "debug": debugged.figures(),
            "whm.mail": mine.figures(),
        }
        report.figures[version] |= {"uri": its.figures(), "uri, extrapolated": whole.figures()}
        report.targets += [
            Target(f"{version}: whm.mail ÷ debug", to_debug.median, 2.0),
            Target(f"{version}: uri ÷ whm.mail", to_uri.median, 10.0, at_least=True),
        ]
    return report
