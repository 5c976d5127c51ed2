# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(g) The audit of a fleet beside a script that sends the very same requests, and what a server more costs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from .playbook import Ansible, Tasks
from .report import Report, Target
from .server import Servers
from .timing import Contender, Sample, interleave

SUBSET = ["all", "!mailboxes"]  # what the role audit reads unless it is told otherwise
CONNECTION = {"api_port": "{{ port }}", "api_token": "{{ token }}"}  # as the inventory says it
AT_A_TIME = 5  # servers: what Ansible's forks are unless they are set
HERE = Path(__file__).parent

Peaks = dict[str, list[int]]


@dataclass(frozen=True)
class Fleet:
    """So many servers, alike in all.

    :param limit: at most so many times as long as the script may an audit of it take.
    """

    servers: int
    accounts: int
    limit: float = 0.0

    def __str__(self) -> str:
        return f"{self.servers} x {self.accounts}"

    def names(self) -> list[str]:
        return [f"whm{self.accounts}-{count:03}" for count in range(1, self.servers + 1)]

    def inventory(self, servers: Servers) -> dict[str, Any]:
        """Each server with its own port and token."""
        found = {name: servers.options(name) for name in self.names()}
        hosts = {
            name: {"ansible_host": each["api_host"], "port": each["api_port"], "token": each["api_token"]}
            for name, each in found.items()
        }
        return {"all": {"hosts": hosts, "vars": {"ansible_connection": "local"}}}


#: Held against the script; then those that tell what a server more costs.
COMPARED = (Fleet(20, 200, 4.0), Fleet(100, 200, 3.0))
GROWING = (Fleet(10, 50), Fleet(100, 50), Fleet(200, 50), Fleet(300, 50))
LARGE = 100  # servers from which on they show in the peak of the memory; before, it is that of the start
FLAT = 1.2  # so much may two differ that ought to be alike

CONTENDERS = ("nothing", "script", "constant", "mail_facts", "audit")


def states(fleets: Sequence[Fleet]) -> dict[str, Any]:
    """The servers of all fleets; those with as many accounts share theirs."""
    return {name: {"generate": {"accounts": each.accounts}} for each in fleets for name in each.names()}


def facts_task() -> Tasks:
    return [{"whm.mail.mail_facts": {"gather_subset": SUBSET, **CONNECTION}}]


def audit_role(folder: Path) -> Tasks:
    """The role with its report; its store and its last report stay there from round to round, as in reality."""
    role = {"ansible.builtin.import_role": {"name": "whm.mail.audit"}, "vars": {"audit_folder": str(folder)}}
    return [{"block": [role], "module_defaults": {"group/whm.mail.whm": CONNECTION}}]


@dataclass
class Benchmark:
    """What all contenders need.

    :param folder: for what they are given and leave.
    :param facts: file with what mail_facts returned for one of the servers that are compared.
    :param requests: what it asked for that.
    """

    ansible: Ansible
    servers: Servers
    folder: Path
    facts: Path = field(init=False)
    requests: list[dict[str, Any]] = field(init=False)
    peaks: Peaks = field(default_factory=dict)

    def prepare(self, accounts: int) -> None:
        """Gather the facts of one server, and keep them and the log of what was asked for them."""
        one = Fleet(1, accounts)
        self.facts = self.folder / "facts.json"
        keep = {"dest": str(self.facts), "content": "{{ ansible_facts.whm_mail | to_json }}"}
        self._play([*facts_task(), {"ansible.builtin.copy": keep}], one)()
        self.requests = self.servers.log(one.names()[0])

    def contenders(self, fleet: Fleet) -> Iterator[Contender]:
        """The audit, and what it is held against."""
        yield self._measured(fleet, "nothing", [])
        if fleet.limit:
            yield Contender(f"{fleet} script", self._script(fleet))
            yield self._measured(fleet, "constant", [{"constant": {"path": str(self.facts)}}])
            yield self._measured(fleet, "mail_facts", facts_task())
        yield self._measured(fleet, "audit", audit_role(self.folder / f"audit {fleet}"))

    def _measured(self, fleet: Fleet, name: str, tasks: Tasks) -> Contender:
        return Contender(f"{fleet} {name}", self._play(tasks, fleet, self.peaks.setdefault(f"{fleet} {name}", [])))

    def _play(self, tasks: Tasks, fleet: Fleet, peaks: list[int] | None = None) -> Callable[[], None]:
        environment = {
            "WHM_CA_PATH": str(self.servers.info["ca_path"]),
            "ANSIBLE_ACTION_PLUGINS": str(HERE / "plugins/action"),
            "ANSIBLE_FORKS": str(AT_A_TIME),
        }
        return self.ansible.play(tasks, fleet.inventory(self.servers), environment=environment, peaks=peaks)

    def _script(self, fleet: Fleet) -> Callable[[], object]:
        given = {
            "servers": [self.servers.options(name) for name in fleet.names()],
            "ca_path": str(self.servers.info["ca_path"]),
            "requests": [(entry["function"], [("api.version", "1"), *entry["params"]]) for entry in self.requests],
            "at_a_time": AT_A_TIME,
        }
        file = self.folder / f"script {fleet}.json"
        file.write_text(json.dumps(given), encoding="utf-8")
        python = self.ansible.executable.with_name("python")
        return lambda: subprocess.run([str(python), str(HERE / "script.py"), str(file)], check=True)


