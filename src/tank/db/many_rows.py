"""One statement for many rows, at the cost of the driver alone.

SQLAlchemy builds and converts the parameters of each row of an ``executemany`` anew: for the ledger's small updates
that takes longer than the database. Here its compiler and its types are asked once; then values go in by columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.dml import UpdateBase

Parameters = Sequence[Mapping[str, Any]]


class ManyRows:
    """A statement whose ``bindparam`` names are the keys of the rows that it is executed with."""

    def __init__(self, statement: UpdateBase) -> None:
        self._statement = statement
        self._prepared: dict[str, _Prepared] = {}

    def execute(self, connection: Connection, rows: Parameters) -> int:
        """How many rows of the table it touched."""
        if not rows:
            return 0
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = _prepare(self._statement, dialect)
        return connection.exec_driver_sql(prepared.text, prepared.parameters(rows)).rowcount


@dataclass(frozen=True, slots=True)
class _Prepared:
    text: str
    columns: Sequence[Callable[[Parameters], Iterable[Any]]]
    #: None for a driver that takes parameters by position.
    names: Sequence[str] | None

    def parameters(self, rows: Parameters) -> Any:
        by_position = zip(*[column(rows) for column in self.columns], strict=False)
        return (
            list(by_position)
            if self.names is None
            else [dict(zip(self.names, row, strict=True)) for row in by_position]
        )


def _prepare(statement: UpdateBase, dialect: Dialect) -> _Prepared:
    compiled: Any = statement.compile(dialect=dialect)
    names: Sequence[str] = compiled.positiontup if compiled.positional else list(compiled.binds)
    columns = [_column(compiled.binds[name], dialect) for name in names]
    return _Prepared(compiled.string, columns, None if compiled.positional else names)


def _column(bind: Any, dialect: Dialect) -> Callable[[Parameters], Iterable[Any]]:
    """How the values of one parameter are made, for all rows at once."""
    convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
    key = bind.key
    if not bind.required:
        return lambda _rows: repeat(bind.value if convert is None else convert(bind.value))
    if convert is None:
        return lambda rows: [row[key] for row in rows]
    return lambda rows: [convert(row[key]) for row in rows]
