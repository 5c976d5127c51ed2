# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store: where it is, who may read it, its version, and what is said where it cannot be used."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._store import database, schema
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import Store, StoreError, open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import NotAStore, Place, place_of
from ansible_collections.whm.mail.plugins.plugin_utils._store.sql import sa
from ansible_collections.whm.mail.tests.postgresql import PostgreSQL

SECRET = "s3cret/word"
URL = "postgresql://ann:s3cret%2Fword@db.example.com:5433/mail?sslmode=require"


@pytest.mark.parametrize(
    ("given", "environment", "shown"),
    [
        ("", {}, "/srv/audit/store.sqlite"),
        ("  ", {}, "/srv/audit/store.sqlite"),
        (None, {"WHM_STORE": " "}, "/srv/audit/store.sqlite"),
        ("", {"WHM_STORE": "/var/lib/mail.db"}, "/var/lib/mail.db"),
        ("/here.db", {"WHM_STORE": "/var/lib/mail.db"}, "/here.db"),
        ("sqlite:////var/lib/a%20b.db", {}, "/var/lib/a b.db"),
        (URL, {}, "postgresql://ann@db.example.com:5433/mail?sslmode=require"),
        ("postgres://db/mail", {}, "postgresql://db/mail"),
        ("postgresql+psycopg://ann@[::1]/mail", {}, "postgresql://ann@[::1]/mail"),
        ("postgresql:///mail?host=/run/postgresql", {}, "postgresql:///mail?host=/run/postgresql"),
    ],
)
def test_a_place(given: str | None, environment: dict[str, str], shown: str) -> None:
    assert place_of("whm_store", given, environment, Path("/srv/audit")).shown == shown


def test_a_relative_path_counts_from_where_ansible_was_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ann")
    assert place_of("whm_store", "a/b.db", {}, Path("/srv")).path == tmp_path / "a/b.db"
    assert place_of("whm_store", "~/b.db", {}, Path("/srv")).path == Path("/home/ann/b.db")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("mysql://ann:s3cret@db/mail", "whm_store: mysql is no store that is known; give the path"),
        ("postgresql:ann:s3cret@db/mail", "two slashes"),
        ("postgresql://ann:s3cret@db", "names no database"),
        ("postgresql://ann:s3cret@db:port/mail", "is no URL"),
        ("sqlite://", "is a file"),
        ("sqlite:///", "is a file"),
        ("sqlite://relative.db", "is a file"),
    ],
)
def test_what_is_no_place_is_a_sentence_without_the_secret(given: str, words: str) -> None:
    with pytest.raises(NotAStore, match=words) as caught:
        place_of("whm_store", given, {}, Path("/srv"))
    assert "s3cret" not in str(caught.value)
    with pytest.raises(NotAStore, match="WHM_STORE"):
        place_of("whm_store", "", {"WHM_STORE": given}, Path("/srv"))


def test_a_password_stands_in_no_text_of_a_place() -> None:
    place = place_of("whm_store", URL, {}, Path("/srv"))
    assert {SECRET, "s3cret%2Fword", URL} == place.secrets
    assert "s3cret" not in f"{place} {place!r} {place.shown}"
    assert place_of("x", "postgresql://db/mail?password=pw1", {}, Path("/")).shown == "postgresql://db/mail"


def test_a_file_is_for_its_owner_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        place = place_of("store", "", {}, tmp_path / "made/for it")
        store = open_store(place, 0o750)
        with store.exclusively("something"), store.writing() as connection:
            connection.execute(sa.insert(schema.known_servers).values(server="a"))
    finally:
        os.umask(before)
    folder = tmp_path / "made/for it"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o750}
    os.chmod(place.path, 0o644)  # type: ignore[arg-type]
    open_store(place)
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o600  # type: ignore[union-attr]


def test_where_none_may_be_made_it_is_an_empty_one_that_leaves_nothing(tmp_path: Path) -> None:
    store = open_store(place_of("store", "", {}, tmp_path / "nowhere"), make=False)
    with store.exclusively("a"), store.reading() as connection:
        assert connection.execute(sa.select(schema.entries)).all() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", ["folder", "not a database", "below a file"])
