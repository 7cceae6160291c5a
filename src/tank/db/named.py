"""What tables of named things with options and secrets have in common: connections and sender profiles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Column, LargeBinary, RowMapping, Table, Text, Uuid, delete, insert, select, update
from sqlalchemy.engine import Connection as DbConnection

from tank.db.integrity import refused_as
from tank.db.metadata import Json, UtcDateTime
from tank.db.sealed import seal_secrets, unseal_secrets
from tank.domain.connection import Connection, SenderProfile
from tank.domain.errors import NotFound
from tank.domain.ports.secrets import Vault

T = TypeVar("T", Connection, SenderProfile)


def named_columns() -> list[Column[Any]]:
    """The columns that all such tables have."""
    return [
        Column("id", Uuid, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("kind", Text, nullable=False),
        Column("options", Json, nullable=False),
        Column("secrets", LargeBinary),
        Column("created_at", UtcDateTime, nullable=False),
        Column("updated_at", UtcDateTime, nullable=False),
    ]


class NamedTable(ABC, Generic[T]):
    """Reads and writes one of them; secrets lie in it as one sealed blob."""

    #: Set by each table: where its rows are, and its noun in the glossary.
    table: ClassVar[Table]
    noun: ClassVar[str]

    def __init__(self, db: DbConnection, vault: Vault) -> None:
        self._db = db
        self._vault = vault

    def add(self, item: T) -> None:
        with self._name_taken(item.name):
            self._db.execute(insert(self.table).values(id=item.id, created_at=item.created_at, **self._values(item)))

    def get(self, item_id: UUID) -> T:
        row = self._db.execute(select(self.table).where(self.table.c.id == item_id)).mappings().one_or_none()
        if row is None:
            raise NotFound.of(self.noun, item_id)
        return self._item(row)

    def named(self, name: str) -> T | None:
        row = self._db.execute(select(self.table).where(self.table.c.name == name)).mappings().one_or_none()
        return None if row is None else self._item(row)

    def all(self) -> list[T]:
        rows = self._db.execute(select(self.table).order_by(self.table.c.name)).mappings()
        return [self._item(row) for row in rows]

    def replace(self, item: T) -> None:
        with self._name_taken(item.name):
            done = self._db.execute(update(self.table).where(self.table.c.id == item.id).values(**self._values(item)))
        if done.rowcount == 0:
            raise NotFound.of(self.noun, item.id)

    def delete(self, item_id: UUID) -> None:
        if self._db.execute(delete(self.table).where(self.table.c.id == item_id)).rowcount == 0:
            raise NotFound.of(self.noun, item_id)

    def _values(self, item: T) -> dict[str, Any]:
        return {
            "name": item.name,
            "kind": item.kind.value,
            "options": dict(item.options),
            "secrets": seal_secrets(self._vault, item.secrets, table=self.table.name, row_id=item.id),
            "updated_at": item.updated_at,
            **self._more_values(item),
        }

    def _secrets(self, row: RowMapping) -> Mapping[str, str]:
        return unseal_secrets(self._vault, row["secrets"], table=self.table.name, row_id=row["id"])

    def _name_taken(self, name: str) -> AbstractContextManager[None]:
        return refused_as(
            f"There already is a {self.noun} named “{name}”.", code="name_taken", remedy="Choose another name."
        )

    @abstractmethod
    def _item(self, row: RowMapping) -> T:
        """The thing in a row."""

    def _more_values(self, item: T) -> dict[str, Any]:  # noqa: ARG002 (for tables with columns of their own)
        return {}
