"""MySQL and MariaDB through PyMySQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import pymysql
from pymysql.constants import CLIENT
from pymysql.cursors import Cursor, SSCursor
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.pool import PoolProxiedConnection

from tank.domain.query import Column, QueryKind, SourceErrorKind
from tank.domain.values import Value
from tank.sources import mysql_wire
from tank.sources.database import Database, Encode, OpenQuery, client_seconds, discard
from tank.sources.failures import NO_RIGHT, UNKNOWN_DATABASE, mysql_kind
from tank.sources.scan import TokenKind
from tank.sources.statement import Rendered, Statement

_NEAR = re.compile(r"near '(.+)' at line \d+", re.DOTALL)
_UNKNOWN_NAME = re.compile(r"Unknown column '(?:[^'.]+\.)*([^'.]+)' in|FUNCTION (?:\w+\.)?(\w+) does not exist")
_REMEDIES = {
    "1049": UNKNOWN_DATABASE,
    "1142": NO_RIGHT,
    "1143": NO_RIGHT,
    "1040": "The database has no connection left for Tank: lower pool_size, or raise max_connections.",
}
#: A writer of slow arrays must not make the server give up (net_write_timeout is 60 s by default).
_SLOW_READER_SECONDS = 86_400


class Mysql(Database):
    """MySQL and MariaDB. PyMySQL fills binds in on this side, so ``%`` in the text is doubled."""

    dialect = "mysql"
    error_class = pymysql.Error
    marker_insert = "INSERT IGNORE INTO TANK_WRITEBACK (delivery_id, applied_at) VALUES (%s, CURRENT_TIMESTAMP)"
    marker_ddl = (
        "CREATE TABLE TANK_WRITEBACK (delivery_id VARCHAR(36) PRIMARY KEY, applied_at TIMESTAMP NOT NULL) ENGINE=InnoDB"
    )

    def _render(self, statement: Statement) -> Rendered:
        if not statement.binds:
            return statement.render(str)
        return statement.render(lambda _: "%s", escape=lambda text: text.replace("%", "%%"))

    def render_for_describe(self, statement: Statement) -> Rendered:
        return statement.render(lambda _: "?")

    def connect(self, *, read_only: bool) -> pymysql.Connection[Any]:
        _, arguments = MySQLDialect_pymysql().create_connect_args(self.options.url)
        arguments.pop("client_flag", None)
        limit = self.options.connect_timeout
        # read_timeout from the first byte on: connect_timeout alone does not cover a listener that stays silent.
        connection: pymysql.Connection[Any] = pymysql.connect(
            **{
                "charset": "utf8mb4",
                **arguments,
                "autocommit": True,
                "client_flag": CLIENT.FOUND_ROWS,  # an UPDATE that changes nothing still found its row
                "connect_timeout": limit,
                "read_timeout": limit,
                "write_timeout": limit,
                "local_infile": False,
            }
        )
        self._set_up(connection, read_only=read_only)
        mysql_wire.wait_at_most(connection, client_seconds(self.options.call_timeout))
        return connection

    def _set_up(self, connection: pymysql.Connection[Any], *, read_only: bool) -> None:
        seconds = self.options.call_timeout
        timeout = (
            f"max_statement_time = {seconds:.3f}"
            if mysql_wire.is_mariadb(connection)
            else f"max_execution_time = {seconds * 1000:.0f}"
        )
        with connection.cursor() as cursor:
            # The two modes change where strings end, and so what the lint and the server take a text for.
            cursor.execute(
                "SET SESSION sql_mode = REPLACE(REPLACE(REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''),"
                f" 'ANSI_QUOTES', ''), 'ANSI', ''), SESSION net_write_timeout = {_SLOW_READER_SECONDS},"
                f" SESSION {timeout}, SESSION innodb_lock_wait_timeout = {max(1, round(seconds))}"
            )
            if read_only:
                cursor.execute("SET SESSION TRANSACTION READ ONLY")

    def version(self, connection: PoolProxiedConnection) -> str:
        raw = _raw(connection)
        return f"{'MariaDB' if mysql_wire.is_mariadb(raw) else 'MySQL'} {mysql_wire.version(raw)}"

    def describe(self, connection: PoolProxiedConnection, kind: QueryKind, rendered: Rendered) -> tuple[Column, ...]:
        del kind
        return mysql_wire.describe(_raw(connection), rendered.text)

    @contextmanager
    def open(
        self,
        connection: PoolProxiedConnection,
        text: str,
        values: Sequence[Any] | None,
        *,
        timeout: float,
        at_leisure: bool,
    ) -> Iterator[OpenQuery]:
        raw = _raw(connection)
        mysql_wire.wait_at_most(raw, client_seconds(timeout))
        ended = False
        cursor = raw.cursor(SSCursor)

        def fetch(size: int) -> Sequence[Sequence[Any]]:
            nonlocal ended
            rows: Sequence[Sequence[Any]] = cursor.fetchmany(size) or ()
            ended = not rows
            return rows

        try:
            with raw.cursor() as settings:
                if at_leisure:
                    limit = "max_statement_time" if mysql_wire.is_mariadb(raw) else "max_execution_time"
                    settings.execute(f"SET SESSION {limit} = 0")
                settings.execute("START TRANSACTION READ ONLY")
            cursor.execute(text, values)
            yield OpenQuery(tuple(column[0] for column in cursor.description or ()), fetch)
        finally:
            if not ended:
                mysql_wire.cut(raw)  # closing the cursor would read all that is left
            # Its session is set up for one long query.
            discard(connection)

    def cursor(self, connection: PoolProxiedConnection) -> Any:
        return _raw(connection).cursor(Cursor)

    def arrange(self, rendered: Rendered, values: Sequence[Value]) -> Sequence[Value]:
        return tuple(values[index] for index in rendered.order)

    def encoder(self, connection: PoolProxiedConnection) -> Encode:
        """A moment with a zone becomes the wall time of the session's zone, as ``NOW()`` would give it."""
        zone: timezone | None = None

        def encode(value: Value) -> Any:
            nonlocal zone
            if not isinstance(value, datetime) or value.tzinfo is None:
                return value
            if zone is None:
                zone = _session_zone(_raw(connection))
            return value.astimezone(zone).replace(tzinfo=None)

        return lambda values: tuple(encode(value) for value in values) or None

    def touched(self, cursor: Any, statement: Statement) -> int:
        """An upsert that changes its row counts as two (MySQL manual, "Affected-rows values")."""
        count = int(cursor.rowcount)
        return 1 if count == 2 and _is_upsert_of_one(statement) else count

    def classify(self, error: Exception, *, connecting: bool) -> tuple[SourceErrorKind, str | None]:
        assert isinstance(error, pymysql.Error)
        return mysql_kind(error, connecting=connecting)

    def message(self, error: Exception) -> str:
        return str(error.args[1]) if len(error.args) > 1 and error.args[1] else super().message(error)

    def remedy(self, kind: SourceErrorKind, code: str | None) -> str | None:
        return _REMEDIES.get(code or "") or super().remedy(kind, code)

    def position(self, error: Exception, rendered: Rendered) -> int | None:
        """The server quotes up to 80 characters from where it stopped, or the name that it does not know."""
        message = self.message(error)
        if (near := _NEAR.search(message)) is not None and rendered.text.count(near.group(1)) == 1:
            return rendered.text.index(near.group(1)) + 1
        if (unknown := _UNKNOWN_NAME.search(message)) is None:
            return None
        name = unknown.group(1) or unknown.group(2)
        found = [
            match.start() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", rendered.text, re.IGNORECASE)
        ]
        return found[0] + 1 if len(found) == 1 else None


def _raw(connection: PoolProxiedConnection) -> pymysql.Connection[Any]:
    raw = connection.driver_connection
    assert isinstance(raw, pymysql.Connection)
    return raw


def _session_zone(connection: pymysql.Connection[Any]) -> timezone:
    with connection.cursor() as cursor:
        cursor.execute("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW())")
        row = cursor.fetchone()
    return timezone(timedelta(seconds=row[0] if row else 0))


def _is_upsert_of_one(statement: Statement) -> bool:
    words = [token.name for token in statement.code if token.kind is TokenKind.WORD]
    if words[0] != "INSERT" or "DUPLICATE" not in words or "SELECT" in words:
        return False
    return not any(
        (before.text, between.text, after.text) == (")", ",", "(")
        for before, between, after in zip(statement.code, statement.code[1:], statement.code[2:], strict=False)
    )
