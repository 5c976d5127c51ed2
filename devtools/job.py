# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the tests: each one runs into a log of its own, in one of three lanes, and a table shows them all."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from devtools.environment import ROOT, WORK, stop, tool_environment

LOGS = WORK / "logs"
LANES = 3  # one more than the cores of a small machine, because tests also wait: for late effects, timeouts, databases
COMMAND_TIMEOUT = 2700
SHOWN_LINES = 120


class Failed(Exception):
    """A part is red; the sentence says why, the log has the rest."""


RUNNING: dict[int, subprocess.Popen[str]] = {}
INTERRUPTED = threading.Event()


class Job:
    """One part while it runs. Everything its commands print goes to one log file."""

    def __init__(self, name: str, extra: list[str], echo: bool) -> None:
        self.name, self.extra, self.echo = name, extra, echo
        self.log = LOGS / f"{name}.log"
        self.log.write_text("", encoding="utf-8")
        self.notes: list[str] = []
        self.passed, self.failed = 1, 0  # a part without tests of its own counts as one
        self.has_tests = False
        self.problem = ""
        self.seconds = 0.0

    def run(self, *argv: str, cwd: Path = ROOT, env: dict[str, str] | None = None, ok: bool = False) -> str:
        """Run one command and return what it printed. ``ok``: a bad exit code is the caller's to judge."""
        if INTERRUPTED.is_set():
            raise Failed("interrupted")
        lines = [f"$ {' '.join(argv)}\n"]
        with self.log.open("a", encoding="utf-8") as log:
            log.write(lines[0])
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env={**(env or tool_environment()), "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            RUNNING[process.pid] = process
            # A tool that waits for something that never comes is red, not silent.
            timer = threading.Timer(COMMAND_TIMEOUT, kill, [process])
            timer.daemon = True  # an interrupted run does not wait for it
            timer.start()
            for line in process.stdout or ():
                lines.append(line)
                log.write(line)
                log.flush()
                if self.echo:
                    print(line, end="", flush=True)
            code = process.wait()
            timer.cancel()
            RUNNING.pop(process.pid, None)
        if code and not ok:
            raise Failed(f"{Path(argv[0]).name} ended with exit code {code}")
        return re.sub(r"\x1b\[[0-9;]*m", "", "".join(lines[1:]))

    def demand(self, pattern: str, output: str, otherwise: str) -> None:
        if not re.search(pattern, output, re.MULTILINE):
            raise Failed(otherwise)

    def refuse(self, pattern: str, output: str) -> None:
        match = re.search(pattern, output, re.MULTILINE)
        if match:
            raise Failed(f"green, but it said: {match.group(0).strip()}")


def kill(process: subprocess.Popen[str]) -> None:
    """End a command and whatever it started; everything a Job starts has a process group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def run_part(name: str, part: Callable[[Job], None], extra: list[str], echo: bool) -> Job:
    job, start = Job(name, extra, echo), time.monotonic()
    try:
        part(job)
    except Failed as failure:
        job.problem = str(failure)
    except Exception as error:  # a fault of this script must not pass for a green part
        job.problem = f"{type(error).__name__}: {error}"
    job.seconds = time.monotonic() - start
    if job.problem and not job.failed:
        job.passed, job.failed = job.passed if job.has_tests else 0, 1
    if not echo and not INTERRUPTED.is_set():
        print(f"  {name} {'FAILED' if job.problem else 'ok'} ({job.seconds:.1f} s)", flush=True)
    return job


def run_parts(parts: dict[str, Callable[[Job], None]], chains: list[list[str]], extra: list[str]) -> int:
    """Run chains of parts beside each other, then show what failed, a table, and the closing line that counts."""
    LOGS.mkdir(parents=True, exist_ok=True)
    start, jobs = time.monotonic(), {}

    def run_chain(chain: list[str]) -> None:
        for name in chain:
            if INTERRUPTED.is_set():
                return
            jobs[name] = run_part(name, parts[name], extra, echo=len(parts) == 1)

    with ThreadPoolExecutor(LANES) as lanes:
        try:
            for future in [lanes.submit(run_chain, chain) for chain in chains]:
                future.result()
        except KeyboardInterrupt:
            INTERRUPTED.set()
            lanes.shutdown(wait=False, cancel_futures=True)
            for process in list(RUNNING.values()):
                kill(process)
            stop("interrupted.")
    report([jobs[name] for name in parts], time.monotonic() - start)
    return int(any(job.problem for job in jobs.values()))


def report(jobs: list[Job], seconds: float) -> None:
    for job in jobs:
        if job.problem and not job.echo:
            lines = job.log.read_text(encoding="utf-8").splitlines()
            print(f"\n---- {job.name}: {job.log} (the last {SHOWN_LINES} lines at most)")
            print("\n".join(lines[-SHOWN_LINES:]))
    print(f"\n{'part':<14} {'seconds':>7}  result")
    for job in jobs:
        notes = "; ".join([f"FAILED: {job.problem}"] * bool(job.problem) + job.notes) or "ok"
        print(f"{job.name:<14} {job.seconds:>7.1f}  {notes}")
    print(f"{'all':<14} {seconds:>7.1f}  in {LANES} lanes; logs are in {LOGS.relative_to(ROOT)}")
    single = " and ".join(f"'{job.name}'" for job in jobs if job.has_tests)
    print(f"\nEvery single test of {single} counts, and each other part counts as one:" if single else "")
    print(f"{sum(job.passed for job in jobs)} passed, {sum(job.failed for job in jobs)} failed")
