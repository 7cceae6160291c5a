"""Sender profiles in the Logs DB."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Float, LargeBinary, RowMapping, Table, Text, Uuid, delete, insert, select, update
from sqlalchemy.engine import Connection as DbConnection

from tank.db.integrity import refused_as
from tank.db.metadata import Json, UtcDateTime, metadata
from tank.db.sealed import seal_secrets, unseal_secrets
from tank.domain.connection import SenderKind, SenderProfile
from tank.domain.errors import NotFound
from tank.domain.ports.secrets import Vault

sender = Table(
    "sender",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("options", Json, nullable=False),
    Column("secrets", LargeBinary),
    Column("max_rate", Float),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)


class SenderTable:
    """Implements ``domain.ports.store.SenderTable``."""

    def __init__(self, db: DbConnection, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    def add(self, item: SenderProfile) -> None:
        with _name_taken(item.name):
            self._db.execute(insert(sender).values(id=item.id, created_at=item.created_at, **self._values(item)))

    def get(self, sender_id: UUID) -> SenderProfile:
        row = self._db.execute(select(sender).where(sender.c.id == sender_id)).mappings().one_or_none()
        if row is None:
            raise NotFound.of("sender", sender_id)
        return self._sender(row)

    def named(self, name: str) -> SenderProfile | None:
        row = self._db.execute(select(sender).where(sender.c.name == name)).mappings().one_or_none()
        return None if row is None else self._sender(row)

    def all(self) -> list[SenderProfile]:
        rows = self._db.execute(select(sender).order_by(sender.c.name)).mappings()
        return [self._sender(row) for row in rows]

    def replace(self, item: SenderProfile) -> None:
        with _name_taken(item.name):
            done = self._db.execute(update(sender).where(sender.c.id == item.id).values(**self._values(item)))
        if done.rowcount == 0:
            raise NotFound.of("sender", item.id)

    def delete(self, sender_id: UUID) -> None:
        if self._db.execute(delete(sender).where(sender.c.id == sender_id)).rowcount == 0:
            raise NotFound.of("sender", sender_id)

    def _values(self, item: SenderProfile) -> dict[str, Any]:
        return {
            "name": item.name,
            "kind": item.kind.value,
            "options": dict(item.options),
            "secrets": seal_secrets(self._vault, item.secrets, table="sender", row_id=item.id),
            "max_rate": item.max_rate,
            "updated_at": item.updated_at,
        }

    def _sender(self, row: RowMapping) -> SenderProfile:
        return SenderProfile(
            id=row["id"],
            name=row["name"],
            kind=SenderKind(row["kind"]),
            options=row["options"],
            secrets=unseal_secrets(self._vault, row["secrets"], table="sender", row_id=row["id"]),
            max_rate=row["max_rate"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )


def _name_taken(name: str) -> Any:
    return refused_as(f"There already is a sender named “{name}”.", code="name_taken", remedy="Choose another name.")
