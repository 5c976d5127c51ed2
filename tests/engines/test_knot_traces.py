# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Knot leaves nothing behind, however the run ends, asks nobody, and nothing of the machine's own Knot is read or touched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.whm.mail.tests.engines.test_dovecot_traces import assert_gone, processes_of
from ansible_collections.whm.mail.tests.knot import Knot

pytestmark = pytest.mark.usefixtures("knot_is_here")
RUNNER = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from ansible_collections.whm.mail.tests.knot import Knot
with Knot() as knot:
    knot.publish({"a.example": [("TXT", "x" * 300)]}, broken=["b.example"])
    print(knot.folder, knot.port, flush=True)
    sys.stdin.read()
"""
OF_THE_MACHINE = ("/etc/knot", "/var/lib/knot", "/run/knot", "/var/run/knot")


@pytest.fixture
def runner() -> Iterator[tuple[subprocess.Popen[str], Path, int]]:
    """A process with a Knot, its folder and its port."""
    argv, pipe = [sys.executable, "-c", RUNNER], subprocess.PIPE
    process = subprocess.Popen(
        argv, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    assert process.stdout is not None
    folder, port = process.stdout.readline().split()
    yield process, Path(folder), int(port)
    process.kill()
    process.communicate()


@pytest.mark.parametrize("whole_group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_nothing_is_left_when_the_runner_is_interrupted(
    runner: tuple[subprocess.Popen[str], Path, int], number: signal.Signals, whole_group: bool
) -> None:
    process, folder, port = runner
    pids = list(processes_of(folder))
    assert pids
    (os.killpg if whole_group else os.kill)(process.pid, number)
    process.wait(60)
    assert_gone(folder, port, pids)


def test_nothing_is_left_when_even_the_keeper_is_killed() -> None:
    """But for the folder, which its owner removes."""
    with Knot() as knot:
        folder, port, pids = knot.folder, knot.port, list(processes_of(knot.folder))
        (server,) = [pid for pid, arguments in processes_of(folder).items() if "knotd" in arguments]
        parent = Path(f"/proc/{server}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
        os.kill(int(parent), signal.SIGKILL)
    assert_gone(folder, port, [*pids, int(parent)])


def test_nothing_of_the_machines_own_knot_is_opened_and_nobody_is_asked(tmp_path: Path) -> None:
    if not shutil.which("strace"):
        pytest.skip("strace not installed; on Debian 12: apt-get install strace")
    trace = tmp_path / "trace"
    calls = "openat,open,execve,mkdir,rename,unlink,connect,bind,sendto,sendmsg"
    argv = ["strace", "-f", "-q", "-s", "300", "-e", f"trace={calls}", "-o", str(trace), sys.executable, "-c", RUNNER]
    done = subprocess.run(argv, input="", capture_output=True, text=True, check=False, timeout=120)
    folder, port = done.stdout.split()
    lines = trace.read_text(encoding="utf-8", errors="replace").splitlines()
    assert any("knot.conf" in line for line in lines)
    assert [line for line in lines if any(f'"{place}' in line for place in OF_THE_MACHINE)] == []
    elsewhere = [line for line in lines if "AF_INET" in line and 'inet_addr("127.0.0.1")' not in line]
    assert elsewhere == []
    listening = [line for line in lines if " bind(" in line and "AF_INET" in line and f"htons({port})" in line]
    assert len(listening) >= 2, "UDP and TCP"
    assert not Path(folder).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="runs as an ordinary user already")
def test_it_gives_up_its_privileges() -> None:
    with Knot() as knot:
        (server,) = [pid for pid, arguments in processes_of(knot.folder).items() if "knotd" in arguments]
        assert Path(f"/proc/{server}").stat().st_uid != 0