def run(ansibles: list[Ansible], folder: Path, quick: bool) -> Report:
    compared, growing, rounds = (COMPARED[:1], (Fleet(10, 50), Fleet(40, 50)), 1) if quick else (COMPARED, GROWING, 3)
    with Servers(states([*compared, *growing]), folder) as servers:
        benchmark = Benchmark(ansibles[0], servers, folder)
        benchmark.prepare(compared[0].accounts)
        contenders = [each for fleet in (*compared, *growing) for each in benchmark.contenders(fleet)]
        times = interleave(contenders, rounds)
    return _report(times, benchmark, compared, growing)


def _a_server(fleet: Fleet, times: Mapping[str, Sample], name: str) -> float:
    """Seconds for each server, beyond what ansible-playbook takes to start with so many."""
    return times[f"{fleet} {name}"].beyond(times[f"{fleet} nothing"]).median / fleet.servers


def _memory_more(first: Fleet, last: Fleet, peaks: Peaks) -> float:
    """Bytes of the main process for each server by which the second fleet is larger."""
    grown = median(peaks[f"{last} audit"]) - median(peaks[f"{first} audit"])
    return grown / (last.servers - first.servers)


def _rows(times: Mapping[str, Sample], peaks: Peaks, fleet: Fleet) -> Iterator[Sequence[str]]:
    for name in CONTENDERS:
        key = f"{fleet} {name}"
        if key not in times:
            continue
        each = f"{_a_server(fleet, times, name) * 1000:.0f} ms" if name not in ("nothing", "script") else ""
        ratio = str(times[key].ratio(times[f"{fleet} script"])) if each and fleet.limit else ""
        peak = f"{median(peaks[key]) / 2**20:.0f} MiB" if key in peaks else ""
        yield [str(fleet), name, str(times[key]), f"{median(times[key].cpu):.1f} s", each, ratio, peak]


def _report(
    times: Mapping[str, Sample], benchmark: Benchmark, compared: Sequence[Fleet], growing: Sequence[Fleet]
) -> Report:
    peaks, requests = benchmark.peaks, len(benchmark.requests)
    size = benchmark.facts.stat().st_size / 1024
    report = Report(
        "g",
        "An audit of a fleet",
        f"Servers x accounts. `script` sends the {requests} requests that `mail_facts` sends to a server, to {AT_A_TIME} servers at a time as "
        f"Ansible does, reads the answers as JSON and keeps none (`tests/benchmarks/script.py`). `constant` is an "
        f"action that asks nobody and returns facts of {size:.0f} KiB, as many as `mail_facts` returns for 200 accounts. `audit` is the role with "
        "its store and its report as JSON, CSV, JUnit and the page; its store is empty in the first round, and grows. A server is what a run takes "
        "beyond `nothing`, divided by their number. The peak is the most memory that Ansible's main process held. Seconds of the processors are "
        "those of all processes but the simulator.",
        ["", "", "wall", "processors", "a server", "÷ script", "peak"],
    )
    report.rows = [row for fleet in (*compared, *growing) for row in _rows(times, peaks, fleet)]
    report.figures = {name: {**sample.figures(), "peaks": peaks.get(name)} for name, sample in times.items()}
    report.figures["requests"], report.figures["facts"] = requests, benchmark.facts.stat().st_size
    for fleet in compared:
        script, constant, facts, audit = (
            times[f"{fleet} {name}"] for name in ("script", "constant", "mail_facts", "audit")
        )
        report.targets += [
            Target(f"{fleet}: audit ÷ script", audit.ratio(script).median, fleet.limit),
            Target(f"{fleet}: mail_facts ÷ (script + constant)", facts.ratio(script.plus(constant)).median, 1.1),
        ]
    report.targets += _flat(times, peaks, growing)
    report.figures["ratios"] = {target.text: target.value for target in report.targets}
    return report


def _flat(times: Mapping[str, Sample], peaks: Peaks, growing: Sequence[Fleet]) -> Iterator[Target]:
    """Whether a server costs as much in a large fleet as in a small one."""
    *others, last = growing
    for first in others:
        ratio = _a_server(last, times, "audit") / _a_server(first, times, "audit")
        yield Target(f"seconds for a server, {last.servers} servers ÷ {first.servers}", ratio, FLAT)
    steps = list(pairwise(fleet for fleet in growing if fleet.servers >= LARGE))
    for (first, second), (third, fourth) in pairwise(steps):
        yield Target(
            f"memory for a server more, from {third.servers} to {fourth.servers} ÷ from {first.servers} to {second.servers}",
            _memory_more(third, fourth, peaks) / _memory_more(first, second, peaks),
            FLAT,
        )
