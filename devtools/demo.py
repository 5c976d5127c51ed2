# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: three simulated WHM servers, and the playbook ``whm.mail.demo`` that audits them and sets them right.

It is also a test: it ends with an error when check mode did not predict what happened, or when the last run changed
anything.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

from devtools.environment import COLLECTION, ROOT

STATE = ROOT / "tests/simulator/states/demo.yml"
POLICY = ROOT / "playbooks/inventory/demo.yml"
START_TIMEOUT = 20.0
LIFETIME = 600  # seconds after which the simulator ends by itself, should nobody be left to stop it
SHOWN_MAILBOXES = 15

CONSOLE = Console(highlight=False, soft_wrap=True)
COLOURED = CONSOLE.is_terminal and not CONSOLE.no_color

Recap = dict[str, dict[str, int]]

CLOSING = """\
[bold]Your own server[/bold], reading only. The token is typed unseen and stays out of the shell's history:

  export WHM_HOST=whm.example.com
  read -rs WHM_API_TOKEN && export WHM_API_TOKEN
  .venv/bin/ansible localhost -m whm.mail.account_info

If its certificate is not signed by a public authority, also: export WHM_CA_PATH=/path/to/ca.pem

[bold]Your own policy[/bold]: copy playbooks/demo.yml and playbooks/inventory/demo.yml, fill in servers and accounts,
and look at what would happen before it does. Where tokens differ by server, keep them as whm_api_token in a vault.

  .venv/bin/ansible-playbook -i my-servers.yml my-policy.yml --check --diff
"""


def fail(sentence: str) -> NoReturn:
    CONSOLE.print(f"[bold red]The demo failed:[/bold red] {sentence}")
    sys.exit(1)


def headline(number: int, text: str) -> None:
    CONSOLE.print(f"\n[bold cyan]{number}. {text}[/bold cyan]")


@contextmanager
def simulator(folder: Path) -> Iterator[dict[str, Any]]:
    """Start the simulator, wait until its servers listen, and end it whatever happens meanwhile."""
    info, log = folder / "simulator.json", folder / "simulator.log"
    package = ".".join([*COLLECTION.parts, "tests.simulator"])
    argv = [sys.executable, "-m", package, "--state", str(STATE), "--info", str(info), "--lifetime", str(LIFETIME)]
    with log.open("w", encoding="utf-8") as output:
        # In a session of its own: Ctrl-C reaches this script alone, which then ends the simulator.
        process = subprocess.Popen(argv, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while not info.is_file():
            if process.poll() is not None or time.monotonic() > deadline:
                fail(f"the simulator did not start.\n{log.read_text(encoding='utf-8')[-2000:]}")
            time.sleep(0.05)
        yield json.loads(info.read_text(encoding="utf-8"))
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()


def write_connections(info: dict[str, Any], path: Path) -> None:
    """A second inventory that says how to reach the servers of the first one: addresses, ports, throw-away tokens."""
    hosts = {
        name: {
            "ansible_host": server["host"],
            "whm_api_port": server["port"],
            "whm_api_username": server["caller"],
            "whm_api_token": server["token"],
            "whm_ca_path": info["ca_path"],
        }
        for name, server in info["servers"].items()
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"whm_servers": {"hosts": hosts}}, file)


