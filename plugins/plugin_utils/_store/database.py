# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store: a connection to its database, transactions that hold or do not, and sentences where it does not answer.

SQLite is a file with mode 0600 that many processes of one machine use. PostgreSQL serves several machines. Neither is waited for
longer than a minute.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._controller.files import make_folder
from ansible_collections.whm.mail.plugins.plugin_utils._store import schema
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import Place
from ansible_collections.whm.mail.plugins.plugin_utils._store.sql import (
    PSYCOPG_IMPORT_ERROR,
    SQLALCHEMY_IMPORT_ERROR,
    sa,
)

#: Seconds: to connect, for another process to let go, and after which whatever it is is given up.
CONNECT, WAIT, GIVE_UP = 10, 45, 55

#: Seconds that a report of many servers may take another task to write.
REPORT = 600

_PRIVATE = 0o600
_PAUSE = 0.02

#: The file that this thread is about to open, and how long it waits.
_here = threading.local()


class StoreError(Exception):
    """The store cannot be used; the sentence says why, and holds no secret."""


class Store:
    """An open store. Made in the process that uses it, never before that forks."""

    def __init__(self, place: Place, wait: float = WAIT, give_up: float = GIVE_UP, *, nowhere: bool = False) -> None:
        """
        :param wait: seconds for another process to let go.
        :param give_up: seconds after which whatever it is is given up.
        :param nowhere: one that is empty and is forgotten: what is seen where there is no file yet and none may be made.
        """
        self.place, self._wait, self._give_up, self._nowhere = place, wait, give_up, nowhere
        self._engine = _postgresql(place.url, wait) if not place.path else _in_memory() if nowhere else _files()

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A connection that sees one state of the store."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """A connection whose changes are written together when the block ends, or not at all."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Any]:
        with (
            self._told(),
            self._connected() as connection,
            _given_up_after(connection, self._give_up),
            connection.execution_options(whm_begin=begin).begin(),
        ):
            yield connection

    def _connected(self) -> Any:
        _here.path, _here.wait = self.place.path, self._wait
        return self._engine.connect()

    def hold(self, connection: Any, name: str) -> None:
        """Until the transaction ends, only one has this name. SQLite has but one writer anyway."""
        if not self.place.path:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_number(name))))

    @contextmanager
    def exclusively(self, name: str, wait: float | None = None) -> Iterator[None]:
        """Only one process at a time is in here, of all machines that use the store; it ends with the process, however that ends.

        :param name: of what nobody else may work on meanwhile.
        :param wait: seconds for another process to let go; as long as for anything else when omitted.
        """
        patience = wait or self._wait
        if self._nowhere:
            yield
            return
        if self.place.path:
            with _locked(self.place.path, name, patience):
                yield
            return
        with self._told(), self._connected() as connection:
            with _given_up_after(connection, patience + self._give_up - self._wait):
                connection.execute(_limits(patience))
                connection.execute(sa.select(sa.func.pg_advisory_lock(_number(name))))
                connection.commit()
            try:
                yield
            finally:
                with suppress(sa.exc.SQLAlchemyError):  # with the connection, the lock is gone, too
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(_number(name))))
                    connection.commit()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as exc:
            raise StoreError(f"The store {self.place.shown} cannot be used: {_reason(exc, self.place)}.") from None

    def migrate(self) -> None:
        """Make the tables, or bring them to the present version."""
        with self.reading() as connection:
            found = schema.version_of(connection)
        if found > schema.VERSION:
            raise StoreError(
                f"The store {self.place.shown} has version {found} of its tables, which a newer collection made; this one knows {schema.VERSION}. "
                "Update the collection whm.mail on this machine."
            )
        if found == schema.VERSION:
            return
        with self.exclusively("whm.mail schema"):
            if self.place.path and not self._nowhere:
                self._write_ahead()
            with self.writing() as connection:
                schema.migrate(connection, int(time.time()))

    def _write_ahead(self) -> None:
        """Readers and one writer do not wait for each other. A filesystem that cannot have it stays as it is."""
        with self._told(), self._connected() as connection:
            connection.connection.driver_connection.execute("PRAGMA journal_mode=WAL")


def open_store(place: Place, folder_mode: int = 0o700, *, make: bool = True) -> Store:
    """The store, with the tables of the present version.

    :param folder_mode: of the folders that are made for a file.
    :param make: whether a file that is missing is made; without it, such a store is an empty one.
    :raises StoreError: it cannot be used, or what it needs is missing.
    """
    _need_libraries(place)
    nowhere = place.path is not None and not make and not place.path.exists()
    if place.path and not nowhere:
        _make_private(place.path, folder_mode)
    store = Store(place, nowhere=nowhere)
    store.migrate()
    return store


