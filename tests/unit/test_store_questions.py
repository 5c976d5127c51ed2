# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SQL of docs/store.md is run, on SQLite and on PostgreSQL, against a store that the plugins filled."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit import metrics
from ansible_collections.whm.mail.plugins.plugin_utils._audit.run import Run
from ansible_collections.whm.mail.plugins.plugin_utils._store import schema
from ansible_collections.whm.mail.plugins.plugin_utils._store.audits import Invocation
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import place_of

from .plugins.plugin_utils import holds, samples

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/store.md").read_text(encoding="utf-8")
SERVER = "whm1.example.com"
DAY = 86400

Rows = list[tuple[Any, ...]]


def blocks(section: str, language: str = "sql") -> list[str]:
    """The SQL of a section of the page."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


QUESTIONS = blocks("Ask it")
PANELS = blocks("In Grafana", "text")  # with macros of Grafana, which no reader of SQL knows


def fill(where: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three runs, on different days, and a ledger: all of it as the modules write it."""
    now = int(time.time())
    for days, rows in (
        (5, [_sick(SERVER), _sick("whm2.example.com"), _sick("old.example.com")]),
        (1, [_sick(SERVER, waiting=7), samples.lost("whm2.example.com")]),
        (0, [_sick(SERVER, waiting=9), samples.lost("whm2.example.com")]),
    ):
        with monkeypatch.context() as past:
            past.setattr(time, "time", lambda at=now - days * DAY: float(at))
            run = Run(_store(where, folder), Invocation(f"run {days}", "ann", "controller", "0.1.0"))
            for row in rows:
                run.keep(row, {})
    ledger = Ledger(_store(where, folder))
    at = {"planned_at_epoch": now - 60, "held_at_epoch": now - 59}
    lines = [holds.entry(user, "planned", held_at_epoch=None, planned_at_epoch=now - 60) for user in ("carla", "dan")]
    ledger.write(lines)
    ledger.write([{**line, **at, "status": "held"} for line in lines])
    ledger.write([{**lines[1], **at, "status": "released", "ended_at_epoch": now, "ended_by": "bob"}])


def _sick(name: str, waiting: int = 3) -> dict[str, Any]:
    """A server with drift, a problem and a queue."""
    of = samples.facts(
        accounts=[samples.account("alice", hold=True)],
        forwards=[{"user": "root", "destinations": []}],
        auth=[samples.auth("alice.example", dkim=samples.check("missing", []))],
        queue=samples.queue(*[samples.message() for _number in range(waiting)]),
    )
    return samples.audited(name, of, {"outgoing_mail": [{"users": ["alice"], "hold": False}]})


def _store(where: str, folder: Path) -> Any:
    return open_store(place_of("store", where, {}, folder))


class Asked:
    """A filled store, and a connection of somebody who asks it."""

    def __init__(self, connection: Any, kind: str) -> None:
        self.connection, self.kind = connection, kind

    def rows(self, question: str) -> Rows:
        cursor = self.connection.cursor()
        cursor.execute(question)
        return [tuple(row) for row in cursor.fetchall()]


@pytest.fixture
def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    fill("", tmp_path, monkeypatch)
    with closing(sqlite3.connect(f"file:{tmp_path / 'store.sqlite'}?mode=ro", uri=True)) as connection:
        yield Asked(connection, "SQLite")


