# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The PostgreSQL that other tests get: it survives a crash as it must, ends with the tests however they end, and leaves nothing."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from ansible_collections.whm.mail.tests.postgresql import INSTALL, PostgreSQL, missing, server
from ansible_collections.whm.mail.tests.postgresql.keeper import descendants
from psycopg import errors

PATIENCE = 30.0
VICTIM = """\
import os, signal, sys
import psycopg
from ansible_collections.whm.mail.tests.postgresql import PostgreSQL

server = PostgreSQL()
server.start()
connection = psycopg.connect(server.new_database())
connection.execute("CREATE TABLE rows (number integer)")
print(server.folder, flush=True)
{end}
"""
ENDS = {
    "killed": "sys.stdin.read()",
    "killed after a crash of the server": "server.kill(); print('killed', flush=True); sys.stdin.read()",
    "stopped": "server.stop()",
    "stopped after a crash of the server": "server.kill(); server.stop()",
    "forgotten": "",
    "broken": "raise SystemError",
}


def inhabitants(folder: Path) -> list[int]:
    """The processes that work in the folder, even if it is gone: each process of PostgreSQL does."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if os.readlink(place).startswith(f"{folder}/"):
                found.append(int(place.parent.name))
    return found


def is_alive(pid: int) -> bool:
    """Also one that has ended has an entry, until somebody asks how."""
    with suppress(OSError):
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    return False


def memory(folder: Path) -> str:
    """The System V memory of the server."""
    return (folder / "data/postmaster.pid").read_text(encoding="utf-8").splitlines()[6].split()[1]


def all_memory() -> set[str]:
    lines = Path("/proc/sysvipc/shm").read_text(encoding="utf-8").splitlines()[1:]
    return {line.split()[1] for line in lines}


def until(happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)
    return happened()


def numbers(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM rows ORDER BY number")]


def test_it_answers_through_the_url_and_only_with_the_password(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    match = re.fullmatch(r"postgresql://(whm_\w+):([\w-]{20,})@127\.0\.0\.1:\d+/\1", database_url)
    assert match
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database_url.replace(match[2], "wrong"))


def test_it_waits_for_the_disk_as_in_production(postgresql: PostgreSQL) -> None:
    with psycopg.connect(postgresql.url) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            assert connection.execute("SELECT current_setting(%s)", [name]).fetchone() == ("on",), name


def test_each_test_has_a_database_of_its_own(postgresql: PostgreSQL, database_url: str) -> None:
    other = postgresql.new_database()
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE rows (number integer)")
    with psycopg.connect(other) as connection, pytest.raises(errors.UndefinedTable):
        connection.execute("SELECT number FROM rows")
    with psycopg.connect(other) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("CREATE ROLE another")
    postgresql.drop(other)  # though somebody may still be connected
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(other)


def test_after_a_crash_what_was_committed_is_there_and_nothing_else(postgresql: PostgreSQL, database_url: str) -> None:
    before = inhabitants(postgresql.folder)
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE rows (number integer)")
        connection.execute("INSERT INTO rows VALUES (1)")
    at_work, other = psycopg.connect(database_url), psycopg.connect(database_url)
    at_work.execute("INSERT INTO rows SELECT 2 FROM generate_series(1, 10000)")
    other.execute("INSERT INTO rows VALUES (3)")
    other.commit()
    postgresql.kill()
    assert not postgresql.is_running()
    assert len(before) > 3
    assert not inhabitants(postgresql.folder)
    with pytest.raises(psycopg.OperationalError):
        at_work.commit()
    with pytest.raises(psycopg.OperationalError, match="connection failed"):
        psycopg.connect(database_url)
    postgresql.restart()
    assert numbers(database_url) == [1, 3]
    assert "automatic recovery in progress" in postgresql.log()


def test_no_row_is_lost_whose_commit_was_confirmed(postgresql: PostgreSQL, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE rows (number integer)")
    confirmed: list[int] = []

    def write() -> None:
        with suppress(psycopg.OperationalError), psycopg.connect(database_url, autocommit=True) as connection:
            while True:
                connection.execute("INSERT INTO rows VALUES (%s)", [len(confirmed)])
                confirmed.append(len(confirmed))

    writer = threading.Thread(target=write)
    writer.start()
    assert until(lambda: len(confirmed) > 50)
    postgresql.kill()
    writer.join(PATIENCE)
    postgresql.restart()
    assert numbers(database_url) in (
        confirmed,
        [*confirmed, len(confirmed)],
    )  # (the last may have come too late to be confirmed)


def test_a_test_may_leave_it_killed(postgresql: PostgreSQL, database_url: str) -> None:
    postgresql.kill()


def test_the_next_one_finds_it_running(postgresql: PostgreSQL) -> None:
    with psycopg.connect(postgresql.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_orderly_restart_loses_connections_and_no_rows(postgresql: PostgreSQL, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE rows AS SELECT 1 AS number")
    idle = psycopg.connect(database_url)
    recoveries = postgresql.log().count("automatic recovery in progress")
    postgresql.restart()
    with pytest.raises(psycopg.OperationalError):
        idle.execute("SELECT 1")
    assert numbers(database_url) == [1]
    assert postgresql.log().count("automatic recovery in progress") == recoveries


@pytest.mark.parametrize("end", ENDS)
def test_however_its_process_ends_no_process_folder_or_memory_is_left(postgresql_is_here: None, end: str) -> None:
    argv = [sys.executable, "-c", VICTIM.format(end=ENDS[end])]
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=quiet, text=True) as victim:
        assert victim.stdout is not None
        folder = Path(victim.stdout.readline().strip())
        assert folder.name.startswith("whm-postgresql-")
        shared, family = "", []
        if end.startswith("killed"):
            if "crash" in end:
                assert victim.stdout.readline() == "killed\n"
            shared, family = memory(folder), descendants(victim.pid)
            assert shared in all_memory()
            assert len(family) == 1 if "crash" in end else len(family) > 5  # the keeper, and PostgreSQL
            victim.send_signal(signal.SIGKILL)
        victim.wait(PATIENCE)
    assert until(lambda: not folder.exists() and not any(is_alive(pid) for pid in family))
    assert not inhabitants(folder)
    assert shared not in all_memory()


def test_should_its_keeper_be_killed_the_kernel_ends_it(postgresql_is_here: None) -> None:
    with PostgreSQL() as alone:
        shared, at_work = memory(alone.folder), set(inhabitants(alone.folder))
        (keeper,) = [pid for pid in descendants(os.getpid()) if at_work == set(descendants(pid))]
        os.kill(keeper, signal.SIGKILL)
        assert until(lambda: not inhabitants(alone.folder))
        assert shared not in all_memory()
    assert not alone.folder.exists()


def test_two_of_them_do_not_disturb_each_other(postgresql: PostgreSQL) -> None:
    with PostgreSQL(on_disk=True) as other:
        assert other.folder.parent == server.DISK
        assert (other.port, other.folder) != (postgresql.port, postgresql.folder)
        postgresql.kill()
        with psycopg.connect(other.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not other.folder.exists()


def test_a_port_that_somebody_has_is_not_taken(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    offers = [postgresql.port - 20000, postgresql.port - 20000, secrets.randbelow(10000)]
    monkeypatch.setattr(secrets, "randbelow", lambda _most: offers.pop(0))
    with PostgreSQL() as other:
        assert other.port != postgresql.port
        psycopg.connect(other.url).close()
        psycopg.connect(postgresql.url).close()


def test_as_root_it_runs_as_nobody_and_not_as_the_owner_of_the_machines_own(postgresql: PostgreSQL) -> None:
    if os.geteuid() != 0:
        pytest.skip("this is for root")
    assert (postgresql.folder / "data").owner() == server.USER


@pytest.mark.parametrize(
    ("script", "sentence"),
    [("echo no space left; exit 7", r"initdb ended with 7; .*no space left"), ("", "No such file")],
)
def test_what_went_wrong_is_said_and_nothing_stays(
    postgresql_is_here: None, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    with TemporaryDirectory(dir=server.DISK) as folder:  # (tmp_path is not for other users)
        Path(folder).chmod(0o755)
        if script:
            Path(folder, "initdb").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            Path(folder, "initdb").chmod(0o755)
        monkeypatch.setattr(server, "programs", lambda: Path(folder))
        broken = PostgreSQL()
        with pytest.raises(RuntimeError, match=sentence):
            broken.start()
    assert broken.folder.name.startswith("whm-postgresql-")
    assert not broken.folder.exists()


def test_what_is_missing_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(server, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing() == f"postgresql not installed; on Debian 12: {INSTALL}"
    with pytest.raises(RuntimeError, match="apt-get install"):
        PostgreSQL().start()


def test_the_newest_is_taken_and_one_on_path_where_debian_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(server, "DEBIAN", tmp_path)
    for version in ("9", "15", "16", "elsewhere"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for name in ("initdb", "postgres")[: 1 if version == "16" else 2]:  # (16 is without its server)
            (folder / name).touch(mode=0o755)
    assert server.programs() == tmp_path / "15/bin"
    monkeypatch.setattr(server, "DEBIAN", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere/bin"))
    assert server.programs() == tmp_path / "elsewhere/bin"
