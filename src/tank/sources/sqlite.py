"""SQLite: files of demo data, of small offices, of exports."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.pool import PoolProxiedConnection

from tank.domain.query import Column, QueryKind, SourceError, SourceErrorKind
from tank.domain.values import Value
from tank.sources.database import Database, Encode, OpenQuery
from tank.sources.failures import sqlite_kind
from tank.sources.scan import TokenKind, scan
from tank.sources.statement import Rendered, Statement

#: SQLite's own name for the second of two equal columns of a subquery.
_REPEATED = re.compile(r"(.+):\d+", re.DOTALL)
_NEAR = re.compile(r'near "(.+)": syntax error|no such (?:column|table|function): (?:\w+\.)?(.+)', re.DOTALL)
_INSTRUCTIONS_BETWEEN_LOOKS = 100_000
_GREATEST_INTEGER = 2**63 - 1
#: No mail holds more, and while one function makes a larger value (a billion bytes, by default) no deadline is seen.
_LONGEST_VALUE = 64_000_000
_REMEDIES = {"SQLITE_TOOBIG": "Ask for a shorter value, for example SUBSTR(TEXT, 1, 1000)."}


class TimedConnection(sqlite3.Connection):
    """A connection whose calls end at a deadline; SQLite itself knows no statement timeout."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline = 0.0
        self.set_progress_handler(self._is_late, _INSTRUCTIONS_BETWEEN_LOOKS)

    def arm(self, seconds: float) -> None:
        """Give the calls from now on so many seconds."""
        self._deadline = time.monotonic() + seconds

    def _is_late(self) -> int:
        return time.monotonic() > self._deadline > 0


class Sqlite(Database):
    """SQLite through the standard library. A missing file is an error, never a new database."""

    dialect = "sqlite"
    error_class = sqlite3.Error
    marker_insert = "INSERT OR IGNORE INTO TANK_WRITEBACK (delivery_id, applied_at) VALUES (?, CURRENT_TIMESTAMP)"
    marker_ddl = "CREATE TABLE TANK_WRITEBACK (delivery_id VARCHAR(36) PRIMARY KEY, applied_at TIMESTAMP NOT NULL)"
    begin = "BEGIN IMMEDIATE"  # a read that turns into a write fails at once, whatever the timeout

    def _render(self, statement: Statement) -> Rendered:
        return statement.render(lambda index: f"?{index + 1}")

    def connect(self, *, read_only: bool) -> TimedConnection:
        path = Path(self.options.url.database or "").absolute()
        if not path.is_file():
            raise SourceError(
                SourceErrorKind.CANNOT_CONNECT,
                f"There is no file {path}.",
                database_code="SQLITE_CANTOPEN",
                remedy="Check the path in the connection's url, and that Tank's user may read it.",
            )
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode={'ro' if read_only else 'rw'}",
            uri=True,
            timeout=self.options.call_timeout,
            isolation_level=None,
            check_same_thread=False,
            factory=TimedConnection,
        )
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def version(self, connection: PoolProxiedConnection) -> str:
        # SQLite opens a file only when it is read: this finds out whether it is a database at all.
        connection.cursor().execute("SELECT count(*) FROM sqlite_master").close()
        return f"SQLite {sqlite3.sqlite_version}"

    def describe(self, connection: PoolProxiedConnection, kind: QueryKind, rendered: Rendered) -> tuple[Column, ...]:
        nothing = (None,) * (max(rendered.order, default=-1) + 1)
        cursor = connection.cursor()
        cursor.execute(f"EXPLAIN {rendered.text}", nothing)  # compiles the text, whose positions it keeps
        if kind is QueryKind.UPDATE:
            return ()
        # Only a run tells the names of columns; with LIMIT 0 around it, it ends before the first step.
        cursor.execute("\n".join(("SELECT * FROM (", rendered.text, ") LIMIT 0")), nothing)
        names = [column[0] for column in cursor.description or ()]
        return tuple(Column(_unrepeated(name, names)) for name in names)

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
        del at_leisure  # here each call is limited by itself
        self.arm(connection, timeout)
        cursor = connection.cursor()

        def fetch(size: int) -> Sequence[Any]:
            self.arm(connection, timeout)
            return cursor.fetchmany(size)

        try:
            cursor.execute(text, values or ())
            yield OpenQuery(tuple(column[0] for column in cursor.description or ()), fetch)
        finally:
            cursor.close()

    def cursor(self, connection: PoolProxiedConnection) -> Any:
        return connection.cursor()

    def encoder(self, connection: PoolProxiedConnection) -> Encode:
        del connection
        return _encode_all

    def classify(self, error: Exception, *, connecting: bool) -> tuple[SourceErrorKind, str | None]:
        assert isinstance(error, sqlite3.Error)
        kind, code = sqlite_kind(error)
        if connecting and kind is SourceErrorKind.INVALID_SQL:
            kind = SourceErrorKind.CANNOT_CONNECT
        return kind, code

    def remedy(self, kind: SourceErrorKind, code: str | None) -> str | None:
        return _REMEDIES.get(code or "") or super().remedy(kind, code)

    def position(self, error: Exception, rendered: Rendered) -> int | None:
        """SQLite's offset does not reach Python; its message names a token, which may stand there only once."""
        if (match := _NEAR.fullmatch(str(error))) is None:
            return None
        wanted = (match.group(1) or match.group(2)).casefold()
        tokens = [token for token in scan(rendered.text, "sqlite") if token.kind is not TokenKind.COMMENT]
        found = [token for token in tokens if wanted in (token.text.casefold(), token.name.casefold())]
        return found[0].start + 1 if len(found) == 1 else None

    def arm(self, connection: PoolProxiedConnection, seconds: float) -> None:
        raw = connection.driver_connection
        assert isinstance(raw, TimedConnection)
        raw.arm(seconds)


def _unrepeated(name: str, names: Sequence[str]) -> str:
    """Undo SQLite's renaming, so that the repetition can be told."""
    match = _REPEATED.fullmatch(name)
    known = {other.casefold() for other in names}
    return match.group(1) if match is not None and match.group(1).casefold() in known else name


def _encode_all(values: Sequence[Value]) -> tuple[Any, ...]:
    return tuple(_encode(value) for value in values)


def _encode(value: Value) -> Any:
    """SQLite has no dates and no decimals. Moments become UTC text, which its date functions understand."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo is not None else value).isoformat(sep=" ")
    if isinstance(value, (date, time_of_day)):
        return value.isoformat()
    if isinstance(value, Decimal):
        whole = value.is_finite() and value == value.to_integral_value() and abs(value) <= _GREATEST_INTEGER
        return int(value) if whole else str(value)
    if isinstance(value, int) and abs(value) > _GREATEST_INTEGER:
        return str(value)
    return value