@pytest.fixture
def postgres(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    import psycopg

    fill(database_url, tmp_path, monkeypatch)
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Asked(connection, "PostgreSQL")


def for_kind(question: str, kind: str) -> str | None:
    """The question as the page tells to write it there; None where it is for the other kind of store."""
    named = re.match(r"-- (\w+)\n", question)
    if named:
        return question if named[1] == kind else None
    question = question.replace("$__timeFilter(time)", "time IS NOT NULL")
    return _for_sqlite(question) if kind == "SQLite" else question


def _for_sqlite(question: str) -> str:
    (instead,) = re.findall(r"in SQLite, instead of `now\(\) - interval '7 days'`, it is\n`(.*?)`", PAGE)
    return re.sub(r"now\(\) - interval '(\d+ days?)'", lambda found: instead.replace("7 days", found[1]), question)


def answers(asked: Asked) -> dict[str, Rows]:
    """The number of each question to its rows."""
    numbers = re.findall(
        r"^\*\*(\d+)\. .*?```sql\n((?:.*?\n)?)```(?:\n\n```sql\n(.*?)```)?", PAGE, re.DOTALL | re.MULTILINE
    )
    found = {}
    for number, *texts in numbers:
        for question in filter(None, (for_kind(text, asked.kind) for text in texts if text)):
            found[number] = asked.rows(question)
    return found


def judge(found: dict[str, Rows]) -> None:
    """What each question of the page has to say about the store above."""
    assert list(found) == [str(number) for number in range(1, 11)]
    held, week, longest, stale, over_time, queue, changes, incidents, problems, unread = found.values()
    assert [(row[0], row[1], row[2]) for row in held] == [("whm1", "carla", "spring")]
    assert {row[1] for row in week} == {SERVER, "whm2.example.com", "old.example.com"}
    assert {row[3] for row in longest} <= {"drift", "problem"}
    assert [row[0] for row in longest] == sorted(row[0] for row in longest)
    assert [(row[0], row[2]) for row in stale] == [("old.example.com", "ok")]
    assert [(row[1], int(row[2])) for row in over_time] == [(3, 3), (1, 1), (1, 1)]
    assert [tuple(row[1:]) for row in queue] == [(3, 0), (7, 0), (9, 0)]
    assert sorted((row[2], row[3], row[4]) for row in changes) == [
        ("carla", "held", "ann"),
        ("carla", "planned", "ann"),
        ("dan", "held", "ann"),
        ("dan", "planned", "ann"),
        ("dan", "released", "bob"),
    ]
    assert [row[0] for row in changes] == sorted((row[0] for row in changes), reverse=True)
    assert [(row[0], row[1], row[2], int(row[3])) for row in incidents] == [("spring", 2, 1, 1)]
    assert all(int(row[1]) + int(row[2]) > 0 for row in problems)
    assert [int(row[1]) for row in problems] == sorted((int(row[1]) for row in problems), reverse=True)
    assert [(row[0], row[2]) for row in unread] == [("whm2.example.com", "unreachable")]


def test_every_question_has_its_answer_in_sqlite(sqlite: Asked) -> None:
    judge(answers(sqlite))


def test_every_question_has_its_answer_in_postgresql(postgres: Asked) -> None:
    judge(answers(postgres))


def test_the_panels_of_grafana_have_rows(sqlite: Asked) -> None:
    assert_panels(sqlite)


def test_the_panels_of_grafana_have_rows_in_postgresql(postgres: Asked) -> None:
    assert_panels(postgres)


def assert_panels(asked: Asked) -> None:
    assert len(PANELS) == 2
    for question in PANELS:
        text = for_kind(question, asked.kind)
        assert text is not None
        assert asked.rows(text), question


def test_no_question_is_left_out() -> None:
    assert len(QUESTIONS) == 10
    assert all(for_kind(text, kind) for text in QUESTIONS for kind in ("SQLite", "PostgreSQL"))


def test_a_server_is_removed_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill("", tmp_path, monkeypatch)
    (text,) = blocks("How long it keeps what")
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection:
        connection.executescript(text)
        for table in re.findall(r"DELETE FROM (\w+)", text):
            servers = [row[0] for row in connection.execute(f"SELECT server FROM {table}")]  # noqa: S608  (ours)
            assert "old.example.com" not in servers, table
            assert servers, table
    of_servers = {table.name for table in schema.METADATA.sorted_tables if "server" in table.c} - {
        "containment_entries"
    }
    assert set(re.findall(r"DELETE FROM (\w+)", text)) == of_servers


def test_the_backup_of_the_page_is_a_whole_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill("", tmp_path, monkeypatch)
    (command,) = re.findall(r"^python3 -c \"(.*)\"$", PAGE, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    subprocess.run([sys.executable, "-c", command.replace('\\"', '"')], check=True)
    (tmp_path / "copy").mkdir()
    (tmp_path / "store-copy.sqlite").rename(tmp_path / "copy/store.sqlite")
    assert len(Ledger(_store("", tmp_path / "copy")).entries()) == 2


def test_roles_may_do_what_the_page_says_and_no_more(
    database_url: str, postgresql: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    _database, jobs, reader = blocks("Make the database")
    name = urlsplit(database_url).path.lstrip("/")
    address = urlsplit(postgresql.url)
    with pytest.raises(psycopg.Error), psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE another")
    _store(database_url, tmp_path)
    text = (jobs + reader).replace("DATABASE whm_mail", f'DATABASE "{name}"')
    for role in ("whm_jobs", "whm_reader"):
        text = text.replace(role, f"{name}_{role}")
    superuser = address._replace(path=f"/{name}").geturl()
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(text)
    try:
        as_jobs = address._replace(netloc=f"{name}_whm_jobs:another@{address.hostname}:{address.port}", path=f"/{name}")
        fill(as_jobs.geturl(), tmp_path, monkeypatch)
        with psycopg.connect(as_jobs.geturl(), autocommit=True) as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("INSERT INTO whm_schema (version) VALUES (99)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("DROP TABLE audit_runs")
        as_reader = as_jobs._replace(netloc=f"{name}_whm_reader:a%20third@{address.hostname}:{address.port}").geturl()
        with psycopg.connect(as_reader, autocommit=True) as connection:
            assert connection.execute("SELECT * FROM whm_open_findings").fetchall()
            for table in ("containment_evidence", "audit_facts", "containment_entries"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SELECT * FROM {table}")  # noqa: S608  (ours)
    finally:
        with psycopg.connect(superuser, autocommit=True) as connection:
            for role in ("whm_jobs", "whm_reader"):
                connection.execute(f'DROP OWNED BY "{name}_{role}"; DROP ROLE "{name}_{role}"')


def test_the_page_names_every_table_view_and_column() -> None:
    text = PAGE.partition("\n## What stands in it\n")[2].partition("\n## ")[0]
    finding = {column.name for column in schema.findings.c} & {column.name for column in schema.run_findings.c}
    for table in schema.METADATA.sorted_tables:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{table.name}` |")]
        named = set(re.findall(r"`(\w+)`", row))
        if "what stands in the view" in row:
            named |= finding
        assert {column.name for column in table.c} <= named, table.name
    for name, sql in schema._VIEWS.items():
        part = text.partition(f"\n`{name}`, ")[2].partition("\n`whm_")[0].partition("\n### ")[0]
        columns = re.findall(
            r"(?:AS )?\"?(\w+)\"?$", "\n".join(sql.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")), re.M
        )
        assert set(columns) <= set(re.findall(r"`(\w+)`", part)), name


def test_the_guide_to_audits_names_every_metric() -> None:
    page = (ROOT / "docs/audits.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`whm_mail_(\w+)`", page)) == set(metrics._METRICS)
