# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(g) The audit of a fleet, one task a server, beside the same questions asked with ``uri``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .playbook import Ansible, Tasks, uri_call
from .report import Report, Target
from .server import Servers
from .timing import Contender, Sample, interleave

SUBSET = ["all", "!mailboxes"]  # what the role audit reads unless it is told otherwise
LOOPED = 20  # so many of the questions that are asked about each account are really asked with uri
CONNECTION = {"api_port": "{{ port }}", "api_token": "{{ token }}"}  # as the inventory says it

Question = tuple[str, dict[str, list[str]]]


def names(number: int) -> list[str]:
    return [f"whm{count:03}" for count in range(1, number + 1)]


def fleet(servers: Servers, number: int) -> dict[str, Any]:
    """An inventory of the first servers, each with its own port and token."""
    found = {name: servers.options(name) for name in names(number)}
    hosts = {
        name: {"ansible_host": each["api_host"], "port": each["api_port"], "token": each["api_token"]}
        for name, each in found.items()
    }
    return {"all": {"hosts": hosts, "vars": {"ansible_connection": "local"}}}


def facts_task() -> Tasks:
    return [{"whm.mail.mail_facts": {"gather_subset": SUBSET, **CONNECTION}}]


def audit_role(folder: Path) -> Tasks:
    role = {"ansible.builtin.import_role": {"name": "whm.mail.audit"}, "vars": {"audit_folder": str(folder / "audit")}}
    return [{"block": [role], "module_defaults": {"group/whm.mail.whm": CONNECTION}}]


def questions(log: list[dict[str, Any]]) -> dict[str, list[Question]]:
    """What was asked, by function: those of a batch one by one."""
    found: dict[str, list[Question]] = {}
    for entry in log:
        for call in entry["commands"] or [entry]:
            params: dict[str, list[str]] = {}
            for key, value in call["params"]:
                params.setdefault(key, []).append(value)
            found.setdefault(call["function"], []).append((call["function"], params))
    return found


def uri(function: str, params: Mapping[str, Any], ca_path: str) -> dict[str, Any]:
    """The call for whichever server the task runs for."""
    server = {"api_host": "{{ ansible_host }}", **CONNECTION, "ca_path": ca_path}
    return uri_call(function, params, server)


def single_tasks(asked: Mapping[str, list[Question]], ca_path: str) -> Tasks:
    """A task for each question that is not asked about each account."""
    single = [question for group in asked.values() if len(group) <= LOOPED for question in group]
    return [{"name": function, "ansible.builtin.uri": uri(function, params, ca_path)} for function, params in single]


def loop_tasks(asked: Mapping[str, list[Question]], ca_path: str) -> Tasks:
    """A loop over the first accounts for each function that is asked about each of them."""
    tasks: list[dict[str, Any]] = []
    for function, group in asked.items():
        if len(group) > LOOPED:
            users = [params["user"][0] for _function, params in group[:LOOPED]]
            tasks.append({"ansible.builtin.uri": uri(function, {"user": "{{ item }}"}, ca_path), "loop": users})
    return tasks


def run(ansibles: list[Ansible], folder: Path, quick: bool) -> Report:
    many, few, accounts, rounds = (20, 2, 200, 1) if quick else (100, 5, 200, 3)
    ansible = ansibles[0]
    with Servers({name: {"generate": {"accounts": accounts}} for name in names(many)}, folder) as servers:
        ca_path = str(servers.info["ca_path"])
        known = {"WHM_CA_PATH": ca_path}
        ansible.play(facts_task(), fleet(servers, 1), environment=known)()
        log = servers.log("whm001")
        asked = questions(log)
        contenders = [
            Contender("nothing", ansible.play([], fleet(servers, many))),
            Contender("mail_facts", ansible.play(facts_task(), fleet(servers, many), environment=known)),
            Contender("audit", ansible.play(audit_role(folder), fleet(servers, many), environment=known)),
            Contender("single", ansible.play(single_tasks(asked, ca_path), fleet(servers, few))),
            Contender("loop", ansible.play(loop_tasks(asked, ca_path), fleet(servers, few))),
        ]
        times = interleave(contenders, rounds)
    return _report(times, asked, len(log), (many, few, accounts))


def _extrapolated(times: Mapping[str, Sample], factor: float, share: float) -> tuple[Sample, Sample]:
    """uri without the loops, and with them.

    :param factor: servers that were meant by each that was asked.
    :param share: items that were meant by each that was looped over.
    """
    nothing = times["nothing"]
    single = times["single"].stretched(nothing, factor)
    loop = times["loop"].stretched(nothing, factor * share)
    parts = zip(single.values, loop.values, nothing.values, strict=True)
    return single, Sample(tuple(first + second - start for first, second, start in parts))


def _report(
    times: Mapping[str, Sample], asked: Mapping[str, list[Question]], requests: int, sizes: tuple[int, int, int]
) -> Report:
    many, few, accounts = sizes
    single = sum(len(group) for group in asked.values() if len(group) <= LOOPED)
    looped = sum(len(group) for group in asked.values() if len(group) > LOOPED)
    without_loop, whole = _extrapolated(times, many / few, looped / LOOPED)
    report = Report(
        "g",
        f"An audit of {many} servers with {accounts} accounts each",
        f"`mail_facts` reads all but the mailboxes in one task a server: {single + looped} questions in {requests} requests. The role `audit` then "
        "holds it against a policy and writes JSON, CSV, JUnit and the page. With `uri` each question is a task, or an item of a loop over the "
        f"accounts. * extrapolated from {few} servers, the loop also from {LOOPED} of {looped} items.",
        ["", "wall", "a server", "÷ mail_facts", "÷ audit"],
    )
    shown = {
        "nothing": times["nothing"],
        "whm.mail.mail_facts": times["mail_facts"],
        "role whm.mail.audit, with its report": times["audit"],
        f"uri, the {single} questions that need no loop *": without_loop,
        f"uri, all {single + looped} questions *": whole,
    }
    for name, sample in shown.items():
        each = (sample.median - times["nothing"].median) / many
        ratios = [str(sample.ratio(times[mine])) if name.startswith("uri") else "" for mine in ("mail_facts", "audit")]
        report.rows.append([name, str(sample), f"{each:.2f} s" if each else "", *ratios])
    report.figures = {name: sample.figures() for name, sample in {**times, **shown}.items()}
    report.figures["requests"] = {"ours": requests, "uri": single + looped}
    report.targets = [
        Target("uri ÷ mail_facts", whole.ratio(times["mail_facts"]).median, 20.0, at_least=True),
        Target("uri ÷ role audit", whole.ratio(times["audit"]).median, 20.0, at_least=True),
    ]
    return report
