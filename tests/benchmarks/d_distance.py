# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(d) A server 50 ms away: what several requests in flight are worth."""

from __future__ import annotations

from pathlib import Path

from .b_accounts import hold
from .distance_proxy import Distance
from .playbook import Ansible, Tasks, hosts
from .report import Report
from .server import Servers
from .timing import Contender, interleave

ROUND_TRIP = 0.05
ACCOUNTS = 40
STATES = {
    "boxes": {"generate": {"accounts": ACCOUNTS, "mailboxes": 100, "messages": 3}},
    "holds": {"generate": {"accounts": 1_000}},
}


def read(servers: Servers, port: int | None, concurrency: int) -> Tasks:
    addresses = f"""{{{{ lookup('ansible.builtin.file', '{_addresses(servers)}').splitlines() }}}}"""
    options = {**servers.options("boxes", port), "api_concurrency": concurrency}
    return [{"whm.mail.mailbox_info": {"addresses": addresses, **options}}]


def _addresses(servers: Servers) -> Path:
    path = servers.folder / "addresses"
    boxes = [f"box{box}@user{user}.example.com" for user in range(1, ACCOUNTS + 1) for box in range(1, 101)]
    path.write_text("\n".join(boxes), encoding="utf-8")
    return path


def run(ansibles: list[Ansible], folder: Path, quick: bool) -> Report:
    ansible, rounds = ansibles[0], 3 if quick else 5
    with Servers(STATES, folder) as servers:
        near = {name: servers.info["servers"][name]["port"] for name in STATES}
        with Distance(near["boxes"], ROUND_TRIP) as boxes, Distance(near["holds"], ROUND_TRIP) as holds:
            plays: dict[str, Tasks] = {"nothing": [], "no distance": read(servers, None, 1)}
            plays |= {f"{flight} in flight": read(servers, boxes.port, flight) for flight in (1, 2, 4)}
            plays |= {f"no distance, {flight} in flight": read(servers, None, flight) for flight in (4,)}
            plays["1,000 holds, no distance"] = hold(servers, "holds", 1_000, folder)
            plays["1,000 holds"] = hold(servers, "holds", 1_000, folder, holds.port)
            contenders = [
                Contender(name, ansible.play(tasks, hosts(1)), lambda: servers.reset("holds"))
                for name, tasks in plays.items()
            ]
            times = interleave(contenders, rounds)
    report = Report(
        "d",
        f"A round trip of {ROUND_TRIP * 1000:.0f} ms",
        "`mailbox_info` of 4,000 addresses, 41 requests, with `api_concurrency` 1, 2 and 4 (the default); then "
        "`outgoing_mail` of 1,000 accounts, whose writes go one after another.",
        ["", "wall", "without Ansible's start", "÷ 1 in flight"],
    )
    nothing, alone = times["nothing"].median, times["1 in flight"]
    for name, sample in times.items():
        ratio = str(sample.ratio(alone)) if name[0].isdigit() and name.endswith("flight") else ""
        report.rows.append([name, str(sample), f"{sample.median - nothing:.2f} s", ratio])
        report.figures[name] = sample.figures()
    return report
