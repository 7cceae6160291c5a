"""The three queries of an automation (its DBIO) as a database describes them, and what can go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tank.domain.errors import TankError


class QueryKind(StrEnum):
    """Which of an automation's three queries a text is; each may do different things."""

    TARGET = "target"
    MAPPING = "mapping"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a query returns."""

    name: str
    #: The database's own name of the type; empty where it tells none before rows are read.
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryShape:
    """What the database says of a query without running it."""

    columns: tuple[Column, ...]
    #: Bind names without the colon, in the order of their first use.
    binds: tuple[str, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


class SourceErrorKind(StrEnum):
    """What a source's failure means for a run (DESIGN sections 5 and 6)."""

    CONNECTION_LOST = "connection_lost"
    CANNOT_CONNECT = "cannot_connect"
    CREDENTIALS = "credentials"
    INVALID_SQL = "invalid_sql"
    CONSTRAINT = "constraint"
    LOCK = "lock"
    TIMEOUT = "timeout"
    SNAPSHOT_TOO_OLD = "snapshot_too_old"
    UNSUPPORTED = "unsupported"
    OTHER = "other"

    @property
    def is_about_the_connection(self) -> bool:
        """Whether waiting and connecting again may help, whatever the row or query is."""
        return self in _ABOUT_THE_CONNECTION


_ABOUT_THE_CONNECTION = frozenset(
    {
        SourceErrorKind.CONNECTION_LOST,
        SourceErrorKind.CANNOT_CONNECT,
        SourceErrorKind.CREDENTIALS,
        SourceErrorKind.TIMEOUT,
        SourceErrorKind.SNAPSHOT_TOO_OLD,
    }
)


class SourceError(TankError):
    """A data source refused or failed; the database's own code and words are kept."""

    code = "source_error"

    def __init__(
        self,
        kind: SourceErrorKind,
        message: str,
        *,
        database_code: str | None = None,
        position: int | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, code=f"source_{kind}")
        self.kind = kind
        #: The database's own code, for example ``ORA-00942`` or ``42P01``.
        self.database_code = database_code
        #: 1-based character in the operator's text, where the database tells it.
        self.position = position


class UnsafeSql(TankError):
    """The text is not the kind of statement that this query may be (DESIGN section 9)."""

    code = "unsafe_sql"


class UnreadableSql(UnsafeSql):
    """Nothing speaks against the text but that the lint cannot read it; the database perhaps cannot either."""
