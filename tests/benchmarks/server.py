# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator in a process of its own, so that it does not share an interpreter's lock with what is measured."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from ansible_collections.whm.mail.tests.simulator.running import Running

_START_SECONDS = 60
_LIFETIME = 4 * 3600


class Servers(Running):
    """Simulated servers for as long as the context lasts.

    :param states: name to state, as in the simulator's README.
    """

    def __init__(self, states: Mapping[str, Any], folder: Path) -> None:
        self.folder = folder
        self._state, self._info = folder / "servers.json", folder / "info.json"
        self._state.write_text(json.dumps({"servers": states}), encoding="utf-8")
        self.info: dict[str, Any] = {}

    def start(self) -> None:
        options = ["--state", str(self._state), "--info", str(self._info), "--lifetime", str(_LIFETIME)]
        package = __package__.replace("benchmarks", "simulator")
        command = [sys.executable, "-m", package, *options]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}  # it greets with four lines a server
        self._process = subprocess.Popen(command, **quiet)
        end = time.monotonic() + _START_SECONDS
        while not self._info.exists():
            if self._process.poll() is not None or time.monotonic() > end:
                self._process.kill()
                raise RuntimeError("The simulator did not start.")
            time.sleep(0.05)
        self.info = json.loads(self._info.read_text(encoding="utf-8"))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        self._info.unlink(missing_ok=True)

    def options(self, name: str, port: int | None = None) -> dict[str, Any]:
        """The connection options of one server; ``port`` where something stands in between."""
        server = self.info["servers"][name]
        return {
            "api_host": server["host"],
            "api_port": port or server["port"],
            "api_token": server["token"],
            "ca_path": self.info["ca_path"],
        }

    def program(self, name: str) -> str:
        """The stand-in of whmapi1 that acts on one server."""
        return str(Path(self.info["servers"][name]["cli_dir"], "whmapi1"))

    def reset(self, name: str) -> None:
        """Back to the state that it began with; the log is empty."""
        self._control(f"reset/{name}", {})

    def quirks(self, name: str, quirks: Mapping[str, Any]) -> None:
        self._control(f"quirks/{name}", quirks)

    def log(self, name: str) -> list[dict[str, Any]]:
        """The requests since the last reset."""
        found: list[dict[str, Any]] = self._control(f"log/{name}")
        return found

    def _control(self, what: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode("utf-8")
        with urlopen(Request(f"{self.info['control']}/{what}", data=data), timeout=120) as answer:  # noqa: S310 (ours)
            return json.load(answer)


def connections(log: list[dict[str, Any]]) -> int:
    """How many connections these requests came over."""
    return len({entry["connection"] for entry in log})
