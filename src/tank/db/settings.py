"""Settings in the Logs DB: small facts by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Column, Table, Text, cast, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from tank.db.metadata import Json, metadata

setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
)


class SettingTable:
    """Implements ``domain.ports.store.SettingTable``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Any | None:
        return self._connection.execute(select(setting.c.value).where(setting.c.name == name)).scalar_one_or_none()

    def put(self, name: str, value: Any) -> None:
        """``None`` takes the setting back to its default."""
        if value is None:
            self._connection.execute(delete(setting).where(setting.c.name == name))
            return
        new = self._new(name, value)
        self._connection.execute(
            new.on_conflict_do_update(index_elements=[setting.c.name], set_={"value": new.excluded.value})
        )

    def count_on(self, name: str) -> int:
        # In one statement: on PostgreSQL a number that was read before another one's commit would be written back.
        more = cast(cast(cast(setting.c.value, Text), BigInteger) + 1, Text)
        counted = self._new(name, 1).on_conflict_do_update(
            index_elements=[setting.c.name], set_={"value": cast(more, setting.c.value.type)}
        )
        return int(self._connection.execute(counted.returning(setting.c.value)).scalar_one())

    def all(self) -> Mapping[str, Any]:
        rows = self._connection.execute(select(setting).order_by(setting.c.name))
        return {row.name: row.value for row in rows}

    def _new(self, name: str, value: Any) -> Any:
        insert = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        return insert(setting).values(name=name, value=value)
