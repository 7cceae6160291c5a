"""A data source: the company's database that recipients come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from tank.domain.connection import Connection
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.query import QueryKind, QueryShape, SourceError
from tank.domain.values import Row, RowValues, Value


@dataclass(frozen=True, slots=True)
class RowSet:
    """A few rows, with the names of their columns."""

    columns: tuple[str, ...]
    rows: tuple[RowValues, ...]


class TargetStream(Protocol):
    """An open target query."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, known before the first row."""

    def __iter__(self) -> Iterator[Sequence[RowValues]]:
        """Arrays of at most ``array_size`` rows, in the query's order. Raises ``SourceError``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBack:
    """One recipient's update: the binds by name, and the delivery that the marker row names."""

    delivery_id: UUID
    binds: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBackOutcome:
    """What one recipient's update did. Exactly one touched row is success; anything else was undone."""

    ok: bool
    error: str = ""
    #: The commit's answer was lost: the update may or may not be there.
    in_doubt: bool = False


class Source(Protocol):
    """One connection to a database, safe to use from several threads.

    Every method raises ``SourceError`` (or ``UnsafeSql`` where the lint refuses the text). SQL is run exactly
    as written, save for bind markers in the driver's own style; a trailing semicolon is stripped.
    """

    def check(self) -> str:
        """Connect and say what answers, for example ``PostgreSQL 15.19``."""

    def lint(self, kind: QueryKind, sql: str, *, allow_unparsed: bool = False) -> None:
        """Refuse with ``UnsafeSql`` what this kind of query must not be (DESIGN section 9)."""

    def describe(self, kind: QueryKind, sql: str) -> QueryShape:
        """Have the database itself check the text, without running it. Lints first."""

    def sample(self, sql: str, binds: Row, *, limit: int) -> RowSet:
        """At most ``limit`` rows of a target or mapping query, read-only, under the call timeout."""

    def stream(self, sql: str, *, array_size: int = 2000) -> AbstractContextManager[TargetStream]:
        """Open a target query in a read-only transaction; leaving the context ends it."""

    def map_rows(self, sql: str, binds: Sequence[Row]) -> list[RowSet | SourceError]:
        """Run the mapping query once for each set of binds, in order, on one pooled connection.

        A row's own failure is returned in its place; a failure of the connection is raised.
        """

    def write_back(self, sql: str, updates: Sequence[WriteBack], *, marker: bool) -> list[WriteBackOutcome]:
        """Apply and commit updates, one outcome each, in order.

        An update that touches no row or several is undone. With ``marker``, a row of table ``TANK_WRITEBACK``
        named for the delivery is inserted in the same transaction, and an update whose marker is already
        there counts as done. Raises ``SourceError`` where nothing was committed; a commit whose answer is
        lost comes back as ``in_doubt`` outcomes.
        """

    def marker_ddl(self) -> str:
        """The statement that makes the marker table on this database."""

    def close(self) -> None:
        """Close every pooled connection."""


class Sources(Protocol):
    """Makes sources out of connections, and keeps one for each."""

    def open(self, connection: Connection) -> Source:
        """The source of a connection. Raises ``Misconfigured`` where its options make no sense."""

    def close(self) -> None:
        """Close all of them."""


#: Names that an update query may bind besides the row's own columns.
TANK_BINDS: tuple[str, ...] = (
    "tank_message_id",
    "tank_sent_at",
    "tank_run_id",
    "tank_delivery_id",
)


def bind_values(binds: Sequence[str], *rows: Row, field: str = "dbio.mapping_query") -> dict[str, Value]:
    """Find each bind's value, by name without regard to case, in the first row that has it.

    Raises ``Invalid`` where none has it, with ``field`` as its place. Saving checks this, but a view may lose a column
    later, and rows of an earlier run may meet a query that was published since.
    """
    folded: Mapping[str, Value] = {name.casefold(): value for row in reversed(rows) for name, value in row.items()}
    if unknown := next((bind for bind in binds if bind.casefold() not in folded), None):
        message = f"Nothing provides the bind :{unknown}. The rows that the query is run for have no such column."
        remedy = "Mend the query, or the view that lost the column; publish, and start a new run."
        problem = FieldProblem(field=field, message=message, code="unknown_bind")
        raise Invalid(message, remedy=remedy, code="unknown_bind", problems=[problem])
    return {bind: folded[bind.casefold()] for bind in binds}
