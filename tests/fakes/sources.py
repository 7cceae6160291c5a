"""A data source in memory: queries answer what a test says, and fail when it says so.

::

    source = FakeSource()
    source.answer("SELECT CUST_ID, EMAIL FROM CUSTOMER", ("CUST_ID", "EMAIL"), [(1, "a@x.kr")])
    source.answer("SELECT AMOUNT FROM TX WHERE CUST_ID = :CUST_ID", ("AMOUNT",), lambda binds: [(binds["CUST_ID"],)])
    source.accept("UPDATE CUSTOMER SET SENT = :tank_sent_at WHERE CUST_ID = :CUST_ID", lambda binds: 1)
    source.fail("map_rows", lost_connection())
    sources = FakeSources(erp=source)
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from tank.domain.connection import Connection
from tank.domain.errors import Misconfigured
from tank.domain.ports.sources import RowSet, WriteBack, WriteBackOutcome
from tank.domain.query import Column, QueryKind, QueryShape, SourceError, SourceErrorKind
from tank.domain.values import Row, RowValues
from tank.sources import guard
from tank.sources.statement import Statement, parse

#: The rows for some binds. May raise ``SourceError``: of the row, or of the connection.
Answer = Callable[[Row], Sequence[RowValues]]
#: How many rows an update touches for some binds. May raise ``SourceError``.
Effect = Callable[[Row], int]


def lost_connection() -> SourceError:
    """What a source raises when its database goes away."""
    return SourceError(SourceErrorKind.CONNECTION_LOST, "The database closed the connection.", database_code="08006")


@dataclass(frozen=True)
class _Query:
    columns: tuple[Column, ...]
    answer: Answer


class FakeStream:
    """An open target query of a ``FakeSource``."""

    def __init__(self, columns: tuple[str, ...], chunks: Iterator[Sequence[RowValues]]) -> None:
        self._columns = columns
        self._chunks = chunks

    @property
    def columns(self) -> tuple[str, ...]:
        return self._columns

    def __iter__(self) -> Iterator[Sequence[RowValues]]:
        return self._chunks


class FakeSource:
    """The whole port ``Source``. Queries are known by their text, less a trailing semicolon."""

    def __init__(self, version: str = "Fake 1.0") -> None:
        self.version = version
        #: Every update that stands, in order; a test reads it.
        self.written: list[WriteBack] = []
        #: Deliveries whose marker row is there.
        self.markers: set[UUID] = set()
        self.closed = False
        self._queries: dict[str, _Query] = {}
        self._effects: dict[str, Effect] = {}
        self._failures: defaultdict[str, deque[Exception]] = defaultdict(deque)
        self._stream_failure: tuple[int, Exception] | None = None
        self._lost_commit: bool | None = None
        self._lock = threading.Lock()

    # What a test scripts -------------------------------------------------------------------------------------

    def answer(self, sql: str, columns: Sequence[str | Column], rows: Sequence[RowValues] | Answer) -> None:
        """Make a target or mapping query answer these rows, or what a function of its binds says."""
        named = tuple(column if isinstance(column, Column) else Column(column) for column in columns)
        fixed = None if callable(rows) else list(rows)
        self._queries[_key(sql)] = _Query(named, rows if callable(rows) else lambda binds: fixed or [])

    def accept(self, sql: str, effect: Effect = lambda binds: 1) -> None:
        """Make an update query known; ``effect`` says how many rows it touches."""
        self._effects[_key(sql)] = effect

    def fail(self, method: str, error: Exception, *, times: int = 1) -> None:
        """Make the next ``times`` calls of a method (``stream``: of opening) raise ``error``."""
        self._failures[method].extend([error] * times)

    def forgive(self) -> None:
        """Forget the failures that have not come yet."""
        self._failures.clear()

    def fail_stream_after(self, rows: int, error: Exception | None = None) -> None:
        """Break the next stream after so many rows."""
        self._stream_failure = (rows, error or lost_connection())

    def lose_commit(self, *, applied: bool) -> None:
        """Lose the answer of the next write-back's commit, which the database did or did not apply."""
        self._lost_commit = applied

    # The port ------------------------------------------------------------------------------------------------

    def check(self) -> str:
        self._fail_as_told("check")
        return self.version

    def lint(self, kind: QueryKind, sql: str, *, allow_unparsed: bool = False) -> None:
        self._fail_as_told("lint")
        guard.check(kind, sql, "sqlite", allow_unparsed=allow_unparsed)

    def describe(self, kind: QueryKind, sql: str) -> QueryShape:
        self._fail_as_told("describe")
        self.lint(kind, sql, allow_unparsed=True)
        statement = parse(sql, "sqlite")
        if kind is QueryKind.UPDATE:
            self._effect(sql)
            return QueryShape(columns=(), binds=statement.binds)
        return QueryShape(columns=self._query(sql).columns, binds=statement.binds)

    def sample(self, sql: str, binds: Row, *, limit: int) -> RowSet:
        self._fail_as_told("sample")
        return self._rows(sql, binds, limit=limit)

    @contextmanager
    def stream(self, sql: str, *, array_size: int = 2000) -> Iterator[FakeStream]:
        self._fail_as_told("stream")
        found = self._rows(sql, {})
        failure, self._stream_failure = self._stream_failure, None
        yield FakeStream(found.columns, _chunks(found.rows, array_size, failure))

    def map_rows(self, sql: str, binds: Sequence[Row]) -> list[RowSet | SourceError]:
        self._fail_as_told("map_rows")
        results: list[RowSet | SourceError] = []
        for row in binds:
            try:
                results.append(self._rows(sql, row))
            except SourceError as error:
                if error.kind.is_about_the_connection:
                    raise
                results.append(error)
        return results

    def write_back(self, sql: str, updates: Sequence[WriteBack], *, marker: bool) -> list[WriteBackOutcome]:
        self._fail_as_told("write_back")
        effect = self._effect(sql)
        statement = parse(sql, "sqlite")
        with self._lock:
            applied: list[WriteBack] = []
            outcomes = [self._apply(statement, effect, update, marker, applied) for update in updates]
            lost, self._lost_commit = self._lost_commit, None
            if lost is not False:
                self.written.extend(applied)
                self.markers.update(update.delivery_id for update in applied if marker)
        if lost is None or not applied:
            return outcomes
        doubt = WriteBackOutcome(ok=False, error="The answer of the commit was lost.", in_doubt=True)
        fresh = {update.delivery_id for update in applied}
        return [
            doubt if update.delivery_id in fresh else outcome for update, outcome in zip(updates, outcomes, strict=True)
        ]

    def marker_ddl(self) -> str:
        return "CREATE TABLE TANK_WRITEBACK (delivery_id VARCHAR(36) PRIMARY KEY, applied_at TIMESTAMP)"

    def close(self) -> None:
        self.closed = True

    # Behind it -----------------------------------------------------------------------------------------------

    def _apply(
        self, statement: Statement, effect: Effect, update: WriteBack, marker: bool, applied: list[WriteBack]
    ) -> WriteBackOutcome:
        seen = self.markers | {earlier.delivery_id for earlier in applied}
        if marker and update.delivery_id in seen:
            return WriteBackOutcome(ok=True)
        try:
            touched = effect(_bound(statement, update.binds))
        except SourceError as error:
            if error.kind.is_about_the_connection:
                raise
            return WriteBackOutcome(ok=False, error=error.message)
        if touched != 1:
            rows = "no row" if touched == 0 else f"{touched} rows"
            return WriteBackOutcome(ok=False, error=f"The update touched {rows} instead of one, and was undone.")
        applied.append(update)
        return WriteBackOutcome(ok=True)

    def _rows(self, sql: str, binds: Row, *, limit: int | None = None) -> RowSet:
        query = self._query(sql)
        rows = query.answer(_bound(parse(sql, "sqlite"), binds))
        return RowSet(tuple(column.name for column in query.columns), tuple(rows[:limit]))

    def _query(self, sql: str) -> _Query:
        if (query := self._queries.get(_key(sql))) is None:
            raise _unknown(sql)
        return query

    def _effect(self, sql: str) -> Effect:
        if (effect := self._effects.get(_key(sql))) is None:
            raise _unknown(sql)
        return effect

    def _fail_as_told(self, method: str) -> None:
        if self._failures[method]:
            raise self._failures[method].popleft()


