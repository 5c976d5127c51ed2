# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No mail leaves, the machine's own Exim is let alone, and nothing is left behind however a run ends.

Exim is started for each question and never as a daemon, so it holds no port; without processes there are none either.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.whm.mail.tests.simulator.exim_engine import Rules
from ansible_collections.whm.mail.tests.simulator.exim_keeper import workers
from ansible_collections.whm.mail.tests.simulator.exim_real import CONFIG, RealExim
from ansible_collections.whm.mail.tests.unit.simulator.exim_scenario import letter

OWN = [Path(place) for place in ("/etc/exim4", "/etc/exim", "/var/lib/exim4", "/var/spool/exim4", "/var/log/exim4")]
PATIENCE = 60.0  # for what takes a moment; nothing is measured by it

# Everything an engine can be asked, once.
WORK = """
import os
os.umask(0o077)
from ansible_collections.whm.mail.tests.simulator.exim_engine import Queued, Rejected, Rules
from ansible_collections.whm.mail.tests.simulator.exim_real import RealExim, missing
assert missing() is None
rules = Rules(["held"], ["suspended"], {"held.example": "held", "suspended.example": "suspended"})
with RealExim() as exim:
    exim.put([Queued("1r31eq-000005-05", "a@b.example", ("x@out.example",), 900, 1700000000, True)])
    text = b"Subject: x\\n\\nx\\n"
    exim.freeze(exim.submit("a@held.example", ["x@out.example"], text, rules))
    exim.submit("a@free.example", ["x@out.example", "y@gmail.com"], text, rules)
    try:
        exim.submit("a@suspended.example", ["x@out.example"], text, rules)
    except Rejected:
        pass
    exim.submit("a@suspended.example", ["x@out.example"], text, Rules())
    exim.run(rules)
    exim.run(rules)
    assert len(exim.queue()) == 2 and len(exim.outside()) == 3
    assert exim.check("foo = bar", None).error and not exim.check("", None).error and exim.check("x", "acl").error
    print("done")
"""
# A queue run that never ends: every message is held.
# What starts the tests may ignore these signals, and processes inherit that.
BUSY = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from ansible_collections.whm.mail.tests.simulator.exim_engine import Queued, Rules, message_id
from ansible_collections.whm.mail.tests.simulator.exim_real import RealExim
with RealExim() as exim:
    exim.put([Queued(message_id(1700000000, n), "a@held.example", ("x@out.example",), 900, 0) for n in range(300)])
    print(exim.folder, flush=True)
    while True:
        exim.run(Rules(["held"], [], {"held.example": "held"}))
"""


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def snapshot() -> dict[str, tuple[int, ...]]:
    """The files of the machine's own Exim: when each changed, and how long it is."""
    files = [file for place in OWN if place.exists() for file in [place, *place.rglob("*")]]
    facts = {str(file): file.lstat() for file in files}
    return {name: (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size) for name, stat in facts.items()}


def test_there_is_no_way_out(exim: RealExim) -> None:
    asked = {what: exim.exim("-bP", what).stdout.decode() for what in ("routers", "transports")}
    assert set(re.findall(r"^driver = (.*)$", asked["transports"], re.MULTILINE)) == {"appendfile"}
    assert set(re.findall(r"^driver = (.*)$", asked["routers"], re.MULTILINE)) == {"accept", "redirect"}
    assert asked["transports"].count(" transport:") == 1
    assert re.findall(r"^directory = (.*)$", asked["transports"], re.MULTILINE) == [f"{exim.folder}/outside"]
    assert re.findall(r"_transport = .+", asked["routers"]) == []
    verdict = exim.exim("-bt", "somebody@gmail.com").stdout.decode()
    assert "router = outside, transport = outside" in verdict


def test_the_configuration_names_nothing_of_the_machine() -> None:
    assert not re.search(r"(?<!\})/(etc|var|usr|bin)", CONFIG)
    assert not re.search(r"\$\{(run|readsocket|perl|dlfunc)", CONFIG)


def test_the_machines_own_exim_is_not_touched(exim_is_here: None, tmp_path: Path) -> None:
    before = snapshot()
    argv = [sys.executable, "-c", WORK]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)
    assert snapshot() == before


def test_nothing_of_it_is_opened_and_no_connection_made(exim_is_here: None, tmp_path: Path) -> None:
    if not shutil.which("strace"):
        pytest.skip("strace not installed; on Debian 12: apt-get install strace")
    trace = tmp_path / "trace"
    calls = "openat,open,execve,mkdir,rename,unlink,connect,bind,listen,sendto"
    argv = ["strace", "-f", "-q", "-s", "300", "-e", f"trace={calls}", "-o", str(trace), sys.executable, "-c", WORK]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=2 * PATIENCE, cwd=tmp_path)
    assert done.stdout == "done\n", done.stderr
    lines = trace.read_text(encoding="utf-8", errors="replace").splitlines()
    assert sum("exim.conf" in line for line in lines) > 20
    assert [line for line in lines if any(f'"{place}' in line for place in OWN)] == []
    assert [line for line in lines if "AF_INET" in line or "listen(" in line] == []


@pytest.fixture
def busy(exim_is_here: None, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process in the middle of a queue run, and its temporary folder."""
    argv = [sys.executable, "-c", BUSY]
    process = subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True, cwd=tmp_path
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    until(lambda: list(workers(folder)))
    yield process, folder
    process.kill()
    process.communicate()


@pytest.mark.parametrize("whole_group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left(busy: tuple[subprocess.Popen[str], Path], number: signal.Signals, whole_group: bool) -> None:
    """Ctrl-C reaches the whole group, `kill` one process."""
    process, folder = busy
    assert folder.is_dir()
    (os.killpg if whole_group else os.kill)(process.pid, number)
    process.wait(PATIENCE)
    until(lambda: not folder.exists())
    assert list(workers(folder)) == []


def test_a_message_is_not_lost_sight_of(exim_is_here: None) -> None:
    """The folder goes with everything that is in it, and stopping twice does no harm."""
    exim = RealExim()
    with exim:
        exim.submit("a@free.example", ["x@out.example"], letter("a@free.example", 200), Rules())
        assert len(exim.queue()) == 1
        assert exim.folder.stat().st_mode & 0o077 == 0
    exim.stop()
    assert not exim.folder.exists()
