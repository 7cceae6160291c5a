"""Opening the Logs DB and its transactions.

SQLite: WAL, ``synchronous=FULL``, and ``BEGIN IMMEDIATE`` for every transaction that writes: a read that turns
into a write would fail at once with SQLITE_BUSY_SNAPSHOT, whatever the timeout.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)

from tank.db.lease_clock import LeaseClock
from tank.db.metadata import json_dumps, json_loads
from tank.db.tables import DbTables
from tank.domain.errors import LogsDbUnavailable, Misconfigured
from tank.domain.ports.clock import Clock
from tank.domain.ports.secrets import Vault

#: How long a writer waits for another one, in milliseconds.
BUSY_TIMEOUT_MS = 30_000
#: PostgreSQL's codes for a table and a column that are not there.
_NOT_UPGRADED = ("42P01", "42703")
_URL_REMEDY = "Set TANK_LOGS_DB_URL to sqlite:////path/to/tank.db or postgresql+psycopg://user:password@host/name."


class Database:
    """The Logs DB of one installation; safe to use from several threads."""

    def __init__(self, url: str, *, vault: Vault, clock: Clock, pool_size: int = 10) -> None:
        self.url = _parsed(url)
        self._vault = vault
        if self.url.get_backend_name() == "sqlite":
            self._readers = _sqlite_engine(self.url, begin="BEGIN", pool_size=pool_size)
            self._writers = _sqlite_engine(self.url, begin="BEGIN IMMEDIATE", pool_size=pool_size)
        elif self.url.get_backend_name() == "postgresql":
            self._readers = self._writers = _postgresql_engine(self.url, pool_size=pool_size)
        else:
            raise Misconfigured(
                f"The Logs DB cannot be {self.url.get_backend_name()}.",
                remedy=_URL_REMEDY,
            )
        self._lease_clock = LeaseClock(clock, is_sqlite=self.is_sqlite)
        # SQLite's own waiting is a sleep of up to 100 ms; threads of one process can queue without it.
        self._turn = threading.Lock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> Engine:
        """For migrations and backups."""
        return self._writers

    @contextmanager
    def read(self) -> Iterator[DbTables]:
        """A transaction that sees one state and changes nothing."""
        with _said_plainly(), self._readers.connect() as connection:
            if not self.is_sqlite:
                # Its default shows each statement what was committed meanwhile: counts would not fit together.
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield self._tables(connection)

    @contextmanager
    def write(self) -> Iterator[DbTables]:
        """A transaction that commits when left, and rolls back at an exception."""
        with self._turn or nullcontext(), _said_plainly(), self._writers.begin() as connection:
            tables = self._tables(connection)
            yield tables
            tables.complete()

    def close(self) -> None:
        self._readers.dispose()
        self._writers.dispose()

    def _tables(self, connection: Connection) -> DbTables:
        return DbTables(connection, vault=self._vault, lease_clock=self._lease_clock)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:  # it may hold a password: it is not repeated
        raise Misconfigured("The URL of the Logs DB cannot be understood.", remedy=_URL_REMEDY) from error


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Turn the driver's failures into ``LogsDbUnavailable``, but for those that waiting does not mend.

    Constraint violations are the callers' business, and a value that the database refuses is refused every time.
    """
    try:
        yield
    except DBAPIError as error:
        if not _may_pass(error):
            raise
        raise LogsDbUnavailable(
            f"The Logs DB does not answer properly: {' '.join(str(error.orig).split())}.",
            remedy=_remedy(str(error.orig)),
        ) from error


def _may_pass(error: DBAPIError) -> bool:
    """Whether the same statement may work later."""
    if error.connection_invalidated:
        return True
    if isinstance(error, ProgrammingError):
        return getattr(error.orig, "sqlstate", "") in _NOT_UPGRADED
    if isinstance(error.orig, sqlite3.InterfaceError):
        return False  # a value of a type that it does not know
    return not isinstance(error, IntegrityError | DataError | NotSupportedError)


def _remedy(text: str) -> str:
    if "disk is full" in text or "disk I/O" in text:
        return "Free disk space where the Logs DB lies; sending goes on by itself."
    if "locked" in text:
        return "Another program holds the Logs DB: close it. Only Tank should write to it."
    if "no such table" in text or "does not exist" in text:
        return "Run `tank db upgrade`."
    if "not a database" in text:
        return "The file is something else: see which one TANK_LOGS_DB_URL or TANK_DATA_DIR names."
    return "Check that the database runs and can be reached; sending goes on by itself."


def _sqlite_engine(url: URL, *, begin: str, pool_size: int) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise Misconfigured("The Logs DB needs a file; an in-memory SQLite would lose the ledger.")
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            f"The folder {folder} of the Logs DB cannot be made: {error.strerror}.", remedy=_URL_REMEDY
        ) from error
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        json_serializer=json_dumps,
        json_deserializer=json_loads,
        # Own every BEGIN: the driver would otherwise begin late, and never IMMEDIATE.
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        _use_wal(connection)
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-8000",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _use_wal(connection: sqlite3.Connection) -> None:
    """Change a new file to WAL, which lasts. SQLite does not wait here: of two that begin at once, one must retry."""
    give_up = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _postgresql_engine(url: URL, *, pool_size: int) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        json_serializer=json_dumps,
        json_deserializer=json_loads,
        connect_args={"connect_timeout": 10, "application_name": "tank"},
    )
