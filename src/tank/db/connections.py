"""Connections in the Logs DB."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Column, LargeBinary, RowMapping, Table, Text, Uuid, delete, insert, select, update
from sqlalchemy.engine import Connection as DbConnection

from tank.db.integrity import refused_as
from tank.db.metadata import Json, UtcDateTime, metadata
from tank.db.sealed import seal_secrets, unseal_secrets
from tank.domain.connection import Connection, ConnectionKind
from tank.domain.errors import NotFound
from tank.domain.ports.secrets import Vault

connection = Table(
    "connection",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("options", Json, nullable=False),
    Column("secrets", LargeBinary),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)


class ConnectionTable:
    """Implements ``domain.ports.store.ConnectionTable``."""

    def __init__(self, db: DbConnection, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    def add(self, item: Connection) -> None:
        with _name_taken(item.name):
            self._db.execute(insert(connection).values(id=item.id, created_at=item.created_at, **self._values(item)))

    def get(self, connection_id: UUID) -> Connection:
        row = self._db.execute(select(connection).where(connection.c.id == connection_id)).mappings().one_or_none()
        if row is None:
            raise NotFound.of("connection", connection_id)
        return self._connection(row)

    def named(self, name: str) -> Connection | None:
        row = self._db.execute(select(connection).where(connection.c.name == name)).mappings().one_or_none()
        return None if row is None else self._connection(row)

    def all(self) -> list[Connection]:
        rows = self._db.execute(select(connection).order_by(connection.c.name)).mappings()
        return [self._connection(row) for row in rows]

    def replace(self, item: Connection) -> None:
        with _name_taken(item.name):
            done = self._db.execute(update(connection).where(connection.c.id == item.id).values(**self._values(item)))
        if done.rowcount == 0:
            raise NotFound.of("connection", item.id)

    def delete(self, connection_id: UUID) -> None:
        if self._db.execute(delete(connection).where(connection.c.id == connection_id)).rowcount == 0:
            raise NotFound.of("connection", connection_id)

    def _values(self, item: Connection) -> dict[str, Any]:
        return {
            "name": item.name,
            "kind": item.kind.value,
            "options": dict(item.options),
            "secrets": seal_secrets(self._vault, item.secrets, table="connection", row_id=item.id),
            "updated_at": item.updated_at,
        }

    def _connection(self, row: RowMapping) -> Connection:
        return Connection(
            id=row["id"],
            name=row["name"],
            kind=ConnectionKind(row["kind"]),
            options=row["options"],
            secrets=unseal_secrets(self._vault, row["secrets"], table="connection", row_id=row["id"]),
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )


def _name_taken(name: str) -> Any:
    return refused_as(
        f"There already is a connection named “{name}”.", code="name_taken", remedy="Choose another name."
    )
