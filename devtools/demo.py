# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: three simulated WHM servers with some drift and an outbreak of spam, from the audit to the release.

It is also a test: it ends with an error when check mode changed anything or did not predict what happened, when the wrong account
was held, when drift is left, or when the last run found something to do.
"""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from textwrap import shorten
from typing import Any

from rich.table import Table

from devtools.environment import ROOT, WORK
from devtools.stage import CONSOLE, Recap, changes, fail, log_of, play, simulator, write_connections

RESULTS = WORK / "demo"
BEFORE, AFTER, STORE = RESULTS / "before", RESULTS / "after", RESULTS / "store.sqlite"
HELD_NOW = 'SELECT server, "user", action, status, planned_at FROM whm_holds ORDER BY planned_at'
ENDED = 'SELECT server, "user", status FROM containment_entries'
INCIDENT = "outbreak"
SHOWN_CHARACTERS = 110
SHOWN_MAILBOXES = 10

CLOSING = """\
[bold]Your own servers[/bold], reading only. The token is typed unseen and stays out of the shell's history:

  printf '\\[whm_servers]\\nwhm.example.com\\n' > my-servers
  read -rs WHM_API_TOKEN && export WHM_API_TOKEN
  .venv/bin/ansible-playbook -i my-servers whm.mail.audit --check

If their certificates are not signed by a public authority, also: export WHM_CA_PATH=/path/to/ca.pem

[bold]Your own policy[/bold]: copy playbooks/inventory/demo.yml, fill in servers and accounts, and look at what would happen
before it does. Where tokens differ by server, keep them as whm_api_token in a vault.

  .venv/bin/ansible-playbook -i my-policy.yml whm.mail.enforce --check --diff