def test_a_file_that_cannot_be_one_is_a_sentence(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "store.db"
    if fault == "folder":
        path.mkdir()
    else:
        path.write_text("This is no database, whatever its name says." * 99, encoding="utf-8")
    given = path / "below.db" if fault == "below a file" else path
    with pytest.raises(StoreError, match=f"The store {given} cannot be used: .+"):
        open_store(place_of("store", str(given), {}, tmp_path))


def test_the_version_of_a_newer_collection_is_refused(place: Place, store: Store) -> None:
    with store.writing() as connection:
        connection.execute(sa.insert(schema.schema_version).values(version=schema.VERSION + 1, applied_at=0))
    with pytest.raises(StoreError, match="which a newer collection made"):
        open_store(place)


def test_an_older_version_becomes_the_present_wholly_or_not_at_all(store: Store) -> None:
    def add(connection: Any) -> None:
        connection.execute(sa.text("CREATE TABLE added (one INTEGER)"))

    def fail(connection: Any) -> None:
        connection.execute(sa.text("CREATE TABLE half (one INTEGER)"))
        raise RuntimeError

    steps = [*schema.MIGRATIONS, add]
    with store.writing() as connection:
        schema.migrate(connection, 7, steps)
    with pytest.raises(RuntimeError), store.writing() as connection:
        schema.migrate(connection, 8, [*steps, fail])
    with store.reading() as connection:
        assert schema.version_of(connection) == len(steps)
        assert sa.inspect(connection).has_table("added")
        assert not sa.inspect(connection).has_table("half")


def test_the_views_can_be_asked(store: Store) -> None:
    with store.reading() as connection:
        for name in ("whm_figures", "whm_open_findings", "whm_last_audits", "whm_holds"):
            assert connection.execute(sa.select(sa.text("*")).select_from(sa.table(name))).all() == []


def test_without_its_library_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(database, "PSYCOPG_IMPORT_ERROR", "no")
    with pytest.raises(StoreError, match=r"psycopg 3 .*pip install 'psycopg\[binary\]>=3\.1'"):
        open_store(place_of("store", URL, {}, tmp_path))
    monkeypatch.setattr(database, "SQLALCHEMY_IMPORT_ERROR", "no")
    with pytest.raises(StoreError, match="needs the Python library SQLAlchemy 2 on the controller"):
        open_store(place_of("store", "", {}, tmp_path))


def test_all_of_it_is_imported_where_the_libraries_are_missing() -> None:
    """An action that uses the store has to be able to say so."""
    code = (
        "import sys; sys.modules.update(sqlalchemy=None, psycopg=None)\n"
        "from ansible_collections.whm.mail.plugins.action import containment, containment_ledger, containment_release\n"
        "from ansible_collections.whm.mail.plugins.action import mail_audit, mail_audit_report\n"
        "from ansible_collections.whm.mail.plugins.plugin_utils._store import sql\n"
        "assert sql.SQLALCHEMY_IMPORT_ERROR and sql.PSYCOPG_IMPORT_ERROR"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_server_and_a_wrong_password_are_sentences_without_the_secret(
    postgresql: PostgreSQL, database_url: str
) -> None:
    nobody = place_of("store", "postgresql://ann:s3cret@127.0.0.1:1/mail", {}, Path("/"))
    with pytest.raises(StoreError, match=r"The store postgresql://ann@127.0.0.1:1/mail cannot be used: .*refused"):
        open_store(nobody)
    head, _at, tail = database_url.rpartition("@")
    wrong = place_of("store", f"{head.rpartition(':')[0]}:s3cret@{tail}", {}, Path("/"))
    with pytest.raises(StoreError, match="password authentication failed") as caught:
        open_store(wrong)
    assert "s3cret" not in str(caught.value)


def holding(place: Place, name: str) -> subprocess.Popen[str]:
    """A process that has a name of the store for itself, once it has said so."""
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from ansible_collections.whm.mail.plugins.plugin_utils._store.database import open_store\n"
        "from ansible_collections.whm.mail.plugins.plugin_utils._store.place import place_of\n"
        "store = open_store(place_of('store', sys.argv[1], {}, Path('/')))\n"
        "with store.exclusively(sys.argv[2]): print('here', flush=True); time.sleep(60)"
    )
    given = str(place.path or place.url)
    process = subprocess.Popen([sys.executable, "-c", code, given, name], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    return process


def test_one_name_is_for_one_process_until_that_ends_however_it_does(place: Place, store: Store) -> None:
    impatient = Store(place, wait=0.3)
    process = holding(place, "whm1")
    try:
        with impatient.exclusively("whm2"):
            pass
        with pytest.raises(StoreError), impatient.exclusively("whm1"):
            pass
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with Store(place, wait=20).exclusively("whm1"):
        pass


def test_another_writer_is_waited_for_and_not_for_ever(tmp_path: Path) -> None:
    place = place_of("store", "", {}, tmp_path)
    busy, other = open_store(place), Store(place, wait=0.2)
    with busy.writing():
        with other.reading() as connection:
            assert schema.version_of(connection) == schema.VERSION, "who reads does not wait"
        with pytest.raises(StoreError, match="another process keeps it locked"), other.writing():
            pass
    with other.writing():
        pass


def test_a_server_that_stops_answering_in_the_middle_is_given_up(database_url: str) -> None:
    store = open_store(place_of("store", database_url, {}, Path("/")))
    impatient = Store(store.place, give_up=1)
    begun = time.monotonic()
    sleep = sa.text("SELECT set_config('statement_timeout', '0', true), pg_sleep(30)")
    with pytest.raises(StoreError, match="cannot be used"), impatient.reading() as connection:
        connection.execute(sleep)
    assert time.monotonic() - begun < 20, "it was hung up, and not waited for"
    with impatient.reading() as connection:
        assert schema.version_of(connection) == schema.VERSION


def test_after_a_crash_of_the_server_what_was_written_is_there(postgresql: PostgreSQL, database_url: str) -> None:
    store = open_store(place_of("store", database_url, {}, Path("/")))
    with store.writing() as connection:
        connection.execute(sa.insert(schema.known_servers).values(server="a"))

    def killed_while_writing() -> None:
        with store.writing() as connection:
            connection.execute(sa.insert(schema.known_servers).values(server="b"))
            postgresql.kill()

    with pytest.raises(StoreError):
        killed_while_writing()
    with pytest.raises(StoreError), store.reading():
        pass
    postgresql.restart()
    with store.reading() as connection:
        assert connection.execute(sa.select(schema.known_servers.c.server)).all() == [("a",)]
