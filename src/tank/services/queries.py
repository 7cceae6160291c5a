"""Rows of an automation's queries, for the eyes of whoever writes them.

Whether the queries are right, and fit each other, is ``definition_checks``' business.
"""

from __future__ import annotations

from dataclasses import dataclass

from tank.domain.automation import Dbio
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.ports.sources import RowSet, Source, Sources, bind_values
from tank.domain.ports.store import LogsDb
from tank.domain.query import QueryKind
from tank.domain.values import Row, row_of

#: More rows than this are not for eyes.
MOST_SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySample:
    """The first rows of a query, and what its binds were filled with."""

    rows: RowSet
    binds: Row


class Queries:
    """Runs target and mapping queries, read-only, a few rows at a time."""

    def __init__(self, db: LogsDb, sources: Sources) -> None:
        self._db = db
        self._sources = sources

    def sample(self, dbio: Dbio, kind: QueryKind, *, limit: int = 20, row_number: int = 1) -> QuerySample:
        """The first rows of a query; a mapping query is run for the target's row at ``row_number`` (1-based).

        Raises ``Invalid`` (no query, no connection, no such row, a bind that the target does not provide),
        ``SourceError`` and ``UnsafeSql``.
        """
        if kind is QueryKind.UPDATE:
            raise _invalid("dbio.update_query", "An update query has no rows to show.")
        if not 1 <= limit <= MOST_SAMPLE_ROWS:
            raise _invalid("limit", f"Ask for 1 to {MOST_SAMPLE_ROWS} rows.", code="out_of_range")
        if not 1 <= row_number <= MOST_SAMPLE_ROWS:
            raise _invalid("row_number", f"Choose one of the first {MOST_SAMPLE_ROWS} rows.", code="out_of_range")
        source = self._source(dbio)
        if kind is QueryKind.TARGET:
            return QuerySample(rows=_target_rows(source, dbio, limit), binds={})
        binds = self._mapping_binds(source, dbio, row_number)
        return QuerySample(rows=source.sample(dbio.mapping_query, binds, limit=limit), binds=binds)

    def _source(self, dbio: Dbio) -> Source:
        with self._db.read() as tables:
            connection = tables.connections.named(dbio.connection) if dbio.connection else None
        if connection is None:
            message = f"There is no connection “{dbio.connection}”." if dbio.connection else "Choose the connection."
            raise _invalid("dbio.connection", message, code="unknown_connection" if dbio.connection else "required")
        return self._sources.open(connection)

    def _mapping_binds(self, source: Source, dbio: Dbio, row_number: int) -> Row:
        if not dbio.mapping_query.strip():
            raise _invalid("dbio.mapping_query", "There is no mapping query yet.", code="required")
        source.lint(QueryKind.MAPPING, dbio.mapping_query, allow_unparsed=dbio.allow_unparsed_sql)
        wanted = source.describe(QueryKind.MAPPING, dbio.mapping_query).binds
        if not wanted:
            return {}
        target = _target_rows(source, dbio, row_number)
        if len(target.rows) < row_number:
            count = len(target.rows)
            raise _invalid("row_number", f"The target query returns {count} rows; there is no row {row_number}.")
        return bind_values(wanted, row_of(target.columns, target.rows[-1]))


def _target_rows(source: Source, dbio: Dbio, limit: int) -> RowSet:
    if not dbio.target_query.strip():
        raise _invalid("dbio.target_query", "There is no target query yet.", code="required")
    source.lint(QueryKind.TARGET, dbio.target_query, allow_unparsed=dbio.allow_unparsed_sql)
    return source.sample(dbio.target_query, {}, limit=limit)


def _invalid(field: str, message: str, *, code: str = "invalid") -> Invalid:
    return Invalid(message, problems=[FieldProblem(field=field, message=message, code=code)], code=code)
