"""Failed tries to sign in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, Integer, Table, Text, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection

from tank.db.metadata import UtcDateTime, metadata

sign_in_try = Table(
    "sign_in_try",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)


class TryTable:
    """Implements ``domain.ports.accounts.TryTable``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def failures(self, keys: Sequence[str]) -> dict[str, tuple[int, datetime]]:
        rows = self._db.execute(select(sign_in_try).where(sign_in_try.c.key.in_(keys)))
        return {row.key: (row.failures, row.last_at) for row in rows}

    def failed(self, keys: Sequence[str], *, at: datetime, forget_before: datetime) -> None:
        dialect_insert = sqlite_insert if self._db.dialect.name == "sqlite" else postgresql_insert
        # In one order, so that two at once on PostgreSQL cannot wait for each other.
        statement = dialect_insert(sign_in_try).values(
            [{"key": key, "failures": 1, "last_at": at} for key in sorted(keys)]
        )
        counted = case((sign_in_try.c.last_at < forget_before, 1), else_=sign_in_try.c.failures + 1)
        self._db.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_={"failures": counted, "last_at": at})
        )

    def forgive(self, keys: Sequence[str]) -> None:
        self._db.execute(delete(sign_in_try).where(sign_in_try.c.key.in_(keys)))

    def undo(self, keys: Sequence[str]) -> None:
        one_less = update(sign_in_try).where(sign_in_try.c.key.in_(keys), sign_in_try.c.failures > 0)
        self._db.execute(one_less.values(failures=sign_in_try.c.failures - 1))

    def tidy(self, *, before: datetime) -> None:
        self._db.execute(delete(sign_in_try).where(sign_in_try.c.last_at < before))