def play(connections: Path, *options: str, quiet: bool = False) -> Recap:
    """Run the playbook, show what it prints as it does, and return the counters of its recap."""
    flags = [option for option in options if option in ("--check", "--diff")]
    CONSOLE.print(" ".join(["$ ansible-playbook -i playbooks/inventory whm.mail.demo", *flags]), style="dim")
    env = {
        **os.environ,
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_FORCE_COLOR" if COLOURED else "ANSIBLE_NOCOLOR": "true",
    }
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(POLICY), "-i", str(connections)]
    lines = []
    with subprocess.Popen(
        [*argv, "whm.mail.demo", *options],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if not quiet:
                sys.stdout.write(line)
                sys.stdout.flush()
    if process.returncode:
        if quiet:
            sys.stdout.writelines(lines)
        fail(f"the playbook ended with exit code {process.returncode}.")
    return recap(lines)


def recap(lines: list[str]) -> Recap:
    """The counters under PLAY RECAP, by server."""
    counters: Recap = {}
    for line in lines:
        match = re.match(r"(\S+)\s+: (ok=\d+ .*)", re.sub(r"\x1b\[[0-9;]*m", "", line))
        if match:
            pairs = (pair.split("=") for pair in match.group(2).split())
            counters[match.group(1)] = {name: int(value) for name, value in pairs}
    return counters


def changes(counters: Recap) -> dict[str, int]:
    return {server: numbers["changed"] for server, numbers in sorted(counters.items())}


def show_log(control: str) -> None:
    """What the servers themselves saw of the audit; that it asked for no change is not taken on trust."""
    with urlopen(f"{control}/log", timeout=10) as answer:  # noqa: S310  (our own simulator, on this machine)
        entries = json.load(answer)
    writes = [entry["function"] for entry in entries if entry["writes"]]
    if writes:
        fail(f"in check mode, the servers were asked to change something: {', '.join(writes)}.")
    CONSOLE.print(f"The servers' own logs: {len(entries)} requests, none of which asked for a change.", style="green")


def size(octets: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if octets < 1024 or unit == "GiB":
            return f"{octets:.0f} {unit}" if unit == "B" else f"{octets:.1f} {unit}"
        octets /= 1024
    raise AssertionError


def show_mailboxes(facts: dict[str, list[dict[str, Any]]]) -> None:
    """The fullest addresses of all servers."""
    rows = [(server, item) for server, addresses in facts.items() for item in addresses]
    rows.sort(key=lambda row: (-row[1]["vsize"], row[0], row[1]["address"]))
    table = Table(header_style="bold", show_edge=False, pad_edge=False)
    for title, right in (("server", False), ("address", False), ("messages", True), ("size", True)):
        table.add_column(title, justify="right" if right else "left", no_wrap=True)
    for server, item in rows[:SHOWN_MAILBOXES]:
        table.add_row(server, item["address"], f"{item['messages']:,}", size(item["vsize"]))
    CONSOLE.print(table)
    if len(rows) > SHOWN_MAILBOXES:
        CONSOLE.print(f"[dim]and {len(rows) - SHOWN_MAILBOXES} more, less full[/dim]")


def run(folder: Path) -> None:
    CONSOLE.print("[bold]whm.mail[/bold]: three simulated WHM servers whose mail has drifted from the policy.")
    CONSOLE.print("[dim]They run on this machine only, and end with the demo.[/dim]")
    connections, facts = folder / "connections.yml", folder / "facts.json"
    with simulator(folder) as info:
        write_connections(info, connections)

        headline(1, "An audit: check mode shows what differs, and changes nothing")
        predicted = changes(play(connections, "--check", "--diff"))
        if len(predicted) != len(info["servers"]) or not any(predicted.values()):
            fail("the audit found no difference, but the demo's servers do differ from the policy.")
        show_log(info["control"])

        headline(2, "The same playbook for real")
        done = changes(play(connections))
        if done != predicted:
            fail(f"check mode predicted {predicted}, but this was done: {done}.")

        headline(3, "And once more: nothing is left to do")
        again = changes(play(connections, "-e", json.dumps({"demo_facts": str(facts)}), quiet=True))
        if any(again.values()) or again.keys() != done.keys():
            fail(f"the second run should have changed nothing, but: {again}.")
        CONSOLE.print("  ".join(f"{server} changed={number}" for server, number in again.items()), style="green")

        headline(4, "What is in the mailboxes")
        show_mailboxes(json.loads(facts.read_text(encoding="utf-8")))
    CONSOLE.print()
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
