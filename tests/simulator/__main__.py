# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the simulator from a shell: PYTHONPATH=~/.ansible/collections python -m ansible_collections.whm.mail.tests.simulator

In a checkout: python3 dev.py simulator. Whatever is wrong is one sentence, and ends with exit code 2.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from . import dovecot_server, exim_real
from .httpd import Busy
from .loading import STATES
from .simulator import Simulator

CANNOT_START = 2  # as argparse ends for what it cannot understand


def _port(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        raise argparse.ArgumentTypeError(f"{value!r} is no port: give a number from 1 to 65535")
    return int(value)


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"{value!r} is no time: give a number of seconds above 0, such as 3600")
    return seconds


class _Parser(argparse.ArgumentParser):
    """One that says one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(CANNOT_START, f"{self.prog}: {message[:1].upper()}{message[1:]}. --help names all options.\n")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="simulator", description="Simulated WHM servers on the loopback interface.")
    parser.add_argument("--state", default=str(STATES / "demo.yml"), help="YAML file that describes the servers")
    parser.add_argument("--info", help="also write the addresses and tokens to this JSON file, for programs")
    parser.add_argument("--port-base", type=_port, help="first port to use (default: any free ones)")
    parser.add_argument("--lifetime", type=_seconds, default=3600, help="end after so many seconds (default: 3600)")
    parser.add_argument(
        "--engine", choices=["memory", "dovecot", "exim"], default="memory", help="what is real (default: nothing)"
    )
    return parser.parse_args(argv)


def write_info(simulator: Simulator, path: Path) -> None:
    """All or nothing, so that whoever waits for the file never reads half of it."""
    half = path.parent / f".{path.name}.{os.getpid()}"
    try:
        half.touch(mode=0o600)
        half.write_text(json.dumps(simulator.info(), indent=2) + "\n", encoding="utf-8")
        half.replace(path)
    except OSError as problem:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        raise CannotStart(
            f"--info {path} cannot be written: {problem.strerror}. Name a file in a folder that you may write to."
        ) from problem


def describe(simulator: Simulator) -> str:
    """How to point a playbook at each server."""
    lines = ["The simulator runs. Point a playbook at a server with:", ""]
    for name, box in simulator.boxes.items():
        lines += [
            f"  {name} ({box.state.hostname})",
            f"    WHM_HOST={box.host} WHM_PORT={box.port} WHM_USERNAME={box.caller} WHM_API_TOKEN={box.token}"
            f" WHM_CA_PATH={simulator.ca_path}",
            f"    programs for transport: cli in {simulator.cli_dir(name)}",
        ]
    return "\n".join([*lines, "", f"Control: {simulator.control_url}/info"])


class CannotStart(Exception):
    """Why, as a sentence that says what to do."""


def _simulator(args: argparse.Namespace) -> Simulator:
    try:
        return Simulator(args.state, port_base=args.port_base, engine=args.engine)
    except OSError as problem:
        raise CannotStart(f"--state {args.state} cannot be read: {problem.strerror}.") from problem
    except ValueError as problem:
        raise CannotStart(f"--state {args.state}: {problem}") from problem


def _start(simulator: Simulator, args: argparse.Namespace) -> None:
    try:
        simulator.start()
    except Busy as problem:
        raise CannotStart(f"{problem} Name other ports with --port-base, or none, to get free ones.") from problem
    except (OSError, RuntimeError, ValueError) as problem:
        raise CannotStart(f"it cannot start: {getattr(problem, 'strerror', None) or problem}") from problem


def main(argv: Sequence[str] | None = None) -> int:
    args = _arguments(argv)
    needed = {"dovecot": dovecot_server.missing, "exim": exim_real.missing}.get(args.engine)
    try:
        problem = needed() if needed else None
        if problem:
            raise CannotStart(problem)
        return _run(_simulator(args), args)
    except CannotStart as problem:
        print(f"simulator: {problem}", file=sys.stderr)
        return CANNOT_START


def _run(simulator: Simulator, args: argparse.Namespace) -> int:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    _start(simulator, args)
    try:
        gc.freeze()  # thousands of accounts stay; to walk through them now and then would pass for a slow server
        lines = [describe(simulator)]
        if args.info:
            write_info(simulator, Path(args.info))
            lines.append(f"For programs all this, tokens too, is in {args.info}.")
        print("\n".join([*lines, "Ctrl-C ends it.", ""]), flush=True)
        ended.wait(args.lifetime)
    finally:
        simulator.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
