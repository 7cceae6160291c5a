"""The port ``Source`` over SQLite, PostgreSQL, MySQL and MariaDB: pools, errors, and the calls in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, exc
from sqlalchemy.engine import Engine
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from tank.domain.ports.sources import RowSet, WriteBack, WriteBackOutcome
from tank.domain.query import QueryKind, QueryShape, SourceError, SourceErrorKind
from tank.domain.values import Row, RowValues, Value
from tank.sources import guard
from tank.sources.columns import refuse_unusable
from tank.sources.database import Database, Encode, OpenQuery, discard
from tank.sources.mysql import Mysql
from tank.sources.options import SqlOptions
from tank.sources.postgres import Postgres
from tank.sources.scan import Dialect
from tank.sources.sqlite import Sqlite
from tank.sources.statement import Rendered, Statement, parse
from tank.sources.values import plain_rows
from tank.sources.write_back import write_back

_DATABASES: Mapping[Dialect, type[Database]] = {"sqlite": Sqlite, "postgres": Postgres, "mysql": Mysql}
#: A connection that has been idle for longer is made anew: firewalls forget.
_RECYCLE_SECONDS = 1800


class SqlStream:
    """An open target query."""

    def __init__(self, query: OpenQuery, array_size: int, database: Database, rendered: Rendered) -> None:
        self._query = query
        self._array_size = array_size
        self._database = database
        self._rendered = rendered

    @property
    def columns(self) -> tuple[str, ...]:
        return self._query.columns

    def __iter__(self) -> Iterator[Sequence[RowValues]]:
        while True:
            try:
                rows = self._query.fetch(self._array_size)
            except self._database.failures as error:
                raise self._database.source_error(error, rendered=self._rendered) from error
            if not rows:
                return
            yield plain_rows(rows)


class SqlSource:
    """One connection to a database, safe to use from several threads. See ``ports.sources.Source``."""

    def __init__(self, options: SqlOptions) -> None:
        self._options = options
        self._database = _DATABASES[options.dialect](options)
        self._reader = _engine(options, self._database, read_only=True)
        self._writer = _engine(options, self._database, read_only=False)

    def check(self) -> str:
        with self._connected(self._reader) as connection, self._errors():
            return self._database.version(connection)

    def lint(self, kind: QueryKind, sql: str, *, allow_unparsed: bool = False) -> None:
        guard.check(kind, sql, self._database.dialect, allow_unparsed=allow_unparsed)

    def describe(self, kind: QueryKind, sql: str) -> QueryShape:
        statement, _ = self._prepare(kind, sql)
        rendered = self._database.render_for_describe(statement)
        # MariaDB does not even parse an UPDATE in a read-only session.
        engine = self._writer if kind is QueryKind.UPDATE else self._reader
        with self._connected(engine) as connection, self._errors(rendered):
            self._database.arm(connection, self._options.call_timeout)
            columns = self._database.describe(connection, kind, rendered)
        if kind is not QueryKind.UPDATE:
            refuse_unusable(kind, [column.name for column in columns])
        return QueryShape(columns=columns, binds=statement.binds)

    def sample(self, sql: str, binds: Row, *, limit: int) -> RowSet:
        with self._open(sql, binds, timeout=self._options.call_timeout, at_leisure=False) as (query, rendered):
            if limit <= 0:
                return RowSet(query.columns, ())
            with self._errors(rendered):
                return RowSet(query.columns, plain_rows(query.fetch(limit)))

    @contextmanager
    def stream(self, sql: str, *, array_size: int = 2000) -> Iterator[SqlStream]:
        with self._open(sql, {}, timeout=self._options.target_timeout, at_leisure=True) as (query, rendered):
            yield SqlStream(query, array_size, self._database, rendered)

    def map_rows(self, sql: str, binds: Sequence[Row]) -> list[RowSet | SourceError]:
        statement, rendered = self._prepare(QueryKind.MAPPING, sql)
        results: list[RowSet | SourceError] = []
        if not binds:
            return results
        with self._connected(self._reader) as connection, self._errors(rendered):
            cursor = self._database.cursor(connection)
            encode = self._database.encoder(connection)
            for row in binds:
                self._database.arm(connection, self._options.call_timeout)
                try:
                    results.append(self._map_row(cursor, statement, rendered, row, encode))
                except self._database.failures as error:
                    results.append(self._of_the_row(error, rendered))
                except SourceError as error:
                    results.append(error)
        return results

    def write_back(self, sql: str, updates: Sequence[WriteBack], *, marker: bool) -> list[WriteBackOutcome]:
        statement, _ = self._prepare(QueryKind.UPDATE, sql)
        return write_back(lambda: self._connected(self._writer), self._database, statement, updates, marker=marker)

    def marker_ddl(self) -> str:
        return self._database.marker_ddl

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()

    def _prepare(self, kind: QueryKind, sql: str) -> tuple[Statement, Rendered]:
        # What cannot be parsed was allowed, or not, when it was saved; its tokens are looked at each time.
        self.lint(kind, sql, allow_unparsed=True)
        statement = parse(sql, self._database.dialect)
        return statement, self._database.render(statement)

    def _map_row(self, cursor: Any, statement: Statement, rendered: Rendered, row: Row, encode: Encode) -> RowSet:
        cursor.execute(rendered.text, encode(self._database.arrange(rendered, _values(statement, row))))
        rows = cursor.fetchmany(self._options.max_mapping_rows + 1)
        if len(rows) > self._options.max_mapping_rows:
            raise SourceError(
                SourceErrorKind.OTHER,
                f"The mapping query gives more than {self._options.max_mapping_rows} rows for one recipient.",
                remedy="Narrow it, or raise the connection's option max_mapping_rows.",
            )
        return RowSet(tuple(column[0] for column in cursor.description), plain_rows(rows))

    def _of_the_row(self, error: Exception, rendered: Rendered) -> SourceError:
        """The row's own failure; raises one of the connection."""
        failure = self._database.source_error(error, rendered=rendered)
        if failure.kind.is_about_the_connection:
            raise failure from error
        return failure

    @contextmanager
    def _open(self, sql: str, binds: Row, *, timeout: float, at_leisure: bool) -> Iterator[tuple[OpenQuery, Rendered]]:
        statement, rendered = self._prepare(QueryKind.TARGET, sql)
        values = self._database.arrange(rendered, _values(statement, binds))
        with self._connected(self._reader) as connection, self._errors(rendered):
            encoded = self._database.encoder(connection)(values)
            query_open = self._database.open(connection, rendered.text, encoded, timeout=timeout, at_leisure=at_leisure)
            with query_open as query:
                refuse_unusable(QueryKind.TARGET, query.columns)
                yield query, rendered

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[PoolProxiedConnection]:
        """A pooled connection; one that is lost is thrown away."""
        connection = self._connect(engine)
        try:
            yield connection
        except SourceError as error:
            if error.kind.is_about_the_connection:
                discard(connection)
            raise
        finally:
            connection.close()

    def _connect(self, engine: Engine) -> PoolProxiedConnection:
        try:
            return engine.raw_connection()
        except exc.TimeoutError as error:
            raise SourceError(
                SourceErrorKind.CANNOT_CONNECT,
                f"All {self._options.pool_size} connections were busy for {self._options.call_timeout:g} seconds.",
                remedy="Raise the connection's option pool_size.",
            ) from error
        except exc.DBAPIError as error:
            cause = error.orig if isinstance(error.orig, Exception) else error
            raise self._database.source_error(cause, connecting=True) from error
        except self._database.failures as error:
            raise self._database.source_error(error, connecting=True) from error

    @contextmanager
    def _errors(self, rendered: Rendered | None = None) -> Iterator[None]:
        try:
            yield
        except self._database.error_class as error:
            raise self._database.source_error(error, rendered=rendered) from error


def _engine(options: SqlOptions, database: Database, *, read_only: bool) -> Engine:
    return create_engine(
        options.url,
        creator=lambda: database.connect(read_only=read_only),
        poolclass=QueuePool,
        pool_size=options.pool_size,
        max_overflow=0,
        pool_timeout=options.call_timeout,
        pool_pre_ping=options.dialect != "sqlite",
        pool_recycle=_RECYCLE_SECONDS,
    )


def _values(statement: Statement, row: Row) -> tuple[Value, ...]:
    try:
        return statement.values(row)
    except KeyError as missing:
        raise SourceError(
            SourceErrorKind.INVALID_SQL,
            f"Nothing gives the bind :{missing.args[0]} a value.",
            remedy="Name a column of the target query.",
        ) from None
