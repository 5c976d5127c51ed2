# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(a) Many hosts, three tasks each: what a task costs beside Ansible's own and beside other ways to make one POST."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .playbook import Ansible, Tasks, hosts, ordinary_collection, uri_call
from .report import Report, Target
from .server import Servers
from .timing import Contender, Sample, interleave

TASKS = 3
STATE = {"whm1": {"accounts": {"bob": {"domain": "bob.example.com"}}}}


def environment(servers: Servers) -> dict[str, str]:
    """The simulator's authority, known like the system's before the tasks begin."""
    return {"WHM_CA_PATH": str(servers.info["ca_path"])}


def info_tasks(servers: Servers, *, ca_path: bool = False) -> Tasks:
    options = {name: value for name, value in servers.options("whm1").items() if ca_path or name != "ca_path"}
    return [{"name": f"read {number}", "whm.mail.account_info": {"user": "bob", **options}} for number in range(TASKS)]


def uri_tasks(servers: Servers) -> Tasks:
    call = uri_call("accountsummary", {"user": "bob"}, servers.options("whm1"))
    return [{"name": f"read {number}", "ansible.builtin.uri": call} for number in range(TASKS)]


def module_tasks(name: str) -> Tasks:
    return [{"name": f"{name} {number}", f"ansible.builtin.{name}": {}} for number in range(TASKS)]


def run(ansibles: list[Ansible], folder: Path, quick: bool) -> Report:
    many, few, rounds = (20, 4, 3) if quick else (60, 12, 5)
    ansible = ansibles[0]
    with Servers(STATE, folder) as servers:
        ordinary = ordinary_collection(folder)
        ours, uri, known = info_tasks(servers), uri_tasks(servers), environment(servers)
        own_authority = info_tasks(servers, ca_path=True)
        contenders = [
            Contender("nothing", ansible.play([], hosts(many))),
            Contender("debug", ansible.play(module_tasks("debug"), hosts(many))),
            Contender("whm.mail", ansible.play(ours, hosts(many), environment=known)),
            Contender("whm.mail, ca_path as an option", ansible.play(own_authority, hosts(many))),
            Contender("ping", ansible.play(module_tasks("ping"), hosts(few))),
            Contender("whm.mail without its action plugin", ansible.play(ours, hosts(few), ordinary, known)),
            Contender("uri", ansible.play(uri, hosts(few))),
        ]
        times = interleave(contenders, rounds)
    return _report(times, many, few)


def targets(nothing: Sample, debug: Sample, mine: Sample, uri: Sample, prefix: str = "") -> list[Target]:
    """Ours beside debug and uri: the tasks alone, without what ansible-playbook takes to start, and the whole run."""
    tasks = [sample.beyond(nothing) for sample in (debug, mine, uri)]
    found: list[Target] = []
    for what, (its, ours, theirs) in (("a task", tasks), ("whole run", (debug, mine, uri))):
        found += [
            Target(f"{prefix}whm.mail ÷ debug, {what}", ours.ratio(its).median, 2.0),
            Target(f"{prefix}uri ÷ whm.mail, {what}", theirs.ratio(ours).median, 10.0, at_least=True),
        ]
    return found


def _report(times: Mapping[str, Sample], many: int, few: int) -> Report:
    nothing, debug = times["nothing"], times["debug"]
    report = Report(
        "a",
        f"{many} hosts, {TASKS} tasks each",
        "One task reads one account: one POST over TLS. The certificate's authority stands in `WHM_CA_PATH`, which is read "
        "once, as the system's authorities are; as an option of the task it is read by each task. A task is what the run "
        "takes beyond `nothing`, divided by their number; the first one of ours loads the collection. Rows marked * were "
        f"run with {few} hosts and extrapolated.",
        ["", "wall", "÷ debug", "a task", "÷ debug"],
    )
    whole: dict[str, Sample] = {}
    for name, sample in times.items():
        extrapolated = name in ("ping", "uri", "whm.mail without its action plugin")
        whole[name] = sample.stretched(nothing, many / few) if extrapolated else sample
        tasks = whole[name].beyond(nothing)
        each = f"{tasks.median / (many * TASKS) * 1000:.1f} ms"
        cells = [str(whole[name].ratio(debug)), each, str(tasks.ratio(debug.beyond(nothing)))]
        report.rows.append(
            [name + " *" * extrapolated, str(whole[name]), *(cells if name != "nothing" else ["", "", ""])]
        )
        report.figures[name] = {**sample.figures(), "extrapolated": whole[name].figures() if extrapolated else None}
    report.targets = targets(nothing, debug, whole["whm.mail"], whole["uri"])
    report.figures["ratios"] = {target.text: target.value for target in report.targets}
    return report
