"""A statement with many rows writes what SQLAlchemy itself would have written, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Uuid, bindparam, insert, select, update
from sqlalchemy.engine import Connection

from tank.db.database import Database
from tank.db.many_rows import ManyRows
from tank.db.metadata import FreeText, UtcDateTime

_TABLE = Table(
    "many_rows",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("at", UtcDateTime),
    Column("text", FreeText, nullable=False),
    Column("raw", LargeBinary),
    Column("number", Integer),
    prefixes=["TEMPORARY"],
)
_NAMES = tuple(column.name for column in _TABLE.columns)
_ADD = ManyRows(insert(_TABLE).values({name: bindparam(name) for name in _NAMES}))
_IS_IT = _TABLE.c.id == bindparam("b_id")
_SEOUL = timezone(timedelta(hours=9))
_ROWS = (
    (uuid4(), datetime(2026, 11, 22, 9, 30, 0, 250, tzinfo=_SEOUL), "김하나", b"\x00\xff", 7),
    (uuid4(), None, "a NUL \x00 and half a pair \ud800, 100 % sure :so", None, None),
)


@pytest.fixture
def connection(logs_db: Database) -> Iterator[Connection]:
    with logs_db.engine.begin() as connection:
        _TABLE.create(connection)
        yield connection
        _TABLE.drop(connection)


def _read(connection: Connection, delivery_id: UUID) -> tuple[object, ...]:
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == delivery_id)).one()
    return (*row[:3], None if row.raw is None else bytes(row.raw), row.number)


def test_values_come_back_as_those_of_sqlalchemy_do(connection: Connection) -> None:
    assert _ADD.execute(connection, [dict(zip(_NAMES, row, strict=True)) for row in _ROWS]) == len(_ROWS)
    ours = [_read(connection, row[0]) for row in _ROWS]
    connection.execute(_TABLE.delete())
    connection.execute(insert(_TABLE), [dict(zip(_NAMES, row, strict=True)) for row in _ROWS])
    assert ours == [_read(connection, row[0]) for row in _ROWS]
    assert ours[0] == (_ROWS[0][0], datetime(2026, 11, 22, 0, 30, 0, 250, tzinfo=UTC), *_ROWS[0][2:])


def test_constants_null_and_expressions_stay_what_they_are(connection: Connection) -> None:
    _ADD.execute(connection, [dict(zip(_NAMES, row, strict=True)) for row in _ROWS])
    change = ManyRows(
        update(_TABLE)
        .where(_IS_IT, _TABLE.c.text != "kept")
        .values(text="changed", raw=None, number=_TABLE.c.number + bindparam("b_more"))
    )
    assert change.execute(connection, [{"b_id": row[0], "b_more": 3} for row in _ROWS]) == len(_ROWS)
    assert [_read(connection, row[0])[2:] for row in _ROWS] == [("changed", None, 10), ("changed", None, None)]


def test_how_many_rows_were_touched_is_told(connection: Connection) -> None:
    _ADD.execute(connection, [dict(zip(_NAMES, row, strict=True)) for row in _ROWS])
    rename = ManyRows(update(_TABLE).where(_IS_IT).values(text=bindparam("b_text")))
    assert rename.execute(connection, []) == 0
    assert (
        rename.execute(connection, [{"b_id": uuid4(), "b_text": "nobody"}, {"b_id": _ROWS[0][0], "b_text": "x"}]) == 1
    )
