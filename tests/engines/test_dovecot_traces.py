# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dovecot leaves nothing behind, however the run ends, and nothing of the machine's own Dovecot is read or touched."""

from __future__ import annotations

import ctypes
import os
import pwd
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.whm.mail.tests.simulator import dovecot_server
from ansible_collections.whm.mail.tests.simulator.dovecot_server import Dovecot

pytestmark = pytest.mark.usefixtures("dovecot_is_here")
PATIENCE = 30.0
# Starts Dovecot with a session in it, says where it is, and waits for its end.
RUNNER = """
import imaplib, sys, time
from ansible_collections.whm.mail.tests.simulator.dovecot_server import PASSWORD, Dovecot
with Dovecot() as dovecot:
    session = imaplib.IMAP4(dovecot.host, dovecot.port)
    session.login("somebody@example.com", PASSWORD)
    session.select()
    print(dovecot.folder, dovecot.port, flush=True)
    time.sleep(300)
"""
OF_THE_MACHINE = ("/etc/dovecot", "/etc/dovecot/conf.d", "/etc/dovecot/private", "/var/lib/dovecot", "/run/dovecot")
EVERYTHING = 0xFFF  # IN_ALL_EVENTS


def processes_of(folder: Path) -> dict[int, str]:
    """Whatever has this folder in its arguments, or descends from such a process."""
    parents: dict[int, int] = {}
    found: dict[int, str] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if state[0] == "Z":
            continue
        parents[int(entry.name)] = int(state[1])
        if str(folder) in arguments:
            found[int(entry.name)] = arguments
    while more := {pid: "a child" for pid, parent in parents.items() if parent in found and pid not in found}:
        found |= more
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start() -> tuple[subprocess.Popen[str], Path, int, list[int]]:
    """A runner, its folder, its port, and the processes of its Dovecot."""
    runner = subprocess.Popen(
        [
            "setpriv",
            "--pdeathsig",
            "KILL",
            sys.executable,
            "-c",
            RUNNER,
        ],  # so that it does not outlive the tests either
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert runner.stdout is not None
    folder, port = runner.stdout.readline().split()
    return runner, Path(folder), int(port), list(processes_of(Path(folder)))


def assert_gone(folder: Path, port: int, pids: list[int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and (folder.exists() or listens(port) or any(alive(pid) for pid in pids)):
        time.sleep(0.05)
    assert not folder.exists()
    assert not listens(port)
    assert [pid for pid in pids if alive(pid)] == []
    assert processes_of(folder) == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_nothing_is_left_when_the_runner_is_interrupted(number: signal.Signals) -> None:
    """SIGINT as Ctrl-C sends it, to the whole group; SIGTERM is not even handled by this runner."""
    runner, folder, port, pids = start()
    assert len(pids) >= 6, "keeper, master, anvil, log, config, an IMAP session"
    if number is signal.SIGINT:
        os.killpg(runner.pid, number)
    else:
        runner.send_signal(number)
    runner.communicate()
    assert_gone(folder, port, pids)


def test_nothing_is_left_when_even_the_keeper_is_killed() -> None:
    """But for the folder, which its owner removes."""
    with Dovecot() as dovecot:
        folder, port = dovecot.folder, dovecot.port
        pids = list(processes_of(folder))
        (keeper,) = [pid for pid, arguments in processes_of(folder).items() if "dovecot_keeper" in arguments]
        os.kill(keeper, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and (listens(port) or any(alive(pid) for pid in pids if pid != keeper)):
            time.sleep(0.05)
    assert_gone(folder, port, pids)


@contextmanager
def watched(folders: list[str]) -> Iterator[list[str]]:
    """inotify(7): whatever is done to these folders or the files in them."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init()
    names = {libc.inotify_add_watch(descriptor, folder.encode(), EVERYTHING): folder for folder in folders}
    assert all(number > 0 for number in names)
    seen: list[str] = []
    try:
        yield seen
        while select.select([descriptor], [], [], 0)[0]:
            data = os.read(descriptor, 65536)
            seen.append(f"{names[int.from_bytes(data[:4], sys.byteorder)]}: {data[16:80]!r}")
    finally:
        os.close(descriptor)


def test_nothing_of_the_machines_own_dovecot_is_read_or_touched() -> None:
    there = [folder for folder in OF_THE_MACHINE if Path(folder).is_dir()]
    assert "/etc/dovecot" in there, "the package of Debian brings it along"
    with watched(there) as seen, Dovecot() as dovecot:
        asked = dovecot.doveadm("mailbox", "status", "-u", "x@example.com", "all", "INBOX")
        assert asked.returncode == 0, asked.stderr
    assert seen == []
    with watched(["/etc/dovecot"]) as seen:
        Path("/etc/dovecot/dovecot.conf").open(encoding="utf-8").close()
    assert seen, "the watch works"


@pytest.mark.skipif(os.geteuid() != 0, reason="runs as an ordinary user already")
def test_an_ordinary_user_may_run_it_too() -> None:
    """What the whole suite does when it is not started as root."""
    games = pwd.getpwnam("games")
    program = (
        "import importlib.util as u, sys; "
        "s = u.spec_from_file_location('dovecot_server', sys.argv[1]); m = u.module_from_spec(s); s.loader.exec_module(m)\n"
        "with m.Dovecot() as d: print(d.doveadm('mailbox', 'status', '-u', 'x@y', 'messages', 'INBOX'))"
    )
    argv = ["/usr/bin/python3", "-c", program, dovecot_server.__file__]
    asked = subprocess.run(
        argv,
        user=games.pw_uid,
        group=games.pw_gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "INBOX messages=0" in asked.stdout, asked.stderr