def _need_libraries(place: Place) -> None:
    missing = (
        "SQLAlchemy 2" if SQLALCHEMY_IMPORT_ERROR else "psycopg 3" if not place.path and PSYCOPG_IMPORT_ERROR else None
    )
    if missing:
        package = "SQLAlchemy>=2.0.20" if SQLALCHEMY_IMPORT_ERROR else "psycopg[binary]>=3.1"
        raise StoreError(
            f"The store {place.shown} needs the Python library {missing} on the controller, and Ansible's Python there has none; install it: "
            f"{sys.executable or 'python3'} -m pip install '{package}'."
        )


def _make_private(path: Path, folder_mode: int) -> None:
    """The file, for its owner only before anything is in it."""
    try:
        make_folder(path.parent, folder_mode)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
        try:
            if os.fstat(descriptor).st_mode & 0o777 != _PRIVATE:
                os.fchmod(descriptor, _PRIVATE)
        finally:
            os.close(descriptor)
    except OSError as exc:
        raise StoreError(f"The store {path} cannot be used: {exc.strerror or exc}.") from None


@cache
def _files() -> Any:
    """One engine for all files: what the main process has learnt of the database and of its statements its workers know."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(_here.path, timeout=_here.wait)

    return _sqlite(creator=connect, poolclass=sa.pool.NullPool)


def _in_memory() -> Any:
    return _sqlite(poolclass=sa.pool.StaticPool)


def _sqlite(**how: Any) -> Any:
    engine = sa.create_engine("sqlite://", **how)

    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say so
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")  # what is told is on the disk

    def begun(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("whm_begin", "BEGIN"))

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", begun)
    return engine


def _postgresql(url: str, wait: float) -> Any:
    settings = {
        "connect_timeout": CONNECT,
        "application_name": "whm.mail",
        "tcp_user_timeout": 1000 * CONNECT,
        # A firewall in between forgets a connection that holds a lock and says nothing.
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    given = sa.make_url(url)
    options = {key: value for key, value in settings.items() if key not in given.query}
    engine = sa.create_engine(given, connect_args=options, pool_size=1, max_overflow=4, pool_pre_ping=True)

    def connected(connection: Any, _record: Any) -> None:
        milliseconds = int(1000 * wait)
        connection.execute(f"SET lock_timeout = {milliseconds}")
        connection.execute(f"SET statement_timeout = {milliseconds + 2000}")
        connection.execute(f"SET idle_in_transaction_session_timeout = {4 * milliseconds}")
        connection.commit()

    sa.event.listen(engine, "connect", connected)
    return engine


@contextmanager
def _given_up_after(connection: Any, seconds: float) -> Iterator[None]:
    """A server that has stopped answering in the middle is not waited for: the library would wait for ever."""
    driver = connection.connection.driver_connection
    if not hasattr(driver, "fileno"):  # SQLite has a time limit of its own
        yield
        return
    descriptor = os.dup(driver.fileno())
    timer = threading.Timer(seconds, _hang_up, [descriptor])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with suppress(OSError):
            os.close(descriptor)


def _limits(wait: float) -> Any:
    """For the transaction that waits for a name."""
    milliseconds = int(1000 * wait)
    lock = sa.func.set_config("lock_timeout", str(milliseconds), True)
    return sa.select(lock, sa.func.set_config("statement_timeout", str(milliseconds + 2000), True))


def _hang_up(descriptor: int) -> None:
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as line:
        line.shutdown(socket.SHUT_RDWR)


@contextmanager
def _locked(path: Path, name: str, wait: float) -> Iterator[None]:
    """One byte of a file beside the store stands for the name. To remove the file would let two in."""
    deadline = time.monotonic() + wait
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    try:
        while True:
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _number(name) >> 2)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreError(
                        f"Another process has kept {name} of the store {path} for {wait:g} seconds."
                    ) from None
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


def _number(name: str) -> int:
    """A number that stands for a name: 63 bits."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1


def _reason(exc: Any, place: Place) -> str:
    text = " ".join(str(getattr(exc, "orig", None) or exc).split())
    if "database is locked" in text or "due to lock timeout" in text:
        return "another process keeps it locked; run this again when that has ended"
    for secret in sorted(place.secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text.rstrip(".") or type(exc).__name__
