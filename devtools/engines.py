# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``dev.py test-engines``: the tests that need a real Dovecot, Exim, Knot, PostgreSQL or promtool, which come from packages of Debian."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from devtools.environment import COLLECTION, VENV, WORK, tool_environment
from devtools.job import LOGS, Job, run_parts
from devtools.parts import ansible_test, count_tests, python_of

COPY = WORK / "test-engines" / COLLECTION
# Those of Exim only belong to the long run: tests/engines asks the same modules already, within one process.
TARGETS = {
    "dovecot": ("mailbox_info", "mailbox_messages", "mailbox_sessions"),
    "exim": ("exim_config", "exim_config_info", "mail_queue_info", "outgoing_mail"),
}
SIMULATOR = b"ansible_collections.whm.mail.tests.simulator"
NOT_RUN = 3
# How the lines begin that say what was compared with whom.
COMPARED = ("Dovecot: ", "Exim: ", "dkimpy: ", "dmarc: ", "pyspf: ", "pyspf and dmarc: ")
LONG = "--long"


def missing() -> list[str]:
    """One sentence for each engine or other program that cannot be run here."""
    argv = [str(VENV / "bin/python"), "-m", "ansible_collections.whm.mail.tests.engines.missing"]
    asked = subprocess.run(argv, env=tool_environment(), stdout=subprocess.PIPE, text=True, check=True)
    return asked.stdout.splitlines()


def engines(job: Job) -> None:
    """The engines in memory against the real ones."""
    report = LOGS / "engines.xml"
    report.unlink(missing_ok=True)
    arguments = [argument for argument in job.extra if argument != LONG] or ["tests/engines"]
    env = tool_environment(ENGINES_LONG=str(int(LONG in job.extra)))
    try:
        output = job.run("pytest", "-q", f"--junitxml={report}", *arguments, env=env)
    finally:
        count_tests(job, report)
    job.notes += [line for line in output.splitlines() if line.startswith(COMPARED)]


def programs(job: Job) -> None:
    """The tests among the ordinary ones that need PostgreSQL or promtool, and are skipped in ``dev.py test`` where these are not."""
    report = LOGS / "programs.xml"
    report.unlink(missing_ok=True)
    try:
        output = job.run("pytest", "-q", "-m", "programs", f"--junitxml={report}")
    finally:
        count_tests(job, report)
    job.refuse(r"^SKIPPED .*not installed; .*", output)


def engine_targets(job: Job, engine: str) -> None:
    """The integration targets of the modules that an engine is behind."""
    job.extra = list(TARGETS[engine])
    argv = ["integration", "--local", "--python", python_of(VENV), "--color", "no"]
    try:
        output = ansible_test(job, *argv, copy=COPY, settings=f"setup_whm_simulator_engine: {engine}\n")
    finally:
        end_simulators()
    for target in TARGETS[engine]:
        job.demand(rf"Running {target} integration test role", output, f"the target {target} did not run")
    job.demand(rf"with mail in {engine}", output, f"the simulator was started without {engine}")
    job.demand(r"^\S+ +: ok=[1-9]", output, "no integration task ran")
    job.notes.append(f"{len(TARGETS[engine])} targets")


def end_simulators() -> None:
    """Those that a target had no time to stop: they do not belong to the process group of ansible-test."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if SIMULATOR in words and any(word.startswith(os.fsencode(COPY)) for word in words):
                os.kill(int(entry.name), signal.SIGTERM)


def main(extra: list[str]) -> int:
    """Arguments but --long are for the tests of the engines, and leave all others out.

    :returns: NOT_RUN when an engine or another program is missing.
    """
    problems = missing()
    if problems:
        print(f"test-engines: not run. {'. '.join(problems)}", file=sys.stderr)
        return NOT_RUN
    parts: dict[str, Callable[[Job], None]] = {"engines": engines}
    if not [argument for argument in extra if argument != LONG]:
        parts["programs"] = programs
        parts["dovecot-targets"] = partial(engine_targets, engine="dovecot")
        if LONG in extra:
            parts["exim-targets"] = partial(engine_targets, engine="exim")
    return run_parts(parts, [[name] for name in parts], extra)
