"""Sender profiles in the Logs DB."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Float, RowMapping, Table

from tank.db.metadata import metadata
from tank.db.named import NamedTable, named_columns
from tank.domain.connection import SenderKind, SenderProfile


class SenderTable(NamedTable[SenderProfile]):
    """Implements ``domain.ports.store.SenderTable``."""

    table = Table("sender", metadata, *named_columns(), Column("max_rate", Float))
    noun = "sender"

    def _item(self, row: RowMapping) -> SenderProfile:
        return SenderProfile(
            id=row["id"],
            name=row["name"],
            kind=SenderKind(row["kind"]),
            options=row["options"],
            secrets=self._secrets(row),
            max_rate=row["max_rate"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )

    def _more_values(self, item: SenderProfile) -> dict[str, Any]:
        return {"max_rate": item.max_rate}
