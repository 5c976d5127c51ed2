# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the simulator from a shell: python -m ansible_collections.whm.mail.tests.simulator --state FILE.yml"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from . import dovecot_server, exim_real
from .loading import STATES
from .simulator import Simulator


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description="Simulated WHM servers on the loopback interface.")
    parser.add_argument("--state", default=str(STATES / "demo.yml"), help="YAML file that describes the servers")
    parser.add_argument("--info", help="write the addresses and tokens to this JSON file once everything listens")
    parser.add_argument("--port-base", type=int, help="first port to use (default: any free ones)")
    parser.add_argument("--lifetime", type=float, default=3600, help="end after so many seconds (default: 3600)")
    parser.add_argument(
        "--engine", choices=["memory", "dovecot", "exim"], default="memory", help="what is real (default: nothing)"
    )
    return parser.parse_args(argv)


def write_info(simulator: Simulator, path: Path) -> None:
    """All or nothing, so that whoever waits for the file never reads half of it."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.touch(mode=0o600)
    half.write_text(json.dumps(simulator.info(), indent=2) + "\n", encoding="utf-8")
    half.replace(path)


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
    return "\n".join([*lines, "", f"Control: {simulator.control_url}/info", "Ctrl-C ends it.", ""])


def main(argv: Sequence[str] | None = None) -> int:
    args = _arguments(argv)
    needed = {"dovecot": dovecot_server.missing, "exim": exim_real.missing}.get(args.engine)
    problem = needed() if needed else None
    if problem:
        print(f"simulator: {problem}", file=sys.stderr)
        return 1
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    with Simulator(args.state, port_base=args.port_base, engine=args.engine) as simulator:
        gc.freeze()  # thousands of accounts stay; to walk through them now and then would pass for a slow server
        if args.info:
            write_info(simulator, Path(args.info))
        else:
            print(describe(simulator), flush=True)
        ended.wait(args.lifetime)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
