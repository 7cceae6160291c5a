"""Logs DBs for tests: a SQLite file, or a PostgreSQL database of its own that is dropped afterwards.

Tests that should hold on both take the fixture ``logs_db`` (``tests/conftest.py``).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from tank.db.database import Database
from tank.db.metadata import metadata
from tank.db.upgrade import alembic_config
from tank.db.vault import AesVault
from tank.domain.ports.clock import Clock
from tests.fakes.clock import FakeClock

TEST_KEY = bytes(range(32))


def a_vault() -> AesVault:
    return AesVault([TEST_KEY])


@contextmanager
def sqlite_logs_db(folder: Path, *, clock: Clock | None = None) -> Iterator[Database]:
    """A migrated Logs DB in ``folder``/tank.db."""
    with open_logs_db(f"sqlite:///{folder / 'tank.db'}", clock=clock) as database:
        yield database


@contextmanager
def postgres_logs_db(*, clock: Clock | None = None) -> Iterator[Database]:
    """A migrated Logs DB in a PostgreSQL database with a random name; skips where no server answers."""
    with postgres_database() as url, open_logs_db(url.render_as_string(hide_password=False), clock=clock) as database:
        yield database


@contextmanager
def open_logs_db(url: str, *, clock: Clock | None = None) -> Iterator[Database]:
    """Open and migrate the database at ``url``, and close it."""
    database = Database(url, vault=a_vault(), clock=clock or FakeClock())
    try:
        _make_tables(database)
        yield database
    finally:
        database.close()


def _make_tables(database: Database) -> None:
    """What ``upgrade`` makes (a test holds the two equal), in a third of the time."""
    with database.engine.begin() as connection:
        metadata.create_all(connection)
        command.stamp(alembic_config(connection), "head")


@contextmanager
def postgres_database() -> Iterator[URL]:
    """An empty PostgreSQL database, dropped afterwards."""
    server = make_url(os.environ.get("TANK_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"))
    name = f"tank_test_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError as error:
        admin.dispose()
        _unreachable(f"PostgreSQL does not answer: {error.orig}")
    try:
        yield server.set(database=name)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def _unreachable(reason: str) -> None:
    if os.environ.get("TANK_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