def _key(sql: str) -> str:
    return parse(sql, "sqlite").text.strip()


def _bound(statement: Statement, binds: Row) -> Row:
    try:
        return dict(zip(statement.binds, statement.values(binds), strict=True))
    except KeyError as error:
        raise SourceError(SourceErrorKind.INVALID_SQL, f"Nothing gives the bind :{error.args[0]} a value.") from None


def _unknown(sql: str) -> SourceError:
    return SourceError(
        SourceErrorKind.INVALID_SQL, f"No answer was scripted for: {sql}", database_code="FAKE-00942", position=1
    )


def _chunks(
    rows: Sequence[RowValues], array_size: int, failure: tuple[int, Exception] | None
) -> Iterator[Sequence[RowValues]]:
    end = len(rows) if failure is None else min(len(rows), failure[0])
    for start in range(0, end, array_size):
        yield rows[start : min(start + array_size, end)]
    if failure is not None:
        raise failure[1]


class FakeSources:
    """The port ``Sources``: fakes by the name of their connection."""

    def __init__(self, **sources: FakeSource) -> None:
        self.by_name: Mapping[str, FakeSource] = sources
        self.closed = False

    def open(self, connection: Connection) -> FakeSource:
        if connection.name not in self.by_name:
            raise Misconfigured(f"The connection {connection.name} has no fake source.")
        return self.by_name[connection.name]

    def close(self) -> None:
        self.closed = True
        for source in self.by_name.values():
            source.close()
