# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story: three simulated WHM servers with some drift and an outbreak of spam, from the audit to the release.

It is also a test: it ends with an error when check mode changed anything or did not predict what happened, when the wrong account
was held, when drift is left, or when the last run found something to do.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import Any, NoReturn
from urllib.request import urlopen

from rich.console import Console

from devtools.environment import COLLECTION, ROOT, WORK

STATE = ROOT / "tests/simulator/states/demo.yml"
POLICY = ROOT / "playbooks/inventory/story.yml"
START_TIMEOUT = 20.0
LIFETIME = 600  # seconds after which the simulator ends by itself, should nobody be left to stop it
RESULTS = WORK / "story"
INCIDENT = "outbreak"
SHOWN_CHARACTERS = 110

CONSOLE = Console(highlight=False, soft_wrap=True)

Recap = dict[str, dict[str, int]]

CLOSING = """\
[bold]Your own servers[/bold], reading only. The token is typed unseen and stays out of the shell's history:

  printf '\\[whm_servers]\\nwhm.example.com\\n' > my-servers
  read -rs WHM_API_TOKEN && export WHM_API_TOKEN
  .venv/bin/ansible-playbook -i my-servers whm.mail.audit --check

If their certificates are not signed by a public authority, also: export WHM_CA_PATH=/path/to/ca.pem
A policy to begin with: playbooks/inventory/story.yml. An outbreak, step by step: docs/spam-outbreak.md
"""


def fail(sentence: str) -> NoReturn:
    CONSOLE.print(f"[bold red]The story failed:[/bold red] {sentence}")
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


def play(connections: Path, name: str, *options: str, **variables: str) -> Recap:
    """Run a playbook of the collection and return the counters of its recap; what it prints is shown only when it fails."""
    shown = [f"-e {key}={value}" for key, value in variables.items() if key.startswith("containment_")]
    CONSOLE.print(" ".join(["$ ansible-playbook -i inventory", f"whm.mail.{name}", *options, *shown]), style="dim")
    env = {**os.environ, "ANSIBLE_PYTHON_INTERPRETER": sys.executable, "ANSIBLE_NOCOLOR": "true"}
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(POLICY), "-i", str(connections)]
    given = {**variables, "containment_folder": str(RESULTS / "containment"), "containment_by": "story"}
    done = subprocess.run(
        [*argv, f"whm.mail.{name}", *options, "-e", json.dumps(given)],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        sys.stdout.write(done.stdout)
        fail(f"the playbook ended with exit code {done.returncode}.")
    return recap(done.stdout.splitlines())


def recap(lines: list[str]) -> Recap:
    """The counters under PLAY RECAP, by server."""
    counters: Recap = {}
    for line in lines:
        match = re.match(r"(\S+)\s+: (ok=\d+ .*)", line)
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


def audited(folder: Path, severity: str = "drift") -> list[tuple[str, str]]:
    """(server, sentence) of what an audit found."""
    document = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    rows = [(server["name"], row) for server in document["servers"] for row in server["drift"]]
    return [(name, row["message"]) for name, row in rows if row["severity"] == severity]


def show(rows: list[tuple[str, str]]) -> None:
    """One line each; the page has the rest."""
    for name, sentence in rows:
        CONSOLE.print(f"  {name}  {shorten(sentence, SHOWN_CHARACTERS, placeholder=' ...')}", markup=False)


def ledger() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((RESULTS / "containment/ledger.json").read_text(encoding="utf-8"))[
        "entries"
    ]
    return found


def first_audit(connections: Path, control: str) -> None:
    headline(1, "An audit: check mode shows what differs, and changes nothing")
    play(connections, "audit", "--check", audit_folder=str(RESULTS / "before"))
    drift = audited(RESULTS / "before")
    if not drift:
        fail("the audit found no drift, but the servers do differ from the policy.")
    show(drift)
    problems = len(audited(RESULTS / "before", "problem"))
    CONSOLE.print(
        f"and {problems} problems that no policy speaks of. The page: {(RESULTS / 'before/audit.html').as_uri()}"
    )
    show_log(control)


def enforce(connections: Path) -> None:
    headline(2, "The policy: first what would change, then the same for real")
    predicted = changes(play(connections, "enforce", "--check"))
    done = changes(play(connections, "enforce"))
    if done != predicted or not all(done.values()):
        fail(f"check mode predicted {predicted}, but this was done: {done}.")
    CONSOLE.print("Put right, as predicted: " + show_counts(done), style="green")


def contain(connections: Path) -> None:
    headline(3, "An outbreak: who sends it is held, with evidence and a line in the ledger")
    play(connections, "contain", containment_incident=INCIDENT)
    held = [(entry["server"], entry["user"], entry["status"]) for entry in ledger()]
    if held != [("whm1", "carla", "held")]:
        fail(f"carla of whm1 sends the spam, and nobody else, but the ledger says: {held}.")
    (entry,) = ledger()
    show([(entry["server"], f"{entry['user']} is held: {why}.") for why in entry["why"]])
    if not Path(entry["evidence"]).is_file():
        fail("there is no evidence.")
    CONSOLE.print(f"The evidence: {entry['evidence']}")


def again(connections: Path) -> None:
    headline(4, "All of it once more: no drift is left, and there is nothing to do")
    folder = RESULTS / "after"
    done = changes(
        play(connections, "story", audit_folder=str(folder), audit_earlier=str(RESULTS / "before/audit.json"))
    )
    if any(done.values()):
        fail(f"this run should have changed nothing, but: {done}.")
    if audited(folder):
        fail(f"there is drift left: {audited(folder)}.")
    CONSOLE.print("Drift: none. " + show_counts(done), style="green")


def release(connections: Path) -> None:
    headline(5, "The password is changed: the incident is over")
    done = changes(play(connections, "release", containment_release_incident=INCIDENT))
    if [entry["status"] for entry in ledger()] != ["released"] or [name for name, number in done.items() if number] != [
        "whm1"
    ]:
        fail(f"carla of whm1 should be released, and nobody else, but: {done}.")
    CONSOLE.print("carla is released; hugo, whom the policy holds, is not.", style="green")


def show_counts(done: dict[str, int]) -> str:
    return "  ".join(f"{server} changed={number}" for server, number in done.items())


def run(folder: Path) -> None:
    CONSOLE.print("[bold]whm.mail[/bold]: three simulated WHM servers whose mail has drifted, and a stolen password.")
    CONSOLE.print("[dim]They run on this machine only, and end with it.[/dim]")
    shutil.rmtree(RESULTS, ignore_errors=True)
    connections = folder / "connections.yml"
    with simulator(folder) as info:
        write_connections(info, connections)
        first_audit(connections, info["control"])
        enforce(connections)
        contain(connections)
        again(connections)
        release(connections)
    CONSOLE.print(
        f"\n[bold]The report[/bold], and what changed since the first: {(RESULTS / 'after/audit.html').as_uri()}\n"
    )
    CONSOLE.print(CLOSING, end="")


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` is reached
    try:
        with tempfile.TemporaryDirectory(prefix="whm-mail-story-") as folder:
            run(Path(folder))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
