"""Connections in the Logs DB."""

from __future__ import annotations

from sqlalchemy import RowMapping, Table

from tank.db.metadata import metadata
from tank.db.named import NamedTable, named_columns
from tank.domain.connection import Connection, ConnectionKind


class ConnectionTable(NamedTable[Connection]):
    """Implements ``domain.ports.store.ConnectionTable``."""

    table = Table("connection", metadata, *named_columns())
    noun = "connection"

    def _item(self, row: RowMapping) -> Connection:
        return Connection(
            id=row["id"],
            name=row["name"],
            kind=ConnectionKind(row["kind"]),
            options=row["options"],
            secrets=self._secrets(row),
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )
