"""What differs from database to database behind ``SqlSource``: one class each, on the driver itself.

SQLAlchemy brings URLs and pools; queries go through the driver's own cursors, because a mapping query runs once
a recipient and every layer above the cursor shows (24 µs on SQLite directly, 103 µs through a thread each).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.pool import PoolProxiedConnection

from tank.domain.query import Column, QueryKind, SourceError, SourceErrorKind
from tank.domain.values import Value
from tank.sources.failures import REMEDIES
from tank.sources.options import SqlOptions
from tank.sources.scan import Dialect
from tank.sources.statement import Rendered, Statement

#: Makes driver parameters of arranged bind values; None where there are none and the driver minds.
Encode = Callable[[Sequence[Value]], Sequence[Any] | None]


@dataclass(frozen=True)
class OpenQuery:
    """A query that has begun to answer."""

    columns: tuple[str, ...]
    #: Arrays of rows as the driver returns them; empty at the end.
    fetch: Callable[[int], Sequence[Sequence[Any]]]


#: psycopg's words for infinity, years before Christ or after 9999, and 24:00; sqlite3's for broken text.
_NO_MOMENT = re.compile(r"too (?:large|small) \((?:after|before) year|can't parse (?:time|date|timestamp)")
_NO_TEXT = re.compile(r"Could not decode to UTF-8")


class Database(ABC):
    """One kind of database and its driver."""

    dialect: Dialect
    #: The driver's root exception.
    error_class: type[Exception]
    #: Inserts the marker of a delivery (its one parameter, in the driver's style) unless it is there.
    marker_insert: str
    marker_ddl: str
    begin: str = "BEGIN"

    def __init__(self, options: SqlOptions) -> None:
        self.options = options
        self.render = lru_cache(maxsize=512)(self._render)

    @abstractmethod
    def _render(self, statement: Statement) -> Rendered:
        """The text with the driver's markers."""

    def render_for_describe(self, statement: Statement) -> Rendered:
        """The text with the markers that the database itself reads, where the driver's are others."""
        return self.render(statement)

    @abstractmethod
    def connect(self, *, read_only: bool) -> Any:
        """A new driver connection in autocommit mode, within ``connect_timeout``, its session set up."""

    @abstractmethod
    def version(self, connection: PoolProxiedConnection) -> str:
        """Product and version, for people."""

    @abstractmethod
    def describe(self, connection: PoolProxiedConnection, kind: QueryKind, rendered: Rendered) -> tuple[Column, ...]:
        """Have the database check the text without running it; the columns that it returns."""

    @abstractmethod
    def open(
        self,
        connection: PoolProxiedConnection,
        text: str,
        values: Sequence[Any] | None,
        *,
        timeout: float,
        at_leisure: bool,
    ) -> AbstractContextManager[OpenQuery]:
        """Run a reading query in a read-only transaction without holding its rows in memory.

        ``at_leisure``: the rows are fetched over any time, so the server must not limit the whole of it.
        """

    @abstractmethod
    def cursor(self, connection: PoolProxiedConnection) -> Any:
        """A cursor for many short queries."""

    @abstractmethod
    def encoder(self, connection: PoolProxiedConnection) -> Encode:
        """How this connection wants its parameters."""

    def touched(self, cursor: Any, statement: Statement) -> int:
        """How many rows the update that ran last on this cursor touched."""
        del statement
        return int(cursor.rowcount)

    @abstractmethod
    def classify(self, error: Exception, *, connecting: bool) -> tuple[SourceErrorKind, str | None]:
        """The kind of a driver's error and the database's code."""

    def position(self, error: Exception, rendered: Rendered) -> int | None:
        """Where in ``rendered.text`` the error is (1-based), if the database tells."""
        del error, rendered
        return None

    def message(self, error: Exception) -> str:
        """The database's own words."""
        return str(error).strip()

    def in_operators_words(self, message: str, rendered: Rendered) -> str:
        """The message with the binds called as the operator called them."""
        del rendered
        return message

    def remedy(self, kind: SourceErrorKind, code: str | None) -> str | None:
        """What to do about it."""
        del code
        return REMEDIES.get(kind)

    def arrange(self, rendered: Rendered, values: Sequence[Value]) -> Sequence[Value]:
        """The values of the binds as the markers want them: numbered markers take each once."""
        del rendered
        return values

    def run(self, cursor: Any, sql: str) -> None:
        """Run a statement of Tank's own, such as SAVEPOINT."""
        cursor.execute(sql)

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What a driver raises where a query or its values are at fault, or the connection."""
        return (self.error_class, ValueError, OverflowError)

    def arm(self, connection: PoolProxiedConnection, seconds: float) -> None:  # noqa: B027 — most set it per session
        """Start the clock of the next call, where the session itself does not time it."""

    def source_error(
        self, error: Exception, *, rendered: Rendered | None = None, connecting: bool = False
    ) -> SourceError:
        """Translate a driver's error."""
        if not isinstance(error, self.error_class):  # a value that the driver cannot encode
            return SourceError(SourceErrorKind.INVALID_SQL, f"A value cannot be passed to the database: {error}")
        kind, code = self.classify(error, connecting=connecting)
        position = self.position(error, rendered) if rendered is not None else None
        if rendered is not None and position is not None:
            position = rendered.original_position(position)
        message = self.message(error) or type(error).__name__
        return SourceError(
            kind,
            message if rendered is None else self.in_operators_words(message, rendered),
            database_code=code,
            position=position,
            remedy=_of_unreadable_value(error) or self.remedy(kind, code),
        )


def _of_unreadable_value(error: Exception) -> str | None:
    """What to do about values that the database holds and Python has no type for: its driver says it without a code."""
    text = str(error)
    if _NO_MOMENT.search(text):
        return (
            "Dates run from the year 1 to 9999 here, times to 23:59:59: make this one text in the query (TO_CHAR), or"
            " NULL where it stands for none."
        )
    if _NO_TEXT.search(text):
        return "The column holds bytes that are no UTF-8 text: mend the row, or leave it out in the query."
    return None


def discard(connection: PoolProxiedConnection) -> None:
    """Throw a connection away instead of giving it back to its pool."""
    if connection.is_valid:
        connection.invalidate()


def client_seconds(server_seconds: float) -> float:
    """How long to wait for an answer that the server itself limits: a little longer, since its own way of ending a
    call leaves the connection usable."""
    return server_seconds + min(5.0, 1.0 + server_seconds / 10)