An outbreak, step by step: docs/spam-outbreak.md
"""


def headline(number: int, text: str) -> None:
    CONSOLE.print(f"\n[bold cyan]{number}. {text}[/bold cyan]")


class Demo:
    """The steps, in their order; each ends the demo when something is not as it should be."""

    def __init__(self, info: dict[str, Any], connections: Path) -> None:
        self.servers, self.control = sorted(info["servers"]), info["control"]
        self.connections = connections

    def play(self, name: str, *options: str, shown: tuple[str, ...] = (), **variables: Any) -> Recap:
        given = {"whm_store": str(STORE), "containment_by": "demo", **variables}
        found = play(self.connections, name, *options, variables=given, shown=shown)
        if sorted(found) != self.servers:
            fail(f"of {', '.join(self.servers)} only these are in the recap: {', '.join(sorted(found))}.")
        return found

    def audit(self) -> None:
        headline(1, "An audit: what differs from the policy, and what is wrong anyway; nothing is changed")
        self.play("audit", "--check", audit_folder=str(BEFORE))
        drift = audited(BEFORE, "drift")
        if not drift:
            fail("the audit found no drift, but the servers do differ from the policy.")
        show(drift)
        problems = len(audited(BEFORE, "problem"))
        CONSOLE.print(f"and {problems} problems that no policy speaks of. The page: {page(BEFORE)}")
        self.show_log()

    def show_log(self) -> None:
        """What the servers themselves saw so far; that check mode asks for no change is not taken on trust."""
        entries = log_of(self.control)
        writes = [entry["function"] for entry in entries if entry["writes"]]
        if writes:
            fail(f"in check mode, the servers were asked to change something: {', '.join(writes)}.")
        CONSOLE.print(
            f"The servers' own logs: {len(entries)} requests, none of which asked for a change.", style="green"
        )

    def enforce(self) -> None:
        headline(2, "The policy in check mode: exactly what would change")
        predicted = changes(self.play("enforce", "--check", "--diff"))
        self.show_log()
        headline(3, "The same for real")
        done = changes(self.play("enforce"))
        if done != predicted or not all(done.values()):
            fail(f"check mode predicted {predicted}, but this was done: {done}.")
        CONSOLE.print("Put right, as predicted: " + counts(done), style="green")

    def contain(self) -> None:
        headline(4, "An outbreak: who sends it is held, with evidence and a line in the ledger")
        self.play("contain", shown=("containment_incident",), containment_incident=INCIDENT)
        CONSOLE.print(f"[dim]sqlite3 {STORE.relative_to(ROOT)}[/dim]  {HELD_NOW}", markup=True)
        held = asked(HELD_NOW)
        if [row[:4] for row in held] != [("whm1", "carla", "hold", "held")]:
            fail(f"carla of whm1 sends the spam, and nobody else, but the ledger says: {held}.")
        show([(row[0], "  ".join(row[1:])) for row in held])
        if asked("SELECT count(*) FROM containment_evidence") != [(1,)]:
            fail("there is no evidence.")

    def again(self) -> None:
        headline(5, "Audit, policy and containment once more: no drift is left, and there is nothing to do")
        report = {"audit_folder": str(AFTER), "audit_include_facts": True}
        done = changes(self.play("demo", audit_gather_subset=["all"], **report))
        if any(done.values()):
            fail(f"this run should have changed nothing, but: {done}.")
        if audited(AFTER, "drift"):
            fail(f"there is drift left: {audited(AFTER, 'drift')}.")
        since = json.loads((AFTER / "audit.json").read_text(encoding="utf-8"))["compared_with"]
        if not since["gone"]:
            fail("the second audit should say that the drift of the first is gone.")
        told = ", ".join(f"{len(since[key])} {key}" for key in ("gone", "new", "open"))
        CONSOLE.print("Drift: none. " + counts(done), style="green")
        CONSOLE.print(f"Since the first audit, which the store remembers: {told}. Gone:")
        show([(row["server"], row["message"]) for row in since["gone"]])

    def release(self) -> None:
        headline(7, "The password is changed: the incident is over")
        done = changes(
            self.play("release", shown=("containment_release_incident",), containment_release_incident=INCIDENT)
        )
        released = [name for name, number in done.items() if number]
        if asked(ENDED) != [("whm1", "carla", "released")] or released != ["whm1"]:
            fail(f"carla of whm1 should be released, and nobody else, but: {done}.")
        CONSOLE.print("carla is released; hugo, whom the policy holds, is not.", style="green")


def document(folder: Path) -> list[dict[str, Any]]:
    """The servers of an audit."""
    found: list[dict[str, Any]] = json.loads((folder / "audit.json").read_text(encoding="utf-8"))["servers"]
    return found


def audited(folder: Path, severity: str) -> list[tuple[str, str]]:
    """(server, sentence) of what an audit found."""
    rows = [(server["name"], row) for server in document(folder) for row in server["drift"]]
    return [(name, row["message"]) for name, row in rows if row["severity"] == severity]


def page(folder: Path) -> str:
    return (folder / "audit.html").as_uri()


def show(rows: list[tuple[str, str]]) -> None:
    """One line each; the page has the rest."""
    for name, sentence in rows:
        CONSOLE.print(f"  {name}  {shorten(sentence, SHOWN_CHARACTERS, placeholder=' ...')}", markup=False)


def counts(done: dict[str, int]) -> str:
    return "  ".join(f"{server} changed={number}" for server, number in done.items())


def asked(question: str) -> list[Any]:
    """What the store answers to a question of SQL."""
    with closing(sqlite3.connect(f"{STORE.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(question).fetchall()


def show_mailboxes() -> None:
    """The fullest addresses of all servers."""
    headline(6, "What is in the mailboxes")
    rows = [(server["name"], item) for server in document(AFTER) for item in server["facts"]["addresses"]]
    rows.sort(key=lambda row: (-row[1]["vsize"], row[0], row[1]["address"]))
    table = Table(header_style="bold", show_edge=False, pad_edge=False)
    for title, right in (("server", False), ("address", False), ("messages", True), ("size", True)):
        table.add_column(title, justify="right" if right else "left", no_wrap=True)
    for server, item in rows[:SHOWN_MAILBOXES]:
        table.add_row(server, item["address"], f"{item['messages']:,}", size(item["vsize"]))
    CONSOLE.print(table)
    if len(rows) > SHOWN_MAILBOXES:
        CONSOLE.print(f"[dim]and {len(rows) - SHOWN_MAILBOXES} more, less full[/dim]")


def size(octets: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if octets < 1024 or unit == "GiB":
            return f"{octets:.0f} {unit}" if unit == "B" else f"{octets:.1f} {unit}"
        octets /= 1024
    raise AssertionError


def run(folder: Path) -> None:
    CONSOLE.print("[bold]whm.mail[/bold]: three simulated WHM servers whose mail has drifted, and a stolen password.")
    CONSOLE.print("[dim]They run on this machine only, and end with the demo.[/dim]")
    shutil.rmtree(RESULTS, ignore_errors=True)
    connections = folder / "connections.yml"
    with simulator(folder) as info:
        write_connections(info, connections)
        demo = Demo(info, connections)
        demo.audit()
        demo.enforce()
        demo.contain()
        demo.again()
        show_mailboxes()
        demo.release()
    CONSOLE.print(f"\n[bold]The report[/bold], and what changed since the first: {page(AFTER)}\n")
    CONSOLE.print(CLOSING, end="")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` is reached
    try:
        with tempfile.TemporaryDirectory(prefix="whm-mail-demo-") as folder:
            run(Path(folder))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
