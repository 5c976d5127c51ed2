# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo happens on: simulated servers, an inventory that leads to them, and ansible-playbook."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.request import urlopen

from rich.console import Console

from devtools.environment import COLLECTION, ROOT

STATE = ROOT / "tests/simulator/states/demo.yml"
POLICY = ROOT / "playbooks/inventory/demo.yml"
START_TIMEOUT = 120.0
LIFETIME = 3600  # seconds after which the simulator ends by itself, should nobody be left to stop it

CONSOLE = Console(highlight=False, soft_wrap=True)
COLOURED = CONSOLE.is_terminal and not CONSOLE.no_color

Recap = dict[str, dict[str, int]]


def fail(sentence: str) -> NoReturn:
    CONSOLE.print(f"[bold red]The demo failed:[/bold red] {sentence}")
    sys.exit(1)


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


def log_of(control: str) -> list[dict[str, Any]]:
    """The requests that all servers have seen."""
    with urlopen(f"{control}/log", timeout=120) as answer:  # noqa: S310  (our own simulator, on this machine)
        entries: list[dict[str, Any]] = json.load(answer)
    return entries


def play(connections: Path, name: str, *options: str, variables: dict[str, Any], shown: Sequence[str] = ()) -> Recap:
    """Run a playbook of the collection and return the counters of its recap.

    :param shown: names of variables that belong into the command as a reader would type it. With --diff what it prints is shown
        too, otherwise only when it fails.
    """
    extra = [f"-e {key}={variables[key]}" for key in shown]
    CONSOLE.print(" ".join(["$ ansible-playbook -i inventory", f"whm.mail.{name}", *options, *extra]), style="dim")
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(POLICY), "-i", str(connections)]
    lines = []
    with subprocess.Popen(
        [*argv, f"whm.mail.{name}", *options, "-e", json.dumps(variables)],
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if "--diff" in options:
                sys.stdout.write(line)
                sys.stdout.flush()
    if process.returncode:
        sys.stdout.writelines(lines if "--diff" not in options else [])
        fail(f"the playbook ended with exit code {process.returncode}.")
    return recap(lines)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_FORCE_COLOR" if COLOURED else "ANSIBLE_NOCOLOR": "true",
    }


def recap(lines: Sequence[str]) -> Recap:
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
