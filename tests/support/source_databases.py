"""Databases to be sources of tests: made with a random name, filled with five customers, dropped afterwards."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from tank.domain.connection import Connection, ConnectionKind

_POSTGRES = os.environ.get("TANK_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
_MYSQL = os.environ.get("TANK_TEST_MYSQL_URL", "mysql+pymysql://root@127.0.0.1:3306/test")
_MADE = datetime(2026, 11, 1, tzinfo=UTC)

CUSTOMERS = [
    (1, "hana@example.kr", "김하나", "1200.50"),
    (2, "duri@example.kr", "이두리", "0.10"),
    (3, "sena@example.kr", "박세나", "99999999.99"),
    (4, "nari@example.kr", "최나리", None),
    (5, "dana@example.kr", "정다나", "-7.00"),
]
PURCHASES = [(1, "책 100%", 100), (1, "펜", 20), (2, "책 100%", 300)]

_SCHEMA = (
    "CREATE TABLE customer (cust_id INTEGER PRIMARY KEY, email VARCHAR(200), name VARCHAR(100), amount NUMERIC(10, 2),"
    " message_id VARCHAR(50) UNIQUE, sent_at TIMESTAMP NULL)",
    "CREATE TABLE purchase (cust_id INTEGER, item VARCHAR(50), price INTEGER)",
)


def connection(url: URL | str, **options: Any) -> Connection:
    """A connection of kind ``sql``; the URL's password becomes the secret."""
    made = make_url(url)
    secrets = {"password": str(made.password)} if made.password else {}
    shown = URL.create(made.drivername, made.username, None, made.host, made.port, made.database, made.query)
    return Connection(
        id=uuid4(),
        name="erp",
        kind=ConnectionKind.SQL,
        options={"url": shown.render_as_string(), **options},
        secrets=secrets,
        created_at=_MADE,
        updated_at=_MADE,
    )


def execute(url: URL | str, *statements: str) -> list[Any]:
    """Run statements as the owner, each committed; the rows of the last one that has any."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    rows: list[Any] = []
    with engine.connect() as admin:
        for statement in statements:
            result = admin.exec_driver_sql(statement)
            rows = [tuple(row) for row in result] if result.returns_rows else rows
    return rows


def fill(url: URL | str) -> None:
    """Make the tables and their rows."""
    execute(url, *_SCHEMA)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as owner:
        for cust_id, email, name, amount in CUSTOMERS:
            owner.execute(
                text("INSERT INTO customer (cust_id, email, name, amount) VALUES (:i, :e, :n, :a)"),
                {"i": cust_id, "e": email, "n": name, "a": amount},
            )
        for cust_id, item, price in PURCHASES:
            owner.execute(text("INSERT INTO purchase VALUES (:i, :t, :p)"), {"i": cust_id, "t": item, "p": price})


def source_database(kind: str, folder: Path) -> AbstractContextManager[URL]:
    """A filled database: ``sqlite`` in the folder, ``postgres`` or ``mysql`` on the test servers."""
    if kind == "sqlite":
        return sqlite_database(folder)
    return postgres_database() if kind == "postgres" else mysql_database()


@contextmanager
def sqlite_database(folder: Path) -> Iterator[URL]:
    """A file with the tables."""
    path = folder / "데이터 원본.db"
    sqlite3.connect(path).close()
    url = URL.create("sqlite", database=str(path))
    fill(url)
    yield url


@contextmanager
def postgres_database() -> Iterator[URL]:
    """A schema of its own in the test database: a database takes half a second to make."""
    name = _random_name()
    with _made_and_dropped(_POSTGRES, f"CREATE SCHEMA {name}", f"DROP SCHEMA {name} CASCADE") as server:
        # The name of the application tells this test's connections from everybody else's.
        url = server.update_query_dict({"options": f"-c search_path={name}", "application_name": name})
        fill(url)
        yield url


@contextmanager
def mysql_database() -> Iterator[URL]:
    """A database of its own on the test server."""
    name = _random_name()
    with _made_and_dropped(_MYSQL, f"CREATE DATABASE {name}", f"DROP DATABASE {name}") as server:
        url = server.set(database=name)
        fill(url)
        yield url


def kill_others(url: URL) -> None:
    """Have the server end every other connection to this database."""
    if url.get_backend_name() == "postgresql":
        execute(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()",
        )
        return
    others = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    execute(url, *(f"KILL {row[0]}" for row in execute(url, others)))


def _random_name() -> str:
    return f"tank_source_{uuid4().hex[:12]}"


@contextmanager
def _made_and_dropped(server: str, make: str, drop: str) -> Iterator[URL]:
    """Skips where the server does not answer, fails where all are required."""
    try:
        execute(server, make)
    except OperationalError as error:
        shown = make_url(server).render_as_string(hide_password=True)
        if os.environ.get("TANK_REQUIRE_ALL") == "1":
            pytest.fail(f"{shown} does not answer, and TANK_REQUIRE_ALL=1: {error.orig}")
        pytest.skip(f"{shown} does not answer: {error.orig}")
    try:
        yield make_url(server)
    finally:
        execute(server, drop)
